//! Persistent volumes of an unencrypted class.

use catseye_model::{FieldPath, Fields, Kind, Object};

use super::storage_encryption::{Encryption, of_class};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A persistent volume is not encrypted
    ///
    /// The class of the volume leaves encryption at rest off, so whoever gets at the disk, a snapshot
    /// of it or the provider's storage reads the data.
    ///
    /// **Fix:** Make a class that encrypts, move the data to a volume of that class, and delete
    /// this one:
    /// ```yaml
    /// spec:
    ///   storageClassName: gp3-encrypted
    /// ```
    "HYG-012" {
        severity: Medium,
        rows: ["H12"],
        fails: [
            r"
apiVersion: v1
kind: PersistentVolume
metadata: {name: a}
spec: {storageClassName: gp3}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: gp3}
provisioner: ebs.csi.aws.com
parameters: {type: gp3}
",
        ],
        passes: [
            r#"
apiVersion: v1
kind: PersistentVolume
metadata: {name: a}
spec: {storageClassName: gp3}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: gp3}
provisioner: ebs.csi.aws.com
parameters: {type: gp3, encrypted: "true"}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: b}
spec: {storageClassName: azure}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: azure}
provisioner: disk.csi.azure.com
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: c}
spec: {storageClassName: not-here}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: d}
spec: {nfs: {server: s, path: /}}
"#,
        ],
        run: Objects(&[Kind::PersistentVolume], run),
    }
}

fn run(volume: &Object, context: &Context<'_>, found: &mut Findings) {
    let Some(name) = volume
        .value()
        .text("spec.storageClassName")
        .filter(|name| !name.is_empty())
    else {
        found.unknown("a volume without a class does not say how it is encrypted");
        return;
    };
    let Some(class) = context.inventory.find(Kind::StorageClass, "", name) else {
        found.unknown(format!("StorageClass {name} is not among the objects"));
        return;
    };
    match of_class(class) {
        Encryption::On => {}
        Encryption::Off(_) => found.at(
            FieldPath::root().join("spec.storageClassName"),
            format!("StorageClass {name} does not encrypt"),
        ),
        Encryption::Unknown => found.unknown("the provisioner does not say how it encrypts"),
    }
}
