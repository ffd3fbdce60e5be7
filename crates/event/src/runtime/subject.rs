//! Whose event it is: container, pod and workload, known at once or joined later.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::is_default;

/// Whether an event belongs to a container.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// Nobody knows.
    #[default]
    Unknown,
    /// A process of the node itself.
    Host,
    /// A process of a container.
    Container,
}

/// The container, pod and workload that an event belongs to. The kernel tells the cgroup; its path
/// tells the container's id and the pod's UID; names are joined from the cluster, perhaps later.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Subject {
    /// Whether it is a container.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: SubjectKind,
    /// The id of the cgroup, which is the number of its folder's inode.
    #[serde(skip_serializing_if = "is_default")]
    pub cgroup: Option<u64>,
    /// The path of the cgroup; kept where nothing better is known.
    #[serde(skip_serializing_if = "is_default")]
    pub cgroup_path: String,
    /// The container's id without its scheme: `4f0c…`. Falco tells the first twelve characters only.
    #[serde(skip_serializing_if = "is_default")]
    pub container_id: String,
    /// The pod's UID.
    #[serde(skip_serializing_if = "is_default")]
    pub pod_uid: String,
    /// The namespace.
    #[serde(skip_serializing_if = "is_default")]
    pub namespace: String,
    /// The pod's name.
    #[serde(skip_serializing_if = "is_default")]
    pub pod: String,
    /// The topmost owner of the pod.
    #[serde(skip_serializing_if = "is_default")]
    pub workload: Option<WorkloadRef>,
    /// The container's name in the pod.
    #[serde(skip_serializing_if = "is_default")]
    pub container: String,
    /// The image, as the pod names it.
    #[serde(skip_serializing_if = "is_default")]
    pub image: String,
    /// The digest of the image that runs: `sha256:…`.
    #[serde(skip_serializing_if = "is_default")]
    pub image_digest: String,
    /// The pod's labels, as `key=value`, sorted; sources that name no workload tell these.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: Vec<String>,
}

/// A workload: the topmost owner of a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WorkloadRef {
    /// Its kind, such as `Deployment`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

impl Subject {
    /// The node itself.
    pub fn host() -> Self {
        Subject {
            kind: SubjectKind::Host,
            ..Subject::default()
        }
    }

    /// True when nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Subject::default()
    }

    /// True for what is known to run in a container.
    pub fn is_container(&self) -> bool {
        self.kind == SubjectKind::Container
            || !self.container_id.is_empty()
            || !self.pod.is_empty()
            || !self.pod_uid.is_empty()
    }
}

impl fmt::Display for Subject {
    /// `shop/Deployment/web [nginx]`, or the next best thing that is known.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.workload {
            Some(workload) => write!(
                out,
                "{}/{}/{}",
                self.namespace, workload.kind, workload.name
            )?,
            None if !self.pod.is_empty() => write!(out, "{}/Pod/{}", self.namespace, self.pod)?,
            None if !self.pod_uid.is_empty() => write!(out, "pod {}", self.pod_uid)?,
            None if !self.container_id.is_empty() => {
                let short = self.container_id.get(..12).unwrap_or(&self.container_id);
                return write!(out, "container {short}");
            }
            None if self.kind == SubjectKind::Host => return out.write_str("the node"),
            None => match self.cgroup {
                Some(cgroup) => return write!(out, "cgroup {cgroup}"),
                None => return out.write_str("an unknown container"),
            },
        }
        if !self.container.is_empty() {
            write!(out, " [{}]", self.container)?;
        }
        Ok(())
    }
}

impl fmt::Display for WorkloadRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.kind, self.name)
    }
}
