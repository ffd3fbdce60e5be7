//! Trust in images: where they come from, that they cannot change, and who has signed them.

use catseye_model::{ImageReference, PodView, Severity};

use super::config::Images;
use super::ruling::{Effect, Objection, Origin};
use super::signature::Signed;

/// What images must be, with the signatures that were given.
#[derive(Debug, Clone, Default)]
pub struct SignedImages {
    /// The configuration.
    pub config: Images,
    /// What the keys have signed.
    pub signed: Signed,
}

impl SignedImages {
    /// What is wrong with the images of a pod.
    pub(crate) fn objections(&self, pod: &PodView<'_>, into: &mut Vec<Objection>) {
        let Images {
            allowed,
            digests,
            signed,
            ..
        } = &self.config;
        if allowed.is_empty() && !digests && signed.is_empty() {
            return;
        }
        for used in pod.images() {
            let text = used.text;
            let mut object = |id: &str, message: String, fix: &str| {
                into.push(Objection {
                    origin: Origin::Image,
                    id: id.to_owned(),
                    message,
                    field: used.path().to_string(),
                    fix: fix.to_owned(),
                    severity: Severity::High,
                    elsewhere: None,
                    accepted: None,
                    effect: Effect::Deny,
                });
            };
            let Ok(image) = ImageReference::parse(text) else {
                object(
                    "image-unreadable",
                    format!("{text:?} is no image reference"),
                    "write registry/repository:tag@digest",
                );
                continue;
            };
            if !allowed.is_empty() && !allowed.iter().any(|place| image.is_in(place)) {
                object(
                    "image-registry",
                    format!(
                        "{text} comes from {}, which is not allowed",
                        image.registry()
                    ),
                    &format!("take the image from {}", allowed.join(" or ")),
                );
            }
            let must_be_signed = signed.iter().any(|place| image.is_in(place));
            match image.digest() {
                None if *digests || must_be_signed => object(
                    "image-digest",
                    format!("{text} names no digest, so what runs may change"),
                    "write name@sha256:…, as `docker buildx imagetools inspect` shows it",
                ),
                Some(digest) if must_be_signed && !self.signed.has(&digest.to_string()) => object(
                    "image-signature",
                    format!("{text} is signed by none of the given keys"),
                    "sign it with `cosign sign --key`, and give the hub what `cosign download signature` prints",
                ),
                _ => {}
            }
        }
    }
}
