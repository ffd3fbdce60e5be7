//! Whether the volumes of a `StorageClass` are encrypted at rest.

use catseye_model::Value;
use catseye_model::{Fields, Object};

/// What a `StorageClass` says about encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// Encrypted, by parameter or because the provider always does.
    On,
    /// Not encrypted; the parameter that would.
    Off(&'static str),
    /// The provider does not say in the class.
    Unknown,
}

/// Provisioners that encrypt only when a parameter says so.
const BY_PARAMETER: [(&str, &str); 7] = [
    ("ebs.csi.aws.com", "encrypted"),
    ("ebs.csi.eks.amazonaws.com", "encrypted"),
    ("kubernetes.io/aws-ebs", "encrypted"),
    ("driver.longhorn.io", "encrypted"),
    ("kubernetes.io/portworx-volume", "secure"),
    ("pxd.portworx.com", "secure"),
    (
        "linodebs.csi.linode.com",
        "linodebs.csi.linode.com/luks-encrypted",
    ),
];

/// Provisioners whose provider encrypts every volume.
const ALWAYS: [&str; 8] = [
    "kubernetes.io/azure-disk",
    "disk.csi.azure.com",
    "kubernetes.io/azure-file",
    "file.csi.azure.com",
    "kubernetes.io/gce-pd",
    "pd.csi.storage.gke.io",
    "filestore.csi.storage.gke.io",
    "dobs.csi.digitalocean.com",
];

pub(super) fn of_class(class: &Object) -> Encryption {
    let provisioner = class.value().text("provisioner").unwrap_or_default();
    if ALWAYS.contains(&provisioner) {
        return Encryption::On;
    }
    // Rook prefixes the drivers of Ceph with the namespace of its operator.
    let ceph = provisioner.ends_with("rbd.csi.ceph.com");
    let parameter = BY_PARAMETER
        .iter()
        .find(|(known, _)| *known == provisioner)
        .map(|(_, parameter)| *parameter)
        .or(ceph.then_some("encrypted"));
    let Some(parameter) = parameter else {
        return Encryption::Unknown;
    };
    let set = class
        .value()
        .at("parameters")
        .as_object()
        .into_iter()
        .flatten()
        // The AWS driver reads its parameters in any case.
        .find(|(key, _)| key.eq_ignore_ascii_case(parameter))
        .is_some_and(|(_, value)| match value {
            Value::String(text) => text.eq_ignore_ascii_case("true"),
            Value::Bool(flag) => *flag,
            _ => false,
        });
    if set {
        Encryption::On
    } else {
        Encryption::Off(parameter)
    }
}
