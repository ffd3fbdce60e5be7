//! Questions to events: newest first, from blocks and segments alike, reading as little as will do.
//!
//! What may hold an answer (a block, a row group) is visited by its newest event. As soon as a page is full
//! of events newer than anything that is left, the rest is not read.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::path::Path;

use jiff::Timestamp;
use memchr::memmem::Finder;

use crate::error::Result;
use crate::event::segment::{self, Reader};
use crate::event::{
    EventCursor, EventFilter, EventPage, EventStats, EventsLost, EventsRead, StoredEvent, block,
};
use crate::sql::{Sql, Where, time_of, values};

/// A filter made ready for looking.
pub(crate) struct Wanted<'a> {
    pub(crate) filter: &'a EventFilter,
    pub(crate) finder: Option<Finder<'a>>,
    after: Option<EventCursor>,
    since: i64,
    before: i64,
}

impl<'a> Wanted<'a> {
    pub(crate) fn new(filter: &'a EventFilter, after: Option<EventCursor>) -> Wanted<'a> {
        let text = filter.text.as_deref().filter(|text| !text.is_empty());
        Wanted {
            filter,
            finder: text.map(|text| Finder::new(text.as_bytes())),
            after,
            since: filter.since.map_or(i64::MIN, Timestamp::as_microsecond),
            before: filter.before.map_or(i64::MAX, Timestamp::as_microsecond),
        }
    }

    /// The texts that must be equal: their place among the text columns, and the word.
    pub(crate) fn words(&self) -> impl Iterator<Item = (usize, &'a str)> {
        let filter = self.filter;
        [
            (0, &filter.source),
            (1, &filter.actor),
            (2, &filter.verb),
            (3, &filter.resource),
            (4, &filter.subresource),
            (5, &filter.namespace),
            (6, &filter.name),
            (7, &filter.source_ip),
            (9, &filter.id),
        ]
        .into_iter()
        .filter_map(|(place, word)| word.as_deref().map(|word| (place, word)))
    }

    /// Time and number alone do not rule it out.
    pub(crate) fn fits_place(&self, time: i64, sequence: u64) -> bool {
        if time < self.since || time >= self.before {
            return false;
        }
        self.after
            .is_none_or(|last| EventCursor { time, sequence } < last)
    }

    fn fits(&self, stored: &StoredEvent) -> bool {
        let event = &stored.event;
        if !self.fits_place(event.time.as_microsecond(), stored.sequence) {
            return false;
        }
        if self.filter.code.is_some_and(|code| code != event.code) {
            return false;
        }
        for (place, word) in self.words() {
            let text = match place {
                0 => &event.source,
                1 => &event.actor,
                2 => &event.verb,
                3 => &event.resource,
                4 => &event.subresource,
                5 => &event.namespace,
                6 => &event.name,
                7 => &event.source_ip,
                _ => &event.id,
            };
            if text != word {
                return false;
            }
        }
        let finder = self.finder.as_ref();
        finder.is_none_or(|finder| finder.find(event.raw.as_bytes()).is_some())
    }

    /// The newest time that a page after the cursor can hold.
    fn latest(&self) -> i64 {
        let before = self.before.saturating_sub(1);
        self.after.map_or(before, |last| before.min(last.time))
    }
}

/// Something that may hold answers; ordered by its newest event.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    newest: i64,
    place: Place,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Block { first_sequence: u64 },
    Segment { path: String, events: u64 },
    Group { path: String, group: usize },
}

/// The page keeps the newest events: the oldest of them is on top.
#[derive(Debug, PartialEq, Eq)]
struct Candidate(StoredEvent);

impl Candidate {
    fn order(&self) -> EventCursor {
        EventCursor {
            time: self.0.event.time.as_microsecond(),
            sequence: self.0.sequence,
        }
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// How often a file that is gone is looked for in a new moment before it is taken for lost.
const LOOKS: u32 = 3;

/// A page of events. Blocks may become segments meanwhile, and old segments may go: the database is read
/// as of one moment, and a file that is gone is looked for in a second moment. One that the database still names
/// then is lost: the page is made of the rest, and says how many events are missing.
pub(crate) fn page(
    sql: &mut dyn Sql,
    folder: &Path,
    filter: &EventFilter,
    after: Option<EventCursor>,
    limit: usize,
) -> Result<EventPage> {
    let wanted = Wanted::new(filter, after);
    let mut looks = 0;
    loop {
        looks += 1;
        sql.begin_snapshot()?;
        let found = page_of_moment(sql, folder, &wanted, limit, looks >= LOOKS);
        sql.run("COMMIT")?;
        if let Some(page) = found? {
            return Ok(page);
        }
    }
}

/// `None` where a file is gone, unless such files are to be passed over.
fn page_of_moment(
    sql: &mut dyn Sql,
    folder: &Path,
    wanted: &Wanted<'_>,
    limit: usize,
    pass_over: bool,
) -> Result<Option<EventPage>> {
    let mut read = EventsRead::default();
    let mut parts = parts(sql, wanted)?;
    let mut readers: HashMap<String, Reader> = HashMap::new();
    let mut newest: BinaryHeap<Reverse<Candidate>> = BinaryHeap::new();
    // One more than asked for says whether there is a next page.
    let keep = limit.saturating_add(1);
    while let Some(Part {
        newest: time,
        place,
    }) = parts.pop()
    {
        if let Some(Reverse(oldest)) = newest.peek()
            && newest.len() >= keep
            && oldest.order().time > time
        {
            break;
        }
        let found = match place {
            Place::Block { first_sequence } => {
                read.parts += 1;
                block_events(sql, first_sequence, wanted)?
            }
            Place::Segment { path, events } => {
                let Some(reader) = Reader::open(&folder.join(&path))? else {
                    if !pass_over {
                        return Ok(None);
                    }
                    read.missing += events;
                    continue;
                };
                for (group, (min, max)) in reader.groups().into_iter().enumerate() {
                    if max < wanted.since || min > wanted.latest() {
                        read.ruled_out += 1;
                        continue;
                    }
                    parts.push(Part {
                        newest: max.min(wanted.latest()),
                        place: Place::Group {
                            path: path.clone(),
                            group,
                        },
                    });
                }
                readers.insert(path, reader);
                continue;
            }
            Place::Group { path, group } => {
                let Some(reader) = readers.get(&path) else {
                    continue;
                };
                let full_path = folder.join(&path);
                let events = reader.read(group, wanted);
                let Some(events) = events.map_err(segment::wrong(&full_path))? else {
                    read.ruled_out += 1;
                    continue;
                };
                read.parts += 1;
                events
            }
        };
        for event in found {
            newest.push(Reverse(Candidate(event)));
            if newest.len() > keep {
                newest.pop();
            }
        }
    }
    let mut events: Vec<StoredEvent> = newest
        .into_sorted_vec()
        .into_iter()
        .map(|Reverse(Candidate(event))| event)
        .collect();
    let more = events.len() > limit;
    events.truncate(limit);
    let next = match events.last() {
        Some(last) if more => Some(EventCursor {
            time: last.event.time.as_microsecond(),
            sequence: last.sequence,
        }),
        _ => None,
    };
    Ok(Some(EventPage { events, next, read }))
}

fn parts(sql: &mut dyn Sql, wanted: &Wanted<'_>) -> Result<BinaryHeap<Part>> {
    let mut condition = Where::default();
    condition.and("max_time >= ?", values![wanted.since]);
    condition.and("min_time <= ?", values![wanted.latest()]);
    let mut parts = BinaryHeap::new();
    let blocks = sql.query(
        &format!(
            "SELECT max_time, first_sequence FROM event_block{}",
            condition.clause()
        ),
        &condition.values,
    )?;
    for row in blocks {
        parts.push(Part {
            newest: row.int(0)?.min(wanted.latest()),
            place: Place::Block {
                first_sequence: row.count(1)?,
            },
        });
    }
    let segments = sql.query(
        &format!(
            "SELECT max_time, path, events FROM event_segment{}",
            condition.clause()
        ),
        &condition.values,
    )?;
    for mut row in segments {
        parts.push(Part {
            newest: row.int(0)?.min(wanted.latest()),
            place: Place::Segment {
                path: row.text(1)?,
                events: row.count(2)?,
            },
        });
    }
    Ok(parts)
}

/// The events of a block with their numbers.
pub(crate) fn numbered(first_sequence: u64, body: &[u8]) -> Result<Vec<StoredEvent>> {
    let events = block::unpack(body)?;
    Ok(events
        .into_iter()
        .zip(first_sequence..)
        .map(|(event, sequence)| StoredEvent { sequence, event })
        .collect())
}

fn block_events(
    sql: &mut dyn Sql,
    first_sequence: u64,
    wanted: &Wanted<'_>,
) -> Result<Vec<StoredEvent>> {
    let row = sql.query_one(
        "SELECT body FROM event_block WHERE first_sequence = ?1",
        values![first_sequence],
    )?;
    let Some(mut row) = row else {
        return Ok(Vec::new());
    };
    let mut events = numbered(first_sequence, &row.bytes(0)?)?;
    events.retain(|event| wanted.fits(event));
    Ok(events)
}

/// How many segments that the database names are not on the disk, and the events that were in them.
pub(crate) fn lost(sql: &mut dyn Sql, folder: &Path) -> Result<EventsLost> {
    let rows = sql.query("SELECT path, events FROM event_segment", &[])?;
    let mut lost = EventsLost::default();
    for mut row in rows {
        let (path, events) = (row.text(0)?, row.count(1)?);
        if folder.join(&path).exists() {
            continue;
        }
        // Rows go before files, so one that is still named was not removed for its age.
        let row = sql.query_one(
            "SELECT events FROM event_segment WHERE path = ?1",
            values![&path],
        )?;
        if row.is_some() {
            lost.segments += 1;
            lost.events += events;
        }
    }
    Ok(lost)
}

pub(crate) fn stats(sql: &mut dyn Sql) -> Result<EventStats> {
    // Sums are numeric in PostgreSQL; the casts make them whole numbers again.
    let row = sql.query_one(
        "SELECT CAST(coalesce(sum(b), 0) AS BIGINT), CAST(coalesce(sum(s), 0) AS BIGINT),
           CAST(coalesce(sum(n), 0) AS BIGINT), CAST(coalesce(sum(size), 0) AS BIGINT),
           min(min_time), max(max_time)
         FROM (
           SELECT events AS b, 0 AS s, 0 AS n, 0 AS size, min_time, max_time FROM event_block
           UNION ALL
           SELECT 0, events, 1, size, min_time, max_time FROM event_segment) AS parts",
        &[],
    )?;
    let Some(row) = row else {
        return Ok(EventStats::default());
    };
    let (blocks, segments) = (row.count(0)?, row.count(1)?);
    Ok(EventStats {
        events: blocks + segments,
        in_blocks: blocks,
        segments: row.count(2)?,
        segment_bytes: row.count(3)?,
        oldest: row.int_or_null(4)?.map(time_of).transpose()?,
        newest: row.int_or_null(5)?.map(time_of).transpose()?,
    })
}
