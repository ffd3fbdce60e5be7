//! A batch: everything that came of one step of the engine, written at once or not at all.
//!
//! The engine reads a piece of its input, judges it, and hands over what it found together with how far it
//! has read. A batch with a [`Position`] is applied once: when its answer was lost, it may be sent again.

use std::sync::Arc;
use std::time::Duration;

use crate::action::{self, UserAction};
use crate::alert::{self, AlertPut, AlertSettled};
use crate::body;
use crate::document::{self, Cursor, DocumentPut};
use crate::error::{Error, Result};
use crate::event::EventRecord;
use crate::event::block::{self, Block};
use crate::finding::{self, FindingsChanged, FindingsUpdate};
use crate::incident::{self, IncidentUpsert, Upserted};
use crate::object::{self, ObjectChange, Prepared};
use crate::seen::{self, Seen};
use crate::sql::{Sql, values};
use crate::store::Store;

/// How long [`Store::apply`] tries again while the database does not answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a batch stands in its stream. Sequences of a stream grow; gaps are allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The stream: one writer, one order.
    pub stream: String,
    /// The place in it; one that is not greater than the last applied is not applied again.
    pub sequence: u64,
}

/// What to write in one transaction.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Makes it safe to send the batch twice.
    pub position: Option<Position>,
    /// What happened.
    pub events: Vec<EventRecord>,
    /// Objects that were seen or are gone, in the order in which that was seen.
    pub objects: Vec<ObjectChange>,
    /// Incidents as they are known now.
    pub incidents: Vec<IncidentUpsert>,
    /// What was found, about what.
    pub findings: Vec<FindingsUpdate>,
    /// Baselines and other documents. A conflict undoes the whole batch.
    pub documents: Vec<DocumentPut>,
    /// How far was read.
    pub cursors: Vec<Cursor>,
    /// What users did.
    pub actions: Vec<UserAction>,
    /// Alerts that are to be delivered.
    pub alerts: Vec<AlertPut>,
    /// What became of alerts of earlier batches.
    pub settled_alerts: Vec<AlertSettled>,
    /// Marks of the events, by which they are known when they come again.
    pub seen: Option<Seen>,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// It had been applied before; nothing was written, and the rest of this is empty.
    pub repeated: bool,
    /// Events written.
    pub events: usize,
    /// Versions of objects written: changes that said nothing new are not among them.
    pub object_versions: usize,
    /// What became of each incident, in their order.
    pub incidents: Vec<Upserted>,
    /// What became of each findings update, in their order.
    pub findings: Vec<FindingsChanged>,
    /// What was left out because the database refuses what it says, a line each.
    pub refused: Vec<String>,
}

/// A batch that is serialised and compressed, as it is kept while it waits to be written; clones are the same.
#[derive(Clone)]
pub struct PackedBatch(Arc<Ready>);

impl std::fmt::Debug for PackedBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackedBatch")
            .field("position", &self.0.position)
            .field("events", &self.0.events)
            .field("objects", &self.0.objects.len())
            .finish_non_exhaustive()
    }
}

impl PackedBatch {
    /// What was left out of it because it can never be written, a line each.
    pub fn refused(&self) -> &[String] {
        &self.0.refused
    }
}

/// Leaves out what can never be written, or fails on it.
struct Sieve {
    is_strict: bool,
    refused: Vec<String>,
}

impl Sieve {
    fn pass<T>(&mut self, what: &str, found: Result<T>) -> Result<Option<T>> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(Error::Invalid { reason }) if !self.is_strict => {
                self.refused.push(format!("{what}: {reason}"));
                Ok(None)
            }
            Err(err) => Err(err),
        }
    }
}

/// A batch with everything serialised and compressed, so that the writer only writes.
struct Ready {
    position: Option<Position>,
    events: usize,
    blocks: Vec<Block>,
    objects: Vec<Prepared>,
    incidents: Vec<IncidentUpsert>,
    findings: Vec<FindingsUpdate>,
    documents: Vec<(DocumentPut, Vec<u8>)>,
    cursors: Vec<Cursor>,
    actions: Vec<UserAction>,
    alerts: Vec<(AlertPut, Vec<u8>)>,
    settled_alerts: Vec<AlertSettled>,
    seen: Option<Seen>,
    refused: Vec<String>,
}

fn ready(batch: Batch, is_strict: bool) -> Result<Ready> {
    let mut sieve = Sieve {
        is_strict,
        refused: Vec::new(),
    };
    let mut events = Vec::with_capacity(batch.events.len());
    for event in batch.events {
        if sieve.pass("an event", block::check(&event))?.is_some() {
            events.push(event);
        }
    }
    let mut incidents = Vec::with_capacity(batch.incidents.len());
    for upsert in batch.incidents {
        if sieve
            .pass("an incident", incident::check_upsert(&upsert))?
            .is_some()
        {
            incidents.push(upsert);
        }
    }
    let mut objects = Vec::with_capacity(batch.objects.len());
    for change in batch.objects {
        objects.extend(sieve.pass("an object", object::prepare(change))?);
    }
    let mut documents = Vec::with_capacity(batch.documents.len());
    for mut put in batch.documents {
        let packed = sieve.pass("a document", body::compress(&put.body, 3))?;
        put.body = Vec::new();
        documents.extend(packed.map(|packed| (put, packed)));
    }
    let mut alerts = Vec::with_capacity(batch.alerts.len());
    for mut put in batch.alerts {
        let packed = sieve.pass("an alert", body::compress(&put.body, 3))?;
        put.body = Vec::new();
        alerts.extend(packed.map(|packed| (put, packed)));
    }
    Ok(Ready {
        position: batch.position,
        events: events.len(),
        blocks: block::pack(&events)?,
        objects,
        incidents,
        findings: batch.findings,
        documents,
        cursors: batch.cursors,
        actions: batch.actions,
        alerts,
        settled_alerts: batch.settled_alerts,
        seen: batch.seen,
        refused: sieve.refused,
    })
}

impl Store {
    /// Writes a batch: all of it or nothing, and on the disk when this returns. A batch with a position
    /// that was applied before changes nothing, and while the database does not answer it is tried
    /// again for half a minute; one without a position is tried once.
    pub async fn apply(&self, batch: Batch) -> Result<Applied> {
        let ready = tokio::task::spawn_blocking(move || ready(batch, true))
            .await
            .map_err(|_| Error::Closed)??;
        let ready = Arc::new(ready);
        let began = tokio::time::Instant::now();
        let mut pause = Duration::from_millis(50);
        loop {
            match self.write_once(&ready, false).await {
                Err(Error::Unavailable { .. })
                    if ready.position.is_some() && began.elapsed() < PATIENCE =>
                {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
                outcome => return outcome,
            }
        }
    }

    /// Makes a batch ready to be written. Parts that can never be written are left out and named by
    /// [`PackedBatch::refused`]: nothing that is sent with them waits for ever.
    pub async fn pack(&self, batch: Batch) -> Result<PackedBatch> {
        tokio::task::spawn_blocking(move || ready(batch, false))
            .await
            .map_err(|_| Error::Closed)?
            .map(|ready| PackedBatch(Arc::new(ready)))
    }

    /// Writes a batch that is ready, as [`Store::apply`] does, but tries once: whoever keeps the batch sends
    /// it again. A part that the database refuses for what it says is left out, and named in the answer.
    pub async fn apply_packed(&self, batch: &PackedBatch) -> Result<Applied> {
        match self.write_once(&batch.0, false).await {
            Err(err) if is_of_a_part(&err) => self.write_once(&batch.0, true).await,
            outcome => outcome,
        }
    }

    async fn write_once(&self, ready: &Arc<Ready>, is_gentle: bool) -> Result<Applied> {
        let once = Arc::clone(ready);
        let applied = self.write(move |sql| write(sql, &once, is_gentle)).await?;
        if !applied.repeated {
            let bytes = ready.blocks.iter().map(|block| block.raw_size).sum();
            self.blocks_grew(ready.blocks.len() as u64, applied.events as u64, bytes);
        }
        Ok(applied)
    }

    /// The sequence of the last batch of a stream; 0 when there was none.
    pub async fn last_sequence(&self, stream: impl Into<String>) -> Result<u64> {
        let stream = stream.into();
        self.read(move |sql| last(sql, &stream)).await
    }
}

fn last(sql: &mut dyn Sql, stream: &str) -> Result<u64> {
    let row = sql.query_one(
        "SELECT sequence FROM batch WHERE stream = ?1",
        values![stream],
    )?;
    row.map_or(Ok(0), |row| row.count(0))
}

/// True for an error that one part of a batch has, and will have whenever it is written.
fn is_of_a_part(err: &Error) -> bool {
    matches!(
        err,
        Error::Invalid { .. }
            | Error::Stored { .. }
            | Error::Conflict { .. }
            | Error::NotFound { .. }
    )
}

/// Writes parts of a batch; a gentle one goes on without those that can never be written.
struct Writing<'a> {
    sql: &'a mut dyn Sql,
    is_gentle: bool,
    refused: Vec<String>,
}

impl Writing<'_> {
    fn part<T>(
        &mut self,
        what: &str,
        write: impl FnOnce(&mut dyn Sql) -> Result<T>,
    ) -> Result<Option<T>> {
        if !self.is_gentle {
            return write(self.sql).map(Some);
        }
        self.sql.run("SAVEPOINT part")?;
        match write(self.sql) {
            Ok(written) => {
                self.sql.run("RELEASE SAVEPOINT part")?;
                Ok(Some(written))
            }
            Err(err) if is_of_a_part(&err) => {
                self.sql
                    .run("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")?;
                self.refused.push(format!("{what}: {err}"));
                Ok(None)
            }
            Err(err) => Err(err),
        }
    }
}

fn write(sql: &mut dyn Sql, ready: &Ready, is_gentle: bool) -> Result<Applied> {
    if let Some(position) = &ready.position {
        // One statement decides and locks: of two hubs that send the same batch one writes.
        let taken = sql.execute(
            "INSERT INTO batch (stream, sequence) VALUES (?1, ?2)
             ON CONFLICT (stream) DO UPDATE SET sequence = excluded.sequence
             WHERE batch.sequence < excluded.sequence",
            values![&position.stream, position.sequence],
        )?;
        if taken == 0 {
            return Ok(Applied {
                repeated: true,
                ..Applied::default()
            });
        }
    }
    block::write(sql, &ready.blocks)?;
    let mut applied = Applied {
        events: ready.events,
        ..Applied::default()
    };
    let mut to = Writing {
        sql,
        is_gentle,
        refused: Vec::new(),
    };
    for prepared in &ready.objects {
        let written = to.part("an object", |sql| object::write(sql, prepared))?;
        applied.object_versions += usize::from(written == Some(true));
    }
    for upsert in &ready.incidents {
        let written = to.part("an incident", |sql| incident::upsert(sql, upsert))?;
        applied.incidents.extend(written);
    }
    for update in &ready.findings {
        let written = to.part("findings", |sql| finding::write(sql, update))?;
        applied.findings.extend(written);
    }
    for (put, packed) in &ready.documents {
        to.part("a document", |sql| document::write(sql, put, packed))?;
    }
    for cursor in &ready.cursors {
        to.part("a cursor", |sql| document::write_cursor(sql, cursor))?;
    }
    for action in &ready.actions {
        to.part("an action", |sql| action::write(sql, action))?;
    }
    for (put, packed) in &ready.alerts {
        to.part("an alert", |sql| alert::write(sql, put, packed))?;
    }
    for settled in &ready.settled_alerts {
        to.part("a settled alert", |sql| alert::settle(sql, settled))?;
    }
    if let Some(seen) = &ready.seen {
        to.part("marks", |sql| seen::write(sql, seen))?;
    }
    applied.refused = to.refused;
    Ok(applied)
}
