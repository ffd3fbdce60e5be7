//! Pods whose claim does not exist.

use std::collections::HashSet;

use catseye_model::{Fields, Kind, PodView};

use super::absence::{Presence, presence};
use super::pod_references::visit;
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
    let replaced = replaced_by_templates(pod);
    visit(pod.spec, |reference| {
        if reference.kind != Kind::PersistentVolumeClaim || replaced.contains(reference.name) {
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

/// The claims whose volumes are all replaced: a `StatefulSet` puts the claims that it makes in the place of
/// volumes of the same name.
fn replaced_by_templates<'a>(pod: &PodView<'a>) -> HashSet<&'a str> {
    let templates = pod.object.value().list("spec.volumeClaimTemplates");
    if templates.is_empty() {
        return HashSet::new();
    }
    let templates: HashSet<&str> = templates
        .iter()
        .filter_map(|template| template.text("metadata.name"))
        .collect();
    let (mut replaced, mut kept) = (HashSet::new(), HashSet::new());
    for volume in pod.volumes() {
        let Some(claim) = volume.value.text("persistentVolumeClaim.claimName") else {
            continue;
        };
        let is_replaced = templates.contains(volume.name);
        (if is_replaced {
            &mut replaced
        } else {
            &mut kept
        })
        .insert(claim);
    }
    replaced.retain(|claim| !kept.contains(claim));
    replaced
}
