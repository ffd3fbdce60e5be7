//! The schema: numbered migrations, the same for both back ends.
//!
//! A migration is never changed once it was released; what changes is a further one. Each runs in a
//! transaction together with its number, so that a killed program leaves the old version or the new.

use crate::error::{Error, Result};
use crate::sql::{Sql, values};

/// Which words the back end wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// Every migration; its version is its place, from 1.
const MIGRATIONS: [&str; 2] = [
    include_str!("schema/0001.sql"),
    include_str!("schema/0002.sql"),
];

/// The schema version that this program writes.
#[expect(clippy::cast_possible_wrap, reason = "there are few migrations")]
pub(crate) const CURRENT: i64 = MIGRATIONS.len() as i64;

/// Every table with its columns in the order of a copy, and whether its ids are given out by the
/// database: what a backup of PostgreSQL and every restore copies.
pub(crate) const TABLES: [(&str, &str, bool); 18] = [
    ("setting_of_store", "name, value", false),
    ("batch", "stream, sequence", false),
    ("progress", "name, position, at", false),
    ("object", "id, api_group, kind, namespace, name", true),
    (
        "object_version",
        "object_id, valid_from, valid_until, uid, resource_version, deleted, content_hash, spec_hash, size, body",
        false,
    ),
    ("incident", "id, fingerprint, version", true),
    (
        "incident_version",
        "incident_id, version, valid_from, valid_until, state, state_reason, state_author, state_since, state_until, severity, score, title, subject, namespace, owner, team, opened, reopened, last_seen, updated, resolved, record_hash, body",
        false,
    ),
    (
        "incident_change",
        "id, incident_id, at, author, from_state, to_state, reason, until",
        true,
    ),
    (
        "incident_comment",
        "id, incident_id, at, author, text",
        true,
    ),
    (
        "finding",
        "fingerprint, check_id, severity, area, subject, namespace, title, first_seen, last_seen, resolved, body_hash, body",
        false,
    ),
    (
        "finding_span",
        "fingerprint, began, ended, severity, area",
        false,
    ),
    (
        "document",
        "collection, name, version, at, author, expires, body",
        false,
    ),
    (
        "user_action",
        "id, at, actor, verb, target, outcome, source_ip, detail",
        true,
    ),
    (
        "event_block",
        "first_sequence, hour, events, min_time, max_time, raw_size, body",
        false,
    ),
    ("event_counter", "one, next_sequence", false),
    (
        "event_segment",
        "id, path, hour, events, min_time, max_time, size",
        true,
    ),
    (
        "alert",
        "id, sink, same_key, at, settled, outcome, body",
        true,
    ),
    ("seen_event", "id, at, marks", true),
];

/// Brings the schema to [`CURRENT`]; refuses one that is newer.
pub(crate) fn migrate(sql: &mut dyn Sql) -> Result<()> {
    let dialect = sql.dialect();
    if dialect == Dialect::Postgres {
        // Two hubs that start together wait here for each other; held until the connection ends it.
        sql.run(
            "SELECT pg_advisory_lock(4921171);
             SET client_min_messages = warning;
             CREATE SCHEMA IF NOT EXISTS catseye;",
        )?;
    }
    let migrated = migrate_locked(sql, dialect);
    if dialect == Dialect::Postgres {
        sql.run("SELECT pg_advisory_unlock(4921171)")?;
    }
    migrated
}

fn migrate_locked(sql: &mut dyn Sql, dialect: Dialect) -> Result<()> {
    // A store that is current is opened without a write: it may be on a full disk.
    if version(sql)? == CURRENT {
        return Ok(());
    }
    sql.run("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)")?;
    loop {
        // IMMEDIATE: of two programs that start together one migrates, the other waits.
        sql.run(match dialect {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Postgres => "BEGIN",
        })?;
        match next_step(sql, dialect) {
            Ok(more) => {
                sql.run("COMMIT")?;
                if !more {
                    return Ok(());
                }
            }
            Err(err) => {
                sql.run("ROLLBACK")?;
                return Err(err);
            }
        }
    }
}

/// Runs the next migration; answers whether there was one.
fn next_step(sql: &mut dyn Sql, dialect: Dialect) -> Result<bool> {
    let found = version(sql)?;
    let Some(migration) = usize::try_from(found)
        .ok()
        .and_then(|place| MIGRATIONS.get(place))
    else {
        return Ok(false);
    };
    sql.run(&in_dialect(migration, dialect))?;
    sql.execute(
        "INSERT INTO schema_version (version) VALUES (?1)",
        values![found + 1],
    )?;
    Ok(true)
}

/// The version of the schema, 0 when there is none.
pub(crate) fn version(sql: &mut dyn Sql) -> Result<i64> {
    let table = sql.query_one(
        match sql.dialect() {
            Dialect::Sqlite => {
                "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'"
            }
            Dialect::Postgres => {
                "SELECT count(*) FROM pg_catalog.pg_tables
                 WHERE schemaname = 'catseye' AND tablename = 'schema_version'"
            }
        },
        &[],
    )?;
    if table.map_or(Ok(0), |row| row.int(0))? == 0 {
        return Ok(0);
    }
    let row = sql.query_one("SELECT coalesce(max(version), 0) FROM schema_version", &[])?;
    let found = row.map_or(Ok(0), |row| row.int(0))?;
    if found > CURRENT {
        return Err(Error::Newer {
            found,
            known: CURRENT,
        });
    }
    Ok(found)
}

fn in_dialect(migration: &str, dialect: Dialect) -> String {
    let (identity, bytes, text) = match dialect {
        Dialect::Sqlite => ("INTEGER PRIMARY KEY AUTOINCREMENT", "BLOB", " TEXT"),
        Dialect::Postgres => (
            "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
            "BYTEA",
            // Sorted by bytes, as SQLite does, whatever the database's own order is.
            " TEXT COLLATE \"C\"",
        ),
    };
    migration
        .replace("IDENTITY,", &format!("{identity},"))
        .replace(" BYTES", &format!(" {bytes}"))
        .replace(" TEXT", text)
}
