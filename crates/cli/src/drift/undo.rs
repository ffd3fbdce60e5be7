//! How a restore is taken back: a file that is there before anything is done, and says before each step
//! how to undo it. Whoever is interrupted on the way can still go back.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use catseye_cluster::RequestError;
use catseye_drift::restored::Edit;
use catseye_model::{ObjectKey, Value};
use catseye_respond::plan::{Action, Plan, Undo};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::restore::{create, delete, patch};
use crate::intake::live::LiveArgs;
use crate::output;

/// The form of the file.
const VERSION: u32 = 1;

/// The file. It holds the values that stood in the cluster, never those of Secrets.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    author: String,
    made: Timestamp,
    actions: Vec<Taken>,
}

/// An action, and how to take it back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Taken {
    object: ObjectKey,
    api_version: String,
    /// The object that was patched or made: no other of its name is touched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    edits: Vec<Edit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    create: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    delete: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_undone: Option<String>,
}

impl Taken {
    fn of(action: &Action) -> Self {
        let mut taken = Taken {
            object: action.key.clone(),
            api_version: action.api_version.clone(),
            uid: action.uid.clone(),
            edits: Vec::new(),
            create: None,
            delete: false,
            not_undone: None,
        };
        match &action.undo {
            Undo::Patch(edits) => taken.edits.clone_from(edits),
            Undo::Create(object) => taken.create = Some(object.into()),
            Undo::Delete => taken.delete = true,
            Undo::Nothing(why) => taken.not_undone = Some((*why).to_owned()),
        }
        taken
    }
}

/// An undo file that is being written.
pub(super) struct Journal {
    file: PathBuf,
    kept: Kept,
}

impl Journal {
    /// Makes the file, before anything is done. One that is there is left: without it an earlier restore
    /// could not be undone.
    pub(super) fn begin(file: &Path, plan: &Plan) -> anyhow::Result<Self> {
        if let Err(err) = std::fs::File::create_new(file) {
            if err.kind() == std::io::ErrorKind::AlreadyExists {
                bail!(
                    "{} is there already, and an earlier restore cannot be undone without it; move it away, or name another with --undo-file",
                    file.display()
                );
            }
            return Err(err).with_context(|| format!("failed to write {}", file.display()));
        }
        let journal = Journal {
            file: file.to_owned(),
            kept: Kept {
                version: VERSION,
                author: plan.author.clone(),
                made: plan.made,
                actions: Vec::new(),
            },
        };
        journal.save()?;
        Ok(journal)
    }

    /// Notes what is about to be done.
    pub(super) fn before(&mut self, action: &Action) -> anyhow::Result<()> {
        self.kept.actions.push(Taken::of(action));
        self.save()
    }

    /// Notes how it went: the uid of what was made.
    pub(super) fn after(&mut self, outcome: &anyhow::Result<Option<String>>) -> anyhow::Result<()> {
        match outcome {
            Ok(Some(uid)) => {
                if let Some(last) = self.kept.actions.last_mut() {
                    last.uid = Some(uid.clone());
                }
            }
            Ok(None) => return Ok(()),
            // Who got no answer does not know whether it was done; everything else was not.
            Err(err) => {
                let was_answered = err
                    .downcast_ref::<RequestError>()
                    .is_none_or(|err| err.code().is_some());
                if !was_answered {
                    return Ok(());
                }
                self.kept.actions.pop();
            }
        }
        self.save()
    }

    /// Replaces the file as a whole, so that whoever is killed on the way leaves the one before.
    fn save(&self) -> anyhow::Result<()> {
        let failed = || format!("failed to write {}", self.file.display());
        let text = serde_json::to_string_pretty(&self.kept)? + "\n";
        let folder = match self.file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut unfinished = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
        unfinished
            .write_all(text.as_bytes())
            .and_then(|()| unfinished.as_file().sync_all())
            .with_context(failed)?;
        unfinished.persist(&self.file).with_context(failed)?;
        Ok(())
    }
}

fn read(file: &Path) -> anyhow::Result<Kept> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("failed to read {}", file.display()))?;
    let kept: Kept = serde_json::from_str(&text).with_context(|| {
        format!(
            "{} was not written by `catseye drift --restore apply`",
            file.display()
        )
    })?;
    if kept.version != VERSION {
        bail!(
            "{}: version {}; this program reads version {VERSION}",
            file.display(),
            kept.version
        );
    }
    Ok(kept)
}

/// Takes an earlier restore back.
pub(super) fn undo(file: &Path, cluster: LiveArgs) -> anyhow::Result<ExitCode> {
    let kept = read(file)?;
    let session = cluster.session()?;
    let (mut undone, mut failed) = (0, 0);
    for taken in kept.actions.iter().rev() {
        let key = &taken.object;
        let (version, uid) = (taken.api_version.as_str(), taken.uid.as_deref());
        let done = session.runtime.block_on(async {
            if taken.delete {
                if uid.is_none() {
                    bail!("it is not known whether it was made; see for yourself");
                }
                delete(&session, key, version, uid, false).await
            } else if let Some(object) = &taken.create {
                let object = Value::from(object.clone());
                create(&session, key, version, &object, false)
                    .await
                    .map(|_| ())
            } else if taken.edits.is_empty() {
                bail!("{}", taken.not_undone.as_deref().unwrap_or("nothing to do"))
            } else {
                patch(&session, key, version, uid, &taken.edits, false).await
            }
        });
        match done {
            Ok(()) => undone += 1,
            Err(err) => {
                failed += 1;
                anstream::eprintln!("{}: {key}: {err:#}", output::ERROR.render_word());
            }
        }
    }
    anstream::eprintln!("{undone} of {} actions undone", kept.actions.len());
    Ok(ExitCode::from(if failed > 0 { 2 } else { 0 }))
}

#[cfg(test)]
mod tests {
    use catseye_respond::plan::Step;
    use jiff::SignedDuration;

    use super::*;

    fn action(name: &str, undo: Undo) -> Action {
        Action {
            key: ObjectKey {
                group: String::new(),
                kind: "ConfigMap".to_owned(),
                namespace: "shop".to_owned(),
                name: name.to_owned(),
            },
            api_version: "v1".to_owned(),
            uid: None,
            step: Step::Delete,
            undo,
            mends: Vec::new(),
        }
    }

    fn plan() -> Plan {
        Plan {
            author: "jane".to_owned(),
            made: Timestamp::UNIX_EPOCH,
            expires: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1),
            actions: Vec::new(),
            refused: Vec::new(),
            left: Vec::new(),
        }
    }

    #[test]
    fn the_file_says_how_to_undo_a_step_before_the_step_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("undo.json");
        let names = || -> Vec<(String, Option<String>)> {
            read(&file)
                .unwrap()
                .actions
                .into_iter()
                .map(|it| (it.object.name, it.uid))
                .collect()
        };
        let known = |name: &str, uid: Option<&str>| (name.to_owned(), uid.map(str::to_owned));
        let mut journal = Journal::begin(&file, &plan()).unwrap();
        assert_eq!(names(), []);
        journal.before(&action("made", Undo::Delete)).unwrap();
        assert_eq!(names(), [known("made", None)]);
        journal.after(&Ok(Some("uid-1".to_owned()))).unwrap();
        assert_eq!(names(), [known("made", Some("uid-1"))]);
        // What the server refused was not done; what it did not answer may have been.
        let refused = RequestError::Refused {
            code: 403,
            message: "no".to_owned(),
            retry_after: None,
        };
        journal.before(&action("refused", Undo::Delete)).unwrap();
        journal.after(&Err(refused.into())).unwrap();
        let silent = RequestError::Unreachable {
            message: "no answer".to_owned(),
        };
        journal.before(&action("silent", Undo::Delete)).unwrap();
        journal.after(&Err(silent.into())).unwrap();
        assert_eq!(
            names(),
            [known("made", Some("uid-1")), known("silent", None)]
        );
    }

    #[test]
    fn the_undo_file_of_an_earlier_restore_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("undo.json");
        Journal::begin(&file, &plan()).unwrap();
        let again = Journal::begin(&file, &plan()).map(|_| ()).unwrap_err();
        assert!(again.to_string().contains("--undo-file"), "{again}");
    }
}
