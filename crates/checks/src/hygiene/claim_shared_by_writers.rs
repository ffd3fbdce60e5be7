//! Claims that many nodes may write to.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A volume claim may be written from many nodes
    ///
    /// What several pods write to is a way from one to the other: a compromised pod plants files
    /// that its neighbours read or run, and ransomware in one of them takes the data of all. Most
    /// shared file systems do not authenticate the pod either.
    ///
    /// **Fix:** Where one pod writes, say so; others may read (`ReadOnlyMany`):
    /// ```yaml
    /// spec:
    ///   accessModes: [ReadWriteOncePod]
    /// ```
    "HYG-108" {
        severity: Info,
        rows: ["H12"],
        fails: [
            r"
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: a}
spec: {accessModes: [ReadOnlyMany, ReadWriteMany]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: a}
spec: {accessModes: [ReadWriteOnce, ReadOnlyMany]}
",
        ],
        run: Objects(&[Kind::PersistentVolumeClaim], run),
    }
}

fn run(claim: &Object, _: &Context<'_>, found: &mut Findings) {
    let modes = claim.value().list("spec.accessModes");
    if let Some(index) = modes.iter().position(|mode| mode == "ReadWriteMany") {
        found.at(
            FieldPath::root().join("spec.accessModes").index(index),
            "ReadWriteMany lets many pods write",
        );
    }
}
