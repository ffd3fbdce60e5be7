//! A plan: what to do about each drifted object, what that mends and breaks, and how to undo it.

use catseye_drift::meaning::{Effect, Meaning};
use catseye_drift::restored::{Edit, edits, inverse};
use catseye_drift::{Class, DesiredState, Drifts, ObjectDrift};
use catseye_model::{Fields as _, Inventory, Object, ObjectKey, Severity, Value};
use jiff::{SignedDuration, Timestamp};

/// What is done to one object.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The drifted paths are put back; everything else stays.
    Patch {
        /// What is written where.
        edits: Vec<Edit>,
    },
    /// What is missing is made as desired.
    Create {
        /// The desired object.
        object: Value,
    },
    /// What nobody desires is deleted.
    Delete,
}

/// How to take an action back.
#[derive(Debug, Clone, PartialEq)]
pub enum Undo {
    /// The values that stood there.
    Patch(Vec<Edit>),
    /// The object as it was, without what the server gives.
    Create(Value),
    /// What was made is deleted.
    Delete,
    /// It cannot be undone, and why: values of Secrets are never kept.
    Nothing(&'static str),
}

/// An action about one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// The object.
    pub key: ObjectKey,
    /// Its API version.
    pub api_version: String,
    /// What is done.
    pub step: Step,
    /// How to take it back.
    pub undo: Undo,
    /// Checks that pass again.
    pub mends: Vec<Effect>,
}

/// An object that is left alone, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The object.
    pub key: ObjectKey,
    /// Why.
    pub reason: String,
    /// What desired would break.
    pub breaks: Vec<Effect>,
}

/// What to do about all drift.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Who asked.
    pub author: String,
    /// When it was made.
    pub made: Timestamp,
    /// Until when it may be applied: a plan is about one state of the cluster.
    pub expires: Timestamp,
    /// The actions, in the order in which they are safe: policies first, deletions last.
    pub actions: Vec<Action>,
    /// What is left alone.
    pub refused: Vec<Refusal>,
}

/// From this severity on, a check that desired would break stops the way back.
const REFUSED_FROM: Severity = Severity::High;

/// What a plan is made of.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'g> {
    /// The live cluster.
    pub live: &'g Inventory,
    /// What is desired.
    pub desired: &'g DesiredState,
    /// Where they differ.
    pub drifts: &'g Drifts,
    /// What that means.
    pub meaning: &'g Meaning,
}

/// Who asks for a plan, and on which terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Who asks.
    pub author: String,
    /// When.
    pub made: Timestamp,
    /// For how long it may be applied.
    pub lasts: SignedDuration,
    /// Whether what desired itself breaks is taken.
    pub force: bool,
}

/// Makes a plan.
pub fn plan(ground: Ground<'_>, terms: Terms) -> Plan {
    let Ground {
        live,
        desired,
        drifts,
        meaning,
    } = ground;
    let Terms {
        author,
        made,
        lasts,
        force,
    } = terms;
    let mut plan = Plan {
        author,
        made,
        expires: made + lasts,
        actions: Vec::new(),
        refused: Vec::new(),
    };
    for drift in &drifts.objects {
        let breaks: Vec<Effect> = meaning.better.get(&drift.key).cloned().unwrap_or_default();
        let worst = breaks.iter().map(|effect| effect.severity).max();
        if worst.is_some_and(|worst| worst >= REFUSED_FROM) && !force {
            plan.refused.push(Refusal {
                key: drift.key.clone(),
                reason: "desired itself is worse: mend the manifest first, or contain the workload"
                    .to_owned(),
                breaks,
            });
            continue;
        }
        match action(live, desired, drift) {
            Ok(Some((step, undo))) => plan.actions.push(Action {
                key: drift.key.clone(),
                api_version: drift.api_version.clone(),
                step,
                undo,
                mends: meaning.worse.get(&drift.key).cloned().unwrap_or_default(),
            }),
            Ok(None) => {}
            Err(reason) => plan.refused.push(Refusal {
                key: drift.key.clone(),
                reason: reason.to_owned(),
                breaks,
            }),
        }
    }
    plan.actions
        .sort_by_key(|action| (rank(action), action.key.clone()));
    plan
}

/// What guards comes back first, what exists is mended next, what nobody desires goes last.
fn rank(action: &Action) -> u8 {
    match (&action.step, action.key.kind.as_str()) {
        (Step::Create { .. }, "Namespace") => 0,
        (Step::Create { .. } | Step::Patch { .. }, kind) if kind.ends_with("Policy") => 1,
        (Step::Create { .. }, "ServiceAccount" | "ConfigMap" | "Secret") => 2,
        (Step::Create { .. } | Step::Patch { .. }, _) => 3,
        (Step::Delete, _) => 4,
    }
}

fn action(
    live: &Inventory,
    desired: &DesiredState,
    drift: &ObjectDrift,
) -> Result<Option<(Step, Undo)>, &'static str> {
    let wanted = desired.get(&drift.key).map(|wanted| &wanted.object);
    let there = find(live, &drift.key);
    match (wanted, there) {
        (Some(wanted), None) => {
            let mut object = wanted.value().clone();
            if !drift.key.namespace.is_empty() {
                object.update("metadata", |metadata| {
                    metadata.set("namespace", drift.key.namespace.as_str().into());
                });
            }
            Ok(Some((Step::Create { object }, Undo::Delete)))
        }
        (Some(wanted), Some(there)) => {
            let edits = edits(wanted.value(), &drift.differences);
            if edits.is_empty() {
                return Ok(None);
            }
            let is_secret = drift.key.kind == "Secret" && drift.key.group.is_empty();
            let undo = if is_secret {
                Undo::Nothing("values of Secrets are not kept")
            } else {
                Undo::Patch(inverse(there.value(), &edits))
            };
            Ok(Some((Step::Patch { edits }, undo)))
        }
        (None, Some(there)) => {
            let is_unmanaged = drift
                .differences
                .iter()
                .any(|difference| difference.class == Class::Unmanaged);
            if !is_unmanaged {
                return Ok(None);
            }
            if matches!(
                drift.key.kind.as_str(),
                "Namespace" | "CustomResourceDefinition" | "PersistentVolumeClaim"
            ) {
                return Err("deleting it would take everything in it along; delete it by hand");
            }
            let undo = if drift.key.kind == "Secret" {
                Undo::Nothing("values of Secrets are not kept")
            } else {
                Undo::Create(bare(there.value()))
            };
            Ok(Some((Step::Delete, undo)))
        }
        (None, None) => Ok(None),
    }
}

/// An object as a person would write it: without what the server gives.
pub fn bare(live: &Value) -> Value {
    let mut object = live.clone();
    object.remove("status");
    object.update("metadata", |metadata| {
        for field in [
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "managedFields",
            "selfLink",
        ] {
            metadata.remove(field);
        }
    });
    if object.text("kind") == Some("Service") {
        object.update("spec", |spec| {
            for field in ["clusterIP", "clusterIPs"] {
                // A headless Service says None, which is a choice.
                if spec.text("clusterIP") != Some("None") {
                    spec.remove(field);
                }
            }
        });
    }
    if object.text("kind") == Some("Pod") {
        object.update("spec", |spec| {
            spec.remove("nodeName");
        });
    }
    object
}

fn find<'i>(inventory: &'i Inventory, key: &ObjectKey) -> Option<&'i Object> {
    inventory
        .objects()
        .map(|(_, object)| object)
        .find(|object| {
            object.name() == key.name
                && object.kind_name() == key.kind
                && ObjectKey::of(object) == *key
        })
}

#[cfg(test)]
mod tests {
    use catseye_drift::meaning::meaning;
    use catseye_drift::{
        Comparison, Mutations, Ownership, Ranges, Schemas, Source, Surroundings, Trust, compare_all,
    };
    use catseye_model::{Completeness, json};

    use super::*;

    fn pod(privileged: bool) -> Object {
        let value = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "web:1", "securityContext": {"privileged": privileged}}]}}}});
        Object::new(value, None).unwrap()
    }

    fn planned(desired: Object, live: Object, force: bool) -> Plan {
        let mut state = DesiredState::default();
        state.add(desired, Source::LastApplied);
        let live = Inventory::new(vec![live], Completeness::Cluster);
        let around = Surroundings::of(&state, &live, Ownership::default());
        let (trust, ranges, mutations) =
            (Trust::default(), Ranges::default(), Mutations::default());
        let comparison = Comparison {
            schemas: Schemas::builtin(),
            trust: &trust,
            ranges: &ranges,
            mutations: &mutations,
            deployer: None,
        };
        let drifts = compare_all(&comparison, &state, &live, &around);
        let meaning = meaning(&live, &state, &drifts);
        let terms = Terms {
            author: "jane".to_owned(),
            made: Timestamp::UNIX_EPOCH,
            lasts: SignedDuration::from_hours(1),
            force,
        };
        plan(
            Ground {
                live: &live,
                desired: &state,
                drifts: &drifts,
                meaning: &meaning,
            },
            terms,
        )
    }

    #[test]
    fn a_plan_mends_what_drift_broke() {
        let plan = planned(pod(false), pod(true), false);
        assert_eq!(plan.refused, []);
        let checks: Vec<&str> = plan.actions[0]
            .mends
            .iter()
            .map(|effect| effect.check)
            .collect();
        assert!(checks.contains(&"POD-001"), "{checks:?}");
    }

    #[test]
    fn what_desired_itself_breaks_is_not_restored_unless_forced() {
        let plan = planned(pod(true), pod(false), false);
        assert_eq!(plan.actions, []);
        assert!(
            plan.refused[0]
                .breaks
                .iter()
                .any(|effect| effect.check == "POD-001")
        );
        assert_eq!(planned(pod(true), pod(false), true).actions.len(), 1);
    }
}
