//! An admission policy that denies further changes of what drifted, but for those who deploy.

use catseye_drift::{ObjectDrift, Path, Step};
use catseye_model::json;
use jiff::Timestamp;

use crate::control::{self, Control, NotContained};

/// Words that CEL keeps for itself: a field of such a name is asked for by its name as a text.
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// Denies updates of the drifted fields of this object by anybody but these users. `resource` is the plural
/// name. Deleting the object and making it anew is not denied, nor is writing through subresources other
/// than `scale`.
pub fn deny(
    drift: &ObjectDrift,
    resource: &str,
    deployers: &[String],
    expires: Timestamp,
) -> Result<Control, NotContained> {
    if deployers.is_empty() {
        return Err(NotContained::NoDeployer);
    }
    let mut expressions: Vec<String> = Vec::new();
    let mut scales = false;
    for difference in &drift.differences {
        // Of an object as a whole there is no field to hold.
        let Some(expression) = unchanged(&difference.path) else {
            continue;
        };
        scales |= difference.path.is_below("spec.replicas");
        if !expressions.contains(&expression) {
            expressions.push(expression);
        }
    }
    if expressions.is_empty() {
        return Err(NotContained::NoField);
    }
    let (group, version) = drift
        .api_version
        .split_once('/')
        .unwrap_or(("", &drift.api_version));
    let name = control::name("hold", &drift.key);
    let metadata = control::metadata(&name, "", expires);
    let deployers: Vec<String> = deployers.iter().map(|user| text(user)).collect();
    let deployers = deployers.join(", ");
    let validations: Vec<serde_json::Value> = expressions
        .iter()
        .map(|expression| {
            serde_json::json!({
                "expression": format!("request.userInfo.username in [{deployers}] || {expression}"),
                "message": "this field drifted; it is held until it is restored",
            })
        })
        .collect();
    let mut rules = vec![rule(group, version, resource, &drift.key.name)];
    if scales {
        // The answer of `scale` is a Scale of autoscaling/v1, but the rule names what it belongs to.
        rules.push(rule(
            group,
            version,
            &format!("{resource}/scale"),
            &drift.key.name,
        ));
    }
    let mut constraints = serde_json::json!({"resourceRules": rules});
    if !drift.key.namespace.is_empty() {
        constraints["namespaceSelector"] = serde_json::json!({
            "matchLabels": {"kubernetes.io/metadata.name": drift.key.namespace},
        });
    }
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": metadata,
        "spec": {"failurePolicy": "Fail", "matchConstraints": constraints, "validations": validations},
    });
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": metadata,
        "spec": {"policyName": name, "validationActions": ["Deny"]},
    });
    Ok(Control {
        purpose: format!(
            "denies updates of what drifted in {} by anybody but {deployers} until {expires}",
            drift.key
        ),
        objects: vec![policy, binding],
    })
}

fn rule(group: &str, version: &str, resource: &str, name: &str) -> serde_json::Value {
    serde_json::json!({
        "apiGroups": [group], "apiVersions": [version], "operations": ["UPDATE"],
        "resources": [resource], "resourceNames": [name],
    })
}

/// `object.?spec.?x == oldObject.?spec.?x`, told by the part of the path above its first list.
fn unchanged(path: &Path) -> Option<String> {
    let mut fields = String::new();
    for step in path.steps() {
        let Step::Field(name) = step else {
            break;
        };
        let is_plain = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && !name.is_empty()
            && !RESERVED.contains(&name.as_str());
        if is_plain {
            fields.push_str(".?");
            fields.push_str(name);
        } else {
            fields.push_str("[?");
            fields.push_str(&text(name));
            fields.push(']');
        }
    }
    if fields.is_empty() {
        return None;
    }
    Some(format!("object{fields} == oldObject{fields}"))
}

/// A text as CEL writes it. The escapes of JSON are a part of CEL's.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use catseye_cel::{Budget, Environment, Scope, Val};
    use catseye_drift::{Class, Difference};
    use catseye_model::{ObjectKey, Value};

    use super::*;

    fn drift(paths: Vec<Path>) -> ObjectDrift {
        ObjectDrift {
            key: ObjectKey {
                group: "apps".to_owned(),
                kind: "Deployment".to_owned(),
                namespace: "shop".to_owned(),
                name: "web".to_owned(),
            },
            api_version: "apps/v1".to_owned(),
            source: None,
            uid: None,
            resource_version: None,
            created: None,
            differences: paths
                .into_iter()
                .map(|path| Difference {
                    class: Class::Changed,
                    path,
                    desired: None,
                    live: None,
                    owners: Vec::new(),
                    note: None,
                })
                .collect(),
        }
    }

    /// Whether all validations of a policy hold for a change by this user.
    fn allows(policy: &Value, user: &str, old: &Value, new: &Value) -> bool {
        let environment = Environment::default()
            .with("object")
            .with("oldObject")
            .with("request");
        let validations = policy["spec"]["validations"].as_array().unwrap();
        validations.iter().all(|validation| {
            let program = environment
                .compile(validation["expression"].as_str().unwrap())
                .unwrap();
            let mut scope = Scope::new(&environment);
            let request = json!({"userInfo": {"username": user}});
            for (place, value) in [new, old, &request].into_iter().enumerate() {
                scope.set(place, Val::of(value));
            }
            let held = program.evaluate(&scope, &Budget::of_a_policy()).unwrap();
            held.to_json() == Some(json!(true))
        })
    }

    #[test]
    fn only_the_deployers_change_what_drifted_whatever_they_are_called() {
        let annotation = Path::of("metadata.annotations").field("example.com/a");
        let users = [r#"o'brien "x" \"#.to_owned(), "deployer".to_owned()];
        let control = deny(
            &drift(vec![Path::of("spec.replicas"), annotation, Path::root()]),
            "deployments",
            &users,
            Timestamp::UNIX_EPOCH,
        )
        .unwrap();
        let policy = &control.objects[0];
        let object = |replicas: i64, note: &str| {
            json!({"metadata": {"annotations": {"example.com/a": note, "deployment.kubernetes.io/revision": replicas.to_string()}},
                "spec": {"replicas": replicas}})
        };
        let old = object(1, "x");
        for (user, new, allowed) in [
            ("eve", object(2, "x"), false),
            ("eve", object(1, "y"), false),
            ("eve", object(1, "x"), true),
            ("deployer", object(2, "y"), true),
            (r#"o'brien "x" \"#, object(2, "y"), true),
            ("o", object(2, "y"), false),
        ] {
            assert_eq!(allows(policy, user, &old, &new), allowed, "{user} {new}");
        }
        // The controller's own annotation beside the held one is free.
        let mut other = old.clone();
        other.update("metadata", |metadata| {
            metadata.update("annotations", |all| {
                all.set("deployment.kubernetes.io/revision", "9".into());
            });
        });
        assert!(allows(policy, "eve", &old, &other));
        let rules = &policy["spec"]["matchConstraints"]["resourceRules"];
        assert_eq!(rules[1]["resources"], json!(["deployments/scale"]));
    }

    #[test]
    fn what_cannot_be_held_is_said() {
        let whole = drift(vec![Path::root()]);
        let users = ["deployer".to_owned()];
        let held = |drift: &ObjectDrift, users: &[String]| {
            deny(drift, "deployments", users, Timestamp::UNIX_EPOCH).map(|_| ())
        };
        assert_eq!(held(&whole, &users), Err(NotContained::NoField));
        let replicas = drift(vec![Path::of("spec.replicas")]);
        assert_eq!(held(&replicas, &[]), Err(NotContained::NoDeployer));
    }
}
