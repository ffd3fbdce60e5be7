//! `subPath` on kubelets that follow links out of the volume.

use catseye_model::{Fields, Inventory, Kind, PodView, Version};

use crate::check::check;
use crate::context::{Context, Index, Reads};
use crate::findings::Findings;

check! {
    /// A subPath mount lets a pod reach the node's files
    ///
    /// Kubelets before 1.19.15, 1.20.11, 1.21.5 and 1.22.2 can be made to follow a link out of the
    /// volume while they mount a `subPath` (CVE-2021-25741). Whoever may write to the volume swaps a
    /// folder for a link at the right moment and holds a part of the node's file system.
    ///
    /// Judged by the kubelet versions of the nodes, where they are seen, else by the configured
    /// Kubernetes version. Volumes that pods cannot write (ConfigMap, Secret and their like) are safe.
    ///
    /// **Fix:** Update the kubelets. Until then mount the whole volume, without `subPath`.
    "POD-034" {
        severity: High,
        rows: ["A34"],
        fails: [
            r"
apiVersion: v1
kind: Node
metadata: {name: old}
status: {nodeInfo: {kubeletVersion: v1.21.4-eks-1}}
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    volumeMounts:
    - {name: work, mountPath: /work, subPath: app}
  volumes:
  - {name: work, emptyDir: {}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Node
metadata: {name: mended}
status: {nodeInfo: {kubeletVersion: v1.21.5}}
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    volumeMounts:
    - {name: work, mountPath: /work, subPath: app}
  volumes:
  - {name: work, emptyDir: {}}
",
            r"
apiVersion: v1
kind: Node
metadata: {name: old}
status: {nodeInfo: {kubeletVersion: v1.18.0}}
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    volumeMounts:
    - {name: config, mountPath: /etc/app.yaml, subPath: app.yaml}
    - {name: work, mountPath: /work}
  volumes:
  - {name: config, configMap: {name: a}}
  - {name: work, emptyDir: {}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: no-node-seen}
spec:
  containers:
  - name: app
    image: i
    volumeMounts:
    - {name: work, mountPath: /work, subPath: app}
  volumes:
  - {name: work, emptyDir: {}}
",
        ],
        run: Pods(run),
    }
}

/// The first patch release of each minor one that is mended.
const MENDED: [(u16, u32); 4] = [(19, 15), (20, 11), (21, 5), (22, 2)];

/// Volumes whose content the kubelet writes, not the pod.
const READ_ONLY: [&str; 4] = ["configMap", "secret", "projected", "downwardAPI"];

/// What the nodes say of their kubelets.
struct Kubelets {
    any: bool,
    /// The version of a vulnerable one.
    vulnerable: Option<Box<str>>,
}

impl Index for Kubelets {
    const READS: Reads = Reads::Kinds(&[Kind::Node]);

    fn build(inventory: &Inventory) -> Self {
        let versions = || {
            inventory
                .of_kind(Kind::Node)
                .filter_map(|(_, node)| node.value().text("status.nodeInfo.kubeletVersion"))
        };
        Kubelets {
            any: versions().next().is_some(),
            vulnerable: versions()
                .find(|version| is_vulnerable(version))
                .map(Into::into),
        }
    }
}

fn is_vulnerable(kubelet: &str) -> bool {
    let Ok(version) = kubelet.parse::<Version>() else {
        return false;
    };
    let patch = kubelet
        .splitn(3, '.')
        .nth(2)
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next())
        .and_then(|digits| digits.parse::<u32>().ok());
    let mended = MENDED.iter().find(|(minor, _)| *minor == version.minor);
    match (mended, patch) {
        (Some((_, mended)), Some(patch)) => patch < *mended,
        // Older minor releases were never mended.
        _ => version < Version::minor(MENDED[0].0),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    if pod.runs_on_windows() {
        return;
    }
    for container in &pod.containers {
        for mount in container.mounts() {
            let Some(field) = ["subPath", "subPathExpr"]
                .into_iter()
                .find(|field| mount.value.text(field).is_some_and(|path| !path.is_empty()))
            else {
                continue;
            };
            let writable = pod
                .volume(mount.volume)
                .is_none_or(|volume| !volume.sources().any(|source| READ_ONLY.contains(&source)));
            if !writable {
                continue;
            }
            let kubelets = context.index::<Kubelets>();
            let message = match &kubelets.vulnerable {
                Some(version) => format!("{field} on a writable volume, kubelet {version}"),
                None if !kubelets.any && context.version() < Version::minor(MENDED[0].0) => {
                    format!(
                        "{field} on a writable volume, Kubernetes {}",
                        context.version()
                    )
                }
                None if !kubelets.any && context.version() < Version::minor(23) => {
                    found.unknown("the patch release of the kubelets is not known");
                    continue;
                }
                None => continue,
            };
            let path = container
                .path("volumeMounts")
                .index(mount.index)
                .join(field);
            found.in_container_at(container, path, message);
        }
    }
}
