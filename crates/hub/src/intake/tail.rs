//! An audit log that is being written, read into the hub from where the last run stopped.
//!
//! The API server rotates by renaming and beginning a new file; `copytruncate` shortens the file in
//! place. In the first case what was written between the last look and the renaming is still there
//! under the old handle, and is read before the new file is opened. Only whole lines are handed on, so that
//! a place to resume at is always between two records.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// Bytes of one look.
const CHUNK: usize = 256 << 10;
/// The longest line that is kept together.
const LONGEST_LINE: usize = 64 << 20;
/// Bytes at the beginning of a file by which it is recognised.
const FACE: u64 = 512;

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
    open: Option<File>,
    progress: Progress,
    /// The beginning of a line whose end is not written yet.
    rest: Vec<u8>,
    /// Where an earlier run stopped; looked at when the file is opened first.
    resume: Option<Progress>,
    /// How many files were begun.
    files: u64,
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
            files: 0,
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

    /// Takes the beginning of a line whose end is not written yet. [`Tail::progress`] stands before it.
    pub fn take_rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.rest)
    }

    /// Whole lines that are new; `None` when there are none. When what is returned was taken, ask
    /// [`Tail::progress`] and keep it.
    pub fn new_lines(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.open.is_none() && !self.reopen()? {
            return Ok(None);
        }
        if let Some(lines) = self.lines()? {
            return Ok(Some(lines));
        }
        let Some(open) = &mut self.open else {
            return Ok(None);
        };
        if open.metadata()?.len() < self.progress.read {
            // Shortened in place: what follows is a new log.
            open.seek(SeekFrom::Start(0))?;
            let number = self.progress.inode;
            self.begin();
            self.progress.inode = number;
            return self.lines();
        }
        if was_replaced(open, &self.path, self.progress.read)? {
            // Once more, for what was written between the look and the renaming.
            if let Some(lines) = self.lines()? {
                return Ok(Some(lines));
            }
            // A last line without an end will get none.
            let mut last = std::mem::take(&mut self.rest);
            self.open = None;
            if !last.is_empty() {
                self.progress.read += last.len() as u64;
                // What follows comes from another file.
                last.push(b'\n');
                return Ok(Some(last));
            }
            if self.reopen()? {
                return self.lines();
            }
        }
        Ok(None)
    }

    fn begin(&mut self) {
        self.progress = Progress::default();
        self.rest.clear();
        self.files += 1;
    }

    /// Opens the file under the path; false when there is none (yet, or between two rotations).
    fn reopen(&mut self) -> io::Result<bool> {
        let file = match File::open(&self.path) {
            Ok(file) => Some(file),
            Err(err) if err.kind() == io::ErrorKind::NotFound => None,
            Err(err) => return Err(err),
        };
        if let Some(resume) = self.resume.take() {
            let same = match file.as_ref().map(|file| is_file_of(file, &resume)) {
                Some(Ok(true)) => file.as_ref().map(File::try_clone).transpose()?,
                Some(Err(err)) => return Err(err),
                // Renamed since: what was written to it meanwhile is read before the new one.
                Some(Ok(false)) | None => self.renamed(&resume),
            };
            if let Some(mut same) = same {
                self.begin();
                same.seek(SeekFrom::Start(resume.read))?;
                self.progress = resume;
                self.open = Some(same);
                return Ok(true);
            }
        }
        let Some(mut file) = file else {
            return Ok(false);
        };
        self.begin();
        file.seek(SeekFrom::Start(0))?;
        self.progress.inode = inode(&file)?;
        self.open = Some(file);
        Ok(true)
    }

    /// The file beside ours that an earlier run was reading, under the name that rotation gave it.
    fn renamed(&self, resume: &Progress) -> Option<File> {
        if resume.inode == 0 {
            return None;
        }
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let beside = std::fs::read_dir(folder).ok()?;
        beside
            .filter_map(Result::ok)
            // A pipe would be waited for.
            .filter(|entry| entry.metadata().is_ok_and(|it| it.is_file()))
            .filter_map(|entry| File::open(entry.path()).ok())
            .find(|file| {
                let is_numbered = inode(file).is_ok_and(|number| number == resume.inode);
                is_numbered && is_file_of(file, resume).unwrap_or(false)
            })
    }

    /// Reads to the end of the last whole line that is there.
    fn lines(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(open) = &mut self.open else {
            return Ok(None);
        };
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = open.read(&mut chunk)?;
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
            if self.progress.face_bytes < FACE {
                let at = open.stream_position()?;
                let bytes = self.progress.read.min(FACE);
                self.progress.face = face(open, bytes)?;
                self.progress.face_bytes = bytes;
                open.seek(SeekFrom::Start(at))?;
            }
            return Ok(Some(lines));
        }
    }
}

/// True for the file that was read so far.
fn is_file_of(file: &File, resume: &Progress) -> io::Result<bool> {
    let metadata = file.metadata()?;
    let same = metadata.is_file() && metadata.len() >= resume.read && resume.face_bytes > 0;
    Ok(same && face(&mut file.try_clone()?, resume.face_bytes)? == resume.face)
}

/// The number of a file on its disk.
#[cfg(unix)]
fn inode(file: &File) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(file.metadata()?.ino())
}

/// Files have no such number here.
#[cfg(not(unix))]
fn inode(_: &File) -> io::Result<u64> {
    Ok(0)
}

/// The hash of the first bytes of a file.
fn face(file: &mut File, bytes: u64) -> io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let mut first = Vec::new();
    file.take(bytes).read_to_end(&mut first)?;
    let hash = Sha256::digest(&first);
    Ok(crate::auth::hex(&hash[..16]))
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
