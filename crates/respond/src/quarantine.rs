//! A `NetworkPolicy` that cuts one workload off.

use catseye_model::selector::Selector;
use catseye_model::{Fields as _, Inventory, Kind, Object, ObjectId, ObjectKey, Value, json};
use jiff::Timestamp;

use crate::control::{self, Control, NotContained};

/// Cuts a workload off: nothing comes in and nothing goes out, not even a question for a name, which would
/// carry data out as well. Another policy that allows traffic of these pods still does; the purpose names
/// those. Refused where it would not work, or would cut off others.
pub fn quarantine(
    workload: &Object,
    live: &Inventory,
    expires: Timestamp,
) -> Result<Control, NotContained> {
    let (labels, spec) = pods(workload).ok_or(NotContained::NoPods)?;
    if labels
        .as_object()
        .is_none_or(catseye_model::value::Map::is_empty)
    {
        return Err(NotContained::NoLabels);
    }
    if spec.flag("hostNetwork") == Some(true) {
        return Err(NotContained::HostNetwork);
    }
    let others = others(workload, labels, live);
    if !others.is_empty() {
        return Err(NotContained::Shared(others));
    }
    let key = ObjectKey::of(workload);
    let name = control::name("quarantine", &key);
    let policy = json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": control::metadata(&name, workload.namespace(), expires),
        "spec": {
            "podSelector": {"matchLabels": serde_json::Value::from(labels)},
            "policyTypes": ["Ingress", "Egress"],
        },
    });
    let allowing = allowing(workload.namespace(), labels, live);
    let but = if allowing.is_empty() {
        String::new()
    } else {
        format!(
            "; traffic that these allow still goes: {}",
            allowing.join(", ")
        )
    };
    Ok(Control {
        purpose: format!("cuts {workload} off from the network until {expires}{but}"),
        objects: vec![policy],
    })
}

/// The labels and the spec of an object's pods.
fn pods(object: &Object) -> Option<(&Value, &Value)> {
    let template = object.value().at(object.kind().pod_template_path()?);
    Some((template.at("metadata.labels"), template.at("spec")))
}

/// Other workloads of the namespace whose pods carry all of these labels.
fn others(workload: &Object, labels: &Value, live: &Inventory) -> Vec<String> {
    let own = ObjectKey::of(workload);
    let place = live
        .objects()
        .find(|(_, object)| ObjectKey::of(object) == own);
    let mut found = Vec::new();
    for (id, object) in live.objects() {
        if object.namespace() != workload.namespace()
            || place.is_some_and(|(own, _)| is_below(live, id, own))
        {
            continue;
        }
        // What somebody else's workload made is told by that.
        if live
            .owner(id)
            .is_some_and(|owner| live.get(owner).is_some())
        {
            continue;
        }
        let Some((theirs, _)) = pods(object) else {
            continue;
        };
        let holds_all = labels
            .as_object()
            .into_iter()
            .flatten()
            .all(|(name, value)| theirs.get(name) == Some(value));
        if holds_all {
            found.push(object.to_string());
        }
    }
    found
}

/// True for an object and for what it controls, directly or not.
fn is_below(live: &Inventory, object: ObjectId, owner: ObjectId) -> bool {
    let mut at = Some(object);
    // Hostile input may hold a cycle of owners; a real chain is at most a few long.
    for _ in 0..16 {
        match at {
            Some(found) if found == owner => return true,
            Some(found) => at = live.owner(found),
            None => return false,
        }
    }
    false
}

/// Policies that select these pods and allow something: policies add up.
fn allowing(namespace: &str, labels: &Value, live: &Inventory) -> Vec<String> {
    let mut names = Vec::new();
    for (_, policy) in live.in_namespace(Kind::NetworkPolicy, namespace) {
        let spec = policy.value().at("spec");
        let allows = !spec.list("ingress").is_empty() || !spec.list("egress").is_empty();
        let selects =
            Selector::of(spec.at("podSelector")).is_ok_and(|selector| selector.matches(labels));
        if allows && selects {
            names.push(policy.to_string());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use catseye_model::Completeness;

    use super::*;

    fn deployment(name: &str, labels: &serde_json::Value) -> Object {
        let value = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "shop", "uid": name},
            "spec": {"template": {"metadata": {"labels": labels}, "spec": {"containers": []}}}});
        Object::new(value, None).unwrap()
    }

    fn policy(name: &str, ingress: &serde_json::Value) -> Object {
        let value = json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": ingress}});
        Object::new(value, None).unwrap()
    }

    #[test]
    fn nothing_goes_in_or_out_and_policies_that_still_allow_are_named() {
        let web = deployment("web", &serde_json::json!({"app": "web"}));
        let replicas = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web-1", "namespace": "shop",
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "web", "controller": true}]},
            "spec": {"template": {"metadata": {"labels": {"app": "web", "pod-template-hash": "1"}}, "spec": {}}}});
        let live = Inventory::new(
            vec![
                web.clone(),
                Object::new(replicas, None).unwrap(),
                deployment("db", &serde_json::json!({"app": "db"})),
                policy("default-deny", &serde_json::json!([])),
                policy("from-gateway", &serde_json::json!([{"from": []}])),
            ],
            Completeness::Cluster,
        );
        let control = quarantine(&web, &live, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(
            control.purpose,
            "cuts Deployment shop/web off from the network until 1970-01-01T00:00:00Z; \
             traffic that these allow still goes: NetworkPolicy shop/from-gateway"
        );
        let policy = &control.objects[0];
        assert_eq!(
            policy["spec"],
            json!({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress", "Egress"]})
        );
        assert_eq!(control::stands_until(policy), Some(Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn a_quarantine_that_would_cut_off_others_is_refused() {
        let web = deployment("web", &serde_json::json!({"app": "web"}));
        let canary = deployment(
            "canary",
            &serde_json::json!({"app": "web", "track": "canary"}),
        );
        let live = Inventory::new(vec![web.clone(), canary.clone()], Completeness::Cluster);
        assert_eq!(
            quarantine(&web, &live, Timestamp::UNIX_EPOCH),
            Err(NotContained::Shared(vec![
                "Deployment shop/canary".to_owned()
            ]))
        );
        // The other way round the labels tell the two apart.
        assert!(quarantine(&canary, &live, Timestamp::UNIX_EPOCH).is_ok());
        let bare = deployment("bare", &serde_json::json!({}));
        assert_eq!(
            quarantine(&bare, &live, Timestamp::UNIX_EPOCH),
            Err(NotContained::NoLabels)
        );
    }
}
