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
}

fn ready(batch: Batch) -> Result<Ready> {
    for upsert in &batch.incidents {
        incident::check_upsert(upsert)?;
    }
    let mut objects = Vec::with_capacity(batch.objects.len());
    for change in batch.objects {
        objects.push(object::prepare(change)?);
    }
    let mut documents = Vec::with_capacity(batch.documents.len());
    for put in batch.documents {
        let packed = body::compress(&put.body, 3)?;
        documents.push((put, packed));
    }
    let mut alerts = Vec::with_capacity(batch.alerts.len());
    for put in batch.alerts {
        let packed = body::compress(&put.body, 3)?;
        alerts.push((put, packed));
    }
    Ok(Ready {
        position: batch.position,
        events: batch.events.len(),
        blocks: block::pack(&batch.events)?,
        objects,
        incidents: batch.incidents,
        findings: batch.findings,
        documents,
        cursors: batch.cursors,
        actions: batch.actions,
        alerts,
        settled_alerts: batch.settled_alerts,
        seen: batch.seen,
    })
}

impl Store {
    /// Writes a batch: all of it or nothing, and on the disk when this returns. A batch with a position
    /// that was applied before changes nothing, and while the database does not answer it is tried
    /// again for half a minute; one without a position is tried once.
    pub async fn apply(&self, batch: Batch) -> Result<Applied> {
        let ready = tokio::task::spawn_blocking(move || ready(batch))
            .await
            .map_err(|_| Error::Closed)??;
        let ready = Arc::new(ready);
        let began = tokio::time::Instant::now();
        let mut pause = Duration::from_millis(50);
        loop {
            let once = Arc::clone(&ready);
            let outcome = self.write(move |sql| write(sql, &once)).await;
            match outcome {
                Err(Error::Unavailable { .. })
                    if ready.position.is_some() && began.elapsed() < PATIENCE =>
                {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
                Ok(applied) => {
                    if !applied.repeated {
                        let bytes = ready.blocks.iter().map(|block| block.raw_size).sum();
                        self.blocks_grew(ready.blocks.len() as u64, applied.events as u64, bytes);
                    }
                    return Ok(applied);
                }
                Err(err) => return Err(err),
            }
        }
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

fn write(sql: &mut dyn Sql, ready: &Ready) -> Result<Applied> {
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
    for prepared in &ready.objects {
        applied.object_versions += usize::from(object::write(sql, prepared)?);
    }
    for upsert in &ready.incidents {
        applied.incidents.push(incident::upsert(sql, upsert)?);
    }
    for update in &ready.findings {
        applied.findings.push(finding::write(sql, update)?);
    }
    for (put, packed) in &ready.documents {
        document::write(sql, put, packed)?;
    }
    for cursor in &ready.cursors {
        document::write_cursor(sql, cursor)?;
    }
    for action in &ready.actions {
        action::write(sql, action)?;
    }
    for (put, packed) in &ready.alerts {
        alert::write(sql, put, packed)?;
    }
    for settled in &ready.settled_alerts {
        alert::settle(sql, settled)?;
    }
    if let Some(seen) = &ready.seen {
        seen::write(sql, seen)?;
    }
    Ok(applied)
}
