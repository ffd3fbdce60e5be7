//! What a `namespaceSelector` says of one namespace, as far as its labels are known.

use catseye_model::{Completeness, Inventory, Kind, Selector};

/// The label that the API server puts on every namespace.
pub const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Whether the selector selects the namespace; `None` where labels of a namespace that is not among
/// the objects decide.
pub fn selects_namespace(
    inventory: &Inventory,
    selector: &Selector,
    namespace: &str,
) -> Option<bool> {
    let object = inventory.find(Kind::Namespace, "", namespace);
    let mut certain = true;
    for requirement in selector.requirements() {
        let holds = if requirement.key == NAME_LABEL {
            requirement.condition.holds(Some(namespace))
        } else if let Some(object) = object {
            requirement.holds_for(object.labels())
        } else {
            certain = false;
            continue;
        };
        if !holds {
            return Some(false);
        }
    }
    // A cluster that shows none of its Namespace objects shows no labels either.
    certain.then_some(true)
}

/// True when all namespaces there are can be seen.
pub fn all_are_visible(inventory: &Inventory) -> bool {
    inventory.completeness() == Completeness::Cluster
        && inventory.of_kind(Kind::Namespace).next().is_some()
}
