//! `WORKLOAD_PATCH`: a role changes the templates of workloads.

use crate::ask::Ask;
use crate::build::Builder;
use crate::node::{Node, Scope, Set};
use crate::world::World;

edge! {
    /// A role changes the templates of workloads
    ///
    /// `update` or `patch` of deployments, stateful sets, daemon sets, replica sets, jobs, cron jobs or
    /// replication controllers, each in its API group: the new pods run any image as any service
    /// account of the namespace. `resourceNames` limit which.
    ///
    /// **Fix:** Take the rule out, and let the delivery system alone change workloads.
    "WORKLOAD_PATCH" {
        attack: "T1610",
        success: 90,
        says: "{from} may change the template of {to}",
        trace: "audit log: update or patch of the workload; its pods are replaced",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: ['apps'], resources: [deployments], verbs: [patch]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: ['batch'], resources: [cronjobs], verbs: [update], resourceNames: [nightly]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: shop}
spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: app, image: i}]}}}}}
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [deployments], verbs: [patch]}
- {apiGroups: ['apps'], resources: [deployments/scale], verbs: [patch]}
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
    for ask in WORKLOADS {
        for grant in world.authority.grants(*ask) {
            match (&grant.names, grant.scope) {
                // With a template of its own choice, a pod acts as any account of its namespace.
                (None, scope) => graph.granted(&grant, Node::Set(Set::Accounts, scope)),
                (Some(names), Scope::Namespace(namespace)) => {
                    let exists = world.pods.iter().any(|pods| {
                        pods.namespace() == namespace && names.contains(&pods.view.object.name())
                    });
                    if exists {
                        graph.granted(&grant, Node::Set(Set::Accounts, grant.scope));
                    }
                }
                (Some(names), Scope::Cluster) => {
                    for pods in &world.pods {
                        if names.contains(&pods.view.object.name()) {
                            let scope = Scope::Namespace(pods.namespace());
                            graph.granted(&grant, Node::Set(Set::Accounts, scope));
                        }
                    }
                }
            }
            if grant.names.is_none() {
                graph.granted(&grant, Node::Set(Set::Pods, grant.scope));
            }
        }
    }
}

const WORKLOADS: &[Ask] = &[
    Ask {
        verbs: &["update", "patch"],
        group: "apps",
        resources: &["deployments", "statefulsets", "daemonsets", "replicasets"],
    },
    Ask {
        verbs: &["update", "patch"],
        group: "batch",
        resources: &["jobs", "cronjobs"],
    },
    Ask {
        verbs: &["update", "patch"],
        group: "",
        resources: &["replicationcontrollers"],
    },
];
