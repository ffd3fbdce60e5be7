//! `hostNetwork: true`.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A pod uses the node's network
    ///
    /// With `hostNetwork` the containers reach what listens on the node's loopback (kubelet, etcd,
    /// debug ports), may listen on any port of the node, and stand outside every NetworkPolicy. On
    /// clouds they also reach the metadata service with the node's identity, where ordinary pods are
    /// kept from it.
    ///
    /// **Fix:** Remove `hostNetwork: true` and reach the pod by a Service. Network plugins and node
    /// agents that need it belong in a namespace of their own.
    "POD-004" {
        severity: High,
        rows: ["A04"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      hostNetwork: true
      containers:
      - {name: app, image: i}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  hostNetwork: false
  dnsPolicy: ClusterFirstWithHostNet
  containers:
  - {name: app, image: i, ports: [{containerPort: 80}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    if pod.host_network() {
        found.at(pod.path("hostNetwork"), "uses the node's network");
    }
}
