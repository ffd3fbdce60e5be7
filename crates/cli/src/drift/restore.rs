//! The way back on a cluster: a plan shown, tried as a dry run, done, and undone.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use catseye_cluster::RequestError;
use catseye_cluster::apply::{self, Apply};
use catseye_drift::delivery::is_delivered;
use catseye_drift::restored::Edit;
use catseye_model::redact::holds_redacted;
use catseye_model::{Object, ObjectKey, Value};
use catseye_respond::plan::{self, Action, Plan, Step, Undo};
use catseye_respond::{json_patch, proposal};
use clap::ValueEnum;
use jiff::{SignedDuration, Timestamp};

use super::desired::RawSecrets;
use super::undo::Journal;
use super::{Answer, Args, contain};
use crate::intake::live::Session;
use crate::output;

/// The name under which fields are written back.
const MANAGER: &str = "catseye";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum How {
    /// Show what would be done
    Plan,
    /// Show it as the body of a pull request
    Proposal,
    /// Write what contains the damage instead, to be applied with kubectl: a policy that cuts a workload of
    /// high severity off, and one that denies further changes of what drifted. Needs --deployer-user
    Contain,
    /// Try it on the API server as a dry run
    DryRun,
    /// Dry run, then do it
    Apply,
}

pub(super) fn run(
    how: How,
    args: &Args,
    answer: &Answer<'_>,
    raw: &RawSecrets,
    session: Option<Session>,
) -> anyhow::Result<ExitCode> {
    if how == How::Contain {
        return contain::contain(args, answer);
    }
    let author = std::env::var("USER").unwrap_or_else(|_| "somebody".to_owned());
    let secrets: BTreeSet<ObjectKey> = raw
        .iter()
        .filter(|(_, secret)| !holds_redacted(secret))
        .map(|(key, _)| key.clone())
        .collect();
    let there: BTreeMap<ObjectKey, &Object> = answer
        .live
        .objects()
        .map(|(_, object)| (ObjectKey::of(object), object))
        .collect();
    let delivered: BTreeSet<ObjectKey> = answer
        .drifts
        .objects
        .iter()
        .zip(&answer.told)
        .filter(|(drift, told)| is_delivered(drift, &told.by, there.get(&drift.key).copied()))
        .map(|(drift, _)| drift.key.clone())
        .collect();
    let ground = plan::Ground {
        live: answer.live,
        desired: answer.desired,
        drifts: answer.drifts,
        meaning: answer.meaning,
        delivered: &delivered,
        secrets: &secrets,
    };
    let plan = plan::plan(
        ground,
        plan::Terms {
            author,
            made: Timestamp::now(),
            lasts: SignedDuration::from_hours(1),
            accept_worse: args.accept_worse,
            prune: args.prune,
        },
    );
    if how == How::Proposal {
        output::print(&proposal::body(&plan))?;
        return Ok(ExitCode::SUCCESS);
    }
    output::print(&shown(&plan, answer))?;
    // What is left is drift still.
    let code = u8::from(!plan.refused.is_empty() || !plan.left.is_empty());
    if how == How::Plan || plan.actions.is_empty() {
        return Ok(ExitCode::from(code));
    }
    let session = session
        .context("a dump cannot be restored; give the cluster with --kubeconfig or --context")?;
    let mut failed: BTreeSet<&ObjectKey> = BTreeSet::new();
    let mut untried = 0;
    let made: BTreeSet<&str> = plan
        .actions
        .iter()
        .filter(|it| matches!(it.step, Step::Create { .. }) && it.key.kind == "Namespace")
        .map(|it| it.key.name.as_str())
        .collect();
    // Everything is tried before anything is done. What goes into a namespace that the plan makes is the
    // one exception, which a dry run cannot show.
    for action in &plan.actions {
        if made.contains(action.key.namespace.as_str()) {
            untried += 1;
            continue;
        }
        if let Err(err) = session.runtime.block_on(act(&session, action, raw, true)) {
            failed.insert(&action.key);
            anstream::eprintln!("{}: {}: {err:#}", output::ERROR.render_word(), action.key);
        }
    }
    if failed.len() == plan.actions.len() && how == How::Apply && !args.despite_failures {
        bail!(
            "all {} actions failed as a dry run; nothing was changed",
            plan.actions.len()
        );
    }
    if how == How::DryRun {
        anstream::eprintln!(
            "dry run: {} of {} actions would go{}",
            plan.actions.len() - failed.len() - untried,
            plan.actions.len(),
            if untried > 0 {
                format!("; {untried} are in namespaces yet to be made, and were not tried")
            } else {
                String::new()
            }
        );
        return Ok(ExitCode::from(if failed.is_empty() { code } else { 2 }));
    }
    if !failed.is_empty() && !args.despite_failures {
        anstream::eprintln!(
            "{} of {} actions failed as a dry run and are left; the rest is done (--despite-failures tries \
             them all)",
            failed.len(),
            plan.actions.len()
        );
    }
    let mut journal = Journal::begin(&args.undo_file, &plan)?;
    let mut done = 0;
    for action in &plan.actions {
        if failed.contains(&action.key) && !args.despite_failures {
            continue;
        }
        journal.before(action)?;
        let outcome = session.runtime.block_on(act(&session, action, raw, false));
        journal.after(&outcome)?;
        match outcome {
            Ok(_) => done += 1,
            Err(err) => {
                anstream::eprintln!("{}: {}: {err:#}", output::ERROR.render_word(), action.key);
            }
        }
    }
    anstream::eprintln!(
        "{done} of {} objects restored; to undo: catseye drift --undo {}",
        plan.actions.len(),
        args.undo_file.display()
    );
    Ok(ExitCode::from(if done < plan.actions.len() {
        2
    } else {
        code
    }))
}

fn shown(plan: &Plan, answer: &Answer<'_>) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for action in &plan.actions {
        // Writing to a string cannot fail.
        match &action.step {
            Step::Patch { edits } => {
                let _ = writeln!(text, "patch   {}", action.key);
                for edit in edits {
                    let to = edit
                        .to
                        .as_ref()
                        .map_or("(nothing)".to_owned(), super::text::short);
                    let _ = writeln!(text, "          {} = {to}", edit.path);
                }
            }
            Step::Create { .. } => {
                let _ = writeln!(text, "create  {}", action.key);
            }
            Step::Delete => {
                let _ = writeln!(text, "delete  {}", action.key);
            }
        }
        if !action.mends.is_empty() {
            let _ = writeln!(text, "          mends {}", checks(&action.mends));
        }
        if let Undo::Nothing(why) = &action.undo {
            let _ = writeln!(text, "          cannot be undone: {why}");
        }
    }
    for key in &plan.left {
        let _ = writeln!(text, "left    {key}: nobody desires it; --prune deletes it");
    }
    for refusal in &plan.refused {
        let _ = writeln!(text, "refused {}: {}", refusal.key, refusal.reason);
        if answer.desired.get(&refusal.key).is_none()
            && let Some(application) = answer.ownership.expects(&refusal.key)
        {
            let _ = writeln!(text, "          {}", application.command(&refusal.key));
        }
        if !refusal.breaks.is_empty() {
            let _ = writeln!(text, "          would break {}", checks(&refusal.breaks));
        }
    }
    let _ = writeln!(
        text,
        "{} actions, {} refused, {} left; holds until {}",
        plan.actions.len(),
        plan.refused.len(),
        plan.left.len(),
        plan.expires.strftime("%Y-%m-%d %H:%M:%SZ")
    );
    text
}

fn checks(effects: &[catseye_drift::Effect]) -> String {
    let mut ids: Vec<&str> = effects.iter().map(|effect| effect.check).collect();
    ids.dedup();
    ids.join(", ")
}

/// Where an object is written, by its kind, in the version of the API in which it was read.
fn resource(
    session: &Session,
    key: &ObjectKey,
    api_version: &str,
) -> anyhow::Result<catseye_cluster::Resource> {
    session
        .serving(&key.group, &key.kind, api_version)
        .with_context(|| format!("the cluster serves no {}", key.kind))
}

/// Does an action, or tries it; answers the uid of what was made.
async fn act(
    session: &Session,
    action: &Action,
    raw: &RawSecrets,
    dry_run: bool,
) -> anyhow::Result<Option<String>> {
    let (key, version) = (&action.key, action.api_version.as_str());
    let uid = action.uid.as_deref();
    let is_secret = key.kind == "Secret" && key.group.is_empty();
    let secret = raw.get(key).filter(|_| is_secret);
    match &action.step {
        Step::Patch { edits } if is_secret => {
            let edits = real(edits, secret)?;
            patch(session, key, version, uid, &edits, dry_run).await?;
        }
        Step::Patch { edits } => patch(session, key, version, uid, edits, dry_run).await?,
        Step::Create { object } => {
            let object = secret.unwrap_or(object);
            return create(session, key, version, object, dry_run).await;
        }
        Step::Delete => delete(session, key, version, uid, dry_run).await?,
    }
    Ok(None)
}

/// Edits of a Secret with the values as the manifest writes them: differences know hashes only.
fn real(edits: &[Edit], raw: Option<&Value>) -> anyhow::Result<Vec<Edit>> {
    use base64::Engine as _;
    let mut stored = raw.cloned().unwrap_or_default();
    if let Some(Value::Object(plain)) = stored.get("stringData").cloned() {
        if stored.get("data").is_none_or(Value::is_null) {
            stored.set("data", catseye_model::json!({}));
        }
        stored.update("data", |data| {
            for (name, value) in &plain {
                if let Some(text) = value.as_str() {
                    data.set(name, base64::prelude::BASE64_STANDARD.encode(text).into());
                }
            }
        });
    }
    let mut written = Vec::with_capacity(edits.len());
    for edit in edits {
        let mut edit = edit.clone();
        if edit.to.as_ref().is_some_and(holds_redacted) {
            let value = edit.path.get(&stored);
            edit.to = Some(value.cloned().with_context(|| {
                format!("the value of {} is known by its hash only", edit.path)
            })?);
        }
        written.push(edit);
    }
    Ok(written)
}

fn namespace(key: &ObjectKey) -> Option<&str> {
    (!key.namespace.is_empty()).then_some(key.namespace.as_str())
}

/// Patches the object with this uid as it is at this moment; a change in between is met once more, then
/// told.
pub(super) async fn patch(
    session: &Session,
    key: &ObjectKey,
    api_version: &str,
    uid: Option<&str>,
    edits: &[Edit],
    dry_run: bool,
) -> anyhow::Result<()> {
    let resource = resource(session, key, api_version)?;
    let mut last = None;
    for _ in 0..3 {
        let live = apply::get(&session.client, &resource, namespace(key), &key.name).await?;
        let is_another = uid.is_some_and(|uid| live["metadata"]["uid"] != uid);
        if is_another {
            bail!("it was deleted and made again since the plan was made");
        }
        let operations = json_patch(&Value::from(live), edits);
        if operations.is_empty() {
            return Ok(());
        }
        let operations =
            serde_json::Value::Array(operations.iter().map(serde_json::Value::from).collect());
        match apply::patch(
            &session.client,
            &resource,
            namespace(key),
            &key.name,
            &operations,
            written(dry_run),
        )
        .await
        {
            Ok(_) => return Ok(()),
            // A test of the version failed: somebody wrote in between.
            Err(
                err @ RequestError::Refused {
                    code: 409 | 422, ..
                },
            ) => last = Some(err),
            Err(err) => return Err(err.into()),
        }
    }
    Err(last.map_or_else(|| anyhow::anyhow!("was never tried"), Into::into))
}

/// Makes an object that is not there; answers its uid.
pub(super) async fn create(
    session: &Session,
    key: &ObjectKey,
    api_version: &str,
    object: &Value,
    dry_run: bool,
) -> anyhow::Result<Option<String>> {
    let resource = resource(session, key, api_version)?;
    let mut object = serde_json::Value::from(&plan::anew(object));
    if let Some(namespace) = namespace(key) {
        object["metadata"]["namespace"] = namespace.into();
    }
    let made = apply::create(&session.client, &resource, &object, written(dry_run)).await?;
    Ok(made["metadata"]["uid"].as_str().map(str::to_owned))
}

/// Deletes the object with this uid and no other of its name.
pub(super) async fn delete(
    session: &Session,
    key: &ObjectKey,
    api_version: &str,
    uid: Option<&str>,
    dry_run: bool,
) -> anyhow::Result<()> {
    let resource = resource(session, key, api_version)?;
    let namespace = namespace(key);
    apply::delete_this(
        &session.client,
        &resource,
        namespace,
        &key.name,
        uid,
        dry_run,
    )
    .await?;
    Ok(())
}

fn written(dry_run: bool) -> Apply<'static> {
    Apply {
        field_manager: MANAGER,
        force: false,
        dry_run,
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::{RedactionKey, json, redact};

    use super::*;

    #[test]
    fn hashes_become_the_values_of_the_manifest_and_other_edits_stay() {
        let raw = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "labels": {"token": "plain"}},
            "stringData": {"token": "correct-horse"}, "data": {"other": "b3RoZXI="}});
        let mut hashed = json!({"apiVersion": "v1", "kind": "Secret",
            "data": {"token": "Y29ycmVjdC1ob3JzZQ==", "other": "b3RoZXI="}});
        redact(&mut hashed, &RedactionKey::new([1; 32]));
        let edit = |path: &str, to: Value| Edit {
            path: catseye_drift::Path::of(path),
            to: Some(to),
            place: None,
        };
        let edits = [
            edit("data.token", hashed["data"]["token"].clone()),
            edit("metadata.labels.token", json!("plain")),
            edit("data", hashed["data"].clone()),
        ];
        let written: Vec<Option<Value>> = real(&edits, Some(&raw))
            .unwrap()
            .into_iter()
            .map(|edit| edit.to)
            .collect();
        assert_eq!(
            written,
            [
                Some(json!("Y29ycmVjdC1ob3JzZQ==")),
                Some(json!("plain")),
                Some(json!({"token": "Y29ycmVjdC1ob3JzZQ==", "other": "b3RoZXI="})),
            ]
        );
        assert!(real(&edits[..1], None).is_err());
    }
}
