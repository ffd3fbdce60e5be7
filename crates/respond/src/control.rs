//! What contains the damage where the way back is closed: a NetworkPolicy that quarantines a workload, and
//! an admission policy that denies the class of change.

use catseye_drift::{ObjectDrift, Path};
use catseye_model::{Fields as _, Kind, Object, Value, json};
use jiff::Timestamp;

/// An object to apply, and how to be rid of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// What it does, in a sentence.
    pub purpose: String,
    /// The objects, in the order in which to apply them. Deleting them undoes it.
    pub objects: Vec<Value>,
}

/// The annotation that says until when a control is meant to stand.
const EXPIRES: &str = "catseye.io/expires";

/// Cuts a workload off: nothing comes in, and only names may be asked for. None for what has no pods.
pub fn quarantine(workload: &Object, expires: Timestamp) -> Option<Control> {
    let path = workload.kind().pod_template_path()?;
    let labels = if workload.kind() == Kind::Pod {
        workload.labels().clone()
    } else {
        workload.value().at(path).at("metadata.labels").clone()
    };
    // A policy that selects by nothing would cut off the whole namespace.
    if labels
        .as_object()
        .is_none_or(catseye_model::value::Map::is_empty)
    {
        return None;
    }
    let name = format!("catseye-quarantine-{}", workload.name());
    let policy = json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {
            "name": name,
            "namespace": workload.namespace(),
            "labels": {"app.kubernetes.io/managed-by": "catseye"},
            "annotations": {EXPIRES: expires.to_string()},
        },
        "spec": {
            "podSelector": {"matchLabels": serde_json::Value::from(&labels)},
            "policyTypes": ["Ingress", "Egress"],
        },
    });
    Some(Control {
        purpose: format!(
            "cuts {workload} off from the network; nothing else allows it traffic unless another policy does"
        ),
        objects: vec![policy],
    })
}

/// Denies further changes of the drifted fields of this object by anybody but the deployer. None where
/// admission cannot tell the field.
pub fn deny(
    drift: &ObjectDrift,
    resource: &str,
    deployer: &str,
    expires: Timestamp,
) -> Option<Control> {
    let mut expressions = Vec::new();
    for difference in &drift.differences {
        let expression = unchanged(&difference.path)?;
        if !expressions.contains(&expression) {
            expressions.push(expression);
        }
    }
    if expressions.is_empty() {
        return None;
    }
    let (group, version) = drift
        .api_version
        .split_once('/')
        .unwrap_or(("", &drift.api_version));
    let name = format!(
        "catseye-hold-{}-{}",
        drift.key.kind.to_lowercase(),
        drift.key.name
    );
    let metadata = || {
        json!({"name": name, "labels": {"app.kubernetes.io/managed-by": "catseye"},
            "annotations": {EXPIRES: expires.to_string()}})
    };
    let validations: Vec<serde_json::Value> = expressions
        .iter()
        .map(|expression| {
            serde_json::json!({
                "expression": format!("request.userInfo.username == '{deployer}' || {expression}"),
                "message": "this field drifted; it is held until it is restored",
            })
        })
        .collect();
    let mut constraints = serde_json::json!({
        "resourceRules": [{
            "apiGroups": [group], "apiVersions": [version], "operations": ["UPDATE"],
            "resources": [resource], "resourceNames": [drift.key.name],
        }],
    });
    if !drift.key.namespace.is_empty() {
        constraints["namespaceSelector"] = serde_json::json!({
            "matchLabels": {"kubernetes.io/metadata.name": drift.key.namespace},
        });
    }
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": serde_json::Value::from(&metadata()),
        "spec": {"failurePolicy": "Fail", "matchConstraints": constraints, "validations": validations},
    });
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": serde_json::Value::from(&metadata()),
        "spec": {"policyName": name, "validationActions": ["Deny"]},
    });
    Some(Control {
        purpose: format!("denies further changes of what drifted in {}", drift.key),
        objects: vec![policy, binding],
    })
}

/// `object.spec.x == oldObject.spec.x`, told by the part of the path that holds no members of lists.
fn unchanged(path: &Path) -> Option<String> {
    use catseye_drift::Step;
    let mut fields = String::new();
    for step in path.steps() {
        let Step::Field(name) = step else {
            break;
        };
        let is_plain = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_plain {
            break;
        }
        fields.push_str(".?");
        fields.push_str(name);
    }
    if fields.is_empty() {
        return None;
    }
    Some(format!("object{fields} == oldObject{fields}"))
}
