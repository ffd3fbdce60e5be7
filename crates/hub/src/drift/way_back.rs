//! The way back from one drift, in words, as a patch and as commands. The hub itself changes nothing.

use std::collections::BTreeSet;

use catseye_drift::{DesiredState, Drifts, Effect};
use catseye_model::{Inventory, ObjectKey, Value};
use catseye_respond::plan::{Ground, Step, Terms, plan};
use jiff::{SignedDuration, Timestamp};

use super::OpenDrift;
use crate::live::find;

/// How to have an object as desired again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WayBack {
    /// Whether it is safe.
    pub(crate) safe: bool,
    /// What it does, or why it should not be done.
    pub(crate) says: String,
    /// A JSON patch, or a manifest.
    pub(crate) patch: Option<String>,
    /// The command that does it.
    pub(crate) command: Option<String>,
    /// The command that makes the delivery tool do it.
    pub(crate) delivery: Option<String>,
    /// How to keep the change instead.
    pub(crate) keep: String,
    /// Checks that would fail afterwards.
    pub(crate) breaks: Vec<Effect>,
}

/// Plans the way back.
pub(crate) fn way_back(
    row: &OpenDrift,
    live: &Inventory,
    desired: &DesiredState,
    now: Timestamp,
) -> WayBack {
    let drifts = Drifts {
        objects: vec![row.drift.clone()],
        ..Drifts::default()
    };
    let plan = plan(
        Ground {
            live,
            desired,
            drifts: &drifts,
            meaning: &row.meaning,
            // Told below.
            delivered: &BTreeSet::new(),
            // Values of Secrets are never kept here.
            secrets: &BTreeSet::new(),
        },
        Terms {
            author: "catseye".to_owned(),
            made: now,
            lasts: SignedDuration::from_hours(1),
            accept_worse: false,
            prune: true,
        },
    );
    let key = &row.drift.key;
    let mut way = WayBack {
        safe: true,
        says: String::new(),
        patch: None,
        command: None,
        delivery: None,
        keep: keep(row),
        breaks: row.meaning.better.get(key).cloned().unwrap_or_default(),
    };
    if row.drift.source.is_some() {
        way.delivery = row
            .application
            .as_ref()
            .map(|application| application.command(key));
    }
    if row.is_delivered {
        way.safe = false;
        "Delivery itself wrote this: what is desired here is older. Read the desired state again."
            .clone_into(&mut way.says);
        return way;
    }
    if let Some(refusal) = plan.refused.into_iter().next() {
        way.safe = false;
        way.says = sentence(&refusal.reason);
        way.breaks = refusal.breaks;
        return way;
    }
    let Some(action) = plan.actions.into_iter().next() else {
        "Nothing has to be put back: the values are as desired.".clone_into(&mut way.says);
        return way;
    };
    let name = named(key);
    match action.step {
        Step::Patch { edits } => {
            let object = find(live, key).map(|id| live.object(id));
            let operations = object
                .map(|object| catseye_respond::json_patch(object.value(), &edits))
                .unwrap_or_default();
            way.says = format!(
                "Puts {} back and leaves everything else as it is. The patch fails when the object \
                 has changed since.",
                places(edits.len())
            );
            let patch = Value::Array(operations.into()).to_string();
            way.command = Some(format!(
                "kubectl patch {name} --type json --dry-run=server -p {}",
                quoted(&patch)
            ));
            way.patch = Some(patch);
        }
        Step::Create { object } => {
            let manifest = crate::api::yaml(&object);
            "Makes the object again as it is desired.".clone_into(&mut way.says);
            way.command = Some(format!(
                "kubectl create --dry-run=server -f - <<'EOF'\n{manifest}EOF"
            ));
            way.patch = Some(manifest);
        }
        Step::Delete => {
            "Deletes the object, which nobody desires. Ask its author first: it may be what keeps \
             something running."
                .clone_into(&mut way.says);
            way.command = Some(format!("kubectl delete {name} --dry-run=server"));
        }
    }
    way
}

fn places(count: usize) -> String {
    if count == 1 {
        "one field".to_owned()
    } else {
        format!("{count} fields")
    }
}

fn keep(row: &OpenDrift) -> String {
    let source = row.drift.source.as_ref().map(catseye_drift::Source::told);
    match (&row.application, source) {
        (Some(application), _) if application.written_at().is_some() => format!(
            "To keep it, write it into {} ({}).",
            application.written_at().unwrap_or_default(),
            application.told()
        ),
        (_, Some(source)) => format!("To keep it, write it into {source}."),
        (_, None) => "To keep it, add it to what is desired.".to_owned(),
    }
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// `deployment.apps/web -n shop`, as kubectl takes it.
fn named(key: &ObjectKey) -> String {
    let mut kind = key.kind.to_lowercase();
    if !key.group.is_empty() {
        kind.push('.');
        kind.push_str(&key.group);
    }
    let mut text = format!("{kind} {}", key.name);
    if !key.namespace.is_empty() {
        text.push_str(" -n ");
        text.push_str(&key.namespace);
    }
    text
}

/// A word for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
