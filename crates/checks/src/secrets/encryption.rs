//! What an `EncryptionConfiguration` does to Secrets.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Object};

/// The provider that writes Secrets.
pub(super) struct Writer<'a> {
    /// `identity`, `aescbc`, `aesgcm`, `secretbox` or `kms`.
    pub(super) provider: &'a str,
    /// The provider's own settings.
    pub(super) settings: &'a Value,
    /// Where it stands.
    pub(super) path: FieldPath,
}

/// The provider that writes Secrets: the first of the first entry that covers them; see
/// <https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/>. `None` where no entry does.
pub(super) fn writer_of_secrets(configuration: &Object) -> Option<Writer<'_>> {
    let entries = configuration.value().list("resources");
    let (index, entry) = entries.iter().enumerate().find(|(_, entry)| {
        entry
            .texts("resources")
            .any(|resource| matches!(resource, "secrets" | "*." | "*.*"))
    })?;
    let (provider, settings) = entry.list("providers").first()?.entries("").next()?;
    let path = FieldPath::root()
        .join("resources")
        .index(index)
        .join("providers")
        .index(0)
        .key(provider);
    Some(Writer {
        provider,
        settings,
        path,
    })
}
