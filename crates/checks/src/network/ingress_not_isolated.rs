//! Pods that some policy selects, none of which restricts what comes in.

use catseye_model::PodView;

use super::topology::Topology;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Network policies leave what comes into the pods unrestricted
    ///
    /// A policy selects the pods, but only for what goes out. Every pod of the cluster may still
    /// connect to them, so an attacker in any namespace reaches each of their ports.
    ///
    /// **Fix:** Name `Ingress` among the `policyTypes`, and allow the callers:
    /// ```yaml
    /// spec:
    ///   podSelector: {matchLabels: {app: cart}}
    ///   policyTypes: [Ingress, Egress]
    ///   ingress:
    ///   - from: [{podSelector: {matchLabels: {app: front}}}]
    /// ```
    "NET-101" {
        severity: Medium,
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
spec: {podSelector: {}, policyTypes: [Egress]}
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
metadata: {name: a}
spec: {podSelector: {}, policyTypes: [Egress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: b}
spec: {podSelector: {matchLabels: {app: a}}, egress: [{}]}
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
    if restricted.ingress {
        return;
    }
    if isolation.uncertain {
        found.unknown("a policy whose selector is not understood may select the pods");
    } else {
        found.at(
            pod.metadata_path("labels"),
            "no network policy restricts what comes into these pods",
        );
    }
}
