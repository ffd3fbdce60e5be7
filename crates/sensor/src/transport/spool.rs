//! Batches on the disk until the hub has them.
//!
//! A file a batch, named by a number that rises, written whole under another name first. When there
//! is no room the oldest go that hold nothing precious, then the oldest of all; what went is told
//! once, so that an event can say so.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Why the spool does not work.
#[derive(Debug, thiserror::Error)]
#[error("failed to {action} {path}")]
pub struct SpoolError {
    /// What was tried.
    pub action: &'static str,
    /// With what.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// A batch that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its number, by which it is acknowledged.
    pub number: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What went for want of room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Batches.
    pub batches: u64,
    /// Events in them.
    pub events: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    size: u64,
    events: u64,
    is_precious: bool,
}

/// The folder.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    most: u64,
    used: u64,
    next: u64,
    entries: BTreeMap<u64, Entry>,
    dropped: Dropped,
}

impl Spool {
    /// Opens a folder with room for `most` bytes. What waits in it goes on waiting.
    pub fn open(folder: &Path, most: u64) -> Result<Self, SpoolError> {
        fs::create_dir_all(folder).map_err(|source| failed("make", folder, source))?;
        let mut spool = Spool {
            folder: folder.to_owned(),
            most,
            used: 0,
            next: 1,
            entries: BTreeMap::new(),
            dropped: Dropped::default(),
        };
        let entries = fs::read_dir(folder).map_err(|source| failed("read", folder, source))?;
        for entry in entries {
            let entry = entry.map_err(|source| failed("read", folder, source))?;
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            match parse(&name) {
                Some((number, events, is_precious)) => {
                    let size = entry
                        .metadata()
                        .map_err(|source| failed("read", &path, source))?
                        .len();
                    let entry = Entry {
                        size,
                        events,
                        is_precious,
                    };
                    spool.used += size;
                    spool.next = spool.next.max(number + 1);
                    spool.entries.insert(number, entry);
                }
                // Half a batch of a sensor that was killed: it was never whole.
                None if path.extension().is_some_and(|it| it == "part") => {
                    fs::remove_file(&path).map_err(|source| failed("remove", &path, source))?;
                }
                None => {}
            }
        }
        spool.make_room(0)?;
        Ok(spool)
    }

    /// Keeps a batch of `events` events.
    pub fn put(&mut self, bytes: &[u8], events: u64, is_precious: bool) -> Result<(), SpoolError> {
        let size = bytes.len() as u64;
        self.make_room(size)?;
        if size > self.most {
            self.dropped.batches += 1;
            self.dropped.events += events;
            return Ok(());
        }
        let number = self.next;
        let entry = Entry {
            size,
            events,
            is_precious,
        };
        let path = self.path(number, entry);
        let part = path.with_extension("part");
        let write = || -> io::Result<()> {
            let mut file = fs::File::create(&part)?;
            file.write_all(bytes)?;
            file.sync_data()?;
            fs::rename(&part, &path)
        };
        write().map_err(|source| failed("write", &path, source))?;
        self.next += 1;
        self.used += size;
        self.entries.insert(number, entry);
        Ok(())
    }

    /// The oldest batch that waits.
    pub fn first(&self) -> Result<Option<Kept>, SpoolError> {
        let Some((number, entry)) = self.entries.first_key_value() else {
            return Ok(None);
        };
        let path = self.path(*number, *entry);
        let bytes = fs::read(&path).map_err(|source| failed("read", &path, source))?;
        Ok(Some(Kept {
            number: *number,
            bytes,
        }))
    }

    /// The hub has a batch.
    pub fn acknowledge(&mut self, number: u64) -> Result<(), SpoolError> {
        self.remove(number).map(|_| ())
    }

    /// What went for want of room since the last call.
    pub fn take_dropped(&mut self) -> Dropped {
        std::mem::take(&mut self.dropped)
    }

    /// How many batches wait, and how many bytes they are.
    pub fn waiting(&self) -> (usize, u64) {
        (self.entries.len(), self.used)
    }

    /// How full it is, of a hundred.
    pub fn fullness(&self) -> u64 {
        self.used * 100 / self.most.max(1)
    }

    fn make_room(&mut self, size: u64) -> Result<(), SpoolError> {
        while self.used + size > self.most {
            let plain = self.entries.iter().find(|(_, entry)| !entry.is_precious);
            let Some((number, _)) = plain.or_else(|| self.entries.first_key_value()) else {
                return Ok(());
            };
            let number = *number;
            if let Some(entry) = self.remove(number)? {
                self.dropped.batches += 1;
                self.dropped.events += entry.events;
            }
        }
        Ok(())
    }

    fn remove(&mut self, number: u64) -> Result<Option<Entry>, SpoolError> {
        let Some(entry) = self.entries.remove(&number) else {
            return Ok(None);
        };
        self.used -= entry.size;
        let path = self.path(number, entry);
        fs::remove_file(&path).map_err(|source| failed("remove", &path, source))?;
        Ok(Some(entry))
    }

    fn path(&self, number: u64, entry: Entry) -> PathBuf {
        let kind = if entry.is_precious {
            "precious"
        } else {
            "plain"
        };
        self.folder
            .join(format!("{number:020}-{}-{kind}.batch", entry.events))
    }
}

/// Number, events and worth, from the name of a file.
fn parse(name: &str) -> Option<(u64, u64, bool)> {
    let mut parts = name.strip_suffix(".batch")?.split('-');
    let number = parts.next()?.parse().ok()?;
    let events = parts.next()?.parse().ok()?;
    Some((number, events, parts.next()? == "precious"))
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> SpoolError {
    SpoolError {
        action,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_acknowledged_waits_over_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), 1000).unwrap();
        spool.put(b"one", 1, false).unwrap();
        spool.put(b"two", 1, false).unwrap();
        let first = spool.first().unwrap().unwrap();
        assert_eq!(first.bytes, b"one");
        spool.acknowledge(first.number).unwrap();
        fs::write(
            folder.path().join("00000000000000000009-1-plain.part"),
            b"half",
        )
        .unwrap();
        drop(spool);
        let mut spool = Spool::open(folder.path(), 1000).unwrap();
        assert_eq!(spool.first().unwrap().unwrap().bytes, b"two");
        spool.put(b"three", 1, false).unwrap();
        assert_eq!(spool.waiting(), (2, 8));
    }

    #[test]
    fn the_oldest_plain_batch_goes_first_and_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), 30).unwrap();
        spool.put(&[1; 10], 5, true).unwrap();
        spool.put(&[2; 10], 7, false).unwrap();
        spool.put(&[3; 10], 9, false).unwrap();
        spool.put(&[4; 10], 11, false).unwrap();
        assert_eq!(
            spool.take_dropped(),
            Dropped {
                batches: 1,
                events: 7
            }
        );
        assert_eq!(spool.take_dropped(), Dropped::default());
        assert_eq!(spool.first().unwrap().unwrap().bytes, [1; 10]);
        spool.put(&[5; 30], 1, false).unwrap();
        assert_eq!(
            spool.take_dropped(),
            Dropped {
                batches: 3,
                events: 25
            }
        );
        assert_eq!(spool.first().unwrap().unwrap().bytes, [5; 30]);
    }

    #[test]
    fn a_batch_larger_than_the_spool_is_counted_as_lost() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), 5).unwrap();
        spool.put(&[0; 6], 3, true).unwrap();
        assert_eq!(spool.take_dropped().events, 3);
        assert_eq!(spool.first().unwrap(), None);
    }
}
