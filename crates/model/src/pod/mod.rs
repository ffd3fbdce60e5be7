//! The effective pod of any workload: one view for a Pod, a Deployment's template, a `CronJob`'s, …
//!
//! A view borrows the object, is made when a judgement begins, and answers what pod-level and
//! container-level settings amount to together, so that no check resolves inheritance by itself.

mod container;
mod image;
mod security;
mod volume;

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::Value;

pub use container::{Container, Mount, Port, Role};
pub use image::UsedImage;
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
    names: OnceLock<Names>,
}

/// Where volumes and mounts of a name stand, made when one is first asked for: a pod may have thousands,
/// and of a request not even the number is checked yet. It borrows nothing, so that views stay covariant.
#[derive(Debug, Default)]
struct Names {
    /// The first volume of each name; the API server takes no second one.
    volumes: HashMap<Box<str>, usize>,
    /// Mounts by the volume they name: the place of the container, and of the mount in it.
    mounts: HashMap<Box<str>, Vec<(usize, usize)>>,
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
            names: OnceLock::new(),
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
        let place = *self.names().volumes.get(name)?;
        Volume::at(self.spec, self.template, place)
    }

    /// Every mount of a volume, with the container that mounts it. Where two volumes have one name, mounts
    /// are the first one's.
    pub fn mounts_of(
        &self,
        volume: &Volume<'_>,
    ) -> impl Iterator<Item = (&Container<'a>, Mount<'a>)> {
        let names = self.names();
        let is_first = names.volumes.get(volume.name) == Some(&volume.index);
        let mounts = names.mounts.get(volume.name).filter(|_| is_first);
        mounts.into_iter().flatten().filter_map(|(place, mount)| {
            let container = self.containers.get(*place)?;
            Some((container, container.mount(*mount)?))
        })
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| {
            let mut names = Names::default();
            for volume in self.volumes() {
                let place = names.volumes.entry(volume.name.into());
                place.or_insert(volume.index);
            }
            for (place, container) in self.containers.iter().enumerate() {
                for mount in container.mounts() {
                    let mounts = names.mounts.entry(mount.volume.into()).or_default();
                    mounts.push((place, mount.index));
                }
            }
            names
        })
    }

    /// The images that the pod runs and those that it mounts.
    pub fn images(&self) -> impl Iterator<Item = UsedImage<'_, 'a>> {
        let run = self.containers.iter().filter_map(UsedImage::run);
        run.chain(self.volumes().filter_map(UsedImage::mounted))
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

#[cfg(test)]
mod tests {
    use super::PodView;
    use super::container::MOUNTS_READ;
    use crate::{Object, Value, json};

    #[test]
    fn mounts_are_read_once_however_many_volumes_ask_for_theirs() {
        let many = 10_000;
        let list = |of: fn(String) -> Value| {
            Value::Array((0..many).map(|place| of(format!("v{place}"))).collect())
        };
        let mut container = json!({"name": "app", "image": "i"});
        container.set(
            "volumeMounts",
            list(|name| json!({"name": name, "mountPath": "/m"})),
        );
        let mut spec = json!({});
        spec.set(
            "volumes",
            list(|name| json!({"name": name, "hostPath": {"path": "/srv"}})),
        );
        spec.set(
            "containers",
            Value::Array([container].into_iter().collect()),
        );
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}});
        pod.set("spec", spec);
        let object = Object::new(pod, None).unwrap();
        let pod = PodView::of(&object).unwrap();
        let before = MOUNTS_READ.get();
        let mut found = 0;
        for volume in pod.volumes() {
            found += pod.mounts_of(&volume).count();
            assert_eq!(pod.volume(volume.name).unwrap().index, volume.index);
        }
        assert_eq!(found, many);
        assert_eq!(MOUNTS_READ.get() - before, 2 * many);
    }

    #[test]
    fn mounts_belong_to_the_first_volume_of_a_name() {
        let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {
            "containers": [{"name": "app", "volumeMounts": [{"name": "v"}, {"name": "v"}, {"name": "w"}]}],
            "volumes": [{"name": "v"}, {"name": "v"}]}});
        let object = Object::new(object, None).unwrap();
        let pod = PodView::of(&object).unwrap();
        let counts: Vec<usize> = pod.volumes().map(|it| pod.mounts_of(&it).count()).collect();
        assert_eq!(counts, [2, 0]);
    }
}
