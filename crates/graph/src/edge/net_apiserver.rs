//! `NET_APISERVER`: a pod speaks to an API server that answers strangers.

use std::net::IpAddr;

use catseye_model::{Fields, Kind};

use crate::build::{Builder, Effort};
use crate::edge::egress::senders;
use crate::edge::server_flags::{flag, programs};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A pod speaks to an API server that answers strangers
    ///
    /// Egress to the API server is open (its addresses in the EndpointSlice or Endpoints `default/kubernetes`; where they are not
    /// known, to every address), and the server answers who shows no credentials: it authorises everything
    /// (`--authorization-mode=AlwaysAllow`), or people bound a role to `system:anonymous` or `system:unauthenticated` and
    /// `--anonymous-auth` is not `false`. A pod needs no token for that.
    ///
    /// **Fix:** Remove the binding; deny egress to the API server for pods that do not use it.
    "NET_APISERVER" {
        attack: "T1210",
        success: 95,
        says: "{from} may speak to the API server without a token, as {to}",
        trace: "audit log: requests of user system:anonymous",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [pods], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: r}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:unauthenticated'}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  automountServiceAccountToken: false
  containers: [{name: app, image: i}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver-n, namespace: kube-system}
spec:
  nodeName: n
  hostNetwork: true
  containers: [{name: kube-apiserver, image: i, command: [kube-apiserver, --authorization-mode=AlwaysAllow]}]
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
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [pods], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: r}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:unauthenticated'}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.1.0.0/16}}]}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}
addressType: IPv4
endpoints: [{addresses: [10.2.0.1]}]
ports: [{port: 6443}]
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
metadata: {name: kube-apiserver-n, namespace: kube-system}
spec:
  nodeName: n
  hostNetwork: true
  containers: [{name: kube-apiserver, image: i, command: [kube-apiserver, '--authorization-mode=Node,RBAC']}]
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
    let mut gains: Vec<(Node<'a>, crate::build::Evidence, u32)> = Vec::new();
    let mut refuses_strangers = false;
    for (pods, container) in programs(world, "kube-apiserver") {
        let anonymous = flag(container, "anonymous-auth");
        if anonymous.is_some_and(|(_, value)| value == "false") {
            refuses_strangers = true;
        }
        let modes = flag(container, "authorization-mode");
        if let Some((path, modes)) = modes
            && modes.split(',').any(|mode| mode == "AlwaysAllow")
        {
            let place = graph.at(pods.id, &path);
            let fix = graph.fix(place, "write `--authorization-mode=Node,RBAC`", Effort::Medium);
            gains.push((Node::ClusterAdmin, place, fix));
        }
    }
    if refuses_strangers {
        gains.clear();
    } else {
        for (subject, binding, index) in world.authority.bound_by_people() {
            if matches!(subject, Node::User("system:anonymous") | Node::Group("system:unauthenticated")) {
                let place = graph.at_text(Some(binding), &format!("subjects[{index}]"));
                let fix = graph.fix(place, "remove this subject from the binding", Effort::Low);
                gains.push((subject, place, fix));
            }
        }
    }
    if gains.is_empty() {
        return;
    }
    let (addresses, port) = server(world);
    let mut open = senders(world, &addresses, port);
    for (server, _) in programs(world, "kube-apiserver") {
        open.remove(&server.id);
    }
    for pods in world.pods.iter().filter(|pods| open.contains(&pods.id)) {
        for (node, _) in pods.containers() {
            for (to, place, fix) in &gains {
                graph.arc(node, *to, *place, *fix);
            }
        }
    }
}

/// Where the API server listens: policies judge the address behind the Service `kubernetes`.
fn server(world: &World<'_>) -> (Vec<IpAddr>, u16) {
    let mut addresses = Vec::new();
    let mut port = None;
    let slices = world.inventory.of_kind(Kind::EndpointSlice).filter(|(_, slice)| {
        slice.namespace() == "default" && slice.label("kubernetes.io/service-name") == Some("kubernetes")
    });
    for (_, slice) in slices {
        for endpoint in slice.value().list("endpoints") {
            addresses.extend(endpoint.texts("addresses").filter_map(|text| text.parse::<IpAddr>().ok()));
        }
        port = port.or_else(|| slice.value().list("ports").first()?.integer("port"));
    }
    if let Some(endpoints) = world.inventory.find(Kind::Endpoints, "default", "kubernetes") {
        for subset in endpoints.value().list("subsets") {
            let texts = subset.list("addresses").iter().filter_map(|entry| entry.text("ip"));
            addresses.extend(texts.filter_map(|text| text.parse::<IpAddr>().ok()));
            port = port.or_else(|| subset.list("ports").first()?.integer("port"));
        }
    }
    let port = port.and_then(|port| u16::try_from(port).ok());
    (addresses, port.unwrap_or(6443))
}
