//! PostgreSQL: when one machine's disk is not enough, or others want to read along.
//!
//! A connection belongs to one thread of the store, which drives it with a runtime of its own. The
//! tables stand in the schema `catseye`, so that the database may hold others'.

use std::collections::HashMap;
use std::error::Error as _;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Config, NoTls, Statement};

use crate::error::{Error, Result};
use crate::schema::Dialect;
use crate::sql::{Row, Sql, Value};

/// For so long a server may leave what was sent unacknowledged.
const SILENCE: Duration = Duration::from_secs(10);
/// The library's own time before it asks a silent server for a sign of life: what nobody set.
const LIBRARY_IDLE: Duration = Duration::from_hours(2);

pub(crate) struct Postgres {
    runtime: Runtime,
    client: Client,
    prepared: HashMap<String, Statement>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}

impl Postgres {
    pub(crate) fn open(config: &Config) -> Result<Postgres> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|err| Error::Database {
                operation: "start",
                source: err.into(),
            })?;
        let mut config = config.clone();
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        // A server that is gone without a word is noticed within seconds, not after the quarter of an hour
        // that the kernel would try.
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        if config.get_keepalives_idle() == LIBRARY_IDLE {
            config.keepalives_idle(SILENCE);
        }
        if config.get_application_name().is_none() {
            config.application_name("catseye");
        }
        let (client, connection) = runtime
            .block_on(config.connect(NoTls))
            .map_err(|err| classify(err, "connect"))?;
        // The connection ends with the client; its error comes back from the next statement.
        runtime.spawn(async move {
            let _ended = connection.await;
        });
        let mut postgres = Postgres {
            runtime,
            client,
            prepared: HashMap::new(),
        };
        postgres.run("SET search_path = catseye")?;
        Ok(postgres)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    fn statement(&mut self, text: &str) -> Result<Statement> {
        if let Some(known) = self.prepared.get(text) {
            return Ok(known.clone());
        }
        let numbered = text.replace('?', "$");
        let statement = self
            .runtime
            .block_on(self.client.prepare(&numbered))
            .map_err(|err| classify(err, "prepare"))?;
        // Filters make statements without end; only so many are worth keeping.
        if self.prepared.len() >= 256 {
            self.prepared.clear();
        }
        self.prepared.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut tokio_postgres::types::private::BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) => number.to_sql(ty, out),
            Value::Real(number) => number.to_sql(ty, out),
            // The one character that PostgreSQL takes in no text, and that others may have put into a name.
            Value::Text(text) if text.contains('\0') => {
                text.replace('\0', "\u{fffd}").to_sql(ty, out)
            }
            Value::Text(text) => text.to_sql(ty, out),
            Value::Bytes(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::FLOAT8, Type::TEXT, Type::BYTEA].contains(ty)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(
        ty: &Type,
        raw: &'a [u8],
    ) -> std::result::Result<Value, Box<dyn std::error::Error + Sync + Send>> {
        Ok(match *ty {
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => Value::Real(f64::from_sql(ty, raw)?),
            Type::BYTEA => Value::Bytes(Vec::from_sql(ty, raw)?),
            _ => Value::Text(String::from_sql(ty, raw)?),
        })
    }

    fn from_sql_null(
        _: &Type,
    ) -> std::result::Result<Value, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Value::Null)
    }

    fn accepts(ty: &Type) -> bool {
        [
            Type::INT8,
            Type::INT4,
            Type::FLOAT8,
            Type::BYTEA,
            Type::TEXT,
            Type::VARCHAR,
            Type::NAME,
        ]
        .contains(ty)
    }
}

impl Sql for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn execute(&mut self, statement: &str, values: &[Value]) -> Result<u64> {
        let statement = self.statement(statement)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        self.runtime
            .block_on(self.client.execute(&statement, &values))
            .map_err(|err| classify(err, "write"))
    }

    fn query(&mut self, statement: &str, values: &[Value]) -> Result<Vec<Row>> {
        let statement = self.statement(statement)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let rows = self
            .runtime
            .block_on(self.client.query(&statement, &values))
            .map_err(|err| classify(err, "read"))?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let mut cells = Vec::with_capacity(row.len());
            for place in 0..row.len() {
                cells.push(row.try_get(place).map_err(|err| classify(err, "read"))?);
            }
            found.push(Row(cells));
        }
        Ok(found)
    }

    fn run(&mut self, statements: &str) -> Result<()> {
        self.runtime
            .block_on(self.client.batch_execute(statements))
            .map_err(|err| classify(err, "write"))
    }
}

fn classify(err: tokio_postgres::Error, operation: &'static str) -> Error {
    let Some(state) = err.code() else {
        // No code: the server said nothing more. A value that does not fit its column is our mistake.
        let is_ours = err
            .source()
            .is_some_and(<dyn std::error::Error>::is::<tokio_postgres::types::WrongType>);
        let source = err.into();
        return if is_ours {
            Error::Database { operation, source }
        } else {
            Error::Unavailable { source }
        };
    };
    let full = [
        SqlState::DISK_FULL,
        SqlState::INSUFFICIENT_RESOURCES,
        SqlState::OUT_OF_MEMORY,
    ]
    .contains(state);
    // Classes 08 (connection), 57P (shutting down, starting up), 40 (serialisation), 53300 (too many).
    let passing = ["08", "57P", "40"]
        .iter()
        .any(|class| state.code().starts_with(class))
        || *state == SqlState::TOO_MANY_CONNECTIONS;
    // Class 22: what was to be written is refused for what it says, and always will be.
    if state.code().starts_with("22") {
        return Error::invalid(format!(
            "the database refuses to {operation} it (error {})",
            state.code()
        ));
    }
    let corrupt = [SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED].contains(state);
    let source = err.into();
    if full {
        Error::Full { source }
    } else if passing {
        Error::Unavailable { source }
    } else if corrupt {
        Error::Corrupt {
            path: "postgres".into(),
            source,
        }
    } else {
        Error::Database { operation, source }
    }
}
