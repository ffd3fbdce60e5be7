//! The compiled answers against the naive ones.

use catseye_model::Completeness;
use catseye_rbac::{Identity, Names, Rbac, Reason, Request, Scope, Subject};
use serde_json::Value;

use crate::oracle::Oracle;
use crate::random::Random;
use crate::written::{cluster_role, inventory};

/// The same objects for both. A cluster's Inventory would take aggregated rules as they are stored,
/// so it is manifests here; what the bootstrap policy adds, the oracle is given too.
fn both(objects: &[Value]) -> (Rbac, Oracle) {
    let bootstrap = include_str!("../../src/bootstrap/policy.jsonl");
    let policy = bootstrap
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    let oracle = Oracle::new(objects.iter().cloned().chain(policy).collect());
    let rbac = Rbac::of(&inventory(objects.to_vec(), Completeness::Tree));
    (rbac, oracle)
}

/// Without the bootstrap policy, which would cost the oracle most of its time: a cluster that holds
/// its aggregated rules already.
fn both_of_a_cluster(objects: &[Value]) -> (Rbac, Oracle) {
    // A dump without any cluster role would be completed, as one that was made without them.
    let unused = cluster_role("unused", serde_json::json!([]));
    let oracle = Oracle::new(objects.iter().cloned().chain([unused]).collect());
    let rbac = Rbac::of(&inventory(oracle.objects().to_vec(), Completeness::Cluster));
    (rbac, oracle)
}

#[test]
fn a_million_random_decisions_are_those_of_the_oracle() {
    let (mut allowed, mut asked) = (0, 0);
    for seed in 0..1_000 {
        let mut random = Random::seeded(seed);
        let objects = random.cluster(8, 20);
        let (rbac, oracle) = both_of_a_cluster(&objects);
        for _ in 0..100 {
            let (who, identity) = random.who();
            let bound = rbac.bind(&identity);
            for _ in 0..10 {
                let (what, request) = random.what();
                let expected = oracle.allows(&who, &what);
                let decided = rbac.decide(&identity, &request);
                assert_eq!(decided, expected, "seed {seed}: {who:?} {what:?}");
                assert_eq!(rbac.may(&bound, &rbac.ask(&request)), expected);
                allowed += usize::from(expected);
                asked += 1;
            }
        }
    }
    assert_eq!(asked, 1_000_000);
    // Both answers are common, or the comparison says little.
    assert!((50_000..950_000).contains(&allowed), "{allowed}");
}

#[test]
fn manifests_are_decided_as_the_controllers_would_complete_them() {
    for seed in 0..40 {
        let mut random = Random::seeded(seed);
        let objects = random.cluster(8, 10);
        let (rbac, oracle) = both(&objects);
        for _ in 0..500 {
            let (who, identity) = random.who();
            let (what, request) = random.what();
            let expected = oracle.allows(&who, &what);
            let decided = rbac.decide(&identity, &request);
            assert_eq!(decided, expected, "seed {seed}: {who:?} {what:?}");
        }
    }
}

#[test]
fn reasons_are_given_exactly_for_what_is_allowed() {
    for seed in 0..300 {
        let mut random = Random::seeded(seed);
        let (rbac, _) = both_of_a_cluster(&random.cluster(8, 10));
        for _ in 0..100 {
            let (_, identity) = random.who();
            let (_, request) = random.what();
            let reasons = rbac.explain(&identity, &request);
            assert_eq!(!reasons.is_empty(), rbac.decide(&identity, &request));
            for reason in &reasons {
                if let Reason::Rule(grant) = reason {
                    let subject = rbac.subject(grant.subject).clone();
                    assert!(identity.subjects().any(|own| own == subject));
                    assert!(
                        rbac.role(grant.role).rules[grant.rule]
                            .rule
                            .allows(&request)
                    );
                }
            }
        }
    }
}

#[test]
fn who_can_lists_exactly_the_subjects_that_may() {
    for seed in 0..300 {
        let mut random = Random::seeded(seed);
        let (rbac, oracle) = both_of_a_cluster(&random.cluster(8, 10));
        for _ in 0..20 {
            let (what, request) = random.what();
            let holders = rbac.who_can(&request);
            for (_, subject) in rbac.subjects() {
                // By the bindings that name it alone: its groups are listed by themselves.
                let alone = match subject {
                    Subject::Group(name) => Identity::raw("", [name.as_str()]),
                    other => Identity::raw(other.user_name(), None::<String>),
                };
                let who = crate::oracle::Who {
                    user: alone.user_name().to_owned(),
                    groups: alone.groups().map(str::to_owned).collect(),
                };
                let listed = holders.iter().any(|holder| holder.subject == *subject);
                assert_eq!(
                    listed,
                    oracle.allows(&who, &what),
                    "seed {seed}: {subject} {what:?}"
                );
            }
            assert!(holders.iter().all(|holder| !holder.reasons.is_empty()));
        }
    }
}

#[test]
fn names_and_merged_permissions_say_what_decide_says() {
    for seed in 0..300 {
        let mut random = Random::seeded(seed);
        let (rbac, _) = both_of_a_cluster(&random.cluster(8, 10));
        for _ in 0..30 {
            let (_, identity) = random.who();
            let (what, request) = random.what();
            let scope = if what.namespace.is_empty() {
                Scope::Cluster
            } else {
                Scope::namespace(&what.namespace)
            };
            let decided = rbac.decide(&identity, &request);
            let asked = rbac.ask(&request);
            let effective = rbac.effective(&identity);
            let names = effective.names(&asked, &scope);
            assert_eq!(
                names.contain(&what.name),
                decided,
                "seed {seed}: {what:?} {names:?}"
            );
            assert!(names != Names::Some(Vec::new()));
            if !effective.is_master() {
                assert_eq!(
                    merged_allow(&rbac, &identity, &request),
                    decided,
                    "seed {seed}: {what:?}"
                );
            }
        }
    }
}

/// Decides by the permissions that are shown to people.
fn merged_allow(rbac: &Rbac, identity: &Identity, request: &Request) -> bool {
    let namespace = match request {
        Request::Resource(request) => request.namespace.as_str(),
        Request::NonResource(_) => "",
    };
    rbac.permissions(identity).iter().any(|scoped| {
        let counts = match &scoped.scope {
            Scope::Cluster => true,
            Scope::Namespace(name) => !namespace.is_empty() && **name == *namespace,
        };
        counts
            && scoped.permissions.iter().any(|permission| {
                let rule = catseye_rbac::Rule {
                    verbs: permission.verbs.clone(),
                    api_groups: permission.api_groups.clone(),
                    resources: permission.resources.clone(),
                    resource_names: permission.names.clone(),
                    non_resource_urls: permission.non_resource_urls.clone(),
                };
                rule.allows(request)
            })
    })
}

proptest::proptest! {
    /// The same with whatever objects proptest thinks of, which it makes smaller when they differ.
    #[test]
    fn small_clusters_are_decided_like_the_oracle(
        seed in 0_u64..1_000_000, roles in 1_usize..5, bindings in 1_usize..5,
    ) {
        let mut random = Random::seeded(seed);
        let (rbac, oracle) = both_of_a_cluster(&random.cluster(roles, bindings));
        for _ in 0..50 {
            let (who, identity) = random.who();
            let (what, request) = random.what();
            proptest::prop_assert_eq!(
                rbac.decide(&identity, &request),
                oracle.allows(&who, &what),
                "{:?} {:?}", who, what
            );
        }
    }

    /// Roles and bindings of any shape are read without a panic, and the two ways to decide agree.
    #[test]
    fn any_object_is_read(
        rules in proptest::collection::vec(any_json(), 0..4),
        subjects in proptest::collection::vec(any_json(), 0..4),
        reference in any_json(),
        verb in "[a*]{0,2}", resource in "[a*/]{0,4}", name in "[a*]{0,1}",
    ) {
        let objects = vec![
            serde_json::json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
                "metadata": {"name": "a"}, "rules": rules, "aggregationRule": reference,
            }),
            serde_json::json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
                "metadata": {"name": "b"}, "subjects": subjects, "roleRef": reference,
            }),
        ];
        let rbac = Rbac::of(&inventory(objects, Completeness::Tree));
        let request = Request::resource(&verb, "", &resource).named(&name);
        for (_, subject) in rbac.subjects() {
            let identity = Identity::of(subject);
            let decided = rbac.decide(&identity, &request);
            proptest::prop_assert_eq!(decided, rbac.may(&rbac.bind(&identity), &rbac.ask(&request)));
            let _ = rbac.permissions(&identity);
        }
    }
}

/// JSON that now and then looks like a rule, a subject or a reference.
fn any_json() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a*/]{0,3}".prop_map(Value::from),
        prop_oneof![
            Just("User"),
            Just("ServiceAccount"),
            Just("ClusterRole"),
            Just("system:node:a")
        ]
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let key = prop_oneof![
            Just("verbs"),
            Just("apiGroups"),
            Just("resources"),
            Just("resourceNames"),
            Just("nonResourceURLs"),
            Just("kind"),
            Just("name"),
            Just("namespace"),
            Just("apiGroup"),
            Just("clusterRoleSelectors"),
            Just("matchLabels"),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.prop_map(str::to_owned), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
