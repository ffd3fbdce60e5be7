//! `NODE_LABEL`: a node draws the pods that choose their nodes by label.

use catseye_model::{Fields, Kind};

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Jewel, Node, Scope};
use crate::topology::NO_FIX;
use crate::world::{Pods, World};

edge! {
    /// A node draws the pods that choose their nodes by label
    ///
    /// A node in hand, and a workload with a `nodeSelector` or required node affinity: the label, put on that node, brings its
    /// pods there (those of a DaemonSet at once, others with their next start). Who may `update` or `patch` `nodes` puts
    /// any label; the kubelet's own key puts every label on its own node but those under `kubernetes.io` and `k8s.io`, which
    /// the NodeRestriction plugin refuses.
    ///
    /// **Fix:** Choose nodes for what must be apart by labels under `node-restriction.kubernetes.io/`; take `update` and `patch`
    /// of `nodes` out of roles.
    "NODE_LABEL" {
        attack: "T1610",
        success: 30,
        says: "{from} puts the label on a node in hand that brings {to} there",
        trace: "audit log: update or patch nodes; pods are placed on another node",
        has: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop}
spec:
  template:
    spec:
      nodeSelector: {pool: payments}
      containers: [{name: app, image: i}]
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop}
spec:
  nodeName: n
  containers: [{name: app, image: i}]
",
            r"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: a, namespace: shop}
spec:
  template:
    spec:
      affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: node-restriction.kubernetes.io/pool, operator: In, values: [payments]}]}]}}}
      containers: [{name: app, image: i}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [nodes], verbs: [patch]}
",
        ],
        lacks: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop}
spec:
  template:
    spec:
      nodeSelector: {node-restriction.kubernetes.io/pool: payments}
      containers: [{name: app, image: i}]
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop}
spec:
  template:
    spec:
      nodeSelector: {kubernetes.io/os: linux}
      containers: [{name: app, image: i}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [nodes], verbs: [patch]}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let drawn: Vec<(&Pods<'a>, Vec<(&'a str, String)>)> = world
        .pods
        .iter()
        .filter(|pods| pods.view.object.kind() != Kind::Pod)
        .map(|pods| (pods, wanted(pods)))
        .filter(|(_, wanted)| !wanted.is_empty())
        .collect();
    if drawn.is_empty() {
        return;
    }
    let grants = world.authority.grants(may(&["update", "patch"], "", &["nodes"]));
    let in_hand = Node::Jewel(Jewel::Node);
    for (pods, wanted) in drawn {
        let place = graph.at_text(Some(pods.id), &wanted[0].1);
        if wanted.iter().all(|(key, _)| kubelets_may_set(key)) {
            let change = "choose the node by a label under `node-restriction.kubernetes.io/`";
            let fix = graph.fix(place, change, crate::build::Effort::Medium);
            graph.arc(in_hand, pods.node(), place, fix);
        }
        for grant in &grants {
            if grant.scope != Scope::Cluster || grant.names.is_some() {
                continue;
            }
            let half = Node::Rule(grant.number, grant.rule_place());
            graph.half_granted_to(grant, half);
            let both = graph.both(&[half, in_hand]);
            graph.arc(both, pods.node(), place, NO_FIX);
        }
    }
}

/// The labels by which pods choose among nodes, each with its field; those that every node has are not
/// a choice.
fn wanted<'a>(pods: &Pods<'a>) -> Vec<(&'a str, String)> {
    let spec = pods.view.spec;
    let mut found: Vec<(&str, String)> = spec
        .entries("nodeSelector")
        .map(|(key, _)| (key, pods.view.path("nodeSelector").to_string()))
        .collect();
    let field = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
    // Any of the terms is enough; the first stands for them.
    if let Some(term) = spec.list(field).first() {
        for expression in term.list("matchExpressions") {
            let is_chosen = matches!(expression.text("operator"), Some("In" | "Exists"));
            if let Some(key) = expression.text("key").filter(|_| is_chosen) {
                found.push((key, pods.view.path(field).to_string()));
            }
        }
    }
    found.retain(|(key, _)| !COMMON.contains(key));
    found
}

/// True for a label that NodeRestriction lets a kubelet put on its own node: any that is not Kubernetes'
/// own, and those below `kubelet.kubernetes.io` and `node.kubernetes.io`.
fn kubelets_may_set(key: &str) -> bool {
    let Some((domain, _)) = key.split_once('/') else {
        return true;
    };
    let is_below = |own: &&str| {
        domain == *own || domain.strip_suffix(own).is_some_and(|sub| sub.ends_with('.'))
    };
    let is_kubernetes = ["kubernetes.io", "k8s.io"].iter().any(is_below);
    let is_kubelets = ["kubelet.kubernetes.io", "node.kubernetes.io"].iter().any(is_below);
    !is_kubernetes || is_kubelets
}

/// Labels that every node has, or that say where it stands.
const COMMON: &[&str] = &[
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/instance-type",
    "beta.kubernetes.io/os",
    "failure-domain.beta.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "kubernetes.io/arch",
    "kubernetes.io/hostname",
    "kubernetes.io/os",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];

#[cfg(test)]
mod tests {
    use super::kubelets_may_set;

    #[test]
    fn a_kubelet_sets_foreign_labels_and_those_kept_for_it() {
        for (key, may) in [
            ("pool", true),
            ("example.com/pool", true),
            ("notkubernetes.io/pool", true),
            ("node.kubernetes.io/pool", true),
            ("a.kubelet.kubernetes.io/pool", true),
            ("kubernetes.io/pool", false),
            ("node-role.kubernetes.io/payments", false),
            ("node-restriction.kubernetes.io/pool", false),
            ("a.node-restriction.kubernetes.io/pool", false),
            ("x.k8s.io/pool", false),
        ] {
            assert_eq!(kubelets_may_set(key), may, "{key}");
        }
    }
}
