//! The manifests from which the recorded shop's delivery deployed, at the times of the snapshots.

use std::collections::BTreeMap;

use catseye_drift::{DesiredState, Source};
use catseye_model::{Object, RedactionKey, redact, yaml};

/// Of every time, the files that are others than at the time before: name and text.
const SHOP: &[&[(&str, &str)]] = include!(concat!(env!("OUT_DIR"), "/desired.rs"));

/// The shop's manifests as they were at a snapshot, by its place among them.
pub(super) fn shop(place: usize, key: &RedactionKey) -> DesiredState {
    let mut files: BTreeMap<&str, &str> = BTreeMap::new();
    for changed in SHOP.iter().take(place + 1) {
        files.extend(changed.iter().copied());
    }
    let mut state = DesiredState::default();
    for (name, text) in files {
        for document in yaml::documents(text) {
            let Ok(mut value) = document.content else {
                continue;
            };
            redact(&mut value, key);
            let (objects, _) = Object::read(value, None);
            for object in objects {
                let place = format!("{name}:{}", document.line);
                state.add(object, Source::File(place));
            }
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_snapshot_has_its_manifests() {
        let key = RedactionKey::new([1; 32]);
        assert_eq!(SHOP.len(), 7);
        for place in 0..SHOP.len() {
            let state = shop(place, &key);
            assert_eq!(state.len(), 199, "T{}", place + 1);
            assert_eq!(state.repeated, []);
        }
    }
}
