//! Claims and volumes that nothing uses.

use catseye_model::{FieldPath, Fields, Kind, Object};

use super::mentions::is_orphan;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Nothing uses a volume claim or volume
    ///
    /// No pod mounts the claim, or no claim holds the volume. The data of an application that is
    /// gone lies there unwatched, for whoever may create a pod in the namespace, and costs money.
    ///
    /// **Fix:** Save what is needed, then delete it:
    /// ```sh
    /// kubectl delete pvc NAME
    /// ```
    "HYG-112" {
        severity: Low,
        rows: ["H13"],
        fails: [
            r"# completeness: cluster
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: old, namespace: shop}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: never-claimed}
status: {phase: Available}
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data-db-1, namespace: shop}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  replicas: 2
  volumeClaimTemplates: [{metadata: {name: data}}]
  template: {spec: {containers: [{name: app, image: i}]}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: a}
status: {phase: Bound}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: mounted, namespace: shop}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: backup, namespace: shop}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers: [{name: app, image: i}]
          volumes: [{name: v, persistentVolumeClaim: {claimName: mounted}}]
",
        ],
        run: Objects(&[Kind::PersistentVolumeClaim, Kind::PersistentVolume], run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let path = FieldPath::root().join("metadata.name");
    if object.kind() == Kind::PersistentVolume {
        if object.value().text("status.phase") == Some("Available") {
            found.at(path, "no claim holds it");
        }
    } else if is_orphan(object, context) {
        found.at(path, "no workload mounts it");
    }
}
