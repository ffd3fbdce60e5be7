//! `PV_HOSTPATH`: a role reaches the node's files through a persistent volume.

use crate::ask::may;
use crate::build::{Builder, Evidence};
use crate::node::{Ability, Node, Scope, Set};
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A role reaches the node's files through a persistent volume
    ///
    /// `create` of `persistentvolumes` with a `hostPath`, and pods that claim them: Pod Security does not look through claims.
    ///
    /// **Fix:** Take `create` of `persistentvolumes` out of the role; provisioners alone need it.
    "PV_HOSTPATH" {
        attack: "T1611",
        success: 80,
        says: "{from} may mount the disk of {to} through a persistent volume",
        trace: "audit log: create persistentvolumes, persistentvolumeclaims and pods",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [persistentvolumes, pods], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: r}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {kind: ServiceAccount, name: robot, namespace: shop}
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
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [persistentvolumes, pods], verbs: [create]}
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
    for grant in world.authority.grants(may(&["create"], "", &["persistentvolumes"])) {
        if grant.scope == Scope::Cluster && grant.names.is_none() {
            graph.half_granted(&grant, Ability::CreateVolumes);
        }
    }
    let volumes = Node::Ability(Ability::CreateVolumes, Scope::Cluster);
    if !graph.knows(&volumes) {
        return;
    }
    for scope in std::iter::once(Scope::Cluster).chain(world.namespaces().map(Scope::Namespace)) {
        let pods = Node::Ability(Ability::CreatePods, scope);
        if graph.knows(&pods) {
            let both = graph.both(&[volumes, pods]);
            graph.arc(both, Node::Set(Set::Hosts, Scope::Cluster), Evidence::default(), NO_FIX);
        }
    }
}
