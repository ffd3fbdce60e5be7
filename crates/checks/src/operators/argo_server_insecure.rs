//! Argo CD's server without TLS or authentication, by flag.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Kind, Object, PodView, Severity};

use super::argo_settings::{has_settings, setting};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Argo CD's server runs without TLS or without authentication
    ///
    /// `--disable-auth` makes everybody who reaches the server an administrator of all that it deploys.
    /// `--insecure` takes logins and session tokens in the clear: an Ingress may end TLS in front,
    /// but every pod and node on the way behind it still reads them.
    ///
    /// **Fix:** Remove both flags and let the Ingress talk TLS to the server:
    /// ```yaml
    /// kind: ConfigMap
    /// metadata: {name: argocd-cmd-params-cm}
    /// data:
    ///   server.insecure: 'false'
    /// ```
    "OPR-107" {
        severity: Medium,
        rows: ["F08"],
        fails: [
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cmd-params-cm, namespace: argocd}
data: {server.insecure: 'true', server.disable.auth: 'true'}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-server}
spec: {template: {spec: {containers: [{name: a, image: b, command: [argocd-server, --insecure]}]}}}
",
            r"
apiVersion: argoproj.io/v1beta1
kind: ArgoCD
metadata: {name: a}
spec: {server: {insecure: true}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cmd-params-cm, namespace: argocd}
data: {server.insecure: 'false'}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-server}
spec:
  template:
    spec:
      containers:
      - {name: a, image: b, command: [/usr/local/bin/argocd-server, --insecure=false]}
      - {name: another, image: b, command: [registry, --insecure]}
",
        ],
        run: ObjectsWhere("Argo CD's settings and server", configures_server, run),
    }
}

fn configures_server(object: &Object) -> bool {
    let starts_server = |template| {
        let template = object.value().at(template);
        template.list("spec.containers").iter().any(is_server)
    };
    has_settings(object) || object.kind().pod_template_path().is_some_and(starts_server)
}

/// True for a container that starts Argo CD's server.
fn is_server(container: &Value) -> bool {
    container
        .texts("command")
        .chain(container.texts("args"))
        .any(|word| word.rsplit('/').next() == Some("argocd-server"))
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    const PLAIN: &str = "serves plain HTTP";
    const OPEN: &str = "asks for no login";
    match object.kind() {
        Kind::ConfigMap => {
            if let Some((path, "true")) = setting(object, "argocd-cmd-params-cm", "server.insecure")
            {
                found.at(path, PLAIN);
            }
            if let Some((path, "true")) =
                setting(object, "argocd-cmd-params-cm", "server.disable.auth")
            {
                found.at_severity(Severity::Critical, path, OPEN);
            }
        }
        Kind::ArgoCd if object.value().flag("spec.server.insecure") == Some(true) => {
            found.at(FieldPath::root().join("spec.server.insecure"), PLAIN);
        }
        kind if kind.is_workload() => {
            let Some(pod) = PodView::of(object) else {
                return;
            };
            for container in pod.main_containers() {
                if !is_server(container.value) {
                    continue;
                }
                for (path, word) in container.words() {
                    match word {
                        "--insecure" | "--insecure=true" => {
                            found.in_container_at(container, path, PLAIN);
                        }
                        "--disable-auth" | "--disable-auth=true" => {
                            found.in_container_at(container, path, OPEN);
                        }
                        _ => {}
                    }
                }
            }
        }
        _ => {}
    }
}
