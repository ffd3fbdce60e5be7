//! An audit log that is being written, read into the hub from where the last run stopped.
//!
//! The API server rotates by renaming and beginning a new file; `copytruncate` shortens the file in
//! place. In the first case what was written between the last look and the renaming is still there
//! under the old handle, and is read before the new file is opened. Only whole lines are handed on, so that
//! a place to resume at is always between two records.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

/// Bytes of one look.
const CHUNK: usize = 256 << 10;
/// The longest line that is kept together.
const LONGEST_LINE: usize = 64 << 20;
/// Bytes at the beginning of a file by which it is recognised.
const FACE: usize = 512;

/// How far a log was read: enough to tell its file from a new one.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Progress {
    /// The first bytes of the file, hashed.
    pub face: String,
    /// How many bytes those are.
    pub face_bytes: u64,
    /// Bytes read, to the end of a line.
    pub read: u64,
    /// The number of the file on its disk, by which it is found once it was renamed; 0 where there is none.
    #[serde(default)]
    pub inode: u64,
}

/// A log that is being written.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    open: Option<Open>,
    progress: Progress,
    /// The beginning of a line whose end is not written yet.
    rest: Vec<u8>,
    /// Where an earlier run stopped; looked at when the file is opened first.
    resume: Option<Progress>,
    /// The name of the file beside ours that was read to its end last: those after it come first.
    after: Option<Rotated>,
    /// How many files were begun.
    files: u64,
    /// How often it was not found where an earlier run stopped.
    gaps: u64,
}

#[derive(Debug)]
struct Open {
    reader: Reader,
    /// Its first bytes, as far as they were handed on.
    first: Vec<u8>,
    /// The name that rotation gave it, where it has one.
    name: Option<Rotated>,
}

#[derive(Debug)]
enum Reader {
    Plain(File),
    /// What rotation packed; nothing is added to it.
    Packed(Box<MultiGzDecoder<BufReader<File>>>),
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Reader::Plain(file) => file.read(into),
            Reader::Packed(packed) => packed.read(into),
        }
    }
}

impl Tail {
    /// Begins at the start of the file, which need not be there yet, or where `resume` says.
    pub fn new(path: impl Into<PathBuf>, resume: Option<Progress>) -> Self {
        Tail {
            path: path.into(),
            open: None,
            progress: Progress::default(),
            rest: Vec::new(),
            resume,
            after: None,
            files: 0,
            gaps: 0,
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How far it was handed on.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// A number that changes when lines begin to come from another file, or from the start of a shortened one.
    pub fn files(&self) -> u64 {
        self.files
    }

    /// How often the place where an earlier run stopped was not found, or what was rotated could not be unpacked:
    /// nobody knows what is missing.
    pub fn gaps(&self) -> u64 {
        self.gaps
    }

    /// Takes the beginning of a line whose end is not written yet. [`Tail::progress`] stands before it.
    pub fn take_rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.rest)
    }

    /// Whole lines that are new; `None` when there are none. When what is returned was taken, ask
    /// [`Tail::progress`] and keep it.
    pub fn new_lines(&mut self) -> io::Result<Option<Vec<u8>>> {
        // Files that rotation left between two are read one after the other.
        loop {
            if self.open.is_none() && !self.reopen()? {
                return Ok(None);
            }
            match self.lines() {
                Ok(Some(lines)) => return Ok(Some(lines)),
                Ok(None) => {}
                // Nothing will mend it, and what follows must not wait for it.
                Err(_) if self.is_packed() => self.gaps += 1,
                Err(err) => return Err(err),
            }
            let Some(open) = &mut self.open else {
                return Ok(None);
            };
            if let Reader::Plain(file) = &mut open.reader {
                if file.metadata()?.len() < self.progress.read {
                    // Shortened in place: what follows is a new log.
                    file.seek(SeekFrom::Start(0))?;
                    open.first.clear();
                    let number = self.progress.inode;
                    self.begin();
                    self.progress.inode = number;
                    return self.lines();
                }
                if !was_replaced(file, &self.path, self.progress.read)? {
                    return Ok(None);
                }
                // Once more, for what was written between the look and the renaming.
                if let Some(lines) = self.lines()? {
                    return Ok(Some(lines));
                }
            }
            // A last line without an end will get none.
            let mut last = std::mem::take(&mut self.rest);
            self.after = self.open.take().and_then(|open| self.name_of(open));
            if !last.is_empty() {
                self.progress.read += last.len() as u64;
                // What follows comes from another file.
                last.push(b'\n');
                return Ok(Some(last));
            }
        }
    }

    fn is_packed(&self) -> bool {
        let open = self.open.as_ref();
        open.is_some_and(|open| matches!(open.reader, Reader::Packed(_)))
    }

    fn begin(&mut self) {
        self.progress = Progress::default();
        self.rest.clear();
        self.files += 1;
    }

    /// Opens what is to be read next: where an earlier run stopped, what rotation put between, or the file under
    /// the path. False when there is none (yet, or between two rotations).
    fn reopen(&mut self) -> io::Result<bool> {
        if let Some(resume) = self.resume.take() {
            match self.find(&resume) {
                Ok(Some(found)) => {
                    self.begin();
                    self.progress = resume;
                    self.open = Some(found);
                    return Ok(true);
                }
                Ok(None) => self.gaps += 1,
                Err(err) => {
                    self.resume = Some(resume);
                    return Err(err);
                }
            }
        }
        if let Some(after) = &self.after
            && let Some(next) = rotated(&self.path)
                .into_iter()
                .find(|it| it.order > after.order)
        {
            let open = open(&next.path)?;
            self.begin();
            if let Reader::Plain(file) = &open {
                self.progress.inode = inode(file)?;
            }
            self.open = Some(Open {
                reader: open,
                first: Vec::new(),
                name: Some(next),
            });
            return Ok(true);
        }
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(err) => return Err(err),
        };
        self.after = None;
        self.begin();
        self.progress.inode = inode(&file)?;
        self.open = Some(Open {
            reader: Reader::Plain(file),
            first: Vec::new(),
            name: None,
        });
        Ok(true)
    }

    /// The file that an earlier run was reading, at the place where it stopped: under its name, or under the one
    /// that rotation gave it.
    fn find(&self, resume: &Progress) -> io::Result<Option<Open>> {
        match File::open(&self.path) {
            Ok(file) => {
                if let Some(first) = is_file_of(&file, resume)? {
                    return Ok(Some(Open {
                        reader: Reader::Plain(file),
                        first,
                        name: None,
                    }));
                }
            }
            Err(err) if err.kind() == io::ErrorKind::NotFound => {}
            Err(err) => return Err(err),
        }
        let mut beside = rotated(&self.path);
        // Most often it is the newest; one with its number is it for certain.
        beside.reverse();
        beside.sort_by_key(|it| it.inode == 0 || it.inode != resume.inode);
        for name in beside {
            // One that was removed meanwhile, or is half written, is not it.
            let Ok(mut reader) = open(&name.path) else {
                continue;
            };
            let first = match &mut reader {
                Reader::Plain(file) => is_file_of(file, resume),
                Reader::Packed(packed) => is_stream_of(packed, resume),
            };
            if let Ok(Some(first)) = first {
                return Ok(Some(Open {
                    reader,
                    first,
                    name: Some(name),
                }));
            }
        }
        Ok(None)
    }

    /// The name that rotation gave to a file.
    fn name_of(&self, open: Open) -> Option<Rotated> {
        // It may have another than it had when it was opened.
        let number = match &open.reader {
            Reader::Plain(file) => inode(file).ok(),
            Reader::Packed(_) => open.name.as_ref().map(|name| name.inode),
        };
        let number = number.filter(|number| *number > 0);
        let mut beside = rotated(&self.path).into_iter();
        let now = number.and_then(|number| beside.find(|it| it.inode == number));
        now.or(open.name)
    }

    /// Reads to the end of the last whole line that is there.
    fn lines(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(open) = &mut self.open else {
            return Ok(None);
        };
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = open.reader.read(&mut chunk)?;
            if read == 0 {
                return Ok(None);
            }
            let new = chunk.get(..read).unwrap_or_default();
            let ends = new.iter().rposition(|byte| *byte == b'\n');
            let cut = match ends {
                Some(end) => end + 1,
                None if self.rest.len() + read > LONGEST_LINE => read,
                None => {
                    self.rest.extend_from_slice(new);
                    continue;
                }
            };
            let mut lines = std::mem::take(&mut self.rest);
            lines.extend_from_slice(&new[..cut]);
            self.rest.extend_from_slice(&new[cut..]);
            self.progress.read += lines.len() as u64;
            if open.first.len() < FACE {
                let more = lines.len().min(FACE - open.first.len());
                open.first.extend_from_slice(&lines[..more]);
                self.progress.face = face(&open.first);
                self.progress.face_bytes = open.first.len() as u64;
            }
            return Ok(Some(lines));
        }
    }
}

/// The file that was read so far, set to where that ended: its first bytes; `None` for another.
fn is_file_of(file: &File, resume: &Progress) -> io::Result<Option<Vec<u8>>> {
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() < resume.read {
        return Ok(None);
    }
    let mut file = file;
    file.seek(SeekFrom::Start(0))?;
    let first = first_of(&mut file, resume)?;
    file.seek(SeekFrom::Start(resume.read))?;
    Ok(first)
}

/// The same of a packed one.
fn is_stream_of(packed: &mut impl Read, resume: &Progress) -> io::Result<Option<Vec<u8>>> {
    let Some(first) = first_of(packed, resume)? else {
        return Ok(None);
    };
    let left = resume.read.saturating_sub(first.len() as u64);
    let skipped = io::copy(&mut packed.by_ref().take(left), &mut io::sink())?;
    Ok((skipped == left).then_some(first))
}

/// The first bytes, where they are those that were read.
fn first_of(from: &mut impl Read, resume: &Progress) -> io::Result<Option<Vec<u8>>> {
    let mut first = Vec::new();
    let bytes = resume.face_bytes.min(FACE as u64);
    from.by_ref().take(bytes).read_to_end(&mut first)?;
    let same = !first.is_empty() && first.len() as u64 == resume.face_bytes;
    Ok((same && face(&first) == resume.face).then_some(first))
}

/// Where a file stands among those that rotation put aside: `audit.log.2` is before `audit.log.1`; names with a
/// time in them go by that. One that is about to be packed is there twice, at the same place.
type Order = (Reverse<u64>, String);

/// A file that rotation put aside.
#[derive(Debug, Clone)]
struct Rotated {
    order: Order,
    path: PathBuf,
    inode: u64,
}

/// What rotation put aside, the oldest first: `audit-2026-11-20T10-00-00.000.log`, `audit.log-20261120` and
/// `audit.log.1`, packed or not.
fn rotated(path: &Path) -> Vec<Rotated> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let text = |part: Option<&OsStr>| part.and_then(OsStr::to_str).map(str::to_owned);
    let (Some(name), Some(stem), Ok(beside)) = (
        text(path.file_name()),
        text(path.file_stem()),
        std::fs::read_dir(folder),
    ) else {
        return Vec::new();
    };
    let mut found: BTreeMap<Order, Rotated> = BTreeMap::new();
    for entry in beside.filter_map(Result::ok) {
        let Some(whole) = entry.file_name().to_str().map(str::to_owned) else {
            continue;
        };
        let plain = whole.strip_suffix(".gz").unwrap_or(&whole);
        let Some(order) = order_of(plain, &name, &stem) else {
            continue;
        };
        // A pipe would be waited for.
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        if !metadata.is_file() {
            continue;
        }
        let is_packed = plain.len() < whole.len();
        if is_packed && found.contains_key(&order) {
            continue;
        }
        let one = Rotated {
            order: order.clone(),
            path: entry.path(),
            inode: number_of(&metadata),
        };
        found.insert(order, one);
    }
    found.into_values().collect()
}

/// The place of a name among those that rotation gives; `None` for another's.
fn order_of(plain: &str, name: &str, stem: &str) -> Option<Order> {
    if let Some(number) = plain.strip_prefix(name).and_then(|it| it.strip_prefix('.'))
        && let Ok(number) = number.parse()
    {
        return Some((Reverse(number), String::new()));
    }
    // `audit` is no older `audit-webhook`: after the stem comes a time.
    let dated = |whole: &str| {
        let rest = plain.strip_prefix(whole)?.strip_prefix(['-', '.', '_'])?;
        rest.starts_with(|first: char| first.is_ascii_digit())
            .then(|| (Reverse(0), plain.to_owned()))
    };
    dated(name).or_else(|| dated(stem))
}

fn open(path: &Path) -> io::Result<Reader> {
    let file = File::open(path)?;
    Ok(if path.extension().is_some_and(|it| it == "gz") {
        Reader::Packed(Box::new(MultiGzDecoder::new(BufReader::new(file))))
    } else {
        Reader::Plain(file)
    })
}

/// The number of a file on its disk.
fn inode(file: &File) -> io::Result<u64> {
    Ok(number_of(&file.metadata()?))
}

#[cfg(unix)]
fn number_of(metadata: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    metadata.ino()
}

/// Files have no such number here.
#[cfg(not(unix))]
fn number_of(_: &Metadata) -> u64 {
    0
}

/// The hash of the first bytes of a file.
fn face(first: &[u8]) -> String {
    let hash = Sha256::digest(first);
    crate::auth::hex(&hash[..16])
}

/// True when another file stands under the path now.
#[cfg(unix)]
fn was_replaced(open: &File, path: &Path, _: u64) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let ours = open.metadata()?;
    match std::fs::metadata(path) {
        Ok(theirs) => Ok((ours.dev(), ours.ino()) != (theirs.dev(), theirs.ino())),
        // Renamed, and nothing new there yet.
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(err) => Err(err),
    }
}

/// Files cannot be told apart here; a new one is noticed once it is shorter than the old one.
#[cfg(not(unix))]
fn was_replaced(_: &File, path: &Path, read: u64) -> io::Result<bool> {
    let theirs = std::fs::metadata(path).map_or(u64::MAX, |metadata| metadata.len());
    Ok(theirs < read)
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write as _;

    use super::*;

    fn append(path: &Path, text: &str) {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn all(tail: &mut Tail) -> String {
        let mut text = String::new();
        while let Some(lines) = tail.new_lines().unwrap() {
            text.push_str(std::str::from_utf8(&lines).unwrap());
        }
        text
    }

    #[test]
    fn only_whole_lines_are_handed_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        let mut tail = Tail::new(&path, None);
        assert_eq!(all(&mut tail), "");
        append(&path, "a\nb");
        assert_eq!(all(&mut tail), "a\n");
        append(&path, "c\n");
        assert_eq!(all(&mut tail), "bc\n");
    }

    #[test]
    fn a_run_goes_on_where_the_last_one_stopped_unless_the_file_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        append(&path, "a\nb\n");
        let mut tail = Tail::new(&path, None);
        assert_eq!(all(&mut tail), "a\nb\n");
        let progress = tail.progress().clone();
        append(&path, "c\n");
        assert_eq!(all(&mut Tail::new(&path, Some(progress.clone()))), "c\n");
        std::fs::write(&path, "x\ny\nz\n").unwrap();
        assert_eq!(all(&mut Tail::new(&path, Some(progress))), "x\ny\nz\n");
    }

    #[test]
    fn what_was_written_before_a_renaming_between_two_runs_is_read_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        append(&path, "a\n");
        let mut tail = Tail::new(&path, None);
        assert_eq!(all(&mut tail), "a\n");
        let progress = tail.progress().clone();
        drop(tail);
        append(&path, "b\n");
        std::fs::rename(&path, folder.path().join("audit-1.log")).unwrap();
        // Between two rotations there is nothing under the name.
        let mut early = Tail::new(&path, Some(progress.clone()));
        assert_eq!(all(&mut early), "b\n");
        append(&path, "c\n");
        assert_eq!(all(&mut early), "c\n");
        assert_eq!(all(&mut Tail::new(&path, Some(progress))), "b\nc\n");
    }

    fn pack(path: &Path) {
        let text = std::fs::read(path).unwrap();
        let name = format!("{}.gz", path.display());
        let mut packed =
            flate2::write::GzEncoder::new(File::create(name).unwrap(), flate2::Compression::fast());
        packed.write_all(&text).unwrap();
        packed.finish().unwrap();
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn what_was_rotated_while_nobody_read_is_read_in_its_order() {
        let name = |number: usize, dated: bool| match (number, dated) {
            (0, _) => "audit.log".to_owned(),
            (_, true) => format!("audit-2026-11-20T1{}-00-00.000.log", 9 - number),
            (_, false) => format!("audit.log.{number}"),
        };
        // Both ways to name what was rotated; nothing packed, what was being read, what came between, all.
        for (dated, packed) in [
            (true, [false, false]),
            (true, [true, false]),
            (true, [false, true]),
            (true, [true, true]),
            (false, [false, false]),
            (false, [true, true]),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("audit.log");
            let at = |number: usize| folder.path().join(name(number, dated));
            // Somebody else's, and older than what was read.
            append(&folder.path().join("audit-webhook.log"), "no\n");
            append(&at(4), "before\n");
            append(&path, "a\n");
            let mut tail = Tail::new(&path, None);
            assert_eq!(all(&mut tail), "a\n");
            let progress = tail.progress().clone();
            append(&path, "b\n");
            std::fs::rename(&path, at(3)).unwrap();
            append(&at(2), "c\nd\n");
            append(&at(1), "e\n");
            append(&path, "f\n");
            for (number, packed) in [(3, packed[0]), (2, packed[1])] {
                if packed {
                    pack(&at(number));
                }
            }
            // A run that goes on, one that begins anew, and one that stops in between.
            let mut again = Tail::new(&path, Some(progress.clone()));
            assert_eq!(all(&mut again), "b\nc\nd\ne\nf\n", "{dated} {packed:?}");
            assert_eq!(again.gaps(), 0);
            if packed == [false, false] {
                assert_eq!(all(&mut tail), "b\nc\nd\ne\nf\n", "{dated}");
            }
            let mut halting = Tail::new(&path, Some(progress));
            assert_eq!(halting.new_lines().unwrap().unwrap(), b"b\n");
            assert_eq!(halting.new_lines().unwrap().unwrap(), b"c\nd\n");
            let mut last = Tail::new(&path, Some(halting.progress().clone()));
            assert_eq!(all(&mut last), "e\nf\n", "{dated} {packed:?}");
        }
    }

    #[test]
    fn a_place_that_is_not_found_again_is_a_gap() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        append(&path, "a\n");
        let mut tail = Tail::new(&path, None);
        assert_eq!((all(&mut tail).as_str(), tail.gaps()), ("a\n", 0));
        std::fs::write(&path, "x\n").unwrap();
        let mut tail = Tail::new(&path, Some(tail.progress().clone()));
        assert_eq!((all(&mut tail).as_str(), tail.gaps()), ("x\n", 1));
    }

    #[test]
    fn what_was_written_before_a_renaming_is_read_before_the_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        let old = folder.path().join("audit-1.log");
        append(&path, "a\n");
        let mut tail = Tail::new(&path, None);
        assert_eq!(all(&mut tail), "a\n");
        std::fs::rename(&path, &old).unwrap();
        append(&old, "b\nend");
        append(&path, "c\n");
        assert_eq!(all(&mut tail), "b\nend\nc\n");
    }
}
