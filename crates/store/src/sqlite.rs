//! SQLite, embedded: one file in WAL mode, every commit on the disk before it is acknowledged.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};

use crate::error::{Error, Result};
use crate::schema::Dialect;
use crate::sql::{Row, Sql, Value};

/// "CATS": what `file` shows for the database, and how a foreign one is told.
const APPLICATION_ID: i64 = 0x4341_5453;

#[derive(Debug)]
pub(crate) struct Sqlite {
    connection: Connection,
    path: PathBuf,
}

impl Sqlite {
    /// Opens the file for writing; makes it when it is not there.
    pub(crate) fn open(path: &Path) -> Result<Sqlite> {
        let mut sqlite = Sqlite::connect(path, OpenFlags::default())?;
        sqlite.refuse_foreign()?;
        // auto_vacuum counts only before the first table; retention gives pages back by it.
        sqlite.run(&format!(
            "PRAGMA auto_vacuum = INCREMENTAL;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA application_id = {APPLICATION_ID};
             PRAGMA cache_size = -16384;
             PRAGMA journal_size_limit = 67108864;"
        ))?;
        Ok(sqlite)
    }

    /// Opens the file for reading.
    pub(crate) fn open_reader(path: &Path) -> Result<Sqlite> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut sqlite = Sqlite::connect(path, flags)?;
        sqlite.run("PRAGMA query_only = ON; PRAGMA cache_size = -8192;")?;
        Ok(sqlite)
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Sqlite> {
        let connection =
            Connection::open_with_flags(path, flags).map_err(|err| classify(err, "open", path))?;
        connection
            .busy_timeout(Duration::from_secs(10))
            .map_err(|err| classify(err, "open", path))?;
        connection.set_prepared_statement_cache_capacity(256);
        let mut sqlite = Sqlite {
            connection,
            path: path.to_owned(),
        };
        // As PostgreSQL has it.
        sqlite.run("PRAGMA case_sensitive_like = ON")?;
        Ok(sqlite)
    }

    fn refuse_foreign(&mut self) -> Result<()> {
        let id = self.number("PRAGMA application_id")?;
        let tables = self.number("SELECT count(*) FROM sqlite_schema")?;
        if id == APPLICATION_ID || (id == 0 && tables == 0) {
            return Ok(());
        }
        Err(Error::Foreign {
            path: self.path.clone(),
            found: format!("a SQLite database with application id {id} and {tables} tables"),
        })
    }

    fn number(&mut self, query: &str) -> Result<i64> {
        let row = self.query_one(query, &[])?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    fn failed(&self, operation: &'static str) -> impl Fn(rusqlite::Error) -> Error + '_ {
        move |err| classify(err, operation, &self.path)
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Sql for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn execute(&mut self, statement: &str, values: &[Value]) -> Result<u64> {
        let failed = self.failed("write");
        let mut prepared = self.connection.prepare_cached(statement).map_err(&failed)?;
        let changed = prepared
            .execute(rusqlite::params_from_iter(values))
            .map_err(&failed)?;
        Ok(changed as u64)
    }

    fn query(&mut self, statement: &str, values: &[Value]) -> Result<Vec<Row>> {
        let failed = self.failed("read");
        let mut prepared = self.connection.prepare_cached(statement).map_err(&failed)?;
        let columns = prepared.column_count();
        let mut rows = prepared
            .query(rusqlite::params_from_iter(values))
            .map_err(&failed)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(&failed)? {
            let mut cells = Vec::with_capacity(columns);
            for place in 0..columns {
                cells.push(match row.get_ref(place).map_err(&failed)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(number) => Value::Int(number),
                    ValueRef::Real(number) => Value::Real(number),
                    ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                    ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
                });
            }
            found.push(Row(cells));
        }
        Ok(found)
    }

    fn run(&mut self, statements: &str) -> Result<()> {
        self.connection
            .execute_batch(statements)
            .map_err(self.failed("write"))
    }
}

fn classify(err: rusqlite::Error, operation: &'static str, path: &Path) -> Error {
    let code = err.sqlite_error_code();
    let source = err.into();
    match code {
        Some(ErrorCode::DiskFull) => Error::Full { source },
        Some(ErrorCode::NotADatabase) => Error::Foreign {
            path: path.to_owned(),
            found: "not a SQLite database".to_owned(),
        },
        Some(ErrorCode::DatabaseCorrupt) => Error::Corrupt {
            path: path.to_owned(),
            source,
        },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Unavailable { source },
        _ => Error::Database { operation, source },
    }
}
