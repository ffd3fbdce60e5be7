//! `POD_CERT`: a role asks for a certificate of a pod's account.

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Node, Set};
use crate::world::World;

edge! {
    /// A role asks for a certificate of a pod's account
    ///
    /// `create` of `podcertificaterequests` in a namespace, from Kubernetes 1.34 on, and the signer approves it by itself: the
    /// certificate is that of the service account of a pod that is there.
    ///
    /// **Fix:** Take the rule out; kubelets alone need it.
    "POD_CERT" {
        attack: "T1649",
        success: 40,
        since: 34,
        says: "{from} may ask for a certificate as {to}",
        trace: "audit log: create podcertificaterequests",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: ['certificates.k8s.io'], resources: [podcertificaterequests], verbs: [create]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: ['certificates.k8s.io'], resources: [podcertificaterequests], verbs: [get]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let ask = may(&["create"], "certificates.k8s.io", &["podcertificaterequests"]);
    for grant in world.authority.grants(ask) {
        if grant.names.is_none() {
            graph.granted(&grant, Node::Set(Set::Accounts, grant.scope));
        }
    }
}
