//! Inventories from short texts, and answers as short texts.

use catseye_model::{Completeness, Inventory, Object, yaml};
use catseye_netpol::{Connection, Party, Reach};

/// The Inventory of a text of manifests.
pub(crate) fn inventory(text: &str) -> Inventory {
    let objects = yaml::documents(text)
        .into_iter()
        .flat_map(|document| {
            let value = document.content.expect("a fixture is valid YAML");
            let (objects, errors) = Object::read(value, None);
            assert!(errors.is_empty(), "{errors:?}");
            objects
        })
        .collect();
    Inventory::new(objects, Completeness::Tree)
}

/// A Deployment's manifest: `namespace/app`, with more fields of the pod spec.
pub(crate) fn deployment(namespace: &str, app: &str, spec: &str) -> String {
    format!(
        "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {app}, namespace: {namespace}}}
spec:
  template:
    metadata: {{labels: {{app: {app}}}}}
    spec: {{{spec}}}
"
    )
}

/// A `NetworkPolicy`'s manifest.
pub(crate) fn policy(namespace: &str, name: &str, spec: &str) -> String {
    format!(
        "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: {name}, namespace: {namespace}}}
spec: {spec}
"
    )
}

/// One line a connection: `shop/web => shop/db : TCP 5432`.
pub(crate) fn lines(reach: &Reach) -> Vec<String> {
    reach
        .connections()
        .iter()
        .map(|connection| line(reach, connection))
        .collect()
}

fn line(reach: &Reach, connection: &Connection) -> String {
    let party = |party: &Party| match party {
        Party::Addresses(addresses) => addresses.to_string(),
        Party::Workload(id) => {
            let workload = reach.workload(*id);
            format!("{}/{}", workload.namespace, workload.name)
        }
    };
    format!(
        "{} => {} : {}",
        party(&connection.source),
        party(&connection.destination),
        connection.ports
    )
}
