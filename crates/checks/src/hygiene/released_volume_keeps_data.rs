//! Volumes that outlive their claims.

use catseye_model::{FieldPath, Fields, Kind, Object, Severity};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A persistent volume keeps its data after its claim
    ///
    /// With the reclaim policy `Retain` the data, with the secrets and personal data in it, stays
    /// when the claim is deleted, and nobody is responsible for it any more. Once somebody clears
    /// the reference to the old claim, the next claim reads it.
    ///
    /// **Fix:** For data that need not outlive its application let the volume go with the claim;
    /// delete released volumes after a backup:
    /// ```yaml
    /// spec:
    ///   persistentVolumeReclaimPolicy: Delete
    /// ```
    "HYG-110" {
        severity: Info,
        rows: ["H12"],
        fails: [
            r"
apiVersion: v1
kind: PersistentVolume
metadata: {name: a}
spec: {persistentVolumeReclaimPolicy: Retain, claimRef: {name: data, namespace: shop}}
status: {phase: Released}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: a}
provisioner: ebs.csi.aws.com
reclaimPolicy: Retain
",
        ],
        passes: [
            r"
apiVersion: v1
kind: PersistentVolume
metadata: {name: in-use}
spec: {persistentVolumeReclaimPolicy: Retain}
status: {phase: Bound}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: a}
spec: {persistentVolumeReclaimPolicy: Delete}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: a}
provisioner: ebs.csi.aws.com
",
        ],
        run: Objects(&[Kind::PersistentVolume, Kind::StorageClass], run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let value = object.value();
    if object.kind() == Kind::StorageClass {
        if value.text("reclaimPolicy") == Some("Retain") {
            let path = FieldPath::root().join("reclaimPolicy");
            found.at(path, "its volumes keep their data after their claims");
        }
        return;
    }
    let retains = value.text("spec.persistentVolumeReclaimPolicy") == Some("Retain");
    if retains && value.text("status.phase") == Some("Released") {
        found.at_severity(
            Severity::Low,
            FieldPath::root().join("spec.persistentVolumeReclaimPolicy"),
            "was released and keeps its data",
        );
    }
}
