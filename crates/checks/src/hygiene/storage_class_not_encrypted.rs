//! Storage classes without encryption.

use catseye_model::{FieldPath, Kind, Object};

use super::storage_encryption::{Encryption, of_class};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A storage class does not encrypt its volumes
    ///
    /// Every volume made from the class lies on the provider's disks in the clear, readable from
    /// snapshots and by whoever gets at the storage, unless the account encrypts by default.
    ///
    /// **Fix:** Switch encryption on; it holds for volumes made from then on:
    /// ```yaml
    /// parameters:
    ///   encrypted: "true"
    /// ```
    "HYG-107" {
        severity: Medium,
        rows: ["H12"],
        fails: [
            r#"
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: gp3}
provisioner: ebs.csi.aws.com
parameters: {type: gp3, encrypted: "false"}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: ceph}
provisioner: rook-ceph.rbd.csi.ceph.com
"#,
        ],
        passes: [
            r"
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: gp3}
provisioner: kubernetes.io/aws-ebs
parameters: {Encrypted: true}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: standard}
provisioner: pd.csi.storage.gke.io
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: local}
provisioner: rancher.io/local-path
",
        ],
        run: Objects(&[Kind::StorageClass], run),
    }
}

fn run(class: &Object, _: &Context<'_>, found: &mut Findings) {
    match of_class(class) {
        Encryption::On => {}
        Encryption::Off(parameter) => found.at(
            FieldPath::root().join("parameters").key(parameter),
            "does not encrypt its volumes",
        ),
        Encryption::Unknown => found.unknown("the provisioner does not say how it encrypts"),
    }
}
