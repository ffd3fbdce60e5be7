//! Volumes of kinds that Pod Security restricted forbids.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::pss::volume_types::CONTROL;

check! {
    /// A pod mounts storage without a claim
    ///
    /// Volume types such as `nfs`, `iscsi`, `rbd` or `flexVolume` in a pod let its author name any
    /// server and any share, with the node's access to it, past quotas, storage classes and the
    /// permissions on PersistentVolumes. Most run old code of the kernel or the kubelet as root;
    /// `gitRepo` ran commands on the node (CVE-2024-10220).
    ///
    /// **Fix:** Let an administrator provide the storage and claim it:
    /// ```yaml
    /// volumes:
    /// - name: data
    ///   persistentVolumeClaim:
    ///     claimName: data
    /// ```
    "POD-023" {
        severity: Low,
        rows: ["A23"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i}
  volumes:
  - {name: share, nfs: {server: files.example.com, path: /}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i}
  volumes:
  - {name: a, configMap: {name: a}}
  - {name: b, csi: {driver: secrets-store.csi.k8s.io}}
  - {name: c, downwardAPI: {}}
  - {name: d, emptyDir: {}}
  - {name: e, ephemeral: {}}
  - {name: f, image: {reference: i}}
  - {name: g, persistentVolumeClaim: {claimName: a}}
  - {name: h, projected: {sources: []}}
  - {name: i, secret: {secretName: a}}
  - {name: j}
",
            // Checks of their own answer hostPath.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i}
  volumes:
  - {name: a, hostPath: {path: /srv}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    for violation in CONTROL.violations(context.version(), pod) {
        let is_host_path =
            violation.path.steps().last() == Some(&catseye_model::Step::Key("hostPath".to_owned()));
        if !is_host_path {
            found.violation(violation);
        }
    }
}
