//! `CSR_APPROVE`: a role signs itself a certificate.

use crate::ask::may;
use crate::build::{Builder, Evidence};
use crate::node::{Ability, Node, Scope, Set};
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A role signs itself a certificate
    ///
    /// `create` of certificate signing requests, `update` of their `approval`, and `approve` for the signer
    /// `kubernetes.io/kube-apiserver-client` (any user and group but `system:masters`) or `...-kubelet` (a node).
    ///
    /// **Fix:** Take `approve` out, or limit the signer by `resourceNames`.
    "CSR_APPROVE" {
        attack: "T1649",
        success: 90,
        says: "{from} signs itself a certificate as {to}",
        trace: "audit log: create certificatesigningrequests, then update certificatesigningrequests/approval",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: ['certificates.k8s.io'], resources: [certificatesigningrequests], verbs: [create]}
- {apiGroups: ['certificates.k8s.io'], resources: [certificatesigningrequests/approval], verbs: [update]}
- {apiGroups: ['certificates.k8s.io'], resources: [signers], verbs: [approve]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: r}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {kind: ServiceAccount, name: robot, namespace: shop}
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: ['certificates.k8s.io'], resources: [certificatesigningrequests], verbs: [create]}
- {apiGroups: ['certificates.k8s.io'], resources: [signers], verbs: [approve]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: r}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {kind: ServiceAccount, name: robot, namespace: shop}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    const GROUP: &str = "certificates.k8s.io";
    let halves = [
        (may(&["create"], GROUP, &["certificatesigningrequests"]), Ability::CreateRequests),
        (
            may(&["update", "patch"], GROUP, &["certificatesigningrequests/approval"]),
            Ability::ApproveRequests,
        ),
    ];
    for (ask, ability) in halves {
        for grant in world.authority.grants(ask) {
            if grant.scope == Scope::Cluster {
                graph.half_granted(&grant, ability);
            }
        }
    }
    for grant in world.authority.grants(may(&["approve"], GROUP, &["signers"])) {
        if grant.scope != Scope::Cluster {
            continue;
        }
        for (signer, ability) in [(CLIENT, Ability::ApproveClients), (KUBELET, Ability::ApproveKubelets)] {
            let covers = grant.names.as_ref().is_none_or(|names| {
                names.iter().any(|name| *name == signer || *name == "kubernetes.io/*")
            });
            if covers {
                graph.half_granted(&grant, ability);
            }
        }
    }
    let ability = |ability| Node::Ability(ability, Scope::Cluster);
    let base = [ability(Ability::CreateRequests), ability(Ability::ApproveRequests)];
    let results = [
        (Ability::ApproveClients, vec![
            Node::Set(Set::Users, Scope::Cluster),
            Node::Set(Set::Groups, Scope::Cluster),
        ]),
        (Ability::ApproveKubelets, vec![Node::Set(Set::Kubelets, Scope::Cluster)]),
    ];
    for (signer, results) in results {
        let premises = [base[0], base[1], ability(signer)];
        if premises.iter().all(|premise| graph.knows(premise)) {
            let both = graph.both(&premises);
            for to in results {
                graph.arc(both, to, Evidence::default(), NO_FIX);
            }
        }
    }
}

const CLIENT: &str = "kubernetes.io/kube-apiserver-client";
const KUBELET: &str = "kubernetes.io/kube-apiserver-client-kubelet";
