//! Pods that some policy selects, none of which restricts what goes out.

use catseye_model::PodView;

use super::topology::Topology;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Network policies leave what goes out of the pods unrestricted
    ///
    /// A policy selects the pods, but only for what comes in. Code that an attacker runs in them may
    /// connect to anything: fetch tools, send data out, query the cloud's metadata service, scan the
    /// cluster.
    ///
    /// **Fix:** Name `Egress` among the `policyTypes`, and allow what the pods call, DNS included:
    /// ```yaml
    /// spec:
    ///   podSelector: {matchLabels: {app: cart}}
    ///   policyTypes: [Ingress, Egress]
    ///   egress:
    ///   - to: [{podSelector: {matchLabels: {app: db}}}]
    ///   - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]
    ///     ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
    /// ```
    "NET-102" {
        severity: Low,
        rows: ["D02"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: a}
spec: {podSelector: {}, ingress: [{}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: rules-without-types}
spec: {podSelector: {}, egress: [{to: [{podSelector: {}}]}]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: selected-by-none}
spec: {containers: [{name: a, image: i}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    if pod.host_network() || context.config.is_system(pod.object.namespace()) {
        return;
    }
    let Some(id) = context.inventory.id_of(pod.object) else {
        return;
    };
    let isolation = context.index::<Topology>().policies.isolation(id);
    let Some(restricted) = isolation.selected else {
        return;
    };
    if restricted.egress {
        return;
    }
    if isolation.uncertain {
        found.unknown("a policy whose selector is not understood may select the pods");
    } else {
        found.at(
            pod.metadata_path("labels"),
            "no network policy restricts what goes out of these pods",
        );
    }
}
