//! `AWS_AUTH_WRITE`: a role makes anyone an administrator of an EKS cluster.

use catseye_model::Kind;

use crate::ask::may;
use crate::build::Builder;
use crate::node::Node;
use crate::world::World;

edge! {
    /// A role makes anyone an administrator of an EKS cluster
    ///
    /// `update` or `patch` of the ConfigMap `aws-auth` in `kube-system`, which maps cloud identities to groups, the group
    /// `system:masters` among them.
    ///
    /// **Fix:** Take the rule out; use access entries.
    "AWS_AUTH_WRITE" {
        attack: "T1098.006",
        success: 90,
        says: "{from} may map itself to {to} in aws-auth",
        trace: "audit log: update or patch configmaps aws-auth in kube-system",
        has: [
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: kube-system}
rules:
- {apiGroups: [''], resources: [configmaps], verbs: [patch], resourceNames: [aws-auth]}
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: kube-system}
rules:
- {apiGroups: [''], resources: [configmaps], verbs: [patch]}
",
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [configmaps], verbs: [patch]}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    if world.inventory.find(Kind::ConfigMap, "kube-system", "aws-auth").is_none() {
        return;
    }
    for grant in world.authority.grants(may(&["update", "patch"], "", &["configmaps"])) {
        if grant.covers("kube-system", "aws-auth") {
            graph.granted(&grant, Node::Group("system:masters"));
        }
    }
}
