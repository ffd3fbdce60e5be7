//! What every test of policies needs of the cluster: a namespace, requests that are not stored, and the moment from
//! which on policies hold.

use std::path::Path;
use std::time::{Duration, Instant};

use catseye_e2e::{Cluster, Said};
use catseye_model::{Object, Value, json, yaml};

pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(90);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "in time: {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

pub(crate) fn objects(text: &str) -> Vec<Object> {
    yaml::documents(text)
        .into_iter()
        .flat_map(|document| Object::read(document.content.expect("YAML"), None).0)
        .collect()
}

pub(crate) fn namespace(cluster: &Cluster, name: &str) {
    let text = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n");
    cluster.apply(&text).expect("the namespace is made");
    eventually("the default service account", || {
        let arguments = ["get", "serviceaccount", "default", "-n", name];
        cluster.kubectl(&arguments).ok()
    });
}

pub(crate) fn create(cluster: &Cluster, folder: &Path, all: &[Value], output: &str) -> Said {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": all});
    let file = folder.join("objects.json");
    std::fs::write(&file, list.to_string()).expect("written");
    let file = file.to_str().expect("UTF-8");
    let arguments = ["create", "--dry-run=server", "-o", output, "-f", file];
    cluster.kubectl_said(&arguments).expect("kubectl starts")
}

/// A message without the place in the expression, which we tell of an error and the API server does not.
pub(crate) fn without_place(message: &str) -> String {
    const ERROR: &str = "resulted in error: ";
    let Some((before, error)) = message.split_once(ERROR) else {
        return message.to_owned();
    };
    let text = error.trim_start_matches(|digit: char| digit.is_ascii_digit() || digit == ':');
    format!("{before}{ERROR}{}", text.trim_start())
}

/// Waits until all policies and bindings that were stored before hold.
///
/// The API server takes policies up in the order in which they were stored, and compiles all of them at once. So one that is
/// stored last, and denies an object that nothing else is about, holds no earlier than the others.
pub(crate) fn all_hold(cluster: &Cluster, folder: &Path, place: &str) {
    let name = format!("{place}-last");
    let text = format!(
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {{name: {name}}}\nspec:\n  \
        matchConstraints:\n    resourceRules: [{{apiGroups: [''], apiVersions: [v1], resources: [secrets], operations: [CREATE]}}]\n  \
        validations: [{{expression: 'false'}}]\n---\n\
        apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {{name: {name}}}\nspec:\n  \
        policyName: {name}\n  validationActions: [Deny]\n  matchResources:\n    namespaceSelector: \
        {{matchLabels: {{kubernetes.io/metadata.name: {place}}}}}\n"
    );
    cluster.apply(&text).expect("the last policy is stored");
    let probe = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "last", "namespace": place}});
    eventually("the last policy holds", || {
        let said = create(cluster, folder, std::slice::from_ref(&probe), "name");
        (!said.succeeded && said.stderr.contains(&format!("'{name}'"))).then_some(())
    });
    forget(cluster, &[name]);
}

/// Removes policies and their bindings, which have the same names.
pub(crate) fn forget(cluster: &Cluster, names: &[String]) {
    for kind in [
        "validatingadmissionpolicybinding",
        "validatingadmissionpolicy",
    ] {
        let mut arguments = vec!["delete", kind, "--wait=false"];
        arguments.extend(names.iter().map(String::as_str));
        let _ = cluster.kubectl(&arguments);
    }
}
