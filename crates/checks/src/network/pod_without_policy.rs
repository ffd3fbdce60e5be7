//! Pods that no network policy selects.

use catseye_model::{Completeness, Kind, PodView, Severity};

use super::topology::Topology;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// No network policy selects the pods
    ///
    /// Pods that no policy selects accept connections from every pod of the cluster and may connect
    /// to anything themselves. An attacker in any other pod can probe them, and code that runs in
    /// them can fetch tools, send data out and scan the cluster.
    ///
    /// It weighs most where other pods of the namespace have a policy and these were left out. Where
    /// the namespace has none at all, NET-001 tells that once, at the namespace; where the namespace is
    /// kept elsewhere, or chosen when the manifest is applied, its policies may be, too.
    ///
    /// **Fix:** Add a policy whose `podSelector` meets the labels of the pods:
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: cart}
    /// spec:
    ///   podSelector: {matchLabels: {app: cart}}
    ///   policyTypes: [Ingress, Egress]
    ///   ingress:
    ///   - from: [{podSelector: {matchLabels: {app: front}}}]
    ///     ports: [{port: 8080}]
    /// ```
    "NET-002" {
        severity: Medium,
        rows: ["D02"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: a, image: i}]}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: other-label, namespace: shop}
spec: {podSelector: {matchLabels: {app: bill}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: other-namespace, namespace: bank}
spec: {podSelector: {}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: c}
spec: {endpointSelector: {matchExpressions: [{key: role, operator: In, values: [front]}]}, ingress: []}
",
            // The namespace is told of by its own check.
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: in-shop, namespace: shop}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: elsewhere, namespace: bank}
spec: {containers: [{name: a, image: i}]}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: a, image: i}]}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart, namespace: shop}
spec: {podSelector: {matchExpressions: [{key: app, operator: Exists}]}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: node-agent}
spec: {hostNetwork: true, containers: [{name: a, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: dns, namespace: kube-system}
spec: {containers: [{name: a, image: i}]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: c}
specs: [{endpointSelector: {matchLabels: {'k8s:app': a}}, ingress: [{}]}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: c}
spec: {selector: has(app)}
",
            r"# completeness: fragment
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: i}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    // Policies do not hold for pods on the node's network; those of the system serve all pods.
    if pod.host_network() || context.config.is_system(pod.object.namespace()) {
        return;
    }
    let Some(id) = context.inventory.id_of(pod.object) else {
        return;
    };
    let isolation = context.index::<Topology>().policies.isolation(id);
    if isolation.selected.is_some() {
        return;
    }
    if isolation.uncertain {
        found.unknown("a policy whose selector is not understood may select the pods");
    } else if context.inventory.completeness() == Completeness::Fragment {
        found.unknown("policies of the namespace may stand elsewhere");
    } else {
        found.at_severity(
            weight(pod, context),
            pod.metadata_path("labels"),
            "no network policy selects these pods",
        );
    }
}

fn weight(pod: &PodView<'_>, context: &Context<'_>) -> Severity {
    let namespace = pod.object.namespace();
    let is_cluster = context.inventory.completeness() == Completeness::Cluster;
    // A folder's objects without a namespace count as those of `default`, whatever application they
    // belong to, so its policies may be those of another one.
    let is_settled = is_cluster || namespace != "default";
    let has_policies = context.index::<Topology>().policies.governs(namespace);
    let is_judged = || {
        let mut namespaces = context.inventory.named(Kind::Namespace, "", namespace);
        namespaces.next().is_some()
    };
    if is_settled && has_policies == Some(true) {
        Severity::Medium
    } else if is_judged() {
        Severity::Info
    } else if is_cluster {
        Severity::Medium
    } else {
        Severity::Low
    }
}
