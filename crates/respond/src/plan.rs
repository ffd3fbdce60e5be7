//! A plan: what to do about each drifted object, what that mends and breaks, and how to undo it.

use std::collections::BTreeSet;

use catseye_drift::meaning::{Effect, Meaning};
use catseye_drift::restored::{Edit, edits, inverse};
use catseye_drift::{Class, DesiredState, Drifts, ObjectDrift};
use catseye_model::redact::holds_redacted;
use catseye_model::{Fields as _, Inventory, Object, ObjectKey, Severity, Value};
use jiff::{SignedDuration, Timestamp};

use crate::{control, prune};

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
    /// The uid of the live object: another object of the same name is left alone. None for what is made.
    pub uid: Option<String>,
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
    /// What nobody desires and nobody asked to delete, and what contains damage for now.
    pub left: Vec<ObjectKey>,
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
    /// What delivery itself wrote: what is desired here is older.
    pub delivered: &'g BTreeSet<ObjectKey>,
    /// Secrets whose desired values are at hand where the plan is applied; of others only hashes are.
    pub secrets: &'g BTreeSet<ObjectKey>,
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
    pub accept_worse: bool,
    /// Whether what nobody desires is deleted.
    pub prune: bool,
}

/// Makes a plan.
pub fn plan(ground: Ground<'_>, terms: Terms) -> Plan {
    let Ground {
        live,
        desired,
        drifts,
        meaning,
        delivered,
        secrets,
    } = ground;
    let Terms {
        author,
        made,
        lasts,
        accept_worse,
        prune,
    } = terms;
    let mut plan = Plan {
        author,
        made,
        expires: made + lasts,
        actions: Vec::new(),
        refused: Vec::new(),
        left: Vec::new(),
    };
    for drift in &drifts.objects {
        if control::is_standing(drift, made) {
            plan.left.push(drift.key.clone());
            continue;
        }
        if is_unmanaged(drift) && !prune {
            plan.left.push(drift.key.clone());
            continue;
        }
        if delivered.contains(&drift.key) {
            plan.refused.push(Refusal {
                key: drift.key.clone(),
                reason:
                    "delivery itself wrote this, so what is desired here is older; read it again"
                        .to_owned(),
                breaks: Vec::new(),
            });
            continue;
        }
        let breaks: Vec<Effect> = meaning.better.get(&drift.key).cloned().unwrap_or_default();
        let is_pruned = is_unmanaged(drift);
        // What protects others and is not desired was made in need.
        let is_too_much = breaks.iter().any(|effect| {
            effect.severity >= REFUSED_FROM
                || (is_pruned && effect.object.is_some() && effect.severity >= Severity::Medium)
        });
        if is_too_much && !accept_worse {
            plan.refused.push(Refusal {
                key: drift.key.clone(),
                reason: if is_pruned {
                    "others would be worse off without it: write it into what is desired, or mend them first"
                } else {
                    "desired itself is worse: mend the manifest first, or contain the workload"
                }
                .to_owned(),
                breaks,
            });
            continue;
        }
        match action(live, desired, drift, secrets) {
            Ok(Some((step, undo))) => plan.actions.push(Action {
                key: drift.key.clone(),
                api_version: drift.api_version.clone(),
                uid: drift.uid.clone(),
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

fn is_unmanaged(drift: &ObjectDrift) -> bool {
    drift
        .differences
        .iter()
        .any(|difference| difference.class == Class::Unmanaged)
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
    secrets: &BTreeSet<ObjectKey>,
) -> Result<Option<(Step, Undo)>, &'static str> {
    const HASHES: &str =
        "its desired values are known by their hashes only; restore it from where it is written";
    let is_secret = drift.key.kind == "Secret" && drift.key.group.is_empty();
    let by_hash =
        |value: &Value| is_secret && !secrets.contains(&drift.key) && holds_redacted(value);
    let wanted = desired.get(&drift.key).map(|wanted| &wanted.object);
    let there = find(live, &drift.key);
    match (wanted, there) {
        (Some(wanted), None) => {
            if by_hash(wanted.value()) {
                return Err(HASHES);
            }
            let mut object = anew(wanted.value());
            if !drift.key.namespace.is_empty() {
                object.update("metadata", |metadata| {
                    metadata.set("namespace", drift.key.namespace.as_str().into());
                });
            }
            Ok(Some((Step::Create { object }, Undo::Delete)))
        }
        (Some(wanted), Some(there)) => {
            let edits = edits(wanted.value(), there.value(), &drift.differences);
            if edits.is_empty() {
                return Ok(None);
            }
            if edits
                .iter()
                .any(|edit| edit.to.as_ref().is_some_and(by_hash))
            {
                return Err(HASHES);
            }
            let undo = if is_secret {
                Undo::Nothing("values of Secrets are not kept")
            } else {
                Undo::Patch(inverse(there.value(), &edits))
            };
            Ok(Some((Step::Patch { edits }, undo)))
        }
        (None, Some(there)) => {
            if !is_unmanaged(drift) {
                return Ok(None);
            }
            if let Some(reason) = prune::refused(&drift.key) {
                return Err(reason);
            }
            if drift.uid.is_none() {
                return Err("its uid is not known, and its name may be another object's by now");
            }
            let undo = if is_secret {
                Undo::Nothing("values of Secrets are not kept")
            } else {
                Undo::Create(bare(there.value()))
            };
            Ok(Some((Step::Delete, undo)))
        }
        (None, None) if is_missing(drift) => {
            Err("only the tool that deploys it knows what it should be; let that put it back")
        }
        (None, None) => Ok(None),
    }
}

fn is_missing(drift: &ObjectDrift) -> bool {
    let mut classes = drift.differences.iter().map(|it| it.class);
    classes.any(|class| class == Class::Missing)
}

/// An object to be made anew: without its status and what the server notes of one object.
pub fn anew(object: &Value) -> Value {
    let mut object = object.clone();
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
    object
}

/// A live object as a person would write it: without what the server gives.
pub fn bare(live: &Value) -> Value {
    let mut object = anew(live);
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

    fn terms() -> Terms {
        Terms {
            author: "jane".to_owned(),
            made: Timestamp::UNIX_EPOCH,
            lasts: SignedDuration::from_hours(1),
            accept_worse: false,
            prune: false,
        }
    }

    fn planned(desired: Vec<Object>, live: Vec<Object>, terms: Terms) -> Plan {
        planned_with(desired, live, terms, &BTreeSet::new())
    }

    fn planned_with(
        desired: Vec<Object>,
        live: Vec<Object>,
        terms: Terms,
        secrets: &BTreeSet<ObjectKey>,
    ) -> Plan {
        let mut state = DesiredState::default();
        for object in desired {
            state.add(object, Source::LastApplied);
        }
        let live = Inventory::new(live, Completeness::Cluster);
        let around = Surroundings::of(&state, &live, Ownership::default());
        let (trust, ranges, mutations) =
            (Trust::default(), Ranges::default(), Mutations::default());
        let comparison = Comparison {
            schemas: Schemas::builtin(),
            trust: &trust,
            ranges: &ranges,
            mutations: &mutations,
            deployer: None,
            same_key: true,
        };
        let drifts = compare_all(&comparison, &state, &live, &around);
        let meaning = meaning(&live, &state, &drifts);
        plan(
            Ground {
                live: &live,
                desired: &state,
                drifts: &drifts,
                meaning: &meaning,
                delivered: &BTreeSet::new(),
                secrets,
            },
            terms,
        )
    }

    #[test]
    fn a_plan_mends_what_drift_broke() {
        let plan = planned(vec![pod(false)], vec![pod(true)], terms());
        assert_eq!(plan.refused, []);
        let checks: Vec<&str> = plan.actions[0]
            .mends
            .iter()
            .map(|effect| effect.check)
            .collect();
        assert!(checks.contains(&"POD-001"), "{checks:?}");
    }

    #[test]
    fn what_desired_itself_breaks_is_not_restored_unless_it_is_accepted() {
        let plan = planned(vec![pod(true)], vec![pod(false)], terms());
        assert_eq!(plan.actions, []);
        assert!(
            plan.refused[0]
                .breaks
                .iter()
                .any(|effect| effect.check == "POD-001")
        );
        let accepting = Terms {
            accept_worse: true,
            ..terms()
        };
        assert_eq!(
            planned(vec![pod(true)], vec![pod(false)], accepting)
                .actions
                .len(),
            1
        );
    }

    /// A live object that somebody made by hand.
    fn made(api_version: &str, kind: &str, namespace: &str, name: &str) -> Object {
        let mut value = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name,
            "uid": format!("uid-{name}"),
            "managedFields": [{"manager": "kubectl-create", "operation": "Update", "fieldsV1": {"f:data": {}}}]}});
        if !namespace.is_empty() {
            value.update("metadata", |metadata| {
                metadata.set("namespace", namespace.into());
            });
        }
        Object::new(value, None).unwrap()
    }

    #[test]
    fn what_nobody_desires_is_deleted_only_when_asked_and_never_what_runs_the_cluster() {
        let desired = || {
            vec![
                made("v1", "ConfigMap", "kube-system", "mine"),
                made("v1", "ConfigMap", "shop", "mine"),
            ]
        };
        let live = || {
            let mut live = desired();
            live.push(made("apps/v1", "Deployment", "kube-system", "coredns"));
            live.push(made("apps/v1", "StatefulSet", "shop", "db"));
            live.push(made("apps/v1", "Deployment", "shop", "backdoor"));
            live
        };
        let plan = planned(desired(), live(), terms());
        assert_eq!(plan.actions, []);
        let left: Vec<String> = plan.left.iter().map(ToString::to_string).collect();
        assert_eq!(
            left,
            [
                "Deployment kube-system/coredns",
                "Deployment shop/backdoor",
                "StatefulSet shop/db"
            ]
        );
        let pruning = Terms {
            prune: true,
            ..terms()
        };
        let plan = planned(desired(), live(), pruning);
        assert_eq!(plan.left, []);
        let told: Vec<String> = plan.actions.iter().map(|it| it.key.to_string()).collect();
        assert_eq!(told, ["Deployment shop/backdoor"]);
        assert_eq!(plan.actions[0].step, Step::Delete);
        assert_eq!(plan.actions[0].uid.as_deref(), Some("uid-backdoor"));
        let refused: Vec<String> = plan.refused.iter().map(|it| it.key.to_string()).collect();
        assert_eq!(
            refused,
            ["Deployment kube-system/coredns", "StatefulSet shop/db"]
        );
    }

    #[test]
    fn a_control_that_stands_is_not_pruned_and_one_that_allows_is_none() {
        let policy = |name: &str, expires: &str, ingress: serde_json::Value| {
            let value = json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": {"name": name, "namespace": "shop", "uid": name,
                    "labels": {"app.kubernetes.io/managed-by": "catseye"},
                    "annotations": {"catseye.io/expires": expires}},
                "spec": {"podSelector": {"matchLabels": {"app": "other"}}, "policyTypes": ["Ingress"], "ingress": ingress}});
            Object::new(value, None).unwrap()
        };
        let live = vec![
            pod(false),
            policy("catseye-a", "1970-01-01T12:00:00Z", serde_json::json!([])),
            policy(
                "catseye-expired",
                "1969-12-31T12:00:00Z",
                serde_json::json!([]),
            ),
            policy(
                "catseye-for-ever",
                "2970-01-01T12:00:00Z",
                serde_json::json!([]),
            ),
            policy(
                "catseye-open",
                "1970-01-01T12:00:00Z",
                serde_json::json!([{}]),
            ),
        ];
        let pruning = Terms {
            prune: true,
            ..terms()
        };
        let plan = planned(vec![pod(false)], live, pruning);
        let names = |keys: Vec<&ObjectKey>| -> Vec<String> {
            keys.into_iter().map(|key| key.name.clone()).collect()
        };
        assert_eq!(names(plan.left.iter().collect()), ["catseye-a"]);
        assert_eq!(
            names(plan.actions.iter().map(|it| &it.key).collect()),
            ["catseye-expired", "catseye-for-ever", "catseye-open"]
        );
    }

    #[test]
    fn a_policy_that_protects_others_is_not_pruned() {
        let policy = json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": "deny", "namespace": "shop", "uid": "deny"},
            "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}});
        let live = vec![pod(false), Object::new(policy, None).unwrap()];
        let pruning = Terms {
            prune: true,
            ..terms()
        };
        let plan = planned(vec![pod(false)], live, pruning);
        let better = plan.refused.iter().chain([]).flat_map(|it| &it.breaks);
        let told: Vec<(&str, Option<&str>)> = better
            .map(|effect| (effect.check, effect.object.as_deref()))
            .collect();
        assert!(
            told.iter()
                .any(|(_, about)| *about == Some("Deployment shop/web")),
            "{plan:?}"
        );
    }

    #[test]
    fn a_secret_whose_desired_values_are_hashes_is_not_written() {
        let secret = |value: &str| {
            let mut secret = json!({"apiVersion": "v1", "kind": "Secret",
                "metadata": {"name": "db", "namespace": "shop"}, "data": {"password": value}});
            catseye_model::redact(&mut secret, &catseye_model::RedactionKey::new([1; 32]));
            Object::new(secret, None).unwrap()
        };
        let (desired, live) = (secret("aHVudGVyMg=="), secret("ZXZpbGV2aQ=="));
        let key = ObjectKey::of(&live);
        for there in [vec![live], vec![]] {
            let plan = planned(vec![desired.clone()], there.clone(), terms());
            assert_eq!(plan.actions, []);
            assert!(plan.refused[0].reason.contains("hashes"), "{plan:?}");
            let at_hand = BTreeSet::from([key.clone()]);
            let plan = planned_with(vec![desired.clone()], there, terms(), &at_hand);
            assert_eq!((plan.actions.len(), plan.refused.len()), (1, 0));
        }
    }
}
