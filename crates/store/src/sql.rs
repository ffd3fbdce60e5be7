//! The seam between what is stored and where: SQL that both back ends understand.
//!
//! Statements are written once, with numbered parameters `?1`, in the SQL that SQLite and PostgreSQL
//! share. Both run on threads of the store, one statement at a time, so this trait is not async. The
//! columns have four types only: BIGINT, DOUBLE PRECISION, TEXT and bytes.

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::schema::Dialect;

/// A value given to a statement or found in a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A connection, inside a transaction or not.
pub(crate) trait Sql {
    /// Runs a statement; answers how many rows it changed.
    fn execute(&mut self, statement: &str, values: &[Value]) -> Result<u64>;
    /// Runs a query; answers all its rows.
    fn query(&mut self, statement: &str, values: &[Value]) -> Result<Vec<Row>>;
    /// Runs statements without parameters, separated by semicolons.
    fn run(&mut self, statements: &str) -> Result<()>;
    /// Which back end this is.
    fn dialect(&self) -> Dialect;

    /// Begins a transaction that reads the database as of one moment.
    fn begin_snapshot(&mut self) -> Result<()> {
        self.run(match self.dialect() {
            Dialect::Sqlite => "BEGIN",
            Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        })
    }

    /// Runs a query of at most one row.
    fn query_one(&mut self, statement: &str, values: &[Value]) -> Result<Option<Row>> {
        Ok(self.query(statement, values)?.into_iter().next())
    }
}

/// A row of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Row(pub(crate) Vec<Value>);

impl Row {
    fn wrong(&self, place: usize, wanted: &str) -> Error {
        let found = match self.0.get(place) {
            None => "nothing",
            Some(Value::Null) => "null",
            Some(Value::Int(_)) => "a number",
            Some(Value::Real(_)) => "a fraction",
            Some(Value::Text(_)) => "text",
            Some(Value::Bytes(_)) => "bytes",
        };
        Error::stored("row", format!("column {place} holds {found}, not {wanted}"))
    }

    pub(crate) fn int(&self, place: usize) -> Result<i64> {
        self.int_or_null(place)?
            .ok_or_else(|| self.wrong(place, "a number"))
    }

    pub(crate) fn int_or_null(&self, place: usize) -> Result<Option<i64>> {
        match self.0.get(place) {
            Some(Value::Null) => Ok(None),
            Some(Value::Int(number)) => Ok(Some(*number)),
            _ => Err(self.wrong(place, "a number")),
        }
    }

    /// A number that is never negative.
    pub(crate) fn count(&self, place: usize) -> Result<u64> {
        u64::try_from(self.int(place)?).map_err(|err| Error::stored("count", err))
    }

    pub(crate) fn real(&self, place: usize) -> Result<f64> {
        match self.0.get(place) {
            Some(Value::Real(number)) => Ok(*number),
            _ => Err(self.wrong(place, "a fraction")),
        }
    }

    pub(crate) fn text(&mut self, place: usize) -> Result<String> {
        self.text_or_null(place)?
            .ok_or_else(|| self.wrong(place, "text"))
    }

    pub(crate) fn text_or_null(&mut self, place: usize) -> Result<Option<String>> {
        match self.0.get_mut(place) {
            Some(Value::Null) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(std::mem::take(text))),
            _ => Err(self.wrong(place, "text")),
        }
    }

    pub(crate) fn bytes(&mut self, place: usize) -> Result<Vec<u8>> {
        self.bytes_or_null(place)?
            .ok_or_else(|| self.wrong(place, "bytes"))
    }

    pub(crate) fn bytes_or_null(&mut self, place: usize) -> Result<Option<Vec<u8>>> {
        match self.0.get_mut(place) {
            Some(Value::Null) => Ok(None),
            Some(Value::Bytes(bytes)) => Ok(Some(std::mem::take(bytes))),
            _ => Err(self.wrong(place, "bytes")),
        }
    }

    pub(crate) fn time(&self, place: usize) -> Result<Timestamp> {
        time_of(self.int(place)?)
    }

    pub(crate) fn time_or_null(&self, place: usize) -> Result<Option<Timestamp>> {
        self.int_or_null(place)?.map(time_of).transpose()
    }
}

/// Times are stored as microseconds since 1970, as audit logs have them.
pub(crate) fn time_of(micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(|err| Error::stored("time", err))
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(number)
    }
}

impl From<u64> for Value {
    /// Counts and ids stay far below 2^63; a caller's number above it is held there.
    fn from(number: u64) -> Value {
        Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Real(number)
    }
}

impl From<&str> for Value {
    /// PostgreSQL has no NUL in text, so neither has SQLite: the replacement character stands for it.
    fn from(text: &str) -> Value {
        if text.contains('\0') {
            return Value::Text(text.replace('\0', "\u{fffd}"));
        }
        Value::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Value {
        Value::from(text.as_str())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Value {
        Value::Bytes(bytes)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Value {
        Value::Bytes(bytes.to_vec())
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Value {
        Value::Int(time.as_microsecond())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// The values of a statement, in the order of its numbers.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        &[$($crate::sql::Value::from($value)),*]
    };
}
pub(crate) use values;

/// A condition that grows, with its values.
#[derive(Debug, Default)]
pub(crate) struct Where {
    text: String,
    pub(crate) values: Vec<Value>,
}

impl Where {
    /// Adds `condition`, in which each `?` without a number stands for the next value.
    pub(crate) fn and(&mut self, condition: &str, values: &[Value]) {
        self.text.push_str(if self.text.is_empty() {
            " WHERE "
        } else {
            " AND "
        });
        let mut next = self.values.len();
        for letter in condition.chars() {
            self.text.push(letter);
            if letter == '?' {
                next += 1;
                self.text.push_str(&next.to_string());
            }
        }
        self.values.extend_from_slice(values);
    }

    /// Adds "the column is one of these"; nothing when there are none.
    pub(crate) fn one_of(&mut self, column: &str, values: &[Value]) {
        if values.is_empty() {
            return;
        }
        let places = vec!["?"; values.len()].join(", ");
        self.and(&format!("{column} IN ({places})"), values);
    }

    /// The clause, empty when there is no condition.
    pub(crate) fn clause(&self) -> &str {
        &self.text
    }

    /// The number of a further value: for LIMIT.
    pub(crate) fn push(&mut self, value: impl Into<Value>) -> usize {
        self.values.push(value.into());
        self.values.len()
    }
}

/// `text` as a pattern of LIKE that finds it anywhere, with `!` as the escape.
pub(crate) fn containing(text: &str) -> Value {
    Value::from(format!("%{}%", escaped(text)).as_str())
}

/// `text` as a pattern of LIKE that finds it at the beginning, with `!` as the escape.
pub(crate) fn beginning(text: &str) -> Value {
    Value::from(format!("{}%", escaped(text)).as_str())
}

fn escaped(text: &str) -> String {
    text.replace('!', "!!")
        .replace('%', "!%")
        .replace('_', "!_")
}
