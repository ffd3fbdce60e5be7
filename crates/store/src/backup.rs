//! Backup and restore: a copy of one moment, always in the same form.
//!
//! A backup is a folder with a SQLite database and its segments, whichever back end it was made of. So it
//! is restored into either, and a store moves from SQLite to PostgreSQL that way.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, Result};
use crate::event::segment;
use crate::schema::{self, Dialect, TABLES};
use crate::sql::Sql;
use crate::sqlite::Sqlite;
use crate::store::{DATABASE, EVENTS, Options, Store};

/// Rows copied at once.
const STEP: usize = 500;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// Where it is.
    pub folder: PathBuf,
    /// Rows of all tables.
    pub rows: u64,
    /// Segments.
    pub segments: u64,
}

impl Store {
    /// Copies the store, as of one moment, into a folder that is new or empty. Others read and write
    /// meanwhile.
    pub async fn backup(&self, folder: impl Into<PathBuf>) -> Result<Backup> {
        let folder = folder.into();
        let hold = self.keeper()?.pause().await?;
        let events = self.events_folder();
        let backup = self.read(move |sql| backup(sql, &events, &folder)).await;
        drop(hold);
        backup
    }
}

/// Restores a backup into a store that is new or empty, and opens it.
pub async fn restore(from: impl Into<PathBuf>, url: &str, options: Options) -> Result<Store> {
    let from = from.into();
    let store = Store::open(url, options).await?;
    let events = store.events_folder();
    store.write(move |sql| fill(sql, &from, &events)).await?;
    Ok(store)
}

fn backup(sql: &mut dyn Sql, events: &Path, folder: &Path) -> Result<Backup> {
    fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let mut entries = fs::read_dir(folder).map_err(Error::io("list", folder))?;
    if entries.next().is_some() {
        return Err(Error::invalid(format!(
            "{} is not empty: a backup goes into a folder of its own",
            folder.display()
        )));
    }
    let database = folder.join(DATABASE);
    let mut copy = Sqlite::open(&database)?;
    schema::migrate(&mut copy)?;
    sql.begin_snapshot()?;
    let rows = copy_all(sql, &mut copy);
    sql.run("COMMIT")?;
    let rows = rows?;
    let segments = copy_segments(&mut copy, events, &folder.join(EVENTS))?;
    // One file, without a log beside it.
    copy.run("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;")?;
    drop(copy);
    segment::sync_folder(folder)?;
    Ok(Backup {
        folder: folder.to_owned(),
        rows,
        segments,
    })
}

/// Copies every row of every table.
fn copy_all(from: &mut dyn Sql, to: &mut Sqlite) -> Result<u64> {
    to.run("BEGIN IMMEDIATE")?;
    let copied = copy_tables(from, to);
    match copied {
        Ok(rows) => {
            to.run("COMMIT")?;
            Ok(rows)
        }
        Err(err) => {
            to.run("ROLLBACK")?;
            Err(err)
        }
    }
}

/// The key that a table is read by, step by step.
fn key_of(columns: &str, table: &str) -> &'static str {
    match table {
        "object_version" => "object_id, valid_from",
        "incident_version" => "incident_id, version",
        "finding_span" => "fingerprint, began",
        "document" => "collection, name",
        "finding" => "fingerprint",
        "batch" => "stream",
        "event_block" => "first_sequence",
        "event_counter" => "one",
        _ if columns.starts_with("id,") => "id",
        _ => "name",
    }
}

fn copy_tables(from: &mut dyn Sql, to: &mut dyn Sql) -> Result<u64> {
    let mut all = 0;
    for (table, columns, identity) in TABLES {
        to.execute(&format!("DELETE FROM {table}"), &[])?;
        let key = key_of(columns, table);
        let names: Vec<&str> = columns.split(", ").collect();
        let key_places: Vec<usize> = key
            .split(", ")
            .filter_map(|part| names.iter().position(|name| *name == part))
            .collect();
        let after = (1..=key_places.len())
            .map(|number| format!("?{number}"))
            .collect::<Vec<_>>()
            .join(", ");
        let places = (1..=names.len())
            .map(|number| format!("?{number}"))
            .collect::<Vec<_>>()
            .join(", ");
        let insert = format!("INSERT INTO {table} ({columns}) VALUES ({places})");
        let mut last = Vec::new();
        loop {
            let condition = if last.is_empty() {
                String::new()
            } else {
                format!(" WHERE ({key}) > ({after})")
            };
            let rows = from.query(
                &format!("SELECT {columns} FROM {table}{condition} ORDER BY {key} LIMIT {STEP}"),
                &last,
            )?;
            let count = rows.len();
            for row in rows {
                last = key_places.iter().map(|p| row.0[*p].clone()).collect();
                to.execute(&insert, &row.0)?;
                all += 1;
            }
            if count < STEP {
                break;
            }
        }
        if identity && to.dialect() == Dialect::Postgres {
            // Ids that were copied are not given out again.
            to.query(
                &format!(
                    "SELECT setval(pg_get_serial_sequence('catseye.{table}', 'id'),
                       (SELECT greatest(max(id), 1) FROM {table}), (SELECT max(id) IS NOT NULL FROM {table}))"
                ),
                &[],
            )?;
        }
    }
    Ok(all)
}

/// Copies the segments that a database names; as links where the disk allows, since they never change.
fn copy_segments(database: &mut dyn Sql, from: &Path, to: &Path) -> Result<u64> {
    let rows = database.query("SELECT path FROM event_segment ORDER BY path", &[])?;
    let mut copied = 0;
    for mut row in rows {
        let name = row.text(0)?;
        if !is_inside(&name) {
            return Err(Error::stored(
                "segment path",
                format!("{name:?} leads out of the folder"),
            ));
        }
        let (source, target) = (from.join(&name), to.join(&name));
        let Some(folder) = target.parent() else {
            continue;
        };
        fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        if fs::hard_link(&source, &target).is_err() {
            fs::copy(&source, &target).map_err(Error::io("copy", &source))?;
            let file = fs::File::open(&target).map_err(Error::io("open", &target))?;
            file.sync_all().map_err(Error::io("sync", &target))?;
        }
        segment::sync_folder(folder)?;
        copied += 1;
    }
    Ok(copied)
}

/// A backup comes from outside: its paths stay below its folder.
fn is_inside(path: &str) -> bool {
    Path::new(path)
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_)))
}

fn fill(sql: &mut dyn Sql, from: &Path, events: &Path) -> Result<()> {
    let database = from.join(DATABASE);
    if !database.is_file() {
        return Err(Error::NotFound {
            what: format!("backup in {}", from.display()),
        });
    }
    for (table, _, _) in TABLES {
        // The counter has its row from the beginning.
        let empty = if table == "event_counter" {
            "SELECT count(*) FROM event_counter WHERE next_sequence > 1".to_owned()
        } else {
            format!("SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT 1) AS found")
        };
        let row = sql.query_one(&empty, &[])?;
        if row.map_or(Ok(0), |row| row.int(0))? > 0 {
            return Err(Error::invalid(
                "a backup is restored into an empty store, and this one holds something",
            ));
        }
    }
    // An older backup is brought up to date, in a copy: a backup is not written to.
    let scratch = events.join("restore.partial");
    if scratch.exists() {
        fs::remove_file(&scratch).map_err(Error::io("remove", &scratch))?;
    }
    fs::copy(&database, &scratch).map_err(Error::io("copy", &database))?;
    let filled = fill_from(sql, &scratch, &from.join(EVENTS), events);
    for ending in ["", "-wal", "-shm"] {
        let mut path = scratch.clone().into_os_string();
        path.push(ending);
        let _may_not_exist = fs::remove_file(path);
    }
    filled
}

fn fill_from(sql: &mut dyn Sql, database: &Path, from: &Path, events: &Path) -> Result<()> {
    let mut backup = Sqlite::open(database)?;
    schema::migrate(&mut backup)?;
    // The files first: rows name only what is there.
    copy_segments(&mut backup, from, events)?;
    copy_tables(&mut backup, sql)?;
    Ok(())
}
