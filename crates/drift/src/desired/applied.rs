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
        match of(object) {
            Some(Ok(applied)) => into.add(applied, Source::LastApplied),
            Some(Err(())) => unreadable += 1,
            None => {}
        }
    }
    unreadable
}

/// What an object says was last applied to it; `Err` where that cannot be read or names another object.
pub fn of(object: &Object) -> Option<Result<Object, ()>> {
    let text = object.annotation(LAST_APPLIED)?;
    let applied = serde_json::from_str::<Value>(text)
        .ok()
        .and_then(|value| Object::new(value, None).ok())
        .filter(|applied| applied.name() == object.name());
    Some(applied.ok_or(()))
}
