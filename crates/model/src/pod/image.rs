//! The images of a pod: what containers run, and what volumes mount.

use super::container::Container;
use super::volume::Volume;
use crate::fields::Fields;
use crate::path::FieldPath;

/// An image that a pod uses.
#[derive(Debug, Clone, Copy)]
pub struct UsedImage<'p, 'a> {
    /// The reference, as written.
    pub text: &'a str,
    /// The container that runs it; none where a volume mounts it.
    pub container: Option<&'p Container<'a>>,
    volume: Option<Volume<'a>>,
}

impl<'p, 'a> UsedImage<'p, 'a> {
    pub(super) fn run(container: &'p Container<'a>) -> Option<Self> {
        Some(UsedImage {
            text: container.image?,
            container: Some(container),
            volume: None,
        })
    }

    pub(super) fn mounted(volume: Volume<'a>) -> Option<Self> {
        let text = volume.value.text("image.reference")?;
        (!text.is_empty()).then_some(UsedImage {
            text,
            container: None,
            volume: Some(volume),
        })
    }

    /// The path of the reference: `spec.containers[0].image`, `spec.volumes[0].image.reference`.
    pub fn path(&self) -> FieldPath {
        match (self.container, &self.volume) {
            (Some(container), _) => container.path("image"),
            (None, Some(volume)) => volume.path("image.reference"),
            (None, None) => FieldPath::root(),
        }
    }
}
