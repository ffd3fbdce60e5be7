//! Alerts that could not be told: kept in a file of JSON lines a sink, countable, to be sent again.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use catseye_report::alert::Alert;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many letters of one sink are kept; the oldest go first.
const MOST: usize = 1000;

/// An alert that could not be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The form of this value: 1.
    pub form: u32,
    /// When it was given up.
    pub time: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it did not arrive.
    pub error: String,
    /// The alert.
    pub alert: Alert,
}

/// The dead letters of one sink.
#[derive(Debug, Clone)]
pub struct DeadLetters(Arc<Mutex<Kept>>);

#[derive(Debug)]
struct Kept {
    file: Option<PathBuf>,
    letters: VecDeque<DeadLetter>,
    /// Lines of the file that are no letters of a form we know.
    unreadable: u64,
    /// Letters that gave way to newer ones.
    pushed_out: u64,
}

impl DeadLetters {
    /// Opens the letters of a sink in a folder, which is made at need; without one, in memory.
    pub fn open(folder: Option<&Path>, sink: &str) -> io::Result<Self> {
        let mut kept = Kept {
            file: None,
            letters: VecDeque::new(),
            unreadable: 0,
            pushed_out: 0,
        };
        if let Some(folder) = folder {
            fs::create_dir_all(folder)?;
            let file = folder.join(format!("{sink}.jsonl"));
            let text = match fs::read_to_string(&file) {
                Ok(text) => text,
                Err(err) if err.kind() == io::ErrorKind::NotFound => String::new(),
                Err(err) => return Err(err),
            };
            for line in text.lines().filter(|line| !line.is_empty()) {
                // The last line is half written when the machine failed.
                match serde_json::from_str(line) {
                    Ok(letter) => kept.letters.push_back(letter),
                    Err(_) => kept.unreadable += 1,
                }
            }
            kept.file = Some(file);
        }
        Ok(DeadLetters(Arc::new(Mutex::new(kept))))
    }

    /// Keeps an alert. True when it is on the disk, so that it outlives the program.
    pub fn keep(&self, alert: &Alert, attempts: u32, error: &str) -> bool {
        let mut kept = self.lock();
        kept.letters.push_back(DeadLetter {
            form: 1,
            time: Timestamp::now(),
            attempts,
            error: error.to_owned(),
            alert: alert.clone(),
        });
        while kept.letters.len() > MOST {
            kept.letters.pop_front();
            kept.pushed_out += 1;
        }
        kept.write()
    }

    /// Forgets a letter that arrived after all.
    pub fn forget(&self, letter: &DeadLetter) {
        let mut kept = self.lock();
        if let Some(place) = kept.letters.iter().position(|held| held == letter) {
            kept.letters.remove(place);
            kept.write();
        }
    }

    /// Notes that a letter did not arrive once more; it stays in its place.
    pub fn failed_again(&self, letter: &DeadLetter, error: &str) {
        let mut kept = self.lock();
        if let Some(held) = kept.letters.iter_mut().find(|held| *held == letter) {
            held.attempts = held.attempts.saturating_add(1);
            error.clone_into(&mut held.error);
            kept.write();
        }
    }

    /// All letters, the oldest first.
    pub fn all(&self) -> Vec<DeadLetter> {
        self.lock().letters.iter().cloned().collect()
    }

    /// How many letters there are.
    pub fn len(&self) -> u64 {
        self.lock().letters.len() as u64
    }

    /// How many letters gave way to newer ones since the start: nobody will send those again.
    pub fn pushed_out(&self) -> u64 {
        self.lock().pushed_out
    }

    /// True when every alert arrived.
    pub fn is_empty(&self) -> bool {
        self.lock().letters.is_empty()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Writes the file anew beside the old one, then takes its place. A disk that is full loses the
    /// file, not what is in memory. True when it is on the disk.
    fn write(&mut self) -> bool {
        let Some(file) = &self.file else {
            return false;
        };
        let text = self.letters.iter().fold(String::new(), |mut text, letter| {
            if let Ok(line) = serde_json::to_string(letter) {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{line}");
            }
            text
        });
        let mut beside = file.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let written = replace(&beside, file, text.as_bytes());
        if let Err(err) = &written {
            tracing::error!(error = %err, file = %file.display(), "failed to keep alerts that did not arrive");
        }
        written.is_ok()
    }
}

/// Writes one file to the disk, then gives it the other's name.
fn replace(beside: &Path, file: &Path, text: &[u8]) -> io::Result<()> {
    let mut new = fs::File::create(beside)?;
    new.write_all(text)?;
    new.sync_all()?;
    fs::rename(beside, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_outlive_the_program_and_are_bounded() {
        let folder = tempfile::tempdir().expect("a folder");
        let alert = Alert::example("prod", Timestamp::UNIX_EPOCH);
        let letters = DeadLetters::open(Some(folder.path()), "soc").expect("opened");
        for _ in 0..3 {
            letters.keep(&alert, 6, "refused");
        }
        let again = DeadLetters::open(Some(folder.path()), "soc").expect("opened");
        assert_eq!(again.len(), 3);
        assert_eq!(again.all()[0].alert, alert);
        for letter in again.all() {
            again.forget(&letter);
        }
        let empty = DeadLetters::open(Some(folder.path()), "soc").expect("opened");
        assert!(empty.is_empty());
        for _ in 0..MOST + 5 {
            empty.lock().letters.push_back(again_letter(&alert));
        }
        empty.keep(&alert, 1, "last");
        assert_eq!((empty.len(), empty.pushed_out()), (MOST as u64, 6));
    }

    #[test]
    fn a_letter_is_on_the_disk_or_said_not_to_be() {
        let folder = tempfile::tempdir().expect("a folder");
        let alert = Alert::example("prod", Timestamp::UNIX_EPOCH);
        let letters = DeadLetters::open(Some(folder.path()), "soc").expect("opened");
        assert!(letters.keep(&alert, 1, "refused"));
        // Where the new file would be written stands something else.
        fs::create_dir(folder.path().join("soc.jsonl.new")).expect("made");
        assert!(!letters.keep(&alert, 1, "refused"));
        assert_eq!(letters.len(), 2);
        let memory = DeadLetters::open(None, "soc").expect("opened");
        assert!(!memory.keep(&alert, 1, "refused"));
    }

    fn again_letter(alert: &Alert) -> DeadLetter {
        DeadLetter {
            form: 1,
            time: Timestamp::UNIX_EPOCH,
            attempts: 1,
            error: String::new(),
            alert: alert.clone(),
        }
    }
}
