//! Keeping house: blocks of events become segments, what is too old or too much goes.
//!
//! One thread, because each of these steps must not meet itself. Who keeps house of a folder of segments
//! holds a lock on it; another program on the same store (`catseye events` beside a running hub) reads and
//! writes, and leaves this to the first.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::oneshot;

use crate::error::{Error, Result};
use crate::event::block::HOUR;
use crate::event::query;
use crate::event::segment::{self, Writer};
use crate::object::OPEN;
use crate::sql::{Sql, Value, values};
use crate::store::{Options, Store};
use crate::worker::Queue;

/// Rows that one step of retention removes: short enough that writers do not notice.
const STEP: u64 = 2000;

/// Blocks become a segment when there are this many, however little they hold: each is read by itself.
const MOST_BLOCKS: u64 = 4000;

/// What is kept. `None` keeps for ever, or as much as there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention {
    /// Events younger than this many days.
    pub event_days: Option<u32>,
    /// At most this many bytes of segments; the oldest go first.
    pub event_bytes: Option<u64>,
    /// Versions of objects that ended less than this many days ago. The present is always kept.
    pub object_days: Option<u32>,
    /// At most this many bytes of past versions; those that ended first go first.
    pub object_bytes: Option<u64>,
    /// Incidents resolved less than this many days ago, past versions of all, and alerts settled since.
    pub incident_days: Option<u32>,
    /// Findings gone less than this many days ago, with their part of trends.
    pub finding_days: Option<u32>,
    /// Actions of users younger than this many days.
    pub action_days: Option<u32>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Maintained {
    /// This program does not keep house of this store: another one does.
    pub elsewhere: bool,
    /// Segments written.
    pub segments_written: u64,
    /// Events in them.
    pub events_moved: u64,
    /// Segments removed.
    pub segments_removed: u64,
    /// Events removed, with segments or before they were in one.
    pub events_removed: u64,
    /// Versions of objects removed.
    pub object_versions_removed: u64,
    /// Incidents removed.
    pub incidents_removed: u64,
    /// Past versions of incidents removed.
    pub incident_versions_removed: u64,
    /// Findings removed.
    pub findings_removed: u64,
    /// Actions of users removed.
    pub actions_removed: u64,
}

enum Order {
    /// Enough blocks have come together.
    Close,
    /// Everything that is due.
    Maintain {
        now: Timestamp,
        retention: Box<Retention>,
        reply: oneshot::Sender<Result<Maintained>>,
    },
    /// Leave everything as it is until the other end is dropped.
    Pause {
        ready: oneshot::Sender<()>,
        until: Receiver<()>,
    },
}

/// The handle of the thread.
pub(crate) struct Keeper {
    orders: Sender<Order>,
    thread: thread::JoinHandle<()>,
    waiting: Arc<Waiting>,
}

/// What blocks hold, about: when to look.
struct Waiting {
    blocks: AtomicU64,
    events: AtomicU64,
    bytes: AtomicU64,
    most_events: u64,
    most_bytes: u64,
}

impl Keeper {
    pub(crate) fn start(
        writer: &Queue,
        readers: &Queue,
        folder: &Path,
        options: &Options,
    ) -> Result<Keeper> {
        let (orders, received) = channel();
        let waiting = Arc::new(Waiting {
            blocks: AtomicU64::new(0),
            events: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            most_events: options.segment_events.max(1),
            most_bytes: options.segment_bytes.max(1),
        });
        let house = House {
            writer: writer.clone(),
            readers: readers.clone(),
            folder: folder.to_owned(),
            lock: lock(folder)?,
            waiting: Arc::clone(&waiting),
        };
        if house.lock.is_some() {
            house.remove_unknown_files()?;
        }
        let thread = thread::Builder::new()
            .name("store-keeper".to_owned())
            .spawn(move || house.run(&received))
            .map_err(Error::io("start a thread for", "the store"))?;
        // What an earlier run left may be enough already.
        let _starting = orders.send(Order::Close);
        Ok(Keeper {
            orders,
            thread,
            waiting,
        })
    }

    pub(crate) fn blocks_grew(&self, blocks: u64, events: u64, bytes: u64) {
        let waiting = &self.waiting;
        let all_blocks = waiting.blocks.fetch_add(blocks, Ordering::Relaxed) + blocks;
        let all_events = waiting.events.fetch_add(events, Ordering::Relaxed) + events;
        let all_bytes = waiting.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if all_events >= waiting.most_events
            || all_bytes >= waiting.most_bytes
            || all_blocks >= MOST_BLOCKS
        {
            waiting.blocks.store(0, Ordering::Relaxed);
            waiting.events.store(0, Ordering::Relaxed);
            waiting.bytes.store(0, Ordering::Relaxed);
            let _gone = self.orders.send(Order::Close);
        }
    }

    pub(crate) fn stop(self) {
        drop(self.orders);
        if self.thread.thread().id() != thread::current().id() {
            let _ended = self.thread.join();
        }
    }

    /// Stops the house keeping until the answer is dropped.
    pub(crate) async fn pause(&self) -> Result<Sender<()>> {
        let (ready, is_ready) = oneshot::channel();
        let (hold, until) = channel();
        self.orders
            .send(Order::Pause { ready, until })
            .map_err(|_| Error::Closed)?;
        is_ready.await.map_err(|_| Error::Closed)?;
        Ok(hold)
    }
}

impl Store {
    /// Keeps house: closes the segments of hours that have passed and of full ones, and removes what is
    /// beyond `retention`, in small steps between which others write. To be called every minute or so.
    pub async fn maintain(&self, now: Timestamp, retention: Retention) -> Result<Maintained> {
        let (reply, answer) = oneshot::channel();
        self.keeper()?
            .orders
            .send(Order::Maintain {
                now,
                retention: Box::new(retention),
                reply,
            })
            .map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }
}

fn lock(folder: &Path) -> Result<Option<File>> {
    let path = folder.join("LOCK");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(Error::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(err)) => Err(Error::io("lock", &path)(err)),
    }
}

struct House {
    writer: Queue,
    readers: Queue,
    folder: PathBuf,
    /// Held by whoever keeps house.
    lock: Option<File>,
    waiting: Arc<Waiting>,
}

/// A block that is to go into a segment.
struct Due {
    first_sequence: u64,
    hour: i64,
    events: u64,
    min_time: i64,
    max_time: i64,
    raw_size: u64,
}

impl House {
    fn run(&self, orders: &Receiver<Order>) {
        while let Ok(order) = orders.recv() {
            match order {
                Order::Close => {
                    // A failure here, a full disk say, shows at the next call of `maintain` too; the
                    // blocks stay where they are, and are read there.
                    let _later = self.close_segments(None);
                }
                Order::Maintain {
                    now,
                    retention,
                    reply,
                } => {
                    let _gone = reply.send(self.maintain(now, &retention));
                }
                Order::Pause { ready, until } => {
                    if ready.send(()).is_ok() {
                        let _released = until.recv();
                    }
                }
            }
        }
    }

    fn maintain(&self, now: Timestamp, retention: &Retention) -> Result<Maintained> {
        if self.lock.is_none() {
            return Ok(Maintained {
                elsewhere: true,
                ..Maintained::default()
            });
        }
        let mut done = Maintained::default();
        self.remove_old(now, retention, &mut done)?;
        let (segments, events) = self.close_segments(Some(now))?;
        done.segments_written = segments;
        done.events_moved = events;
        self.writer.call_blocking(|sql| {
            if sql.dialect() == crate::schema::Dialect::Sqlite {
                // Outside a transaction it would do more; inside it only marks, a little at a time.
                sql.query("PRAGMA incremental_vacuum(1000)", &[])?;
            }
            Ok(())
        })?;
        Ok(done)
    }

    /// Files that no row names: a kill came between the file and its row.
    fn remove_unknown_files(&self) -> Result<()> {
        let rows = self
            .readers
            .call_blocking(|sql| sql.query("SELECT path FROM event_segment", &[]))?;
        let mut known = std::collections::HashSet::new();
        for mut row in rows {
            known.insert(self.folder.join(row.text(0)?));
        }
        for folder in folders(&self.folder)? {
            for path in folders(&folder)? {
                let ours = path
                    .extension()
                    .is_some_and(|ending| ending == "parquet" || ending == "partial");
                if ours && !known.contains(&path) {
                    remove_file(&path)?;
                }
            }
        }
        Ok(())
    }

    /// Writes segments of what is due: full ones, and with a time those of hours that have passed. Answers
    /// how many, and how many events they hold.
    fn close_segments(&self, now: Option<Timestamp>) -> Result<(u64, u64)> {
        if self.lock.is_none() {
            return Ok((0, 0));
        }
        let rows = self.readers.call_blocking(|sql| {
            sql.query(
                "SELECT first_sequence, hour, events, min_time, max_time, raw_size
                 FROM event_block ORDER BY hour, first_sequence",
                &[],
            )
        })?;
        let mut blocks = Vec::with_capacity(rows.len());
        for row in rows {
            blocks.push(Due {
                first_sequence: row.count(0)?,
                hour: row.int(1)?,
                events: row.count(2)?,
                min_time: row.int(3)?,
                max_time: row.int(4)?,
                raw_size: row.count(5)?,
            });
        }
        // When there is much altogether, thin hours are closed too: what waits is read by every query.
        let all: u64 = blocks.iter().map(|block| block.events).sum();
        let crowded = all >= self.waiting.most_events * 2 || blocks.len() as u64 >= MOST_BLOCKS * 2;
        let current = now.map(|now| now.as_microsecond().div_euclid(HOUR));
        let mut done = (0, 0);
        let mut rest = blocks.as_slice();
        while let Some(first) = rest.first() {
            let (mut events, mut bytes, mut count) = (0, 0, 0);
            for block in rest {
                if block.hour != first.hour || self.is_full(events, bytes, count) {
                    break;
                }
                events += block.events;
                bytes += block.raw_size;
                count += 1;
            }
            let (these, others) = rest.split_at(count);
            rest = others;
            let full = self.is_full(events, bytes, count);
            let passed = current.is_some_and(|current| first.hour < current);
            if full || passed || crowded {
                self.close(these)?;
                done.0 += 1;
                done.1 += events;
            }
        }
        Ok(done)
    }

    fn is_full(&self, events: u64, bytes: u64, blocks: usize) -> bool {
        events >= self.waiting.most_events
            || bytes >= self.waiting.most_bytes
            || blocks as u64 >= MOST_BLOCKS
    }

    /// Writes one segment and has the database name it.
    fn close(&self, blocks: &[Due]) -> Result<()> {
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
            return Ok(());
        };
        let hour = Timestamp::from_microsecond(first.hour * HOUR)
            .map_err(|err| Error::stored("time", err))?;
        let partition = hour.strftime("hour=%Y-%m-%dT%H").to_string();
        let folder = self.folder.join(&partition);
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        segment::sync_folder(&self.folder)?;
        let name = format!("{:016}-{:016}", first.first_sequence, last.first_sequence);
        let partial = folder.join(format!("{name}.partial"));
        let path = folder.join(format!("{name}.parquet"));
        remove_file(&partial)?;
        let written = self.write_segment(&partial, blocks);
        if written.is_err() {
            let _kept_free = fs::remove_file(&partial);
        }
        let written = written?;
        fs::rename(&partial, &path).map_err(Error::io("rename", &partial))?;
        segment::sync_folder(&folder)?;
        let row = [
            Value::from(format!("{partition}/{name}.parquet").as_str()),
            Value::from(first.hour),
            Value::from(blocks.iter().map(|block| block.events).sum::<u64>()),
            Value::from(blocks.iter().map(|b| b.min_time).min().unwrap_or(0)),
            Value::from(blocks.iter().map(|b| b.max_time).max().unwrap_or(0)),
            Value::from(written.size),
        ];
        let sequences: Vec<u64> = blocks.iter().map(|block| block.first_sequence).collect();
        self.writer.call_blocking(move |sql| {
            sql.execute(
                "INSERT INTO event_segment (path, hour, events, min_time, max_time, size)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                &row,
            )?;
            for sequence in sequences {
                sql.execute(
                    "DELETE FROM event_block WHERE first_sequence = ?1",
                    values![sequence],
                )?;
            }
            Ok(())
        })
    }

    fn write_segment(&self, partial: &Path, blocks: &[Due]) -> Result<segment::Written> {
        let mut writer = Writer::create(partial)?;
        for block in blocks {
            let sequence = block.first_sequence;
            let events = self.readers.call_blocking(move |sql| {
                let row = sql.query_one(
                    "SELECT body FROM event_block WHERE first_sequence = ?1",
                    values![sequence],
                )?;
                row.map_or(Ok(Vec::new()), |mut row| {
                    query::numbered(sequence, &row.bytes(0)?)
                })
            })?;
            for event in events {
                writer.push(event).map_err(segment::wrong(partial))?;
            }
        }
        writer.finish().map_err(segment::wrong(partial))
    }

    fn remove_old(
        &self,
        now: Timestamp,
        retention: &Retention,
        done: &mut Maintained,
    ) -> Result<()> {
        if let Some(end) = days_before(now, retention.event_days)? {
            self.remove_segments("max_time < ?1", end, done)?;
            let removed = self.writer.call_blocking(move |sql| {
                let row = sql.query_one(
                    "SELECT CAST(coalesce(sum(events), 0) AS BIGINT) FROM event_block WHERE max_time < ?1",
                    values![end],
                )?;
                sql.execute("DELETE FROM event_block WHERE max_time < ?1", values![end])?;
                row.map_or(Ok(0), |row| row.count(0))
            })?;
            done.events_removed += removed;
        }
        if let Some(most) = retention.event_bytes {
            self.remove_segments_beyond(most, done)?;
        }
        if let Some(end) = days_before(now, retention.object_days)? {
            done.object_versions_removed += self.in_steps(
                "DELETE FROM object_version WHERE (object_id, valid_from) IN (
                   SELECT object_id, valid_from FROM object_version
                   WHERE valid_until <= ?1 LIMIT ?2)",
                end,
            )?;
            // A deletion that nobody can ask about any more.
            done.object_versions_removed += self.in_steps(
                "DELETE FROM object_version WHERE (object_id, valid_from) IN (
                   SELECT object_id, valid_from FROM object_version
                   WHERE valid_until = 9223372036854775807 AND deleted = 1 AND valid_from <= ?1 LIMIT ?2)",
                end,
            )?;
            self.in_steps(
                "DELETE FROM object WHERE id IN (
                   SELECT o.id FROM object o WHERE CAST(?1 AS BIGINT) IS NOT NULL AND NOT EXISTS (
                     SELECT 1 FROM object_version v WHERE v.object_id = o.id) LIMIT ?2)",
                end,
            )?;
        }
        if let Some(most) = retention.object_bytes {
            done.object_versions_removed += self.remove_versions_beyond(most)?;
        }
        if let Some(end) = days_before(now, retention.incident_days)? {
            self.remove_incidents(end, done)?;
        }
        if let Some(end) = days_before(now, retention.incident_days)? {
            self.in_steps(
                "DELETE FROM alert WHERE id IN (
                   SELECT id FROM alert WHERE settled <= ?1 LIMIT ?2)",
                end,
            )?;
        }
        if let Some(end) = days_before(now, retention.finding_days)? {
            self.in_steps(
                "DELETE FROM finding_span WHERE (fingerprint, began) IN (
                   SELECT fingerprint, began FROM finding_span WHERE ended <= ?1 LIMIT ?2)",
                end,
            )?;
            done.findings_removed += self.in_steps(
                "DELETE FROM finding WHERE fingerprint IN (
                   SELECT fingerprint FROM finding WHERE resolved <= ?1 LIMIT ?2)",
                end,
            )?;
        }
        if let Some(end) = days_before(now, retention.action_days)? {
            done.actions_removed += self.in_steps(
                "DELETE FROM user_action WHERE id IN (
                   SELECT id FROM user_action WHERE at <= ?1 LIMIT ?2)",
                end,
            )?;
        }
        Ok(())
    }

    /// Runs a statement with a time and a number of rows until it finds fewer.
    fn in_steps(&self, statement: &'static str, end: i64) -> Result<u64> {
        let mut all = 0;
        loop {
            let removed = self
                .writer
                .call_blocking(move |sql| sql.execute(statement, values![end, STEP]))?;
            all += removed;
            if removed < STEP {
                return Ok(all);
            }
        }
    }

    fn remove_segments(
        &self,
        condition: &'static str,
        value: i64,
        done: &mut Maintained,
    ) -> Result<()> {
        let rows = self.readers.call_blocking(move |sql| {
            sql.query(
                &format!(
                    "SELECT id, path, events FROM event_segment WHERE {condition} ORDER BY id"
                ),
                values![value],
            )
        })?;
        for mut row in rows {
            self.remove_segment(row.int(0)?, row.text(1)?, row.count(2)?, done)?;
        }
        Ok(())
    }

    /// The row first: a file without a row is only space, a row without a file is a hole.
    fn remove_segment(
        &self,
        id: i64,
        path: String,
        events: u64,
        done: &mut Maintained,
    ) -> Result<()> {
        self.writer.call_blocking(move |sql| {
            sql.execute("DELETE FROM event_segment WHERE id = ?1", values![id])
        })?;
        let path = self.folder.join(path);
        remove_file(&path)?;
        if let Some(partition) = path.parent() {
            // Fails while others are in it, which is right.
            let _still_used = fs::remove_dir(partition);
        }
        done.segments_removed += 1;
        done.events_removed += events;
        Ok(())
    }

    fn remove_segments_beyond(&self, most: u64, done: &mut Maintained) -> Result<()> {
        let rows = self.readers.call_blocking(|sql| {
            sql.query(
                "SELECT id, path, events, size FROM event_segment ORDER BY max_time DESC, id DESC",
                &[],
            )
        })?;
        let mut sum = 0_u64;
        for mut row in rows {
            sum = sum.saturating_add(row.count(3)?);
            if sum > most {
                self.remove_segment(row.int(0)?, row.text(1)?, row.count(2)?, done)?;
            }
        }
        Ok(())
    }

    fn remove_versions_beyond(&self, most: u64) -> Result<u64> {
        let mut all = 0;
        loop {
            let removed = self.writer.call_blocking(move |sql| {
                let row = sql.query_one(
                    "SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM object_version WHERE valid_until < ?1",
                    values![OPEN],
                )?;
                let sum = row.map_or(Ok(0), |row| row.count(0))?;
                remove_oldest_versions(sql, sum.saturating_sub(most))
            })?;
            all += removed;
            if removed < STEP {
                return Ok(all);
            }
        }
    }

    fn remove_incidents(&self, end: i64, done: &mut Maintained) -> Result<()> {
        loop {
            let (incidents, versions) = self.writer.call_blocking(move |sql| {
                let rows = sql.query(
                    "SELECT incident_id FROM incident_version
                     WHERE valid_until = ?1 AND resolved <= ?2 ORDER BY incident_id LIMIT 200",
                    values![OPEN, end],
                )?;
                let mut versions = 0;
                for row in &rows {
                    let id = row.int(0)?;
                    for statement in [
                        "DELETE FROM incident_comment WHERE incident_id = ?1",
                        "DELETE FROM incident_change WHERE incident_id = ?1",
                        "DELETE FROM incident WHERE id = ?1",
                    ] {
                        sql.execute(statement, values![id])?;
                    }
                    versions += sql.execute(
                        "DELETE FROM incident_version WHERE incident_id = ?1",
                        values![id],
                    )?;
                }
                Ok((rows.len() as u64, versions))
            })?;
            done.incidents_removed += incidents;
            done.incident_versions_removed += versions;
            if incidents < 200 {
                break;
            }
        }
        done.incident_versions_removed += self.in_steps(
            "DELETE FROM incident_version WHERE (incident_id, version) IN (
               SELECT incident_id, version FROM incident_version WHERE valid_until <= ?1 LIMIT ?2)",
            end,
        )?;
        Ok(())
    }
}

/// Removes past versions, those that ended first, until `excess` bytes are gone or a step is full.
fn remove_oldest_versions(sql: &mut dyn Sql, excess: u64) -> Result<u64> {
    if excess == 0 {
        return Ok(0);
    }
    let rows = sql.query(
        "SELECT object_id, valid_from, size FROM object_version WHERE valid_until < ?1
         ORDER BY valid_until, object_id LIMIT ?2",
        values![OPEN, STEP],
    )?;
    let (mut gone, mut removed) = (0, 0);
    for row in rows {
        if gone >= excess {
            break;
        }
        gone += row.count(2)?;
        removed += sql.execute(
            "DELETE FROM object_version WHERE object_id = ?1 AND valid_from = ?2",
            values![row.int(0)?, row.int(1)?],
        )?;
    }
    Ok(removed)
}

fn days_before(now: Timestamp, days: Option<u32>) -> Result<Option<i64>> {
    let Some(days) = days else {
        return Ok(None);
    };
    let span = i64::from(days) * 24 * HOUR;
    now.as_microsecond()
        .checked_sub(span)
        .map(Some)
        .ok_or_else(|| Error::invalid("the time is out of range"))
}

/// What is in a folder; nothing when it is no folder.
fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::io("list", folder))? {
        found.push(entry.map_err(Error::io("list", folder))?.path());
    }
    found.sort();
    Ok(found)
}

fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(err) if err.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("remove", path)(err))
        }
        _ => Ok(()),
    }
}
