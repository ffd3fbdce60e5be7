//! Images from places where none came from before.

use std::collections::BTreeSet;

use catseye_model::{Fields, Inventory, Kind, PodView, Severity};

use super::edit::registry;
use super::{Saying, Surroundings};
use crate::inbox::{Clue, Source};
use crate::live::ObjectChange;

/// Registries from which images have come.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    registries: BTreeSet<String>,
    seeded: bool,
}

impl Origins {
    /// What runs when the hub begins to look is what there is.
    pub(crate) fn seed(&mut self, inventory: &Inventory) {
        for (_, object) in inventory.objects() {
            if let Some(pod) = PodView::of(object) {
                self.registries.extend(
                    pod.containers
                        .iter()
                        .filter_map(|it| it.image)
                        .map(registry),
                );
            }
        }
        self.seeded = true;
    }

    pub(super) fn clue(
        &mut self,
        change: &ObjectChange,
        around: &Surroundings<'_>,
    ) -> Option<Clue> {
        let after = change.after.as_ref()?;
        if !change.key.known_kind().is_workload() {
            return None;
        }
        let pod = PodView::of(after)?;
        let mut new: Vec<(String, String)> = Vec::new();
        for image in pod.containers.iter().filter_map(|it| it.image) {
            let registry = registry(image);
            if self.registries.insert(registry.clone()) {
                new.push((registry, image.to_owned()));
            }
        }
        // What a ReplicaSet or a pod runs was said of its owner a moment before.
        let owned =
            after.value().has("metadata.ownerReferences") && change.key.known_kind() != Kind::Job;
        let (registry, image) = new.first()?;
        if !self.seeded || owned {
            return None;
        }
        let by_hand = around.author.is_none_or(|author| author.is_human);
        let saying = Saying {
            source: Source::Supply,
            id: "CHG-020",
            title: "Image from a registry never used before",
            sentence: format!(
                "runs in {} an image from {registry}, from which none came before: {image}",
                change.key
            ),
            severity: if by_hand {
                Severity::High
            } else {
                Severity::Medium
            },
            fields: vec![("image".to_owned(), image.clone())],
            advice: format!(
                "Say whether images may come from {registry} (validate); else change {} back, and let \
                 admission refuse other registries.",
                change.key
            ),
            role: "changed",
            to_validate: true,
        };
        Some(saying.clue(change, around))
    }
}
