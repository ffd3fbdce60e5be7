//! Images from places where none came from before.

use std::collections::BTreeSet;

use catseye_model::{Fields, ImageReference, Object, PodView, Severity};

use super::edit::registry;
use super::{Saying, Surroundings};
use crate::inbox::{Clue, Source};
use crate::live::ObjectChange;

/// Registries and repositories from which images have come.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    registries: BTreeSet<String>,
    repositories: BTreeSet<String>,
    seeded: bool,
}

impl Origins {
    /// What runs when the hub begins to look is what there is.
    pub(crate) fn seed(&mut self, object: &Object) {
        let pod = PodView::of(object);
        for image in pod.iter().flat_map(images) {
            self.registries.insert(registry(image));
            self.repositories.insert(repository(image));
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
        let mut found: Option<(bool, String, String)> = None;
        for image in images(&pod) {
            let (registry, repository) = (registry(image), repository(image));
            let new_registry = self.registries.insert(registry.clone());
            let new_repository = self.repositories.insert(repository.clone());
            if !new_repository || found.as_ref().is_some_and(|it| it.0) {
                continue;
            }
            let place = if new_registry { registry } else { repository };
            found = Some((new_registry, place, image.to_owned()));
        }
        let (new_registry, place, image) = found?;
        // What a ReplicaSet or a pod runs was said of its owner a moment before.
        let owned = after.value().has("metadata.ownerReferences");
        if !self.seeded || owned {
            return None;
        }
        let by_hand = around.author.is_none_or(|author| author.is_human);
        let severity = match (new_registry, by_hand) {
            (true, true) => Severity::High,
            (true, false) | (false, true) => Severity::Medium,
            (false, false) => Severity::Low,
        };
        let (id, title) = if new_registry {
            ("CHG-020", "Image from a registry never used before")
        } else {
            ("CHG-021", "Image from a repository never used before")
        };
        let saying = Saying {
            source: Source::Supply,
            id,
            title,
            sentence: format!(
                "runs {image} in {}, the first image ever from {place}",
                change.key
            ),
            severity,
            fields: vec![("image".to_owned(), image)],
            advice: format!(
                "Say whether images may come from {place} (validate); else change {} back, and let \
                 admission refuse other places.",
                change.key
            ),
            role: "changed",
            to_validate: true,
        };
        Some(saying.clue(change, around))
    }
}

fn images<'a>(pod: &PodView<'a>) -> Vec<&'a str> {
    pod.containers.iter().filter_map(|it| it.image).collect()
}

/// The registry and the name of an image, without tag and digest.
fn repository(image: &str) -> String {
    ImageReference::parse(image).map_or_else(
        |_| image.to_owned(),
        |image| format!("{}/{}", image.registry(), image.repository()),
    )
}
