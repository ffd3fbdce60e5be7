//! `CR_POD_CREATE`: a role makes pods by way of a controller.

use catseye_model::Kind;

use crate::ask::{Ask, may};
use crate::build::Builder;
use crate::node::{Node, Set};
use crate::world::World;

edge! {
    /// A role makes pods by way of a controller
    ///
    /// `create` of custom resources from which a controller makes pods as an account of the namespace: workflows of Argo,
    /// runs of Tekton, Spark applications, Knative services, scaled jobs, …; only where the inventory holds the definition of the
    /// resource, or objects of it.
    ///
    /// **Fix:** Treat the right to make these like the right to make pods.
    "CR_POD_CREATE" {
        attack: "T1610",
        success: 80,
        says: "{from} may have a controller make pods, which run as {to}",
        trace: "audit log: create of the custom resource; the pods come from the controller's account",
        has: [
            r"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: workflows.argoproj.io}
spec: {group: argoproj.io, names: {plural: workflows}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: ['argoproj.io'], resources: [workflows], verbs: [create]}
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
- {apiGroups: ['argoproj.io'], resources: [workflows], verbs: [create]}
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
    for (group, resource, ask) in MAKERS {
        let name = format!("{resource}.{group}");
        let is_served = world.inventory.find(Kind::CustomResourceDefinition, "", &name).is_some();
        if !is_served {
            continue;
        }
        for grant in world.authority.grants(*ask) {
            if grant.names.is_none() {
                graph.granted(&grant, Node::Set(Set::Accounts, grant.scope));
            }
        }
    }
}

macro_rules! makers {
    ($($group:literal $resource:literal),* $(,)?) => {
        &[$(($group, $resource, may(&["create"], $group, &[$resource]))),*]
    };
}

/// Resources whose controllers make pods from a template, or run a step, in the same namespace.
const MAKERS: &[(&str, &str, Ask)] = makers![
    "argoproj.io" "workflows",
    "argoproj.io" "cronworkflows",
    "argoproj.io" "rollouts",
    "batch.volcano.sh" "jobs",
    "flink.apache.org" "flinkdeployments",
    "keda.sh" "scaledjobs",
    "kubeflow.org" "notebooks",
    "kubeflow.org" "pytorchjobs",
    "ray.io" "rayclusters",
    "ray.io" "rayjobs",
    "serving.knative.dev" "services",
    "sparkoperator.k8s.io" "sparkapplications",
    "tekton.dev" "pipelineruns",
    "tekton.dev" "taskruns",
];
