//! One container of a pod.

use crate::Value;

use super::security::SecurityContext;
use super::spec_path;
use crate::fields::Fields;
use crate::path::FieldPath;

/// Which of the pod's three lists a container stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// `initContainers`.
    Init,
    /// `containers`.
    Main,
    /// `ephemeralContainers`.
    Ephemeral,
}

impl Role {
    /// The field of the pod spec that lists containers of this role.
    pub fn field(self) -> &'static str {
        match self {
            Role::Init => "initContainers",
            Role::Main => "containers",
            Role::Ephemeral => "ephemeralContainers",
        }
    }
}

/// A container, with its security context decoded.
#[derive(Debug)]
pub struct Container<'a> {
    /// The list it stands in.
    pub role: Role,
    /// Its place in that list.
    pub index: usize,
    /// Its name; empty where it has none.
    pub name: &'a str,
    /// Its image, as written.
    pub image: Option<&'a str>,
    /// Its own security context; what it inherits is answered by the pod view.
    pub security: SecurityContext<'a>,
    /// The untouched value.
    pub value: &'a Value,
    template: &'static str,
}

impl<'a> Container<'a> {
    pub(super) fn all(
        spec: &'a Value,
        template: &'static str,
        role: Role,
    ) -> impl Iterator<Item = Container<'a>> {
        spec.list(role.field())
            .iter()
            .enumerate()
            .map(move |(index, value)| Container {
                role,
                index,
                name: value.text("name").unwrap_or_default(),
                image: value.text("image").filter(|image| !image.is_empty()),
                security: SecurityContext::of(value.at("securityContext")),
                value,
                template,
            })
    }

    /// The path of a field of the container: `path("securityContext.privileged")`.
    pub fn path(&self, field: &str) -> FieldPath {
        spec_path(self.template)
            .join(self.role.field())
            .index(self.index)
            .join(field)
    }

    /// An init container with `restartPolicy: Always`, which runs beside the main containers.
    pub fn is_sidecar(&self) -> bool {
        self.role == Role::Init && self.value.text("restartPolicy") == Some("Always")
    }

    /// `command` followed by `args`: each word with its path.
    pub fn words(&self) -> impl Iterator<Item = (FieldPath, &'a str)> {
        ["command", "args"].into_iter().flat_map(move |field| {
            self.value
                .list(field)
                .iter()
                .enumerate()
                .filter_map(move |(index, word)| {
                    Some((self.path(field).index(index), word.as_str()?))
                })
        })
    }

    /// `command` followed by `args`, without paths.
    pub fn argv(&self) -> impl Iterator<Item = &'a str> {
        let lists = ["command", "args"].into_iter();
        lists.flat_map(|field| self.value.texts(field))
    }

    /// The environment variables: each with its index in `env`.
    pub fn env(&self) -> impl Iterator<Item = (usize, &'a Value)> {
        self.value.list("env").iter().enumerate()
    }

    /// The ports.
    pub fn ports(&self) -> impl Iterator<Item = Port<'a>> {
        self.value
            .list("ports")
            .iter()
            .enumerate()
            .map(|(index, value)| Port {
                index,
                name: value.text("name"),
                number: value.integer("containerPort"),
                host_port: value.integer("hostPort"),
                protocol: value.text("protocol").unwrap_or("TCP"),
            })
    }

    /// The volume mounts.
    pub fn mounts(&self) -> impl Iterator<Item = Mount<'a>> {
        let list = self.value.list("volumeMounts").iter().enumerate();
        list.map(|(index, value)| Mount::of(index, value))
    }

    /// The volume mount in this place of the list.
    pub(super) fn mount(&self, index: usize) -> Option<Mount<'a>> {
        let value = self.value.list("volumeMounts").get(index)?;
        Some(Mount::of(index, value))
    }
}

/// One entry of `ports`.
#[derive(Debug, Clone, Copy)]
pub struct Port<'a> {
    /// Its place in the list.
    pub index: usize,
    /// Its name.
    pub name: Option<&'a str>,
    /// `containerPort`.
    pub number: Option<i64>,
    /// `hostPort`.
    pub host_port: Option<i64>,
    /// `TCP` (the default), `UDP` or `SCTP`.
    pub protocol: &'a str,
}

/// One entry of `volumeMounts`.
#[derive(Debug, Clone, Copy)]
pub struct Mount<'a> {
    /// Its place in the list.
    pub index: usize,
    /// The volume's name.
    pub volume: &'a str,
    /// `mountPath`.
    pub path: &'a str,
    /// `readOnly: true`.
    pub read_only: bool,
    /// The untouched value.
    pub value: &'a Value,
}

impl<'a> Mount<'a> {
    fn of(index: usize, value: &'a Value) -> Self {
        #[cfg(test)]
        MOUNTS_READ.set(MOUNTS_READ.get() + 1);
        Mount {
            index,
            volume: value.text("name").unwrap_or_default(),
            path: value.text("mountPath").unwrap_or_default(),
            read_only: value.flag("readOnly") == Some(true),
            value,
        }
    }
}

#[cfg(test)]
std::thread_local! {
    /// How many mounts were read by this thread, for tests of how often.
    pub(super) static MOUNTS_READ: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}
