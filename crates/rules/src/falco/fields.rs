//! The fields of Falco's `k8s_audit` source, `ka.*` and `jevt.*`, as fields of an audit event.

use super::condition::FieldName;
use crate::derived::{Containers, Derived};
use crate::field::{Field, Side, Who};
use crate::path::Path;
use crate::raw::{self, Raw};

/// What a field of Falco stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// A field.
    Field(Field),
    /// The same in every event.
    Constant(&'static str),
    /// The time or number of the event, which macros use to be always or never true.
    Clock,
    /// No audit event has it; why.
    Nowhere(String),
}

/// Looks a field up; says what is wrong with a name that is none.
pub(super) fn look_up(field: &FieldName) -> Result<Known, String> {
    let FieldName { name, argument } = field;
    let argument = argument.as_deref();
    if let Some(known) = of_json(name, argument)? {
        return Ok(known);
    }
    let index = match argument {
        Some(text)
            if !matches!(
                name.as_str(),
                "ka.uri.param" | "ka.req.volume.hostpath" | "ka.req.binding.subject.has_name"
            ) =>
        {
            Some(text.parse::<usize>().map_err(|_| {
                format!("{name}[{text}]: the argument is the number of an item, from 0")
            })?)
        }
        _ => None,
    };
    let key = || argument.ok_or_else(|| format!("{name} needs an argument: {name}[name]"));
    if let Some(known) = of_pod(name, index) {
        return Ok(Known::Field(known));
    }
    let sent = |path: &str| Field::Body(Side::Request, Path::dotted(path));
    let numbered = |list: &str, rest: &str| match index {
        Some(index) => sent(&format!("{list}.{index}{rest}")),
        None => sent(&format!("{list}{rest}")),
    };
    let found = match name.as_str() {
        "ka.auditid" => Field::AuditId,
        "ka.stage" => Field::Stage,
        "ka.auth.decision" => Field::Annotation("authorization.k8s.io/decision".to_owned()),
        "ka.auth.reason" => Field::Annotation("authorization.k8s.io/reason".to_owned()),
        "ka.auth.openshift.decision" => {
            Field::Annotation("authentication.openshift.io/decision".to_owned())
        }
        "ka.auth.openshift.username" => {
            Field::Annotation("authentication.openshift.io/username".to_owned())
        }
        "ka.user.name" => Field::Username(Who::User),
        "ka.user.groups" => Field::Groups(Who::User),
        "ka.impuser.name" => Field::Username(Who::Impersonated),
        "ka.verb" => Field::Verb,
        "ka.uri" => Field::RequestUri,
        "ka.uri.param" => Field::UriParameter(key()?.to_owned()),
        "ka.target.name" | "ka.target.pod.name" | "ka.req.configmap.name" => Field::Name,
        "ka.target.namespace" => Field::Namespace,
        "ka.target.resource" => Field::Resource,
        "ka.target.subresource" => Field::Subresource,
        "ka.req.binding.subjects" => sent("subjects"),
        "ka.req.binding.role" => sent("roleRef.name"),
        "ka.req.binding.subject.has_name" => return Ok(Known::Constant("true")),
        // The whole object as one text, so that `contains` finds names and values.
        "ka.req.configmap.obj" => Field::Body(Side::Request, Path::pointer("/data")),
        "ka.req.role.rules" => numbered("rules", ""),
        "ka.req.role.rules.apiGroups" => numbered("rules", ".apiGroups"),
        "ka.req.role.rules.nonResourceURLs" => numbered("rules", ".nonResourceURLs"),
        "ka.req.role.rules.verbs" => numbered("rules", ".verbs"),
        "ka.req.role.rules.resources" => numbered("rules", ".resources"),
        "ka.req.service.type" => sent("spec.type"),
        "ka.req.service.ports" => numbered("spec.ports", ""),
        "ka.req.volume.hostpath" => Field::Derived(Derived::HostPath(key()?.to_owned())),
        "ka.resp.name" => Field::Body(Side::Response, Path::dotted("metadata.name")),
        "ka.response.code" => Field::Code,
        "ka.response.reason" => Field::Reason,
        "ka.useragent" => Field::UserAgent,
        "ka.sourceips" => index.map_or(Field::SourceIps, Field::SourceIp),
        "ka.cluster.name" => {
            return Ok(Known::Nowhere(
                "ka.cluster.name is not in an audit event: the API server does not know the name of its cluster; run Catseye on the logs of that cluster".to_owned(),
            ));
        }
        _ => return Err(unknown(name)),
    };
    Ok(Known::Field(found))
}

/// `jevt.*` and `json.*`: the event itself.
fn of_json(name: &str, argument: Option<&str>) -> Result<Option<Known>, String> {
    Ok(Some(match name {
        "jevt.value" | "json.value" => {
            let pointer = argument.ok_or_else(|| {
                format!("{name} needs a JSON pointer: {name}[/objectRef/resource]")
            })?;
            match raw::pointer(pointer) {
                Raw::Field(field) => Known::Field(field),
                Raw::Constant(text) => Known::Constant(text),
                Raw::Unknown(why) => Known::Nowhere(why),
            }
        }
        "jevt.rawtime" | "evt.rawtime" | "evt.num" | "json.rawtime" => Known::Clock,
        "jevt.time" | "jevt.time.iso8601" | "evt.time" | "evt.time.iso8601" | "evt.datetime" => {
            Known::Field(Field::ReceivedAt)
        }
        "jevt.obj" | "json.obj" => Known::Field(Field::Anything),
        _ => return Ok(None),
    }))
}

/// `ka.req.pod.*`, and the older `ka.req.container.*`, which look at the first container.
fn of_pod(name: &str, index: Option<usize>) -> Option<Field> {
    let sent = |path: &str| Field::Body(Side::Request, Path::dotted(path));
    if let Some(older) = name.strip_prefix("ka.req.container.") {
        return Some(match older {
            "image" => sent("spec.containers.0.image"),
            "image.repository" => {
                Field::Derived(Derived::ImageRepository(Containers::Main, Some(0)))
            }
            "host_network" => sent("spec.hostNetwork"),
            "privileged" => Field::Derived(Derived::AnyPrivileged),
            _ => return None,
        });
    }
    let asked = name.strip_prefix("ka.req.pod.")?;
    let lists = [
        ("containers.", Containers::Main),
        ("initContainers.", Containers::Init),
        ("ephemeralContainers.", Containers::Ephemeral),
    ];
    for (prefix, containers) in lists {
        if let Some(asked) = asked.strip_prefix(prefix) {
            return of_container(asked, containers, index);
        }
    }
    Some(match asked {
        "host_ipc" => sent("spec.hostIPC"),
        "host_network" => sent("spec.hostNetwork"),
        "host_pid" => sent("spec.hostPID"),
        "run_as_user" => sent("spec.securityContext.runAsUser"),
        "run_as_group" => sent("spec.securityContext.runAsGroup"),
        "fs_group" => sent("spec.securityContext.fsGroup"),
        "supplemental_groups" => sent("spec.securityContext.supplementalGroups"),
        "volumes.hostpath" => sent(&item("spec.volumes", index, "hostPath.path")),
        "volumes.flexvolume_driver" => sent(&item("spec.volumes", index, "flexVolume.driver")),
        "volumes.volume_type" => Field::Derived(Derived::VolumeType(index)),
        _ => return None,
    })
}

fn of_container(asked: &str, containers: Containers, index: Option<usize>) -> Option<Field> {
    let list = format!("spec.{}", containers.field());
    let sent = |rest: &str| Field::Body(Side::Request, Path::dotted(&item(&list, index, rest)));
    Some(match asked {
        "image" => sent("image"),
        "image.repository" => Field::Derived(Derived::ImageRepository(containers, index)),
        "host_port" => Field::Derived(Derived::HostPort(containers, index)),
        "privileged" => sent("securityContext.privileged"),
        "allow_privilege_escalation" => sent("securityContext.allowPrivilegeEscalation"),
        "read_only_fs" => sent("securityContext.readOnlyRootFilesystem"),
        "run_as_user" => sent("securityContext.runAsUser"),
        "run_as_group" => sent("securityContext.runAsGroup"),
        "eff_run_as_user" => Field::Derived(Derived::EffectiveId(containers, index, "runAsUser")),
        "eff_run_as_group" => Field::Derived(Derived::EffectiveId(containers, index, "runAsGroup")),
        "proc_mount" => sent("securityContext.procMount"),
        "add_capabilities" => sent("securityContext.capabilities.add"),
        _ => return None,
    })
}

fn item(list: &str, index: Option<usize>, rest: &str) -> String {
    match index {
        Some(index) => format!("{list}.{index}.{rest}"),
        None => format!("{list}.{rest}"),
    }
}

fn unknown(name: &str) -> String {
    let source = name.split('.').next().unwrap_or_default();
    match source {
        "ka" => format!(
            "unknown field {name}; jevt.value[/…] takes any field by its JSON pointer, such as jevt.value[/requestObject/spec/type]"
        ),
        "proc" | "fd" | "container" | "k8s" | "user" | "group" | "syscall" | "thread" | "fs" => {
            format!("{name} is a field of system calls; audit events have ka.* and jevt.value[/…]")
        }
        _ => format!("unknown field {name}; audit events have ka.* and jevt.value[/…]"),
    }
}

/// True for a field of which an event has a list: `in` then asks that all items are in the set.
pub(super) fn is_list(field: &Field) -> bool {
    match field {
        Field::Groups(_) | Field::SourceIps | Field::Body(_, Path::Dotted(_)) => true,
        Field::Derived(derived) => matches!(
            derived,
            Derived::ImageRepository(..)
                | Derived::HostPort(..)
                | Derived::EffectiveId(..)
                | Derived::VolumeType(_)
        ),
        _ => false,
    }
}
