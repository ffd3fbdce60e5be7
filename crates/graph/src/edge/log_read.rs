//! `LOG_READ`: a role reads logs, and logs hold secrets.

use std::collections::BTreeSet;

use crate::ask::{may, pod_named};
use crate::build::Builder;
use crate::edge::secret_mount::held;
use crate::node::{Node, Scope, Set};
use crate::world::{Pods, World};

edge! {
    /// A role reads logs, and logs hold secrets
    ///
    /// `get` of `pods/log` (or of `nodes/log`, which serves the same files): what programs print, the tokens and passwords that
    /// they hold included. A likelihood, and a small one, for the secrets that pods in scope hold; `resourceNames` limit the pods.
    ///
    /// **Fix:** Take `pods/log` out of the role, or limit it to a namespace.
    "LOG_READ" {
        attack: "T1552",
        success: 5,
        says: "{from} may read the logs of pods that hold {to}, which may print it by mistake",
        trace: "audit log: get pods/log or nodes/log",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods/log], verbs: [get]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: p}}}]}]
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods/log], verbs: [get], resourceNames: [a]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: p}}}]}]
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods], verbs: [get]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: p}}}]}]
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods/log], verbs: [get], resourceNames: [b]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: p}}}]}]
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods/log], verbs: [get]}
---
apiVersion: v1
kind: Secret
metadata: {name: unused, namespace: shop}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let mut scopes = BTreeSet::new();
    for grant in world.authority.grants(may(&["get"], "", &["pods/log"])) {
        let Some(names) = &grant.names else {
            scopes.insert(grant.scope);
            graph.granted(&grant, Node::Set(Set::Held, grant.scope));
            continue;
        };
        for namespace in world.namespaces().filter(|own| grant.scope == Scope::Cluster || grant.scope == Scope::Namespace(own)) {
            for pods in names.iter().filter_map(|name| named(world, namespace, name)) {
                for secret in secrets_of(pods) {
                    graph.granted(&grant, secret);
                }
            }
        }
    }
    for grant in world.authority.grants(may(&["get"], "", &["nodes/log"])) {
        if grant.scope == Scope::Cluster {
            scopes.insert(Scope::Cluster);
            graph.granted(&grant, Node::Set(Set::Held, Scope::Cluster));
        }
    }
    // The members, where anybody may read them.
    let everywhere = scopes.contains(&Scope::Cluster);
    for pods in &world.pods {
        let scope = Scope::Namespace(pods.namespace());
        if !everywhere && !scopes.contains(&scope) {
            continue;
        }
        for secret in secrets_of(pods) {
            graph.join_once(Node::Set(Set::Held, scope), secret);
        }
    }
    if everywhere {
        for namespace in world.namespaces() {
            let members = Node::Set(Set::Held, Scope::Namespace(namespace));
            if graph.knows(&members) {
                graph.join(Node::Set(Set::Held, Scope::Cluster), members);
            }
        }
    }
}

fn named<'w, 'a>(world: &'w World<'a>, namespace: &'a str, name: &str) -> Option<&'w Pods<'a>> {
    match pod_named(world, namespace, name)? {
        Node::Pod(id) => world.pods_of(id),
        _ => None,
    }
}

/// The secrets that the containers hold.
fn secrets_of<'a>(pods: &Pods<'a>) -> Vec<Node<'a>> {
    pods.view
        .containers
        .iter()
        .flat_map(|container| held(pods, container))
        .map(|(node, _)| node)
        .filter(|node| matches!(node, Node::Secret(..)))
        .collect()
}
