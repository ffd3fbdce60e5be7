//! An API server without `--encryption-provider-config`.

use catseye_model::{Fields, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// The API server encrypts nothing in etcd
    ///
    /// Without `--encryption-provider-config` Secrets stand in etcd as they are. Whoever reads a disk,
    /// a snapshot or a backup of etcd reads every password and token of the cluster (CIS Kubernetes
    /// Benchmark 1.2.27).
    ///
    /// **Fix:** Write an EncryptionConfiguration whose first provider for `secrets` is `kms`, and name
    /// it in the API server's command:
    /// ```yaml
    /// - --encryption-provider-config=/etc/kubernetes/encryption.yaml
    /// ```
    "SEC-211" {
        severity: High,
        rows: ["B11"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  containers:
  - name: kube-apiserver
    image: registry.k8s.io/kube-apiserver:v1.33.1
    command: [kube-apiserver, --encryption-provider-config-automatic-reload=true]
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  containers:
  - name: kube-apiserver
    image: registry.k8s.io/kube-apiserver:v1.33.1
    command: [/usr/local/bin/kube-apiserver]
    args: [--encryption-provider-config, /etc/kubernetes/encryption.yaml]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: other}
spec:
  containers:
  - {name: proxy, image: i, command: [kube-apiserver-proxy]}
",
        ],
        run: Pods(run),
    }
}

const FLAG: &str = "--encryption-provider-config";

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        let program = container.value.texts("command").next().unwrap_or_default();
        if program.rsplit('/').next() != Some("kube-apiserver") {
            continue;
        }
        let is_set = container
            .value
            .texts("command")
            .chain(container.value.texts("args"))
            .filter_map(|word| word.strip_prefix(FLAG))
            .any(|rest| rest.is_empty() || rest.starts_with('='));
        if !is_set {
            found.in_container(container, "command", format!("{FLAG} is not set"));
        }
    }
}
