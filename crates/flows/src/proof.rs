//! The proof of a policy: every observed flow asked again, of the policies as they would then be.

use catseye_model::{Inventory, Object};
use catseye_netpol::Reach;
use serde_json::Value;

use crate::judge::Workloads;
use crate::map::{Edge, FlowMap};

/// What would become of the observed flows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof<'m> {
    /// Observed flows of which something can be said.
    pub flows: u64,
    /// Edges that would break.
    pub broken: Vec<Broken<'m>>,
    /// Flows of which nothing can be said: from nodes, or between ends that are not known.
    pub not_evaluable: u64,
    /// Flows that were refused already.
    pub already_refused: u64,
}

/// An edge that passes now and would not any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken<'m> {
    /// The edge.
    pub edge: &'m Edge,
    /// How many flows of it were observed.
    pub flows: u64,
}

impl Proof<'_> {
    /// How many observed flows would break.
    pub fn broken_flows(&self) -> u64 {
        self.broken.iter().map(|it| it.flows).sum()
    }
}

/// Asks every observed flow of the cluster's policies together with `added`, which replace policies of
/// the same name.
pub fn prove<'m>(map: &'m FlowMap<'_>, added: &[Value]) -> Proof<'m> {
    let after = with(map.inventory(), added);
    let reach = Reach::of(&after);
    let workloads = Workloads::of(
        &reach,
        &FlowMap::new(&after, &reach, crate::Limits::default()),
    );
    let mut proof = Proof {
        flows: 0,
        broken: Vec::new(),
        not_evaluable: 0,
        already_refused: 0,
    };
    for edge in map.edges() {
        let flows = edge.count.max(1);
        if edge.was_refused() {
            proof.already_refused += flows;
            continue;
        }
        match workloads.passes(&reach, edge) {
            None => proof.not_evaluable += flows,
            Some(true) => proof.flows += flows,
            Some(false) => {
                proof.flows += flows;
                proof.broken.push(Broken { edge, flows });
            }
        }
    }
    proof
}

/// The cluster with these policies in it.
fn with(inventory: &Inventory, added: &[Value]) -> Inventory {
    let added: Vec<Object> = added
        .iter()
        .filter_map(|value| Object::new(value.clone(), None).ok())
        .collect();
    let replaced = |object: &Object| {
        added.iter().any(|it| {
            it.kind() == object.kind()
                && it.namespace() == object.namespace()
                && it.name() == object.name()
        })
    };
    let mut objects: Vec<Object> = inventory
        .objects()
        .map(|(_, object)| object)
        .filter(|object| !replaced(object))
        .cloned()
        .collect();
    objects.extend(added);
    Inventory::new(objects, inventory.completeness())
}
