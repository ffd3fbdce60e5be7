//! The effective pod of any workload: one view for a Pod, a Deployment's template, a `CronJob`'s, …
//!
//! A view borrows the object, is made when a judgement begins, and answers what pod-level and
//! container-level settings amount to together, so that no check resolves inheritance by itself.

mod container;
mod security;
mod volume;

use crate::Value;

pub use container::{Container, Mount, Port, Role};
pub use security::{AppArmor, Profile, SecurityContext};
pub use volume::Volume;

use crate::fields::Fields;
use crate::object::Object;
use crate::path::FieldPath;

/// The pod template of a workload, or the pod itself.
#[derive(Debug)]
pub struct PodView<'a> {
    /// The object that carries the template.
    pub object: &'a Object,
    /// `metadata` of the template; null where it has none.
    pub metadata: &'a Value,
    /// `spec` of the template.
    pub spec: &'a Value,
    /// All containers: init, then main, then ephemeral.
    pub containers: Vec<Container<'a>>,
    /// The pod's own `securityContext`.
    pub security: SecurityContext<'a>,
    template: &'static str,
}

impl<'a> PodView<'a> {
    /// The view of a workload object; `None` for other kinds and for objects without a pod spec.
    pub fn of(object: &'a Object) -> Option<Self> {
        let template = object.kind().pod_template_path()?;
        let root = object.value().at(template);
        let spec = root.get("spec").filter(|spec| spec.is_object())?;
        let metadata = root.at("metadata");
        let containers = [Role::Init, Role::Main, Role::Ephemeral]
            .into_iter()
            .flat_map(|role| Container::all(spec, template, role))
            .collect();
        let security = SecurityContext::of(spec.at("securityContext"));
        Some(PodView {
            object,
            metadata,
            spec,
            containers,
            security,
            template,
        })
    }

    /// The path of a field of the pod spec: `path("hostPID")`.
    pub fn path(&self, field: &str) -> FieldPath {
        spec_path(self.template).join(field)
    }

    /// The path of a field of the template's metadata: `metadata_path("labels")`.
    pub fn metadata_path(&self, field: &str) -> FieldPath {
        FieldPath::root()
            .join(self.template)
            .join("metadata")
            .join(field)
    }

    /// One annotation of the pods.
    pub fn annotation(&self, key: &str) -> Option<&'a str> {
        self.metadata.entry("annotations", key)
    }

    /// The labels of the pods, or null.
    pub fn labels(&self) -> &'a Value {
        self.metadata.at("labels")
    }

    /// One label of the pods.
    pub fn label(&self, key: &str) -> Option<&'a str> {
        self.metadata.entry("labels", key)
    }

    /// The containers that run as the application, without init and ephemeral ones.
    pub fn main_containers(&self) -> impl Iterator<Item = &Container<'a>> {
        self.containers
            .iter()
            .filter(|container| container.role == Role::Main)
    }

    /// The containers that run as long as the pod: main ones and init containers that restart
    /// always (sidecars).
    pub fn long_running_containers(&self) -> impl Iterator<Item = &Container<'a>> {
        self.containers
            .iter()
            .filter(|container| container.role == Role::Main || container.is_sidecar())
    }

    /// The volumes.
    pub fn volumes(&self) -> impl Iterator<Item = Volume<'a>> {
        Volume::all(self.spec, self.template)
    }

    /// The volume that a mount names.
    pub fn volume(&self, name: &str) -> Option<Volume<'a>> {
        self.volumes().find(|volume| volume.name == name)
    }

    /// Every mount of the volume of that name, with the container that mounts it.
    pub fn mounts_of(&self, volume: &str) -> impl Iterator<Item = (&Container<'a>, Mount<'a>)> {
        self.containers.iter().flat_map(move |container| {
            container
                .mounts()
                .filter(move |mount| mount.volume == volume)
                .map(move |mount| (container, mount))
        })
    }

    /// `spec.os.name` is `windows`, which lifts Linux-only rules from Kubernetes 1.25 on.
    pub fn is_windows(&self) -> bool {
        self.spec.text("os.name") == Some("windows")
    }

    /// The pods land on Windows nodes: `os.name` says so, or the node selector demands it.
    pub fn runs_on_windows(&self) -> bool {
        let demands = |key| self.spec.entry("nodeSelector", key) == Some("windows");
        self.is_windows() || demands("kubernetes.io/os") || demands("beta.kubernetes.io/os")
    }

    /// The pod shares the node's network.
    pub fn host_network(&self) -> bool {
        self.spec.flag("hostNetwork") == Some(true)
    }

    /// The pod sees the node's processes.
    pub fn host_pid(&self) -> bool {
        self.spec.flag("hostPID") == Some(true)
    }

    /// The pod shares the node's inter-process communication.
    pub fn host_ipc(&self) -> bool {
        self.spec.flag("hostIPC") == Some(true)
    }

    /// `hostUsers: false`: root in the pod is nobody on the node.
    pub fn own_user_namespace(&self) -> bool {
        self.spec.flag("hostUsers") == Some(false)
    }

    /// The service account that the pods run as, `default` where none is named.
    pub fn service_account(&self) -> &'a str {
        // The deprecated alias `serviceAccount` still wins where it alone is set.
        ["serviceAccountName", "serviceAccount"]
            .into_iter()
            .filter_map(|field| self.spec.text(field))
            .find(|name| !name.is_empty())
            .unwrap_or("default")
    }

    /// What the container runs as: its own `runAsNonRoot`, else the pod's.
    pub fn run_as_non_root(&self, container: &Container<'a>) -> Option<bool> {
        container
            .security
            .run_as_non_root
            .or(self.security.run_as_non_root)
    }

    /// The container's user id: its own, else the pod's.
    pub fn run_as_user(&self, container: &Container<'a>) -> Option<i64> {
        container.security.run_as_user.or(self.security.run_as_user)
    }

    /// The container's group id: its own, else the pod's.
    pub fn run_as_group(&self, container: &Container<'a>) -> Option<i64> {
        container
            .security
            .run_as_group
            .or(self.security.run_as_group)
    }

    /// The container's seccomp profile: its own, else the pod's, fields only.
    pub fn seccomp(&self, container: &Container<'a>) -> Option<Profile<'a>> {
        container.security.seccomp.or(self.security.seccomp)
    }

    /// The container's `AppArmor` profile: its own field, else the pod's, else the annotation that
    /// Kubernetes read before 1.30.
    pub fn app_armor(&self, container: &Container<'a>) -> Option<AppArmor<'a>> {
        if let Some(profile) = container.security.app_armor.or(self.security.app_armor) {
            return Some(AppArmor::Field(profile));
        }
        let key = format!("{APPARMOR_ANNOTATION}{}", container.name);
        self.metadata
            .entry("annotations", &key)
            .map(AppArmor::Annotation)
    }
}

/// The prefix of the `AppArmor` annotations; the container's name follows.
pub const APPARMOR_ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

fn spec_path(template: &str) -> FieldPath {
    FieldPath::root().join(template).join("spec")
}
