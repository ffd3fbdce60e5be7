//! Types of expressions, and their notation: `int`, `list(string)`, `map(string, dyn)`, `net.IP`.

use std::fmt;
use std::sync::Arc;

/// The type that an expression has before it is evaluated.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// Anything; what it is shows when it is evaluated.
    Dyn,
    /// Of a part that is refused already, so that one mistake is told once.
    Error,
    /// `null`.
    Null,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `uint`.
    Uint,
    /// `double`.
    Double,
    /// `string`.
    String,
    /// `bytes`.
    Bytes,
    /// A length of time.
    Duration,
    /// A point in time.
    Timestamp,
    /// A list of one type.
    List(Arc<Type>),
    /// A mapping: keys, values.
    Map(Arc<Type>, Arc<Type>),
    /// An optional value.
    Optional(Arc<Type>),
    /// A type as a value.
    Type(Arc<Type>),
    /// A type of a library, such as `kubernetes.Quantity`.
    Named(&'static str),
    /// A mapping with declared fields.
    Record(&'static Record),
    /// A type that is not known yet.
    Variable(usize),
    /// A parameter of a function's declaration.
    Parameter(char),
}

/// A declared type with fields and no others.
#[derive(Debug, PartialEq)]
pub struct Record {
    /// Such as `kubernetes.AdmissionRequest`.
    pub name: &'static str,
    /// Fields, and their types as [`Type::read`] takes them.
    pub fields: &'static [(&'static str, &'static str)],
}

/// Types of libraries, by their names.
const NAMED: &[&str] = &[
    "kubernetes.Quantity",
    "kubernetes.URL",
    "kubernetes.Semver",
    "kubernetes.NamedFormat",
    "net.IP",
    "net.CIDR",
    "kubernetes.authorization.Authorizer",
    "kubernetes.authorization.PathCheck",
    "kubernetes.authorization.GroupCheck",
    "kubernetes.authorization.ResourceCheck",
    "kubernetes.authorization.Decision",
];

const PLAIN: &[(&str, Type)] = &[
    ("dyn", Type::Dyn),
    ("null_type", Type::Null),
    ("bool", Type::Bool),
    ("int", Type::Int),
    ("uint", Type::Uint),
    ("double", Type::Double),
    ("string", Type::String),
    ("bytes", Type::Bytes),
    ("duration", Type::Duration),
    ("timestamp", Type::Timestamp),
];

impl Type {
    /// Reads the notation; names that are none of the language's are looked for among the records. None
    /// for what is no type.
    pub fn read(text: &str, records: &'static [Record]) -> Option<Type> {
        let text = text.trim();
        if let Some((_, kind)) = PLAIN.iter().find(|(name, _)| *name == text) {
            return Some(kind.clone());
        }
        if let Some(record) = records.iter().find(|record| record.name == text) {
            return Some(Type::Record(record));
        }
        if let Some(name) = NAMED.iter().find(|name| **name == text) {
            return Some(Type::Named(name));
        }
        if let Some((name, inner)) = text.strip_suffix(')')?.split_once('(') {
            let inner: Vec<Type> = split(inner)
                .into_iter()
                .map(|part| Type::read_generic(part, records))
                .collect::<Option<_>>()?;
            return match (name, &inner[..]) {
                ("list", [of]) => Some(Type::list(of.clone())),
                ("map", [keys, values]) => Some(Type::map(keys.clone(), values.clone())),
                ("optional_type", [of]) => Some(Type::optional(of.clone())),
                ("type", [of]) => Some(Type::Type(Arc::new(of.clone()))),
                _ => None,
            };
        }
        None
    }

    /// The notation with parameters, which are single capital letters.
    pub(super) fn read_generic(text: &str, records: &'static [Record]) -> Option<Type> {
        let text = text.trim();
        let mut letters = text.chars();
        if let (Some(letter @ 'A'..='Z'), None) = (letters.next(), letters.next()) {
            return Some(Type::Parameter(letter));
        }
        Type::read(text, records)
    }

    pub(super) fn list(of: Type) -> Type {
        Type::List(Arc::new(of))
    }

    pub(super) fn map(keys: Type, values: Type) -> Type {
        Type::Map(Arc::new(keys), Arc::new(values))
    }

    pub(super) fn optional(of: Type) -> Type {
        Type::Optional(Arc::new(of))
    }

    pub(super) fn is_dyn(&self) -> bool {
        matches!(self, Type::Dyn | Type::Error)
    }

    /// True where `null` may stand for it.
    pub(super) fn is_nullable(&self) -> bool {
        matches!(
            self,
            Type::Null
                | Type::Duration
                | Type::Timestamp
                | Type::Optional(_)
                | Type::Named(_)
                | Type::Record(_)
        )
    }

    /// The type of a variable that has this one: what no declaration can name is of any type.
    #[must_use]
    pub fn of_variable(&self) -> Type {
        match self {
            Type::List(of) => Type::list(of.of_variable()),
            Type::Map(keys, values) => Type::map(keys.of_variable(), values.of_variable()),
            Type::Bool
            | Type::Bytes
            | Type::Double
            | Type::Duration
            | Type::Int
            | Type::Null
            | Type::String
            | Type::Timestamp
            | Type::Uint => self.clone(),
            _ => Type::Dyn,
        }
    }
}

/// Splits at commas that stand in no brackets.
pub(super) fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    if !text[from..].trim().is_empty() {
        parts.push(&text[from..]);
    }
    parts
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Error => f.write_str("!error!"),
            Type::Null => f.write_str("null"),
            Type::List(of) => write!(f, "list({of})"),
            Type::Map(keys, values) => write!(f, "map({keys}, {values})"),
            Type::Optional(of) => write!(f, "optional_type({of})"),
            Type::Type(of) => write!(f, "type({of})"),
            Type::Named(name) => f.write_str(name),
            Type::Record(record) => f.write_str(record.name),
            Type::Variable(_) => f.write_str("dyn"),
            Type::Parameter(letter) => write!(f, "{letter}"),
            plain => {
                let name = PLAIN.iter().find(|(_, kind)| kind == plain);
                f.write_str(name.map_or("dyn", |(name, _)| name))
            }
        }
    }
}
