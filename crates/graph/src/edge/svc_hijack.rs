//! `SVC_HIJACK`: a role answers in the name of a Service.

use std::collections::{BTreeMap, BTreeSet};

use catseye_model::{Fields, Kind};

use crate::ask::Ask;
use crate::authority::Grant;
use crate::build::{Builder, Evidence};
use crate::edge::secret_mount::held;
use crate::node::{Node, Scope, Set};
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A role answers in the name of a Service
    ///
    /// `update` or `patch` of `services` (the selector) or `endpoints`, `create`, `update` or `patch` of `endpointslices`, or
    /// `update` or `patch` of `pods/status` (labels and addresses of pods): who asks the Service speaks to the attacker. What
    /// is gained is what the clients send or take, where objects show it:
    ///
    /// - a mutating webhook: what the API server stores. A validating one that is asked about secrets: secrets. (The
    ///   certificate protects, unless it can be read too.)
    /// - a registry, by whose name images without a digest are pulled: what runs in these containers.
    /// - any Service that a container's variables name, beside variables from a Secret: that Secret, sent as a password.
    ///
    /// Visitors' sessions are lost too, but no object shows them. `externalIPs` and the status of load balancers
    /// (CVE-2020-8554) draw traffic to other addresses; the checks name who may write them.
    ///
    /// **Fix:** Take the rule out, or give the Service a namespace of its own.
    "SVC_HIJACK" {
        attack: "T1557",
        success: 20,
        says: "{from} may take a Service's place, and so gains what its clients send or take: {to}",
        trace: "audit log: update or patch services, endpoints, endpointslices or pods/status",
        has: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: w}
webhooks: [{name: w.example.com, clientConfig: {service: {name: w, namespace: shop}}}]
---
apiVersion: v1
kind: Service
metadata: {name: w, namespace: shop}
spec: {selector: {app: w}, ports: [{port: 443}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: ['discovery.k8s.io'], resources: [endpointslices], verbs: [update]}
",
            r"
apiVersion: v1
kind: Service
metadata: {name: db, namespace: data}
spec: {selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - name: app
    image: i
    env: [{name: URL, value: 'postgres://app@db.data.svc.cluster.local:5432/app'}, {name: PASSWORD, valueFrom: {secretKeyRef: {name: login, key: p}}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: data}
rules:
- {apiGroups: [''], resources: [services], verbs: [patch], resourceNames: [db]}
",
            r"
apiVersion: v1
kind: Service
metadata: {name: registry, namespace: ci}
spec: {clusterIP: 10.96.0.50, selector: {app: registry}, ports: [{port: 5000}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: '10.96.0.50:5000/app:1'}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: ci}
rules:
- {apiGroups: [''], resources: [endpoints], verbs: [update]}
",
        ],
        lacks: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: w}
webhooks: [{name: w.example.com, clientConfig: {service: {name: w, namespace: shop}}}]
---
apiVersion: v1
kind: Service
metadata: {name: w, namespace: shop}
spec: {selector: {app: w}, ports: [{port: 443}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: other}
rules:
- {apiGroups: ['discovery.k8s.io'], resources: [endpointslices], verbs: [update]}
",
            r"
apiVersion: v1
kind: Service
metadata: {name: db, namespace: data}
spec: {selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - name: app
    image: i
    env: [{name: URL, value: 'postgres://app@db:5432/app'}, {name: PASSWORD, valueFrom: {secretKeyRef: {name: login, key: p}}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: data}
rules:
- {apiGroups: [''], resources: [services], verbs: [patch]}
",
            r"
apiVersion: v1
kind: Service
metadata: {name: registry, namespace: ci}
spec: {clusterIP: 10.96.0.50, selector: {app: registry}, ports: [{port: 5000}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: '10.96.0.50:5000/app@sha256:0000000000000000000000000000000000000000000000000000000000000000'}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: ci}
rules:
- {apiGroups: [''], resources: [endpoints], verbs: [update]}
",
        ],
        derive: derive,
    }
}

/// A Service.
type Name<'a> = (&'a str, &'a str);

/// What its clients send or take, each with what shows it.
type Gains<'a> = BTreeMap<Name<'a>, BTreeSet<(Node<'a>, Evidence)>>;

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let writers: Vec<(Grant<'a>, bool)> = WRITES
        .iter()
        .flat_map(|(ask, by_service)| {
            let grants = world.authority.grants(*ask);
            grants.into_iter().map(|grant| (grant, *by_service))
        })
        .collect();
    if writers.is_empty() {
        return;
    }
    let mut gains = Gains::new();
    of_webhooks(world, graph, &mut gains);
    of_clients(world, graph, &mut gains);
    if gains.is_empty() {
        return;
    }
    // What a Service's clients give away hangs under the Service, whoever may write it.
    let mut open: BTreeSet<Name<'a>> = BTreeSet::new();
    for (grant, by_service) in &writers {
        for name in gains.keys() {
            if takes(grant, *by_service, *name) {
                open.insert(*name);
                graph.granted(grant, Node::Asked(name.0, name.1));
            }
        }
    }
    for name in open {
        for (to, place) in gains.get(&name).into_iter().flatten() {
            graph.premise(Node::Asked(name.0, name.1), *to, *place, NO_FIX);
        }
    }
}

/// True when the rule lets its holder take the place of the Service.
fn takes(grant: &Grant<'_>, by_service: bool, (namespace, name): Name<'_>) -> bool {
    match &grant.names {
        None => grant.covers(namespace, name),
        // Slices are named after the Service, with an ending.
        Some(names) if by_service => {
            let in_scope = grant.scope == Scope::Cluster || grant.scope == Scope::Namespace(namespace);
            in_scope && names.iter().any(|own| {
                own.strip_prefix(name).is_some_and(|ending| ending.is_empty() || ending.starts_with('-'))
            })
        }
        // Of pods, any one will do; which of them the Service selects is not told by its name.
        Some(_) => false,
    }
}

fn of_webhooks<'a>(world: &World<'a>, graph: &mut Builder<'a>, gains: &mut Gains<'a>) {
    let kinds = [Kind::MutatingWebhookConfiguration, Kind::ValidatingWebhookConfiguration];
    for (kind, (id, configuration)) in kinds
        .into_iter()
        .flat_map(|kind| world.inventory.of_kind(kind).map(move |found| (kind, found)))
    {
        for (index, webhook) in configuration.value().list("webhooks").iter().enumerate() {
            let service = webhook.at("clientConfig.service");
            let (Some(namespace), Some(name)) = (service.text("namespace"), service.text("name")) else {
                continue;
            };
            let sees_secrets = webhook.list("rules").iter().any(|rule| {
                rule.texts("resources").any(|resource| matches!(resource, "*" | "*/*" | "secrets"))
                    && rule.texts("apiGroups").any(|group| matches!(group, "*" | ""))
            });
            let to = match kind {
                Kind::MutatingWebhookConfiguration => Node::ClusterAdmin,
                _ if sees_secrets => Node::Set(Set::Secrets, Scope::Cluster),
                _ => continue,
            };
            let place = graph.at_text(Some(id), &format!("webhooks[{index}].clientConfig.service"));
            gains.entry((namespace, name)).or_default().insert((to, place));
        }
    }
}

/// What pods send to Services or take from them, as far as images and variables tell.
fn of_clients<'a>(world: &World<'a>, graph: &mut Builder<'a>, gains: &mut Gains<'a>) {
    let mut addresses: BTreeMap<&str, Name<'a>> = BTreeMap::new();
    let mut names: BTreeSet<Name<'a>> = BTreeSet::new();
    for (_, service) in world.inventory.of_kind(Kind::Service) {
        let own = (service.namespace(), service.name());
        names.insert(own);
        if let Some(address) = service.value().text("spec.clusterIP").filter(|text| *text != "None") {
            addresses.insert(address, own);
        }
    }
    let find = |host: &'a str, namespace: &'a str| -> Option<Name<'a>> {
        if let Some(found) = addresses.get(host) {
            return Some(*found);
        }
        let mut parts = host.split('.');
        let name = parts.next()?;
        let space = parts.next().unwrap_or(namespace);
        if parts.next().is_some_and(|part| part != "svc") {
            return None;
        }
        names.get(&(space, name)).copied()
    };
    for pods in &world.pods {
        let namespace = pods.namespace();
        for (node, container) in pods.containers() {
            let image = container.image.filter(|image| !image.contains('@'));
            if let Some((registry, _)) = image.and_then(|image| image.split_once('/'))
                && let Some(service) = find(host_of(registry), "")
            {
                let place = graph.at(pods.id, &container.path("image"));
                gains.entry(service).or_default().insert((node, place));
            }
            let env = container.path("env");
            let asked: BTreeSet<Name<'a>> = container
                .env()
                .filter_map(|(_, variable)| variable.text("value"))
                .flat_map(hosts)
                .filter_map(|host| find(host, namespace))
                .collect();
            if asked.is_empty() {
                continue;
            }
            for (secret, path) in held(pods, container) {
                let is_variable = path.to_string().contains(".env");
                if !is_variable || !matches!(secret, Node::Secret(..)) {
                    continue;
                }
                let place = graph.at(pods.id, &env);
                for service in &asked {
                    gains.entry(*service).or_default().insert((secret, place));
                }
            }
        }
    }
}

/// The hosts that a variable's value names: `db`, `db:5432`, `tcp://user@db.data:5432/app`, and lists of
/// such.
fn hosts(value: &str) -> impl Iterator<Item = &str> {
    value.split([',', ';', ' ']).filter_map(move |part| {
        let is_address = part.contains("://") || part.contains(':') || part.contains('.');
        let part = part.split_once("://").map_or(part, |(_, rest)| rest);
        let part = part.split(['/', '?']).next()?;
        let host = host_of(part.rsplit('@').next()?);
        // A bare word may be anything; it counts when it is all that the variable says.
        (is_address || host == value).then_some(host).filter(|host| !host.is_empty())
    })
}

fn host_of(text: &str) -> &str {
    text.rsplit_once(':').map_or(text, |(host, _)| host)
}

/// What redirects a Service, and whether the objects written are called after it.
const WRITES: &[(Ask, bool)] = &[
    (Ask { verbs: &["update", "patch"], group: "", resources: &["services", "endpoints"] }, true),
    (
        Ask {
            verbs: &["create", "update", "patch"],
            group: "discovery.k8s.io",
            resources: &["endpointslices"],
        },
        true,
    ),
    (Ask { verbs: &["update", "patch"], group: "", resources: &["pods/status"] }, false),
];
