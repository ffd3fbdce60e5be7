//! What is wrong with a rule, where, and what to write instead.

use std::fmt;

use serde::Serialize;

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The rule is not used.
    Error,
    /// The rule is used; a part of it does nothing.
    Warning,
    /// The rule is not used, as its author meant it to be: disabled, of another source.
    Note,
}

impl Level {
    /// The word in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        }
    }
}

/// Something about a file of rules that its author should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 where none can be named.
    pub line: u32,
    /// How much it matters.
    pub level: Level,
    /// The rule, where it is about one.
    pub rule: Option<String>,
    /// What it is, and what to write instead.
    pub message: String,
}

/// `file:line: error: rule "title": message`.
impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.file)?;
        if self.line > 0 {
            write!(out, ":{}", self.line)?;
        }
        write!(out, ": {}: ", self.level.as_str())?;
        if let Some(rule) = &self.rule {
            write!(out, "rule {rule:?}: ")?;
        }
        out.write_str(&self.message)
    }
}
