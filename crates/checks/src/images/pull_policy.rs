//! The pull policy that the API server gives a container.

use std::fmt;

use catseye_model::{Container, Fields, ImageReference};

/// When the kubelet asks the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PullPolicy {
    Always,
    IfNotPresent,
    Never,
}

impl PullPolicy {
    /// As written, else `Always` for the tag `latest` and `IfNotPresent` for all others; see
    /// <https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting>.
    pub(super) fn of(container: &Container<'_>, image: &ImageReference<'_>) -> Self {
        match container.value.text("imagePullPolicy") {
            Some("Always") => PullPolicy::Always,
            Some("Never") => PullPolicy::Never,
            Some("IfNotPresent") => PullPolicy::IfNotPresent,
            _ if image.effective_tag() == Some("latest") => PullPolicy::Always,
            _ => PullPolicy::IfNotPresent,
        }
    }
}

impl fmt::Display for PullPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PullPolicy::Always => "Always",
            PullPolicy::IfNotPresent => "IfNotPresent",
            PullPolicy::Never => "Never",
        })
    }
}

/// A tag without any digit names no version.
pub(super) fn is_moving(tag: &str) -> bool {
    !tag.bytes().any(|b| b.is_ascii_digit())
}
