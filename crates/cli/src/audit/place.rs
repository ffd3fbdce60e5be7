//! How far logs were read when what is normal was written: kept beside it, so that the next run goes on there.
//!
//! `normal.json.place` names the baseline that each place belongs to by its hash. It is written before the
//! baseline and holds the places of the old one and the new one, so a kill between the two files leaves the
//! right place whichever of them is there.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::follow::Places;

/// Places of so many baselines are kept: the one that is there, and the one that is about to be.
const KEPT: usize = 2;

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    places: Vec<Entry>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Entry {
    /// The hash of the baseline's text.
    baseline: String,
    logs: Places,
}

fn beside(baseline: &Path) -> PathBuf {
    let mut name = baseline.as_os_str().to_owned();
    name.push(".place");
    PathBuf::from(name)
}

fn hash(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn entries(baseline: &Path) -> anyhow::Result<Vec<Entry>> {
    let path = beside(baseline);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(err).with_context(|| format!("failed to read {}", path.display())),
    };
    let failed = || {
        format!(
            "{} is not of this version: remove it to read the logs from their start",
            path.display()
        )
    };
    let file: File = serde_json::from_str(&text).with_context(failed)?;
    anyhow::ensure!(file.version == 1, failed());
    Ok(file.places)
}

/// How far logs were read when this baseline was written; nothing where that is not known.
pub(super) fn read(baseline: &Path) -> anyhow::Result<Places> {
    let known = entries(baseline)?;
    if known.is_empty() {
        return Ok(Places::new());
    }
    let text = std::fs::read_to_string(baseline)
        .with_context(|| format!("failed to read {}", baseline.display()))?;
    let hash = hash(&text);
    let entry = known.into_iter().find(|entry| entry.baseline == hash);
    Ok(entry.map(|entry| entry.logs).unwrap_or_default())
}

/// What to write, and where to, before `text` becomes the baseline.
pub(super) fn before(
    baseline: &Path,
    text: &str,
    logs: Places,
) -> anyhow::Result<(PathBuf, String)> {
    let new = Entry {
        baseline: hash(text),
        logs,
    };
    // What cannot be read is replaced: it would have been refused at the start.
    let mut places = entries(baseline).unwrap_or_default();
    let there = std::fs::read_to_string(baseline).map(|text| hash(&text));
    places.retain(|entry| {
        entry.baseline != new.baseline && there.as_ref().is_ok_and(|hash| *hash == entry.baseline)
    });
    places.truncate(KEPT - 1);
    places.insert(0, new);
    let file = File { version: 1, places };
    let text = serde_json::to_string_pretty(&file).context("failed to write a place")?;
    Ok((beside(baseline), text + "\n"))
}

#[cfg(test)]
mod tests {
    use catseye_hub::intake::tail::Progress;

    use super::*;

    fn at(read: u64) -> Places {
        let progress = Progress {
            read,
            ..Progress::default()
        };
        Places::from([("audit.log".to_owned(), progress)])
    }

    #[test]
    fn a_kill_between_the_two_files_leaves_the_place_of_the_baseline_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let baseline = folder.path().join("normal.json");
        let place = |text: &str, read: u64| {
            let (path, text) = before(&baseline, text, at(read)).unwrap();
            std::fs::write(path, text).unwrap();
        };
        place("one", 10);
        std::fs::write(&baseline, "one").unwrap();
        assert_eq!(super::read(&baseline).unwrap(), at(10));
        place("two", 20);
        assert_eq!(
            super::read(&baseline).unwrap(),
            at(10),
            "killed before the baseline"
        );
        place("three", 30);
        assert_eq!(super::read(&baseline).unwrap(), at(10), "and once more");
        std::fs::write(&baseline, "three").unwrap();
        assert_eq!(super::read(&baseline).unwrap(), at(30));
        // Another baseline has no place.
        std::fs::write(&baseline, "of another day").unwrap();
        assert_eq!(super::read(&baseline).unwrap(), Places::new());
    }
}
