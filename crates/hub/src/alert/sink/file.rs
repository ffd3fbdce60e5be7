//! A file of JSON lines, for a collector to read.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use catseye_report::alert::{Alert, ocsf};

use super::Undelivered;
use crate::alert::config::{self, Format};

pub(in crate::alert) struct File {
    path: PathBuf,
    format: Format,
}

impl File {
    pub(super) fn of(how: &config::File) -> Self {
        File {
            path: how.path.clone(),
            format: how.format,
        }
    }

    /// Opened anew for each line, so that a collector may move the file away.
    pub(super) fn deliver(&self, alert: &Alert) -> Result<(), Undelivered> {
        let mut line = match self.format {
            Format::Ocsf => ocsf::detection_finding(alert).to_string(),
            Format::Catseye => {
                serde_json::to_string(alert).map_err(|err| Undelivered::never(err.to_string()))?
            }
        };
        line.push('\n');
        (OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path))
        .and_then(|mut file| file.write_all(line.as_bytes()))
        .map_err(|err| Undelivered::later(format!("{}: {err}", self.path.display())))
    }
}
