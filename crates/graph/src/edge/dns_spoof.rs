//! `DNS_SPOOF`: a role changes what names mean.

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Node, Scope, Set};
use crate::world::World;

edge! {
    /// A role changes what names mean
    ///
    /// `update` or `patch` of the ConfigMap `coredns` (or `kube-dns`) in `kube-system`: every pod that speaks to a name speaks to
    /// the attacker, credentials included.
    ///
    /// **Fix:** Take the rule out, or name other config maps by `resourceNames`.
    "DNS_SPOOF" {
        attack: "T1557",
        success: 30,
        says: "{from} may change what names mean for {to}",
        trace: "audit log: update or patch configmaps coredns in kube-system",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: kube-system}
rules:
- {apiGroups: [''], resources: [configmaps], verbs: [update], resourceNames: [coredns]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: kube-system}
rules:
- {apiGroups: [''], resources: [configmaps], verbs: [update], resourceNames: [other]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: kube-system}
rules:
- {apiGroups: [''], resources: [configmaps], verbs: [get]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for grant in world.authority.grants(may(&["update", "patch"], "", &["configmaps"])) {
        if grant.covers("kube-system", "coredns") || grant.covers("kube-system", "kube-dns") {
            graph.granted(&grant, Node::Set(Set::Pods, Scope::Cluster));
        }
    }
}
