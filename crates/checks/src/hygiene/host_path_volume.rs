//! Persistent volumes that are folders of a node.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A persistent volume is a folder of a node
    ///
    /// A `hostPath` volume gives every pod that claims it a part of the node's file system, past
    /// the Pod Security Standards, which forbid `hostPath` in pods but do not look at claims. A
    /// folder such as `/` or `/etc` is the node itself; and after a move to another node the data
    /// is not there.
    ///
    /// **Fix:** Use a provisioner, or a `local` volume on a disk of its own with node affinity:
    /// ```yaml
    /// spec:
    ///   local:
    ///     path: /mnt/disks/ssd1
    /// ```
    "HYG-109" {
        severity: Medium,
        rows: ["H12"],
        fails: [
            r"
apiVersion: v1
kind: PersistentVolume
metadata: {name: a}
spec: {hostPath: {path: /mnt/data}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: PersistentVolume
metadata: {name: a}
spec: {local: {path: /mnt/disks/ssd1}}
",
        ],
        run: Objects(&[Kind::PersistentVolume], run),
    }
}

fn run(volume: &Object, _: &Context<'_>, found: &mut Findings) {
    let source = volume.value().at("spec.hostPath");
    if source.is_object() {
        let path = source.text("path").unwrap_or_default();
        found.at(
            FieldPath::root().join("spec.hostPath.path"),
            format!("is the folder {path} of a node"),
        );
    }
}
