//! Which container a cgroup is, told by its path.
//!
//! Kubelets and runtimes put pod UID and container id into the path, each in its own way:
//!
//! ```text
//! cgroupfs   /kubepods/burstable/pod0c1e…-…/4f0c…
//! systemd    /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0c1e…_….slice/cri-containerd-4f0c….scope
//! mixed      /system.slice/containerd.service/kubepods-burstable-pod0c1e….slice:cri-containerd:4f0c…
//! no pod     /docker/4f0c…   /system.slice/docker-4f0c….scope   /machine.slice/libpod-4f0c….scope
//! ```
//!
//! A path may hold several, a cluster in a container: the innermost counts. What a container makes
//! below its own cgroup belongs to the container.

use catseye_event::runtime::{Subject, SubjectKind};

/// What a path tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The container's id; empty for the cgroup of a pod, which holds no process.
    pub container: String,
    /// The pod's UID, in the form of the API; empty for a container without a pod.
    pub pod: String,
}

/// Reads a path. `None` is a cgroup of the node itself.
pub fn place(path: &str) -> Option<Place> {
    let mut found = Place::default();
    let mut in_pod = false;
    for part in path.split(['/', ':']).filter(|part| !part.is_empty()) {
        if let Some(uid) = pod_uid(part) {
            found = Place {
                container: String::new(),
                pod: uid,
            };
            in_pod = true;
            continue;
        }
        let id = container_id(part);
        if let Some(id) = id {
            if !in_pod {
                found.pod = String::new();
            }
            id.clone_into(&mut found.container);
            in_pod = false;
        } else if in_pod && !is_runtime_word(part) && !part.contains("conmon") {
            // Directly below a pod stands a container, whatever its runtime calls it.
            part.trim_end_matches(".scope")
                .clone_into(&mut found.container);
            in_pod = false;
        }
    }
    let is_container = !found.container.is_empty() || !found.pod.is_empty();
    is_container.then_some(found)
}

/// Whose events those of a cgroup are.
pub fn subject(cgroup: u64, path: &str) -> Subject {
    let mut subject = Subject::host();
    subject.cgroup = Some(cgroup);
    match place(path) {
        Some(place) => {
            subject.kind = SubjectKind::Container;
            subject.container_id = place.container;
            subject.pod_uid = place.pod;
        }
        None => path.clone_into(&mut subject.cgroup_path),
    }
    subject
}

/// In the mixed form the runtime stands between pod and container.
fn is_runtime_word(part: &str) -> bool {
    matches!(part, "cri-containerd" | "crio" | "docker" | "containerd")
}

/// `pod0c1e…` or `kubepods-burstable-pod0c1e_….slice`; UIDs of static pods are 32 digits.
fn pod_uid(part: &str) -> Option<String> {
    let part = part.strip_suffix(".slice").unwrap_or(part);
    let uid = match part.strip_prefix("pod") {
        Some(uid) => uid,
        None => part.rsplit_once("-pod")?.1,
    };
    let is_static = uid.len() == 32 && is_hex(uid);
    let is_uuid = uid.len() == 36
        && uid.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-' || byte == b'_',
            _ => byte.is_ascii_hexdigit(),
        });
    (is_static || is_uuid).then(|| uid.replace('_', "-"))
}

/// 64 hexadecimal digits, perhaps with the runtime before them.
fn container_id(part: &str) -> Option<&str> {
    let part = part.strip_suffix(".scope").unwrap_or(part);
    let (runtime, id) = part.rsplit_once('-').unwrap_or(("", part));
    // conmon and its like watch the container from outside.
    let is_id = id.len() == 64 && is_hex(id) && !runtime.contains("conmon");
    is_id.then_some(id)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4f0c2b3a4f0c2b3a4f0c2b3a4f0c2b3a4f0c2b3a4f0c2b3a4f0c2b3a4f0c2b3a";
    const OUTER: &str = "9900990099009900990099009900990099009900990099009900990099009900";
    const UID: &str = "0c1e8a52-6a4b-4a55-9d50-0f5a2b1c7d3e";
    const UID_: &str = "0c1e8a52_6a4b_4a55_9d50_0f5a2b1c7d3e";

    #[test]
    fn every_layout_tells_pod_and_container() {
        let both = [
            format!("/kubepods/besteffort/pod{UID}/{ID}"),
            format!("/kubepods/pod{UID}/{ID}"),
            format!("/kubepods.slice/kubepods-pod{UID_}.slice/cri-containerd-{ID}.scope"),
            format!(
                "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{UID_}.slice/cri-containerd-{ID}.scope"
            ),
            format!(
                "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{UID_}.slice/crio-{ID}.scope"
            ),
            format!(
                "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{UID_}.slice/crio-{ID}.scope/container"
            ),
            format!(
                "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{UID_}.slice/docker-{ID}.scope"
            ),
            format!(
                "/system.slice/containerd.service/kubepods-burstable-pod{UID_}.slice:cri-containerd:{ID}"
            ),
            // A cluster in a container: kind, minikube.
            format!("/docker/{OUTER}/kubelet/kubepods/burstable/pod{UID}/{ID}"),
            format!(
                "/system.slice/docker-{OUTER}.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod{UID_}.slice/cri-containerd-{ID}.scope"
            ),
            // What the container makes below itself.
            format!("/kubepods/besteffort/pod{UID}/{ID}/init.scope"),
            format!("/kubepods/besteffort/pod{UID}/{ID}/system.slice/nginx.service"),
        ];
        for path in both {
            let place = place(&path).unwrap_or_else(|| panic!("{path}"));
            assert_eq!(
                (place.pod.as_str(), place.container.as_str()),
                (UID, ID),
                "{path}"
            );
        }
    }

    #[test]
    fn a_container_without_a_pod_is_one() {
        let alone = [
            format!("/docker/{ID}"),
            format!("/system.slice/docker-{ID}.scope"),
            format!("/machine.slice/libpod-{ID}.scope/container"),
            format!("/default/{ID}"),
            format!("/system.slice/nerdctl-{ID}.scope"),
            format!("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope"),
        ];
        for path in alone {
            let place = place(&path).unwrap_or_else(|| panic!("{path}"));
            assert_eq!(
                (place.pod.as_str(), place.container.as_str()),
                ("", ID),
                "{path}"
            );
        }
    }

    #[test]
    fn the_uid_of_a_static_pod_has_no_dashes() {
        let path = format!("/kubepods/burstable/pod6ee0c2b3a4f0c2b3a4f0c2b3a4f0c2b3/{ID}");
        assert_eq!(
            place(&path).unwrap().pod,
            "6ee0c2b3a4f0c2b3a4f0c2b3a4f0c2b3"
        );
    }

    #[test]
    fn the_cgroup_of_a_pod_has_no_container() {
        let place = place(&format!("/kubepods/besteffort/pod{UID}")).unwrap();
        assert_eq!((place.pod.as_str(), place.container.as_str()), (UID, ""));
    }

    #[test]
    fn a_runtime_may_name_containers_as_it_likes() {
        let place = place(&format!("/kubepods/besteffort/pod{UID}/web-1")).unwrap();
        assert_eq!(
            (place.pod.as_str(), place.container.as_str()),
            (UID, "web-1")
        );
    }

    #[test]
    fn what_is_no_container_is_the_node() {
        let node = [
            "/".to_owned(),
            "/system.slice/kubelet.service".to_owned(),
            "/kubepods.slice/kubepods-besteffort.slice".to_owned(),
            "/init.scope".to_owned(),
            format!("/machine.slice/libpod-conmon-{ID}.scope"),
            "/user.slice/user-1000.slice/session-2.scope".to_owned(),
            "/system.slice/podman.service".to_owned(),
        ];
        for path in node {
            assert_eq!(place(&path), None, "{path}");
        }
    }

    #[test]
    fn the_monitor_beside_a_container_is_not_the_container() {
        let path = format!(
            "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{UID_}.slice/crio-conmon-{ID}.scope"
        );
        assert_eq!(place(&path).unwrap().container, "");
    }
}
