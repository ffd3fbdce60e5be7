//! What the last client-side `kubectl apply` sent: the object keeps it in an annotation.

use catseye_model::{Inventory, Object, Value};

use super::{DesiredState, Source};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Adds what the objects themselves say was last applied; answers how many could not be read.
///
/// Whoever may write an object may write the annotation too: this is the weakest desired state.
pub fn read(live: &Inventory, into: &mut DesiredState) -> usize {
    let mut unreadable = 0;
    for (_, object) in live.objects() {
        let Some(text) = object.annotation(LAST_APPLIED) else {
            continue;
        };
        let applied = serde_json::from_str::<Value>(text)
            .ok()
            .and_then(|value| Object::new(value, None).ok());
        match applied {
            Some(applied) if applied.name() == object.name() => {
                into.add(applied, Source::LastApplied);
            }
            _ => unreadable += 1,
        }
    }
    unreadable
}
