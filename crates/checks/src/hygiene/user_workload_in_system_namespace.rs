//! Applications among the parts of the cluster.

use catseye_model::{FieldPath, Fields, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An application runs in a system namespace
    ///
    /// `kube-system` is exempt from most policies, its ServiceAccounts and Secrets hold the keys of
    /// the cluster, and an attacker hides there well. An application in it gains all that, and who
    /// may deploy it may deploy anything there.
    ///
    /// **Fix:** Move the application to a namespace of its own. A component of the cluster itself
    /// says so by its priority class:
    /// ```yaml
    /// spec:
    ///   priorityClassName: system-cluster-critical
    /// ```
    "HYG-002" {
        severity: Low,
        rows: ["H02"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-shop, namespace: kube-system}
spec: {template: {spec: {containers: [{name: app, image: i}]}}}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-shop, namespace: shop}
spec: {template: {spec: {containers: [{name: app, image: i}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system}
spec: {template: {spec: {containers: [{name: app, image: i}]}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec: {template: {spec: {priorityClassName: system-node-critical, containers: [{name: app, image: i}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver-node-1, namespace: kube-system}
spec: {containers: [{name: app, image: i}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: addon, namespace: kube-system, labels: {kubernetes.io/cluster-service: 'true'}}
spec: {template: {spec: {containers: [{name: app, image: i}]}}}
",
        ],
        run: Pods(run),
    }
}

/// Components of distributions and clouds that live in `kube-system`, by the start of their names.
const COMPONENTS: &[&str] = &[
    "ack-",
    "addon-",
    "ama-",
    "antrea",
    "aws-",
    "azure-",
    "calico",
    "canal",
    "cilium",
    "cloud-",
    "cluster-autoscaler",
    "cluster-proportional-autoscaler",
    "coredns",
    "csi-",
    "dns-",
    "ebs-csi",
    "efs-csi",
    "eks-",
    "etcd",
    "event-exporter",
    "fluentbit-gke",
    "fluentd-gcp",
    "gce-",
    "gcp-",
    "gke-",
    "helm-install-",
    "hubble",
    "ip-masq",
    "karpenter",
    "kindnet",
    "konnectivity",
    "kube-",
    "kubedns",
    "kubelet",
    "l7-",
    "local-path-provisioner",
    "metadata-proxy",
    "metrics-server",
    "netd",
    "node-local-dns",
    "node-problem-detector",
    "nodelocaldns",
    "nvidia-",
    "omsagent",
    "pdcsi",
    "registry-proxy",
    "secrets-store-csi",
    "snapshot-",
    "stackdriver",
    "storage-provisioner",
    "svclb-",
    "tigera",
    "tiller",
    "traefik",
    "vsphere-",
    "weave-",
];

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let workload = pod.object;
    let Some(namespace) = workload.explicit_namespace() else {
        return;
    };
    if !context.config.is_system(namespace) {
        return;
    }
    let critical = pod
        .spec
        .text("priorityClassName")
        .is_some_and(|class| class.starts_with("system-"));
    let addon = [
        "kubernetes.io/cluster-service",
        "addonmanager.kubernetes.io/mode",
    ]
    .into_iter()
    .any(|label| workload.label(label).is_some() || pod.label(label).is_some());
    let known = COMPONENTS
        .iter()
        .any(|start| workload.name().starts_with(start));
    if !critical && !addon && !known {
        found.at(
            FieldPath::root().join("metadata.namespace"),
            format!("runs in the system namespace {namespace}"),
        );
    }
}
