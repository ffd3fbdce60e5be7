//! Routes of Istio that answer certificate authorities and nobody else.
//!
//! An authority asks for proof over plain HTTP and at whatever host the certificate is for (RFC 8555,
//! `http-01`), so what serves it is neither unencrypted nor unbounded by mistake.

use std::collections::HashMap;

use catseye_model::Value;
use catseye_model::{Fields, Inventory, Kind, Object};

use crate::context::{Index, Reads};

const FOLDER: &str = "/.well-known/acme-challenge/";

/// True for a `VirtualService` that routes nothing else.
pub(super) fn is_all_of(service: &Object) -> bool {
    let asks = |condition: &Value| {
        ["uri.prefix", "uri.exact"].iter().any(|field| {
            condition
                .text(field)
                .is_some_and(|uri| uri.starts_with(FOLDER))
        })
    };
    let routes = service.value().list("spec.http");
    let others = ["spec.tcp", "spec.tls"];
    !routes.is_empty()
        && others.iter().all(|field| !service.value().has(field))
        && routes.iter().all(|route| {
            let conditions = route.list("match");
            !conditions.is_empty() && conditions.iter().all(asks)
        })
}

/// Namespace to name of each gateway that a `VirtualService` names, and whether all of those route
/// challenges alone.
#[derive(Debug)]
pub(super) struct ChallengeGateways(HashMap<Box<str>, HashMap<Box<str>, bool>>);

impl Index for ChallengeGateways {
    const READS: Reads = Reads::Kinds(&[Kind::VirtualService]);

    fn build(inventory: &Inventory) -> Self {
        let mut gateways: HashMap<Box<str>, HashMap<Box<str>, bool>> = HashMap::new();
        for (_, service) in inventory.of_kind(Kind::VirtualService) {
            let is_challenge = is_all_of(service);
            for gateway in service.value().list("spec.gateways") {
                let name = gateway.as_str().unwrap_or_default();
                let (namespace, name) = name.split_once('/').unwrap_or((service.namespace(), name));
                *gateways
                    .entry(namespace.into())
                    .or_default()
                    .entry(name.into())
                    .or_insert(true) &= is_challenge;
            }
        }
        ChallengeGateways(gateways)
    }
}

impl ChallengeGateways {
    /// True when routes to the gateway are seen, and all of them are for challenges.
    pub(super) fn contain(&self, gateway: &Object) -> bool {
        let namespace = self.0.get(gateway.namespace());
        namespace.and_then(|names| names.get(gateway.name())) == Some(&true)
    }
}
