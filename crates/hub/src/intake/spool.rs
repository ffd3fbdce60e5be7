//! Batches on the disk: files of records, appended and synced, removed once all of one is judged.
//!
//! A record is its length, a checksum and the bytes. A file that ends within a record was cut by a kill:
//! what is cut was never acknowledged. `judged` holds how far the oldest file was judged.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// The first bytes of a file, with the version of the form.
const MAGIC: &[u8; 8] = b"CATSPL01";
/// A file is closed behind so many bytes.
const FILE_BYTES: u64 = 16 << 20;
/// Length and checksum.
const HEAD: usize = 8;
/// The longest record that is believed: more than any body that is taken.
const LONGEST: usize = 256 << 20;

/// Why the spool failed.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The folder cannot be used.
    #[error("failed to open the spool {path}")]
    Open {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A batch cannot be written.
    #[error("failed to write to the spool {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is none of ours.
    #[error("{0} is no spool file of this version: move it away")]
    Foreign(PathBuf),
    /// The store does not say how far was judged.
    #[error("failed to read how far the spool was judged")]
    Position(#[source] Box<crate::HubError>),
    /// No thread could be started.
    #[error("failed to start a thread")]
    Thread(#[source] io::Error),
}

/// The place of a record: its file, and its number in it from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Written {
    file: u64,
    record: u64,
}

impl Written {
    /// Reads what its `Display` wrote.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (file, record) = text.trim().split_once(' ')?;
        Some(Written {
            file: file.parse().ok()?,
            record: record.parse().ok()?,
        })
    }
}

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.file, self.record)
    }
}

/// The spool.
#[derive(Debug)]
pub(super) struct Spool {
    folder: PathBuf,
    /// The file that is written to.
    open: Option<Open>,
    next_file: u64,
    /// Records of each file that are not judged, by file.
    left: BTreeMap<u64, u64>,
}

#[derive(Debug)]
struct Open {
    file: File,
    number: u64,
    bytes: u64,
    records: u64,
}

/// Batches that an earlier run left, in order.
type Left = Vec<(Vec<u8>, Written)>;

impl Spool {
    /// Opens a spool, and reads what is left in it. `known` is how far it was judged, where another than
    /// the spool itself says so.
    pub(super) fn open(folder: &Path, known: Option<Written>) -> Result<(Self, Left), SpoolError> {
        let fail = |path: &Path| {
            let path = path.to_owned();
            move |source| SpoolError::Open { path, source }
        };
        fs::create_dir_all(folder).map_err(fail(folder))?;
        let mut numbers = Vec::new();
        for entry in fs::read_dir(folder).map_err(fail(folder))? {
            let name = entry.map_err(fail(folder))?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".spool"));
            if let Some(number) = number.and_then(|number| number.parse::<u64>().ok()) {
                numbers.push(number);
            }
        }
        numbers.sort_unstable();
        let judged = judged(folder).max(known);
        let mut spool = Spool {
            folder: folder.to_owned(),
            open: None,
            // Above all that ever was, or what is to come would count as judged.
            next_file: numbers
                .last()
                .copied()
                .max(judged.map(|judged| judged.file))
                .map_or(1, |last| last + 1),
            left: BTreeMap::new(),
        };
        let mut all = Vec::new();
        for file in numbers {
            let path = spool.path(file);
            let bytes = fs::read(&path).map_err(fail(&path))?;
            let mut rest = match bytes.strip_prefix(MAGIC) {
                Some(rest) => rest,
                // Killed while the file was begun: nothing in it was acknowledged.
                None if MAGIC.starts_with(&bytes) => &[],
                None => return Err(SpoolError::Foreign(path)),
            };
            let mut record = 0;
            let mut left = 0;
            while let Some((body, after)) = record_in(rest) {
                let is_judged = judged.is_some_and(|judged| Written { file, record } <= judged);
                if !is_judged {
                    all.push((body.to_vec(), Written { file, record }));
                    left += 1;
                }
                record += 1;
                rest = after;
            }
            if left == 0 {
                fs::remove_file(&path).map_err(fail(&path))?;
            } else {
                spool.left.insert(file, left);
            }
        }
        Ok((spool, all))
    }

    /// Appends batches and syncs once; their places.
    pub(super) fn append<'a>(
        &mut self,
        batches: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Vec<Written>, SpoolError> {
        let mut block = Vec::new();
        let mut count = 0;
        for batch in batches {
            let length = u32::try_from(batch.len()).unwrap_or(u32::MAX);
            block.extend_from_slice(&length.to_le_bytes());
            block.extend_from_slice(&checksum(batch));
            block.extend_from_slice(batch);
            count += 1;
        }
        let open = match self.open.take() {
            Some(open) => open,
            None => self.begin()?,
        };
        let Open {
            mut file,
            number,
            bytes,
            records,
        } = open;
        let written = file.write_all(&block).and_then(|()| file.sync_data());
        if let Err(source) = written {
            self.undo(Open {
                file,
                number,
                bytes,
                records,
            });
            return Err(SpoolError::Write {
                path: self.path(number),
                source,
            });
        }
        *self.left.entry(number).or_default() += count;
        let places = (records..records + count).map(|record| Written {
            file: number,
            record,
        });
        let places = places.collect();
        let bytes = bytes + block.len() as u64;
        if bytes < FILE_BYTES {
            self.open = Some(Open {
                file,
                number,
                bytes,
                records: records + count,
            });
        }
        Ok(places)
    }

    /// Takes away what a failed append left behind, and goes on with the file. Where that fails too, what follows
    /// goes to a new one, and the cut record is passed over when the file is read.
    fn undo(&mut self, open: Open) {
        let number = open.number;
        if open.file.set_len(open.bytes).is_ok() {
            self.open = Some(open);
            return;
        }
        self.remove_if_done(number);
    }

    /// Removes a file that nothing is written to any more, if all of it was judged.
    fn remove_if_done(&mut self, number: u64) {
        if self.left.get(&number).is_some_and(|left| *left > 0) {
            return;
        }
        self.left.remove(&number);
        if let Err(err) = fs::remove_file(self.path(number)) {
            tracing::warn!(error = %err, "failed to remove a judged spool file");
        }
    }

    fn begin(&mut self) -> Result<Open, SpoolError> {
        let number = self.next_file;
        let path = self.path(number);
        let fail = |source| SpoolError::Write {
            path: path.clone(),
            source,
        };
        let mut file = OpenOptions::new()
            .create_new(true)
            .append(true)
            .open(&path)
            .map_err(fail)?;
        self.next_file += 1;
        // The name of a new file must last as well as what is in it.
        let begun = file
            .write_all(MAGIC)
            .and_then(|()| File::open(&self.folder)?.sync_all());
        if let Err(source) = begun {
            self.remove_if_done(number);
            return Err(fail(source));
        }
        Ok(Open {
            file,
            number,
            bytes: MAGIC.len() as u64,
            records: 0,
        })
    }

    /// A batch was judged: the next start does not see it again.
    pub(super) fn forget(&mut self, written: Written) {
        let name = self.folder.join("judged");
        let text = format!("{written}\n");
        let half = self.folder.join("judged.new");
        if let Err(err) = fs::write(&half, text).and_then(|()| fs::rename(&half, &name)) {
            tracing::warn!(error = %err, "failed to note what was judged; it is judged again after a restart");
        }
        let Some(left) = self.left.get_mut(&written.file) else {
            return;
        };
        *left = left.saturating_sub(1);
        let is_open = self
            .open
            .as_ref()
            .is_some_and(|open| open.number == written.file);
        if !is_open {
            self.remove_if_done(written.file);
        }
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:012}.spool"))
    }
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let hash = Sha256::digest(bytes);
    [hash[0], hash[1], hash[2], hash[3]]
}

/// The first record, and what comes after it; `None` at the end or where the file was cut.
fn record_in(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(HEAD)?;
    let (length, sum) = head.split_at_checked(4)?;
    let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
    if length > LONGEST {
        return None;
    }
    let (body, after) = rest.split_at_checked(length)?;
    (checksum(body) == *sum).then_some((body, after))
}

fn judged(folder: &Path) -> Option<Written> {
    Written::read(&fs::read_to_string(folder.join("judged")).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(left: &Left) -> Vec<&[u8]> {
        left.iter().map(|(body, _)| &**body).collect()
    }

    #[test]
    fn what_was_not_judged_is_there_after_a_restart_and_only_that() {
        let folder = tempfile::tempdir().unwrap();
        let (mut spool, left) = Spool::open(folder.path(), None).unwrap();
        assert!(left.is_empty());
        let batches: [&[u8]; 3] = [b"one", b"two", b"three"];
        let places = spool.append(batches.into_iter()).unwrap();
        spool.forget(places[0]);
        drop(spool);
        let (mut spool, left) = Spool::open(folder.path(), None).unwrap();
        assert_eq!(bodies(&left), [b"two".as_slice(), b"three"]);
        spool.append([b"four".as_slice()].into_iter()).unwrap();
        for (_, written) in &left {
            spool.forget(*written);
        }
        drop(spool);
        let (_, left) = Spool::open(folder.path(), None).unwrap();
        assert_eq!(bodies(&left), [b"four".as_slice()]);
    }

    #[test]
    fn what_comes_after_everything_was_judged_and_a_restart_is_not_taken_for_judged() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..3 {
            let (mut spool, left) = Spool::open(folder.path(), None).unwrap();
            assert_eq!(left.len(), usize::from(round > 0), "round {round}");
            for (_, written) in &left {
                spool.forget(*written);
            }
            let batches: [&[u8]; 2] = [b"judged", b"not judged"];
            let places = spool.append(batches.into_iter()).unwrap();
            spool.forget(places[0]);
        }
    }

    #[test]
    fn what_a_failed_append_left_is_taken_away_and_its_file_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let (mut spool, _) = Spool::open(folder.path(), None).unwrap();
        spool.append([b"one".as_slice()].into_iter()).unwrap();
        let mut open = spool.open.take().unwrap();
        open.file.write_all(b"half of a record").unwrap();
        spool.undo(open);
        let places = spool.append([b"two".as_slice()].into_iter()).unwrap();
        assert_eq!(places, [Written { file: 1, record: 1 }]);
        drop(spool);
        let (_, left) = Spool::open(folder.path(), None).unwrap();
        assert_eq!(bodies(&left), [b"one".as_slice(), b"two"]);
    }

    #[test]
    fn a_file_that_cannot_go_on_is_removed_once_nothing_of_it_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let (mut spool, _) = Spool::open(folder.path(), None).unwrap();
        let places = spool.append([b"one".as_slice()].into_iter()).unwrap();
        let mut open = spool.open.take().unwrap();
        // Open for reading only: it cannot be shortened.
        open.file = File::open(spool.path(1)).unwrap();
        spool.undo(open);
        assert!(spool.path(1).exists() && spool.open.is_none());
        spool.forget(places[0]);
        assert!(!spool.path(1).exists());
        let mut open = spool.begin().unwrap();
        let path = spool.path(open.number);
        open.file = File::open(&path).unwrap();
        spool.undo(open);
        assert!(!path.exists());
    }

    #[test]
    fn what_the_store_says_was_judged_is_not_judged_again() {
        let folder = tempfile::tempdir().unwrap();
        let (mut spool, _) = Spool::open(folder.path(), None).unwrap();
        let batches: [&[u8]; 2] = [b"one", b"two"];
        let places = spool.append(batches.into_iter()).unwrap();
        drop(spool);
        let known = Written::read(&places[0].to_string());
        assert_eq!(known, Some(places[0]));
        let (_, left) = Spool::open(folder.path(), known).unwrap();
        assert_eq!(bodies(&left), [b"two".as_slice()]);
    }

    #[test]
    fn a_file_cut_anywhere_gives_the_records_before_the_cut() {
        let folder = tempfile::tempdir().unwrap();
        let (mut spool, _) = Spool::open(folder.path(), None).unwrap();
        let batches: [&[u8]; 2] = [b"first", b"second"];
        spool.append(batches.into_iter()).unwrap();
        let path = spool.path(1);
        drop(spool);
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let (_, left) = Spool::open(folder.path(), None).unwrap();
            let expected: &[&[u8]] = if cut < 8 + 8 + 5 { &[] } else { &[b"first"] };
            assert_eq!(bodies(&left), expected, "cut at {cut}");
        }
    }
}
