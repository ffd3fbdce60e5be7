//! Pods whose claim does not exist.

use catseye_model::{Fields, Kind, PodView};

use super::absence::{Presence, presence};
use super::pod_references::{Reference, visit};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A pod mounts a PersistentVolumeClaim that does not exist
    ///
    /// Its pods wait, unscheduled, until the claim is there. Whoever may create claims in the
    /// namespace then decides which volume, with whose data, they get.
    ///
    /// **Fix:** Create the claim, or let a StatefulSet make one for each pod
    /// (`volumeClaimTemplates`):
    /// ```yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata:
    ///   name: data
    /// spec:
    ///   accessModes: [ReadWriteOnce]
    ///   resources:
    ///     requests:
    ///       storage: 1Gi
    /// ```
    "HYG-117" {
        severity: Medium,
        rows: ["H13"],
        fails: [
            r"# completeness: cluster
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers: [{name: app, image: i}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: absent}}]
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers: [{name: app, image: i}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
",
            r"# completeness: cluster
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a}
spec:
  volumeClaimTemplates: [{metadata: {name: data}}]
  template:
    spec:
      containers: [{name: app, image: i}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: placeholder}}]
",
            r"# completeness: fragment
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers: [{name: app, image: i}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: absent}}]
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    visit(pod.spec, |reference| {
        if reference.kind != Kind::PersistentVolumeClaim || replaced_by_template(pod, &reference) {
            return;
        }
        let name = reference.name;
        match presence(context, reference.kind, pod.object.namespace(), name) {
            Presence::There => {}
            Presence::Unknown => {
                found.unknown(format!(
                    "PersistentVolumeClaim {name} is not among the objects"
                ));
            }
            Presence::Absent(severity) => found.at_severity(
                severity,
                pod.path("").concat(&reference.path()),
                format!("PersistentVolumeClaim {name} does not exist"),
            ),
        }
    });
}

/// A StatefulSet puts the claims that it makes in the place of volumes of the same name.
fn replaced_by_template(pod: &PodView<'_>, reference: &Reference<'_>) -> bool {
    let templates = pod.object.value().list("spec.volumeClaimTemplates");
    !templates.is_empty()
        && pod
            .volumes()
            .filter(|volume| {
                volume.value.text("persistentVolumeClaim.claimName") == Some(reference.name)
            })
            .all(|volume| {
                templates
                    .iter()
                    .any(|template| template.text("metadata.name") == Some(volume.name))
            })
}
