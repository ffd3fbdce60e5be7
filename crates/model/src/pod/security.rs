//! Security contexts of pods and containers, decoded once.

use crate::Value;

use crate::fields::Fields;

/// `securityContext` of a pod or a container; fields that only one of them has are absent on the other.
#[derive(Debug, Clone)]
pub struct SecurityContext<'a> {
    /// Whether the field is there at all (even empty).
    pub present: bool,
    /// `privileged`.
    pub privileged: Option<bool>,
    /// `allowPrivilegeEscalation`.
    pub allow_privilege_escalation: Option<bool>,
    /// `readOnlyRootFilesystem`.
    pub read_only_root_filesystem: Option<bool>,
    /// `runAsNonRoot`.
    pub run_as_non_root: Option<bool>,
    /// `runAsUser`.
    pub run_as_user: Option<i64>,
    /// `runAsGroup`.
    pub run_as_group: Option<i64>,
    /// `procMount`.
    pub proc_mount: Option<&'a str>,
    /// `seccompProfile`.
    pub seccomp: Option<Profile<'a>>,
    /// `appArmorProfile`.
    pub app_armor: Option<Profile<'a>>,
    /// The untouched value, or null.
    pub value: &'a Value,
}

/// A seccomp or `AppArmor` profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile<'a> {
    /// `RuntimeDefault`, `Localhost` or `Unconfined`; empty where it is missing.
    pub kind: &'a str,
    /// `localhostProfile`.
    pub localhost: Option<&'a str>,
}

/// An `AppArmor` profile by the way it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppArmor<'a> {
    /// By `appArmorProfile`, from Kubernetes 1.30 on.
    Field(Profile<'a>),
    /// By annotation: `runtime/default`, `localhost/NAME`, `unconfined`.
    Annotation(&'a str),
}

impl<'a> SecurityContext<'a> {
    pub(super) fn of(value: &'a Value) -> Self {
        let profile = |field: &str| {
            let profile = value.get(field).filter(|profile| profile.is_object())?;
            Some(Profile {
                kind: profile.text("type").unwrap_or_default(),
                localhost: profile.text("localhostProfile"),
            })
        };
        SecurityContext {
            present: value.is_object(),
            privileged: value.flag("privileged"),
            allow_privilege_escalation: value.flag("allowPrivilegeEscalation"),
            read_only_root_filesystem: value.flag("readOnlyRootFilesystem"),
            run_as_non_root: value.flag("runAsNonRoot"),
            run_as_user: value.integer("runAsUser"),
            run_as_group: value.integer("runAsGroup"),
            proc_mount: value.text("procMount"),
            seccomp: profile("seccompProfile"),
            app_armor: profile("appArmorProfile"),
            value,
        }
    }

    /// `capabilities.add`, as written.
    pub fn added_capabilities(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.value.texts("capabilities.add")
    }

    /// `capabilities.drop`, as written.
    pub fn dropped_capabilities(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.value.texts("capabilities.drop")
    }
}
