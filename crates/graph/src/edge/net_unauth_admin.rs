//! `NET_UNAUTH_ADMIN`: a console that asks for no password.

use catseye_model::{Container, Fields};

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A console that asks for no password
    ///
    /// The image is known to obey whoever reaches it: Redis, Memcached, etcd, Docker's registry and daemon, Jupyter, the Kubernetes
    /// dashboard with its skip button, … as they come. Settings that ask for a password cannot all be seen, so it is a likelihood.
    ///
    /// **Fix:** Ask for a password or a certificate, and admit only who needs it by NetworkPolicy.
    "NET_UNAUTH_ADMIN" {
        attack: "T1133",
        success: 30,
        says: "{from} are spoken to, and such programs obey whoever does: {to}",
        trace: "the program's own log, if it keeps one",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: 'redis:7', ports: [{containerPort: 6379}]}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: nginx, ports: [{containerPort: 80}]}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: 'redis:7', args: [--requirepass, x], ports: [{containerPort: 6379}]}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for (node, container) in pods.containers() {
            let Some(image) = container.image else { continue };
            let repository = image.rsplit('/').next().unwrap_or(image);
            let name = repository.split([':', '@']).next().unwrap_or(repository);
            if !OBEDIENT.contains(&name) || asks_for_password(container) {
                continue;
            }
            let place = graph.at(pods.id, &container.path("image"));
            let fix = graph.fix(place, "have it ask for a password", Effort::Medium);
            graph.arc(Node::Listener(pods.id), node, place, fix);
        }
    }
}

/// True when an argument or a variable speaks of a password or of certificates.
fn asks_for_password(container: &Container<'_>) -> bool {
    let speaks = |text: &str| {
        let text = text.to_ascii_lowercase();
        ["pass", "auth", "token", "tls", "cert"].iter().any(|word| text.contains(word))
    };
    container.argv().any(speaks)
        || container.env().any(|(_, variable)| variable.text("name").is_some_and(speaks))
}

/// Images that start programs, or give data that is code, without asking who asks.
const OBEDIENT: &[&str] = &[
    "base-notebook",
    "docker",
    "dind",
    "etcd",
    "jupyter",
    "kubernetes-dashboard",
    "kubernetes-dashboard-amd64",
    "minimal-notebook",
    "redis",
    "redis-stack",
    "registry",
    "tensorflow-notebook",
    "weave-scope",
    "scope",
];
