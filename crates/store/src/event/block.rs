//! Blocks: acknowledged events in the database, some hundred to a row.
//!
//! A row an event would cost an index entry each; a block costs one for all of them, and compresses
//! them together. Format, version 1: the byte 1, then for each event time (i64) and code (i32) in little
//! endian, and eleven texts, each with its length as u32; all of it compressed with zstd.

use jiff::Timestamp;

use crate::body;
use crate::error::{Error, Result};
use crate::event::EventRecord;
use crate::sql::{Sql, time_of, values};

const VERSION: u8 = 1;

/// Microseconds of an hour: what segments are partitioned by.
pub(crate) const HOUR: i64 = 3_600_000_000;

/// A block is closed at this many events or bytes: what a query takes apart at once.
const MOST_EVENTS: usize = 4096;
const MOST_BYTES: usize = 8 << 20;

/// Events of one hour, ready to be written.
#[derive(Debug, PartialEq)]
pub(crate) struct Block {
    pub(crate) hour: i64,
    pub(crate) events: u64,
    pub(crate) min_time: i64,
    pub(crate) max_time: i64,
    pub(crate) raw_size: u64,
    pub(crate) body: Vec<u8>,
}

/// Packs events into blocks, an hour each, in the order given.
pub(crate) fn pack(events: &[EventRecord]) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    for event in events {
        let micros = event.time.as_microsecond();
        let hour = micros.div_euclid(HOUR);
        let place = open.iter().position(|block| block.hour == hour);
        let place = place.unwrap_or_else(|| {
            open.push(Open::new(hour));
            open.len() - 1
        });
        open[place].push(event, micros)?;
        if open[place].events >= MOST_EVENTS || open[place].bytes.len() >= MOST_BYTES {
            blocks.push(open.swap_remove(place).close()?);
        }
    }
    for block in open {
        blocks.push(block.close()?);
    }
    Ok(blocks)
}

/// Refuses an event that is larger than a block.
pub(crate) fn check(event: &EventRecord) -> Result<()> {
    let bytes: usize = event.texts().iter().map(|text| text.len()).sum();
    if bytes > MOST_BYTES {
        return Err(Error::invalid(format!(
            "an event of {bytes} bytes is too large: the limit is {MOST_BYTES}"
        )));
    }
    Ok(())
}

struct Open {
    hour: i64,
    events: usize,
    min_time: i64,
    max_time: i64,
    bytes: Vec<u8>,
}

impl Open {
    fn new(hour: i64) -> Open {
        Open {
            hour,
            events: 0,
            min_time: i64::MAX,
            max_time: i64::MIN,
            bytes: vec![VERSION],
        }
    }

    fn push(&mut self, event: &EventRecord, micros: i64) -> Result<()> {
        check(event)?;
        self.events += 1;
        self.min_time = self.min_time.min(micros);
        self.max_time = self.max_time.max(micros);
        self.bytes.extend_from_slice(&micros.to_le_bytes());
        self.bytes.extend_from_slice(&event.code.to_le_bytes());
        for text in event.texts() {
            let length =
                u32::try_from(text.len()).map_err(|_| Error::invalid("an event is too large"))?;
            self.bytes.extend_from_slice(&length.to_le_bytes());
            self.bytes.extend_from_slice(text.as_bytes());
        }
        Ok(())
    }

    fn close(self) -> Result<Block> {
        Ok(Block {
            hour: self.hour,
            events: self.events as u64,
            min_time: self.min_time,
            max_time: self.max_time,
            raw_size: self.bytes.len() as u64,
            body: body::compress(&self.bytes, 1)?,
        })
    }
}

/// Takes a block apart.
pub(crate) fn unpack(body: &[u8]) -> Result<Vec<EventRecord>> {
    let bytes = body::expand(body)?;
    let mut rest = bytes.as_slice();
    let version: [u8; 1] = take(&mut rest)?;
    if version[0] != VERSION {
        return Err(Error::stored(
            "event block",
            format!("it has format {}, this program knows {VERSION}", version[0]),
        ));
    }
    let mut events = Vec::new();
    while !rest.is_empty() {
        let time: Timestamp = time_of(i64::from_le_bytes(take(&mut rest)?))?;
        let code = i32::from_le_bytes(take(&mut rest)?);
        events.push(EventRecord {
            time,
            code,
            source: text(&mut rest)?,
            actor: text(&mut rest)?,
            verb: text(&mut rest)?,
            resource: text(&mut rest)?,
            subresource: text(&mut rest)?,
            namespace: text(&mut rest)?,
            name: text(&mut rest)?,
            source_ip: text(&mut rest)?,
            user_agent: text(&mut rest)?,
            id: text(&mut rest)?,
            raw: text(&mut rest)?,
        });
    }
    Ok(events)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or_else(cut)?;
    *rest = tail;
    Ok(*head)
}

fn text(rest: &mut &[u8]) -> Result<String> {
    let length = u32::from_le_bytes(take(rest)?) as usize;
    let (head, tail) = rest.split_at_checked(length).ok_or_else(cut)?;
    *rest = tail;
    String::from_utf8(head.to_vec()).map_err(|err| Error::stored("event block", err))
}

fn cut() -> Error {
    Error::stored("event block", "it ends too early")
}

/// Writes blocks and gives their events numbers.
pub(crate) fn write(sql: &mut dyn Sql, blocks: &[Block]) -> Result<()> {
    let count: u64 = blocks.iter().map(|block| block.events).sum();
    if count == 0 {
        return Ok(());
    }
    // The row is a lock as well: two hubs on one PostgreSQL get different numbers.
    let row = sql.query_one(
        "UPDATE event_counter SET next_sequence = next_sequence + ?1 WHERE one = 1
         RETURNING next_sequence",
        values![count],
    )?;
    let row = row.ok_or_else(|| Error::stored("event counter", "its row is gone"))?;
    let mut first = row.count(0)?.saturating_sub(count);
    for block in blocks {
        sql.execute(
            "INSERT INTO event_block (first_sequence, hour, events, min_time, max_time, raw_size, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            values![
                first,
                block.hour,
                block.events,
                block.min_time,
                block.max_time,
                block.raw_size,
                block.body.as_slice(),
            ],
        )?;
        first += block.events;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event() -> impl Strategy<Value = EventRecord> {
        let times = -1_000_000_000_000_000_i64..4_000_000_000_000_000;
        let texts = proptest::collection::vec(any::<String>(), 11);
        (times, any::<i32>(), texts).prop_map(|(time, code, texts)| {
            let text = |place: usize| texts[place].clone();
            EventRecord {
                time: Timestamp::from_microsecond(time).unwrap(),
                code,
                source: text(0),
                actor: text(1),
                verb: text(2),
                resource: text(3),
                subresource: text(4),
                namespace: text(5),
                name: text(6),
                source_ip: text(7),
                user_agent: text(8),
                id: text(9),
                raw: text(10),
            }
        })
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(events in proptest::collection::vec(event(), 0..30)) {
            let blocks = pack(&events).unwrap();
            let mut found = Vec::new();
            for block in &blocks {
                let inside = unpack(&block.body).unwrap();
                prop_assert_eq!(inside.len() as u64, block.events);
                for event in &inside {
                    let micros = event.time.as_microsecond();
                    prop_assert_eq!(micros.div_euclid(HOUR), block.hour);
                    prop_assert!((block.min_time..=block.max_time).contains(&micros));
                }
                found.extend(inside);
            }
            let order = |events: &mut Vec<EventRecord>| events.sort_by_key(|e| format!("{:?}{}", e.texts(), e.time));
            let mut events = events;
            order(&mut events);
            order(&mut found);
            prop_assert_eq!(found, events);
        }

        #[test]
        fn a_damaged_block_is_an_error_and_no_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Some(first) = bytes.first_mut() {
                *first = VERSION;
            }
            let packed = body::compress(&bytes, 1).unwrap();
            let _any = unpack(&packed);
            let _any = unpack(&bytes);
        }
    }

    #[test]
    fn a_block_of_another_format_is_refused() {
        let packed = body::compress(&[2], 1).unwrap();
        assert!(matches!(unpack(&packed), Err(Error::Stored { .. })));
    }

    #[test]
    fn many_events_of_an_hour_are_several_blocks() {
        let event = EventRecord {
            time: Timestamp::UNIX_EPOCH,
            source: String::new(),
            actor: String::new(),
            verb: String::new(),
            resource: String::new(),
            subresource: String::new(),
            namespace: String::new(),
            name: String::new(),
            code: 0,
            source_ip: String::new(),
            user_agent: String::new(),
            id: String::new(),
            raw: String::new(),
        };
        let blocks = pack(&vec![event.clone(); MOST_EVENTS + 1]).unwrap();
        let sizes: Vec<_> = blocks.iter().map(|block| block.events).collect();
        assert_eq!(sizes, [MOST_EVENTS as u64, 1]);
        let huge = EventRecord {
            raw: "x".repeat(MOST_BYTES + 1),
            ..event
        };
        assert!(matches!(pack(&[huge]), Err(Error::Invalid { .. })));
    }
}
