//! What contains the damage where the way back is closed, and its end.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use catseye_model::{Fields as _, Kind, Object, ObjectKey, Resource, Severity};
use catseye_respond::control::{KINDS, stands_until};
use jiff::{SignedDuration, Timestamp};

use super::restore::delete;
use super::{Answer, Args};
use crate::intake::live::{LiveArgs, redaction_key};
use crate::output;

/// How long a control is meant to stand.
const LASTS: SignedDuration = SignedDuration::from_hours(24);

/// Controls for what drifted, as a list for `kubectl apply -f -`: nothing is applied here, because cutting
/// traffic off is a person's decision.
pub(super) fn contain(args: &Args, answer: &Answer<'_>) -> anyhow::Result<ExitCode> {
    if args.deployer_user.is_empty() {
        bail!(
            "--restore contain denies changes by everybody but those who deploy: name their users, such as --deployer-user system:serviceaccount:argocd:argocd-application-controller"
        );
    }
    let expires = Timestamp::now() + LASTS;
    let mut items = Vec::new();
    for (drift, told) in answer.drifts.objects.iter().zip(&answer.told) {
        let live = answer
            .live
            .objects()
            .map(|(_, object)| object)
            .find(|object| object.name() == drift.key.name && ObjectKey::of(object) == drift.key);
        let Some(live) = live else {
            anstream::eprintln!(
                "{}: is not there, so there is nothing to contain",
                drift.key
            );
            continue;
        };
        let mut tell = |what: &str, control| match control {
            Ok(catseye_respond::Control { purpose, objects }) => {
                anstream::eprintln!("{purpose}");
                items.extend(objects.iter().map(serde_json::Value::from));
            }
            Err(why) => {
                let why: catseye_respond::NotContained = why;
                anstream::eprintln!("{}: not {what}: {why}", drift.key);
            }
        };
        // Who is cut off has done, or can do, harm; a drifted label is no reason.
        if live.kind().is_workload()
            && live.kind() != Kind::CronJob
            && told.severity >= Severity::High
        {
            tell(
                "cut off",
                catseye_respond::quarantine(live, answer.live, expires),
            );
        }
        let word = format!("{}.{}", drift.key.kind, drift.key.group);
        let resource = Resource::find(answer.live, word.trim_end_matches('.'))
            .into_iter()
            .find(|resource| resource.group == drift.key.group);
        match resource {
            Some(resource) => tell(
                "held",
                catseye_respond::deny(drift, &resource.name, &args.deployer_user, expires),
            ),
            None => anstream::eprintln!("{}: not held: its plural name is not known", drift.key),
        }
    }
    if !items.is_empty() {
        anstream::eprintln!(
            "these stand until they are deleted; from {} on `catseye drift --remove-expired` deletes them",
            expires.strftime("%Y-%m-%d %H:%M:%SZ")
        );
    }
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items});
    output::print(&(serde_json::to_string_pretty(&list)? + "\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// Deletes controls whose time is over, by uid, and tells which stand.
pub(super) fn remove_expired(cluster: LiveArgs) -> anyhow::Result<ExitCode> {
    let session = cluster.session()?;
    let now = Timestamp::now();
    let (mut removed, mut failed, mut standing) = (0, 0, 0);
    // A binding goes before its policy.
    for (group, kind) in KINDS {
        let mut asked = session.resources.clone();
        asked
            .resources
            .retain(|resource| resource.group == group && resource.kind == kind);
        let listing = session.runtime.block_on(catseye_cluster::list(
            &session.client,
            asked,
            &redaction_key()?,
            |_| {},
        ));
        if let Some(gap) = listing.gaps.first() {
            failed += 1;
            anstream::eprintln!("{}: {kind}: {}", output::ERROR.render_word(), gap.message);
        }
        for value in listing.objects {
            let Some(until) = stands_until(&value) else {
                continue;
            };
            let object =
                Object::new(value, None).context("the API server sent what is no object")?;
            if until > now {
                standing += 1;
                anstream::eprintln!("{object} stands until {until}");
                continue;
            }
            let key = ObjectKey::of(&object);
            let uid = object.value().text("metadata.uid");
            match session
                .runtime
                .block_on(delete(&session, &key, object.api_version(), uid, false))
            {
                Ok(()) => {
                    removed += 1;
                    anstream::eprintln!("{object} removed; it was meant to stand until {until}");
                }
                Err(err) => {
                    failed += 1;
                    anstream::eprintln!("{}: {object}: {err:#}", output::ERROR.render_word());
                }
            }
        }
    }
    anstream::eprintln!("{removed} removed, {standing} stand");
    Ok(ExitCode::from(if failed > 0 { 2 } else { 0 }))
}
