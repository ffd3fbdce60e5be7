//! Why an expression is refused, or why it has no value, with the place in its source.

use std::fmt;

/// A line and a column of an expression, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl Place {
    /// The place of a byte of a source, counted in characters.
    pub(crate) fn of(source: &str, offset: u32) -> Self {
        let mut place = Place { line: 1, column: 1 };
        for (_, c) in source
            .char_indices()
            .take_while(|(at, _)| *at < offset as usize)
        {
            if c == '\n' {
                place.line += 1;
                place.column = 1;
            } else {
                place.column += 1;
            }
        }
        place
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// An expression that cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct CompileError {
    /// Where it goes wrong.
    pub place: Place,
    /// What is wrong.
    pub message: String,
}

/// An expression that has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct EvaluationError {
    /// The part of the expression that failed.
    pub place: Place,
    /// Why, such as `no such key: image`.
    pub message: String,
    /// True when the evaluation cost more than it may.
    pub out_of_budget: bool,
}
