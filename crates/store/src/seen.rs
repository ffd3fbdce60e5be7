//! Marks of events that came lately: what a source sends again is told by them, also after a restart.
//!
//! A row holds the marks of one batch, eight bytes each in little endian. They are written in the
//! transaction that holds the events, so an event is kept and marked, or neither.

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::sql::{Sql, values};
use crate::store::Store;

/// Marks of events of one batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// When they came.
    pub at: Timestamp,
    /// A mark an event.
    pub marks: Vec<u64>,
    /// Marks that came before this are forgotten.
    pub forget_before: Option<Timestamp>,
}

impl Store {
    /// Marks of events that came at or after a time, batch by batch, oldest first.
    pub async fn seen_since(&self, since: Timestamp) -> Result<Vec<Seen>> {
        self.read(move |sql| {
            let rows = sql.query(
                "SELECT at, marks FROM seen_event WHERE at >= ?1 ORDER BY id",
                values![since],
            )?;
            let mut found = Vec::with_capacity(rows.len());
            for mut row in rows {
                let bytes = row.bytes(1)?;
                let (marks, rest) = bytes.as_chunks::<8>();
                if !rest.is_empty() {
                    return Err(Error::stored("marks of events", "their bytes are cut"));
                }
                found.push(Seen {
                    at: row.time(0)?,
                    marks: marks.iter().map(|mark| u64::from_le_bytes(*mark)).collect(),
                    forget_before: None,
                });
            }
            Ok(found)
        })
        .await
    }
}

pub(crate) fn write(sql: &mut dyn Sql, seen: &Seen) -> Result<()> {
    if let Some(before) = seen.forget_before {
        sql.execute("DELETE FROM seen_event WHERE at < ?1", values![before])?;
    }
    if seen.marks.is_empty() {
        return Ok(());
    }
    let marks: Vec<u8> = seen.marks.iter().flat_map(|it| it.to_le_bytes()).collect();
    sql.execute(
        "INSERT INTO seen_event (at, marks) VALUES (?1, ?2)",
        values![seen.at, marks],
    )?;
    Ok(())
}
