//! The functions that expressions may call: one file a library, one row a function.

pub(crate) mod authorization;
pub(crate) mod collection;
pub(crate) mod conversion;
pub(crate) mod format;
pub(crate) mod list;
pub(crate) mod named_format;
pub(crate) mod network;
pub(crate) mod operator;
pub(crate) mod optional;
pub(crate) mod quantity;
pub(crate) mod regex;
pub(crate) mod semver;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod url;

use std::sync::Arc;

use crate::budget::{Budget, Spent};
use crate::value::Val;

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `f(a)`, also `space.f(a)`.
    Global,
    /// `a.f()`; `a` is the first argument.
    Member,
}

/// A function with all its overloads.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) style: Style,
    /// Fewest and most arguments, the receiver counted.
    pub(crate) arity: (usize, usize),
    pub(crate) run: fn(&Call<'_>) -> Result<Val, Failure>,
    /// The second argument is a regular expression, checked when it is a literal.
    pub(crate) takes_pattern: bool,
}

pub(crate) type Run = fn(&Call<'_>) -> Result<Val, Failure>;

/// A function called as `name(…)`.
pub(crate) const fn global(name: &'static str, fewest: usize, most: usize, run: Run) -> Function {
    Function {
        name,
        style: Style::Global,
        arity: (fewest, most),
        run,
        takes_pattern: false,
    }
}

/// A function called as `value.name(…)`.
pub(crate) const fn member(name: &'static str, fewest: usize, most: usize, run: Run) -> Function {
    Function {
        name,
        style: Style::Member,
        arity: (fewest + 1, most + 1),
        run,
        takes_pattern: false,
    }
}

/// Arguments, and what the call may cost.
pub(crate) struct Call<'a> {
    pub(crate) args: &'a [Val],
    /// The second argument, compiled, where it is a literal pattern.
    pub(crate) pattern: Option<&'a Arc<::regex::Regex>>,
    pub(crate) budget: &'a Budget,
}

/// Why a call has no value.
#[derive(Debug)]
pub(crate) enum Failure {
    NoOverload,
    Message(String),
    Spent,
}

impl From<Spent> for Failure {
    fn from(Spent: Spent) -> Self {
        Failure::Spent
    }
}

pub(crate) fn fail<T>(message: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Message(message.into()))
}

impl Call<'_> {
    /// A text argument; reading it is counted.
    pub(crate) fn text(&self, place: usize) -> Result<&str, Failure> {
        let text = self.args[place].as_str().ok_or(Failure::NoOverload)?;
        self.budget.read(text.len())?;
        Ok(text)
    }

    pub(crate) fn int(&self, place: usize) -> Result<i64, Failure> {
        match &self.args[place] {
            Val::Int(number) => Ok(*number),
            _ => Err(Failure::NoOverload),
        }
    }

    /// A list argument; reading it is counted.
    pub(crate) fn list(&self, place: usize) -> Result<Vec<Val>, Failure> {
        let list = self.args[place].members().ok_or(Failure::NoOverload)?;
        self.budget.step(list.len())?;
        Ok(list)
    }

    /// A text that the call made.
    pub(crate) fn made(&self, text: impl AsRef<str>) -> Result<Val, Failure> {
        self.budget.make(text.as_ref().len())?;
        Ok(Val::text(text))
    }

    /// A list that the call made.
    pub(crate) fn made_list(&self, list: Vec<Val>) -> Result<Val, Failure> {
        self.budget.make(list.len() * size_of::<Val>())?;
        Ok(Val::list(list))
    }
}

pub(crate) enum NotFound {
    Unknown,
    OtherArguments,
}

const LIBRARIES: &[&[Function]] = &[
    operator::FUNCTIONS,
    conversion::FUNCTIONS,
    text::FUNCTIONS,
    collection::FUNCTIONS,
    list::FUNCTIONS,
    regex::FUNCTIONS,
    time::FUNCTIONS,
    optional::FUNCTIONS,
    quantity::FUNCTIONS,
    network::FUNCTIONS,
    url::FUNCTIONS,
    semver::FUNCTIONS,
    named_format::FUNCTIONS,
    authorization::FUNCTIONS,
];

/// All functions, in the order of their libraries.
#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = &'static Function> {
    LIBRARIES.iter().copied().flatten()
}

/// The function of a name, a style and a number of arguments.
pub(crate) fn find(name: &str, style: Style, count: usize) -> Result<&'static Function, NotFound> {
    let mut found = NotFound::Unknown;
    for function in LIBRARIES.iter().copied().flatten() {
        if function.name == name {
            if function.style == style && (function.arity.0..=function.arity.1).contains(&count) {
                return Ok(function);
            }
            found = NotFound::OtherArguments;
        }
    }
    Err(found)
}
