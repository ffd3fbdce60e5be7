//! `SVC_HIJACK`: a role answers in the name of a webhook.

use std::collections::BTreeSet;

use catseye_model::{Fields, Kind};

use crate::ask::Ask;
use crate::build::Builder;
use crate::node::Node;
use crate::world::World;

edge! {
    /// A role answers in the name of a webhook
    ///
    /// Writing services, endpoints or endpoint slices in the namespace of a mutating webhook's Service sends the API server's
    /// questions elsewhere. (The certificate protects, unless it is in a secret that can be read too.)
    ///
    /// **Fix:** Take the rule out, or give the webhook a namespace of its own.
    "SVC_HIJACK" {
        attack: "T1557",
        success: 20,
        says: "{from} may take a webhook's place and answer what is stored: {to}",
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
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let mut served = BTreeSet::new();
    for (_, configuration) in world.inventory.of_kind(Kind::MutatingWebhookConfiguration) {
        for webhook in configuration.value().list("webhooks") {
            let service = webhook.at("clientConfig.service");
            if let (Some(namespace), Some(name)) = (service.text("namespace"), service.text("name")) {
                served.insert((namespace, name));
            }
        }
    }
    if served.is_empty() {
        return;
    }
    for ask in WRITES {
        for grant in world.authority.grants(*ask) {
            let covers = served.iter().any(|(namespace, name)| match grant.names {
                // Slices are named after the Service, with an ending.
                Some(ref names) => names.iter().any(|own| own.starts_with(name)) && grant.covers(namespace, &grant_name(names, name)),
                None => grant.covers(namespace, name),
            });
            if covers {
                graph.granted(&grant, Node::ClusterAdmin);
            }
        }
    }
}

fn grant_name(names: &[&str], service: &str) -> String {
    let found = names.iter().find(|name| name.starts_with(service));
    found.map(|name| (*name).to_owned()).unwrap_or_default()
}

const WRITES: &[Ask] = &[
    Ask { verbs: &["update", "patch"], group: "", resources: &["services", "endpoints"] },
    Ask {
        verbs: &["create", "update", "patch"],
        group: "discovery.k8s.io",
        resources: &["endpointslices"],
    },
];
