//! Whoever writes under a controller's name is not that controller.

use catseye_drift::{
    Class, Comparison, DesiredState, Ledger, Mutations, Ownership, Ranges, Schemas, Source,
    Surroundings, Trust, compare_all,
};
use catseye_model::{Completeness, Inventory, Object, ObjectKey, Value, json};

/// A ledger with one call on `ConfigMap shop/web` by this user under this manager's name.
fn ledger(user: &str, system: bool, manager: &str, impersonated_by: Option<&str>) -> Ledger {
    let call = serde_json::json!({"time": "2026-11-21T10:00:00Z", "until": "2026-11-21T10:00:00Z", "verb": "patch",
        "user": user, "event": "1", "system": system, "manager": manager, "impersonated_by": impersonated_by,
        "touched": [{"path": "metadata.annotations"}]});
    let text = serde_json::json!({"version": 1, "objects": {"/ConfigMap/shop/web": [call]}});
    Ledger::read(&text.to_string()).unwrap()
}

#[test]
fn a_service_account_is_a_controller_only_where_its_name_fits() {
    let account = |name: &str| format!("system:serviceaccount:{name}");
    let mine = ["my-operator".to_owned()];
    for (user, system, manager, impersonated_by, forged) in [
        (
            account("kube-system:ttl-controller"),
            true,
            "kube-controller-manager",
            None,
            false,
        ),
        (
            "system:kube-controller-manager".to_owned(),
            true,
            "kube-controller-manager",
            None,
            false,
        ),
        (
            "system:kube-controller-manager".to_owned(),
            true,
            "kube-controller-manager",
            Some("eve"),
            true,
        ),
        (
            account("shop:robot"),
            false,
            "kube-controller-manager",
            None,
            true,
        ),
        (
            account("shop:kube-controller-manager"),
            false,
            "kube-controller-manager",
            None,
            true,
        ),
        (account("keda:keda-operator"), false, "keda", None, false),
        (account("scaling:keda-operator"), false, "keda", None, false),
        (account("shop:robot"), false, "keda", None, true),
        (
            account("istio-system:istiod"),
            false,
            "pilot-discovery",
            None,
            false,
        ),
        (
            account("shop:manager"),
            false,
            "cert-manager-controller",
            None,
            true,
        ),
        (account("tools:operator"), false, "my-operator", None, false),
        (account("shop:robot"), false, "my-operator", None, true),
        ("eve".to_owned(), false, "keda", None, true),
        ("eve".to_owned(), false, "kubectl-edit", None, false),
    ] {
        let trust = Trust {
            managers: mine.to_vec(),
            ..Trust::default()
        };
        let found = ledger(&user, system, manager, impersonated_by).forged(&trust);
        assert_eq!(!found.is_empty(), forged, "{user} as {manager}");
    }
}

#[test]
fn an_object_that_somebody_made_under_a_controllers_name_is_unmanaged() {
    let object = |name: &str| {
        let value: Value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop",
            "managedFields": [{"manager": "keda", "operation": "Update", "fieldsV1": {"f:metadata": {"f:annotations": {}}}}]}});
        Object::new(value, None).unwrap()
    };
    let mut desired = DesiredState::default();
    desired.add(object("other"), Source::LastApplied);
    let live = Inventory::new(vec![object("other"), object("web")], Completeness::Cluster);
    let around = Surroundings::of(&desired, &live, Ownership::default());
    let (ranges, mutations) = (Ranges::default(), Mutations::default());
    let mut trust = Trust::default();
    for (user, unmanaged) in [("keda:keda-operator", 0), ("shop:robot", 1)] {
        let user = format!("system:serviceaccount:{user}");
        trust.forged = ledger(&user, false, "keda", None).forged(&trust);
        let comparison = Comparison {
            schemas: Schemas::builtin(),
            trust: &trust,
            ranges: &ranges,
            mutations: &mutations,
            deployer: None,
            same_key: true,
        };
        let drifts = compare_all(&comparison, &desired, &live, &around);
        assert_eq!(drifts.count(Class::Unmanaged), unmanaged, "{user}");
    }
    assert!(trust.forged.contains_key(&ObjectKey::of(&object("web"))));
}
