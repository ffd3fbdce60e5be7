//! What the gate objected to: the newest in memory, all of it in a file of JSON lines.
//!
//! A line is written by a thread of its own; where the disk is too slow, entries are lost and counted,
//! because the API server waits for the answer. A file that has grown large becomes `….1`, and the one
//! before it goes.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use catseye_admission::Request;
use catseye_admission::gate::{Effect, Ruling};
use catseye_model::{RedactionKey, Severity, Value};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

/// Entries kept in memory.
const MOST_RECENT: usize = 500;
/// Entries that may wait for the disk.
const MOST_WAITING: usize = 1000;
/// A file is as long as this.
const LONGEST_FILE: u64 = 64 << 20;
/// Objects longer than this are not kept.
const LONGEST_OBJECT: usize = 64 << 10;

/// Why a log cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("failed to open {path}")]
pub struct LogError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was refused.
    Denied,
    /// It passed, and the client was warned.
    Warned,
    /// It passed; it would have been refused where that is enforced.
    Audited,
    /// It passed because an exception accepts it.
    Accepted,
    /// It passed because the glass was broken.
    GlassBroken,
    /// It is there and would be refused: it was let through while nobody judged.
    LetThrough,
}

impl Outcome {
    /// All of them, the gravest first.
    pub const ALL: [Outcome; 6] = [
        Outcome::Denied,
        Outcome::Warned,
        Outcome::Audited,
        Outcome::Accepted,
        Outcome::GlassBroken,
        Outcome::LetThrough,
    ];

    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Denied => "denied",
            Outcome::Warned => "warned",
            Outcome::Audited => "audited",
            Outcome::Accepted => "accepted",
            Outcome::GlassBroken => "glass-broken",
            Outcome::LetThrough => "let-through",
        }
    }
}

/// One objection as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Who objects: `check`, `policy`, `rule` or `image`.
    pub by: &'static str,
    /// The check's id, the policy's or the rule's name.
    pub id: String,
    /// What is wrong; empty where a policy may have quoted a Secret.
    pub message: String,
    /// The field; empty where there is none.
    pub field: String,
    /// How bad it is.
    pub severity: Severity,
    /// Another object that gets worse by the request.
    pub at: Option<String>,
    /// The reason of the exception that accepts it.
    pub accepted: Option<String>,
}

/// An object as it is kept: JSON text, which takes a tenth of what the parsed value takes. Null where none is kept.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct KeptObject(Option<Box<RawValue>>);

impl KeptObject {
    /// The object, read again.
    pub fn value(&self) -> serde_json::Value {
        let text = self.0.as_ref().map(|text| text.get());
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }
}

/// One entry; version 1 of its form.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The version of this form: 1.
    pub version: u32,
    /// When.
    pub time: Timestamp,
    /// The request's id, which its refusal names; empty for what was let through.
    pub request: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Who asked.
    pub user: String,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub operation: &'static str,
    /// The resource, such as `pods/exec` or `deployments.apps`.
    pub resource: String,
    /// The namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// The name; empty where the API server was to make one up.
    pub name: String,
    /// Why the glass was broken, or why it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub glass: Option<String>,
    /// The objections: who, which, what, where, and the exception that accepts it.
    pub objections: Vec<Said>,
    /// The object of a refused request, without values of Secrets; null where it is too long.
    pub object: KeptObject,
}

impl Entry {
    pub(super) fn of(
        request: Request,
        ruling: &Ruling,
        time: Timestamp,
        key: &RedactionKey,
    ) -> Self {
        let has = |effect| ruling.with_effect(effect).next().is_some();
        let outcome = if ruling.glass.is_some() {
            Outcome::GlassBroken
        } else if has(Effect::Deny) {
            Outcome::Denied
        } else if has(Effect::Warn) {
            Outcome::Warned
        } else if has(Effect::Audit) {
            Outcome::Audited
        } else {
            Outcome::Accepted
        };
        let glass = match (&ruling.glass, &ruling.glass_refused) {
            (Some(glass), _) => Some(format!("until {}: {}", glass.until, glass.reason)),
            (None, Some(why)) => Some(format!("refused: {why}")),
            (None, None) => None,
        };
        let mut resource = request.resource.clone();
        if !request.group.is_empty() {
            resource = format!("{resource}.{}", request.group);
        }
        if !request.subresource.is_empty() {
            resource = format!("{resource}/{}", request.subresource);
        }
        let request = request.redacted(key);
        let object = match outcome {
            Outcome::Denied => kept(&request),
            _ => KeptObject::default(),
        };
        Entry {
            version: 1,
            time,
            outcome,
            glass,
            objections: objections(ruling, request.is_secret()),
            object,
            operation: request.operation.name(),
            resource,
            request: request.uid,
            user: request.user.name,
            namespace: request.namespace,
            name: request.name,
        }
    }
}

/// The object, unless it is too long.
fn kept(request: &Request) -> KeptObject {
    let object = if request.object.is_null() {
        &request.old_object
    } else {
        &request.object
    };
    let mut object: Value = object.clone();
    object.update("metadata", |metadata| {
        if metadata.is_object() {
            metadata.remove("managedFields");
        }
    });
    let text = object.to_string();
    if object.is_null() || text.len() > LONGEST_OBJECT {
        return KeptObject::default();
    }
    KeptObject(RawValue::from_string(text).ok())
}

fn objections(ruling: &Ruling, is_secret: bool) -> Vec<Said> {
    let list = ruling.objections.iter().map(|objection| {
        // What a policy says may be made of the values that it saw.
        let is_made = is_secret && objection.origin.as_str() == "policy";
        let message = if is_made { "" } else { &objection.message };
        Said {
            by: objection.origin.as_str(),
            id: objection.id.clone(),
            message: message.to_owned(),
            field: objection.field.clone(),
            severity: objection.severity,
            at: objection.elsewhere.clone(),
            accepted: objection.accepted.clone(),
        }
    });
    list.collect()
}

/// The log.
#[derive(Debug)]
pub struct Log {
    recent: Mutex<VecDeque<Arc<Entry>>>,
    to_disk: Option<SyncSender<Arc<Entry>>>,
    lost: Arc<AtomicU64>,
}

impl Log {
    /// A log in a file, or in memory alone.
    pub fn open(path: Option<PathBuf>) -> Result<Self, LogError> {
        let lost = Arc::new(AtomicU64::new(0));
        let to_disk = match path {
            None => None,
            Some(path) => {
                let file = append(&path).map_err(|source| LogError {
                    path: path.clone(),
                    source,
                })?;
                let (sender, entries) = sync_channel(MOST_WAITING);
                let lost = lost.clone();
                std::thread::spawn(move || write_all(&path, file, &entries, &lost));
                Some(sender)
            }
        };
        Ok(Log {
            recent: Mutex::default(),
            to_disk,
            lost,
        })
    }

    /// Adds an entry; never waits.
    pub fn add(&self, entry: Entry) {
        // Memory and the queue to the disk hold one and the same.
        let entry = Arc::new(entry);
        if let Some(to_disk) = &self.to_disk
            && to_disk.try_send(entry.clone()).is_err()
        {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= MOST_RECENT {
            recent.pop_front();
        }
        recent.push_back(entry);
    }

    /// The newest entries, newest first.
    pub fn recent(&self) -> Vec<Arc<Entry>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().rev().cloned().collect()
    }

    /// Entries that did not reach the disk.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

fn write_all(path: &Path, mut file: File, entries: &Receiver<Arc<Entry>>, lost: &AtomicU64) {
    let mut length = file.metadata().map_or(0, |metadata| metadata.len());
    while let Ok(entry) = entries.recv() {
        let mut line = serde_json::to_vec(&entry).unwrap_or_default();
        line.push(b'\n');
        if length > LONGEST_FILE {
            let mut old = path.as_os_str().to_owned();
            old.push(".1");
            if std::fs::rename(path, &old).is_ok()
                && let Ok(new) = append(path)
            {
                file = new;
                length = 0;
            }
        }
        match file.write_all(&line) {
            Ok(()) => length += line.len() as u64,
            Err(err) => {
                lost.fetch_add(1, Ordering::Relaxed);
                tracing::error!(error = %err, "failed to write the admission log");
            }
        }
    }
}
