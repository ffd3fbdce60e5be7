//! Exemptions from Pod Security admission in the API server's configuration.

use catseye_model::{FieldPath, Fields, Object};

use super::pod_security::pod_security_configurations;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Pod Security admission exempts too much
    ///
    /// An exempt user creates any pod in any namespace, whatever its label says. Exempting a
    /// controller (`system:serviceaccount:kube-system:replicaset-controller`) exempts everybody who may
    /// create a Deployment; exempting a namespace of users makes its label void.
    ///
    /// **Fix:** Exempt no users, and namespaces of the system only; label the others `privileged` where
    /// they must be, so that it is seen.
    /// ```yaml
    /// exemptions: {usernames: [], runtimeClasses: [], namespaces: [kube-system]}
    /// ```
    "ADM-111" {
        severity: High,
        rows: ["F05"],
        fails: [
            r"
apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
exemptions:
  usernames: ['system:serviceaccount:kube-system:replicaset-controller']
",
            r"
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: PodSecurity
  configuration: {exemptions: {namespaces: [kube-system, shop]}}
",
        ],
        passes: [
            r"
apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults: {enforce: baseline}
exemptions: {usernames: [], runtimeClasses: [], namespaces: [kube-system]}
---
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins: [{name: EventRateLimit, path: limits.yaml}]
",
        ],
        run: ObjectsWhere("PodSecurityConfiguration", configures_pod_security, run),
    }
}

fn configures_pod_security(object: &Object) -> bool {
    pod_security_configurations(object).next().is_some()
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    for configuration in pod_security_configurations(object) {
        for user in configuration.texts("exemptions.usernames") {
            found.at(
                path(object, "exemptions.usernames"),
                format!("user {user} may create any pod"),
            );
        }
        for namespace in configuration.texts("exemptions.namespaces") {
            if !context.config.is_system(namespace) {
                found.at(
                    path(object, "exemptions.namespaces"),
                    format!("namespace {namespace} is exempt"),
                );
            }
        }
    }
}

/// The path of a field of the configuration, which may be embedded among the plugins.
fn path(object: &Object, field: &str) -> FieldPath {
    let plugins = object.value().list("plugins");
    let embedded = plugins
        .iter()
        .position(|plugin| plugin.text("name") == Some("PodSecurity"));
    match embedded {
        Some(index) => FieldPath::root()
            .join("plugins")
            .index(index)
            .join("configuration")
            .join(field),
        None => FieldPath::root().join(field),
    }
}
