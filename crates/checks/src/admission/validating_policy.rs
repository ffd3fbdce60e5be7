//! Admission policies of the API server itself, and their bindings.

use catseye_model::{Completeness, Fields, Inventory, Kind, Object};

/// The policies.
pub(super) const POLICIES: &[Kind] = &[
    Kind::ValidatingAdmissionPolicy,
    Kind::MutatingAdmissionPolicy,
];

/// Their bindings.
pub(super) const BINDINGS: &[Kind] = &[
    Kind::ValidatingAdmissionPolicyBinding,
    Kind::MutatingAdmissionPolicyBinding,
];

/// The kind that binds policies of this kind, and the other way round.
pub(super) fn counterpart(kind: Kind) -> Kind {
    match kind {
        Kind::ValidatingAdmissionPolicy => Kind::ValidatingAdmissionPolicyBinding,
        Kind::MutatingAdmissionPolicy => Kind::MutatingAdmissionPolicyBinding,
        Kind::ValidatingAdmissionPolicyBinding => Kind::ValidatingAdmissionPolicy,
        Kind::MutatingAdmissionPolicyBinding => Kind::MutatingAdmissionPolicy,
        other => other,
    }
}

/// The bindings of a policy.
pub(super) fn bindings_of<'a>(
    policy: &'a str,
    kind: Kind,
    inventory: &'a Inventory,
) -> impl Iterator<Item = &'a Object> {
    inventory
        .of_kind(kind)
        .map(|(_, binding)| binding)
        .filter(move |binding| binding.value().text("spec.policyName") == Some(policy))
}

/// True when an object of this kind that is not among the objects does not exist: in a cluster, or in a
/// folder that holds others of the kind.
pub(super) fn absence_is_certain(kind: Kind, inventory: &Inventory) -> bool {
    match inventory.completeness() {
        Completeness::Cluster => true,
        Completeness::Tree => inventory.of_kind(kind).next().is_some(),
        Completeness::Fragment => false,
    }
}

/// True when the binding refuses what its policy forbids.
pub(super) fn denies(binding: &Object) -> bool {
    binding
        .value()
        .texts("spec.validationActions")
        .any(|action| action == "Deny")
}
