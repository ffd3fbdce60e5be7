//! `NET_ETCD`: a pod speaks to an etcd that asks nobody for a certificate.

use catseye_model::{Container, FieldPath, Fields};

use crate::build::{Builder, Effort};
use crate::edge::egress::senders;
use crate::edge::server_flags::{addresses, flag, programs};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A pod speaks to an etcd that asks nobody for a certificate
    ///
    /// The pod of the cluster's etcd listens on more than loopback, in plain text or without `--client-cert-auth` and
    /// `--trusted-ca-file` (flags, or the variables of the same name), and egress to it is open (where the node's address is not
    /// known, to every address). All secrets and all roles are in etcd, to be read and written.
    ///
    /// **Fix:** Start etcd with `--client-cert-auth` and `--trusted-ca-file`; listen on the addresses of the control plane alone.
    "NET_ETCD" {
        attack: "T1210",
        success: 95,
        says: "{from} may speak to etcd, which asks for no certificate, and so rewrites {to}",
        trace: "none: etcd logs no requests, and the audit log does not see them",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: etcd-n, namespace: kube-system}
spec:
  nodeName: n
  hostNetwork: true
  containers: [{name: etcd, image: i, command: [etcd, '--listen-client-urls=http://0.0.0.0:2379']}]
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: etcd-n, namespace: kube-system}
spec:
  nodeName: n
  hostNetwork: true
  containers: [{name: etcd, image: i, command: [etcd, '--listen-client-urls', 'https://10.0.0.5:2379', '--cert-file=/pki/server.crt']}]
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
apiVersion: v1
kind: Pod
metadata: {name: etcd-n, namespace: kube-system}
spec:
  nodeName: n
  hostNetwork: true
  containers: [{name: etcd, image: i, command: [etcd, '--listen-client-urls=https://127.0.0.1:2379,https://10.0.0.5:2379', --client-cert-auth=true, --trusted-ca-file=/pki/ca.crt]}]
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: etcd-n, namespace: kube-system}
spec:
  nodeName: n
  hostNetwork: true
  containers: [{name: etcd, image: i, command: [etcd, '--listen-client-urls=http://127.0.0.1:2379']}]
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
            r"
apiVersion: v1
kind: Node
metadata: {name: n}
status: {addresses: [{type: InternalIP, address: 10.0.0.5}]}
---
apiVersion: v1
kind: Pod
metadata: {name: etcd-n, namespace: kube-system}
spec:
  nodeName: n
  hostNetwork: true
  containers: [{name: etcd, image: i, command: [etcd, '--listen-client-urls=http://0.0.0.0:2379']}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/24]}}]}]}
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
    let servers: Vec<_> = programs(world, "etcd").collect();
    for (server, container) in servers {
        // Without the flag, etcd listens on loopback.
        let Some((path, urls)) = setting(container, "listen-client-urls") else {
            continue;
        };
        let asks = setting(container, "trusted-ca-file").is_some_and(|(_, file)| !file.is_empty())
            || setting(container, "client-cert-auth").is_some_and(|(_, value)| value == "true");
        let open_url = urls.split(',').find(|url| !is_loopback(url) && (url.starts_with("http://") || !asks));
        let Some(url) = open_url else { continue };
        let port = url.rsplit(':').next().and_then(|port| port.trim_end_matches('/').parse().ok());
        let open = senders(world, &addresses(world, server), port.unwrap_or(2379));
        let place = graph.at(server.id, &path);
        let fix = graph.fix(place, "ask clients for certificates: `--client-cert-auth`, `--trusted-ca-file`, https", Effort::Medium);
        for pods in world.pods.iter().filter(|pods| pods.id != server.id && open.contains(&pods.id)) {
            for (node, _) in pods.containers() {
                graph.arc(node, Node::ControlPlane, place, fix);
            }
        }
    }
}

/// A flag of etcd, or the variable that stands for it.
fn setting<'a>(container: &Container<'a>, name: &str) -> Option<(FieldPath, &'a str)> {
    let variable = format!("ETCD_{}", name.replace('-', "_").to_uppercase());
    flag(container, name).or_else(|| {
        let found = container.env().find(|(_, value)| value.text("name") == Some(&variable));
        found.and_then(|(index, value)| Some((container.path("env").index(index), value.text("value")?)))
    })
}

fn is_loopback(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    ["127.", "localhost", "[::1]"].iter().any(|own| host.starts_with(own)) || url.starts_with("unix")
}
