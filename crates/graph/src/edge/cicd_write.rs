//! `CICD_WRITE`: a Git server changes what runs.

use catseye_model::{Fields, Kind};

use crate::build::Builder;
use crate::node::Node;
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A Git server changes what runs
    ///
    /// A secret opens the repository from which Argo CD or Flux deploys: what is written there, is applied with the controller's
    /// rights. Whether the key may write cannot be seen, so it is a likelihood.
    ///
    /// **Fix:** Give the controller a key that only reads, and protect the branch.
    "CICD_WRITE" {
        attack: "T1195",
        success: 15,
        says: "{from} may allow writing what is deployed, as {to}",
        trace: "the forge's log: a commit; audit log: what the deployer then changes",
        has: [
            r"
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: app, namespace: flux-system}
spec: {url: 'ssh://git@example.com/app', secretRef: {name: key}}
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: flux-system}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: kustomize-controller, namespace: flux-system}
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: flux-system}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: kustomize-controller, namespace: flux-system}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let appliers: Vec<Node<'a>> = world
        .accounts()
        .filter(|account| matches!(account, Node::ServiceAccount(_, name) if APPLIERS.contains(name)))
        .collect();
    for (id, repository) in world.inventory.of_kind(Kind::FluxGitRepository) {
        if let Some(name) = repository.value().text("spec.secretRef.name") {
            let place = graph.at_text(Some(id), "spec.secretRef.name");
            for applier in &appliers {
                graph.arc(Node::Secret(repository.namespace(), name), *applier, place, NO_FIX);
            }
        }
    }
    for (id, secret) in world.inventory.of_kind(Kind::Secret) {
        if secret.label("argocd.argoproj.io/secret-type") == Some("repository") {
            let place = graph.at_text(Some(id), "metadata.labels");
            for applier in &appliers {
                graph.arc(Node::Secret(secret.namespace(), secret.name()), *applier, place, NO_FIX);
            }
        }
    }
}

/// The accounts with which controllers of delivery apply what they find.
const APPLIERS: [&str; 3] = [
    "argocd-application-controller",
    "helm-controller",
    "kustomize-controller",
];
