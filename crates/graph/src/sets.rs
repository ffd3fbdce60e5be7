//! Who belongs to which set: the joints through which a permission on "all pods of a namespace" leads
//! to each of them.

use std::collections::BTreeSet;

use catseye_model::{Fields, Kind};
use catseye_rbac::RoleKind;

use crate::build::Builder;
use crate::node::{Jewel, Node, Scope, Set};
use crate::world::{Pods, World};

/// The label that makes a workload a crown jewel.
pub const CROWN_JEWEL: &str = "catseye.dev/crown-jewel";

/// Joins every set to its members, and every jewel to its kind.
pub(crate) fn join_all<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let spaces: Vec<Scope<'a>> = world.namespaces().map(Scope::Namespace).collect();
    for set in [Set::Pods, Set::Accounts, Set::Secrets, Set::Listeners] {
        for scope in &spaces {
            graph.join(Node::Set(set, Scope::Cluster), Node::Set(set, *scope));
        }
    }
    for pods in &world.pods {
        let scope = Scope::Namespace(pods.namespace());
        graph.join(Node::Set(Set::Pods, scope), pods.node());
        graph.join(Node::Set(Set::Listeners, scope), Node::Listener(pods.id));
        if is_crown_jewel(pods) {
            graph.join(pods.node(), Node::Jewel(Jewel::Workload));
            for (container, _) in pods.containers() {
                graph.join(container, Node::Jewel(Jewel::Workload));
            }
        }
    }
    for (id, service) in world.inventory.of_kind(Kind::Service) {
        let endpoint = Node::Endpoint(id);
        for pods in world.behind_service(service.namespace(), service.name()) {
            graph.join(endpoint, Node::Listener(pods.id));
        }
    }
    for account in world.accounts() {
        if let Node::ServiceAccount(namespace, _) = account {
            graph.join(
                Node::Set(Set::Accounts, Scope::Namespace(namespace)),
                account,
            );
        }
    }
    for (_, secret) in world.inventory.of_kind(Kind::Secret) {
        let node = Node::Secret(secret.namespace(), secret.name());
        graph.join(
            Node::Set(Set::Secrets, Scope::Namespace(secret.namespace())),
            node,
        );
        graph.join(node, Node::Jewel(Jewel::Secret));
    }
    for (host, _) in world.hosts() {
        graph.join(Node::Set(Set::Hosts, Scope::Cluster), Node::Host(host));
        graph.join(Node::Set(Set::Kubelets, Scope::Cluster), Node::Tokens(host));
        graph.join(Node::Host(host), Node::Jewel(Jewel::Node));
    }
    let nodes = Node::Group("system:nodes");
    graph.join(Node::Set(Set::Kubelets, Scope::Cluster), nodes);
    let subjects: BTreeSet<Node<'a>> = world.authority.subjects().collect();
    for subject in subjects {
        match subject {
            Node::User(_) => graph.join(Node::Set(Set::Users, Scope::Cluster), subject),
            Node::Group("system:masters") => {}
            Node::Group(_) => graph.join(Node::Set(Set::Groups, Scope::Cluster), subject),
            _ => {}
        }
    }
    for (number, permissions) in (0_u32..).zip(world.authority.permissions()) {
        // A binding of a namespace to a cluster role is power over the namespace, said elsewhere.
        if permissions.scope == Scope::Cluster || permissions.role.kind == RoleKind::Role {
            let set = Node::Set(Set::Roles, permissions.scope);
            graph.join(set, Node::Permissions(number));
        }
    }
    graph.join(Node::ClusterAdmin, Node::Jewel(Jewel::Cluster));
    for node in graph.named_so_far() {
        match node {
            Node::Cloud(_) => graph.join(node, Node::Jewel(Jewel::Beyond)),
            Node::Namespace(_) => graph.join(node, Node::Jewel(Jewel::Namespace)),
            _ => {}
        }
    }
}

/// A workload that is labelled so, or whose image is that of a database.
fn is_crown_jewel(pods: &Pods<'_>) -> bool {
    let label = pods
        .view
        .label(CROWN_JEWEL)
        .or_else(|| pods.view.object.label(CROWN_JEWEL));
    match label {
        Some(value) => value == "true",
        None => pods.view.containers.iter().any(|container| {
            let image = container.value.text("image").unwrap_or_default();
            let repository = image.rsplit('/').next().unwrap_or(image);
            let name = repository.split([':', '@']).next().unwrap_or(repository);
            DATABASES.contains(&name)
        }),
    }
}

/// Images of databases; what only keeps copies (caches) is not among them.
const DATABASES: &[&str] = &[
    "cassandra",
    "clickhouse-server",
    "cockroach",
    "couchdb",
    "elasticsearch",
    "influxdb",
    "mariadb",
    "mongo",
    "mongodb",
    "mssql-server",
    "mysql",
    "mysql-server",
    "neo4j",
    "opensearch",
    "percona",
    "postgres",
    "postgresql",
    "scylla",
    "timescaledb",
    "vault",
];
