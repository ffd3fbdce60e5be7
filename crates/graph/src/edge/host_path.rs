//! Parts of the node's file system in pods.

use catseye_model::{FieldPath, Volume};

use crate::node::Node;
use crate::world::Pods;

/// A mount of a part of the node's file system.
pub(super) struct HostMount<'a> {
    /// The container that mounts it.
    pub(super) container: Node<'a>,
    /// The volume, apart for those who may write and those who may not.
    pub(super) volume: Node<'a>,
    /// Its path on the node, `subPath` included, without `.`, `..` and slashes at the end.
    pub(super) path: String,
    /// Whether the container may write.
    pub(super) writable: bool,
    /// Where the volume says so.
    pub(super) place: FieldPath,
}

/// All mounts of `hostPath` volumes, container by container.
pub(super) fn host_mounts<'a>(pods: &Pods<'a>) -> Vec<HostMount<'a>> {
    let volumes: Vec<Volume<'_>> = pods
        .view
        .volumes()
        .filter(|volume| volume.host_path().is_some())
        .collect();
    let mut mounts = Vec::new();
    if volumes.is_empty() {
        return mounts;
    }
    for (container, view) in pods.containers() {
        for mount in view.mounts() {
            let Some(volume) = volumes.iter().find(|volume| volume.name == mount.volume) else {
                continue;
            };
            let sub = mount.value.get("subPath").and_then(|sub| sub.as_str());
            let path = format!(
                "{}/{}",
                volume.host_path().unwrap_or_default(),
                sub.unwrap_or_default()
            );
            let place = u16::try_from(volume.index).unwrap_or(u16::MAX);
            mounts.push(HostMount {
                container,
                volume: Node::HostVolume(pods.id, place, !mount.read_only),
                path: clean(&path),
                writable: !mount.read_only,
                place: volume.path("hostPath.path"),
            });
        }
    }
    mounts
}

/// The path as the kernel resolves it, links left aside.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// True when one of the paths lies at or below the mounted path, or the other way round.
pub(super) fn touches(mounted: &str, paths: &[&str]) -> bool {
    paths
        .iter()
        .any(|path| is_at_or_below(path, mounted) || is_at_or_below(mounted, path))
}

/// True when `path` is `folder` or stands within it.
pub(super) fn is_at_or_below(path: &str, folder: &str) -> bool {
    folder == "/"
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_by_their_parts() {
        assert!(is_at_or_below("/etc/kubernetes", "/etc"));
        assert!(!is_at_or_below("/etcd", "/etc"));
        assert!(touches("/", &["/var/log"]) && touches("/var/log/pods", &["/var/log"]));
        assert!(!touches("/var/lib", &["/var/log"]));
        assert_eq!(clean("//var/./lib/../log/"), "/var/log");
    }
}
