//! A compiled expression: names resolved, macros expanded into what they mean.

use std::sync::Arc;

use catseye_model::value::Text;

use crate::function::{Function, Style};
use crate::value::Val;

/// A part of an expression and the character where it starts.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) at: u32,
    pub(crate) part: Part,
}

#[derive(Debug)]
pub(crate) enum Part {
    Literal(Val),
    /// A declared variable, by its number.
    Root(usize),
    /// A variable of a comprehension, by its place on the stack.
    Local(usize),
    /// `variables.NAME`, by its number.
    Composited(usize),
    Select {
        operand: Box<Expression>,
        field: Text,
        /// The field with `__dot__` and the like taken back, where that differs.
        unescaped: Option<Text>,
    },
    /// `has(operand.field)`.
    Has {
        operand: Box<Expression>,
        field: Text,
        unescaped: Option<Text>,
    },
    /// `operand[?index]`, or `operand.?field` where the last says so.
    OptionalAt(Box<Expression>, Box<Expression>, bool),
    Index(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Conditional(Box<Expression>, Box<Expression>, Box<Expression>),
    Call(&'static Function, Vec<Expression>),
    /// A call whose second argument is a literal pattern, compiled.
    Matching(&'static Function, Vec<Expression>, Arc<regex::Regex>),
    /// A call of a function that takes no such arguments, which the check of types refuses.
    NoOverload(String, Style, Vec<Expression>),
    /// Members, and whether each is left out when it is an empty optional.
    List(Vec<(Expression, bool)>),
    Map(Vec<(Expression, Expression, bool)>),
    Struct(String, Vec<(Text, Expression, bool)>),
    Comprehension(Box<Comprehension>),
    /// `optional.or(other)`, `orValue`: the other is evaluated only when needed.
    OrOptional(Box<Expression>, Box<Expression>),
    OrValue(Box<Expression>, Box<Expression>),
    /// `optional.optMap(v, f)`, `optFlatMap(v, f)`.
    OptionalMap {
        operand: Box<Expression>,
        local: usize,
        body: Box<Expression>,
        flat: bool,
    },
}

/// A macro over the members of a list or the entries of a mapping.
#[derive(Debug)]
pub(crate) struct Comprehension {
    pub(crate) over: Expression,
    /// The place of its first variable on the stack.
    pub(crate) local: usize,
    /// With two variables: position and member, or key and value.
    pub(crate) two: bool,
    pub(crate) kind: Fold,
    pub(crate) filter: Option<Expression>,
    pub(crate) body: Expression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
    TransformMap,
    TransformMapEntry,
    SortBy,
}
