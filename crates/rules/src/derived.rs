//! Fields that no audit event has as such, worked out from those that it has: what Falco and kAudit
//! rules ask for by names of their own.

use std::borrow::Cow;
use std::fmt;

use catseye_event::{Aspect, Event};
use catseye_model::Fields as _;
use catseye_model::Value;

use crate::field::{Field, Side, Who, body, user};

/// Which containers of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Containers {
    /// `containers`.
    Main,
    /// `initContainers`.
    Init,
    /// `ephemeralContainers`.
    Ephemeral,
}

impl Containers {
    /// The field of the pod spec.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Containers::Main => "containers",
            Containers::Init => "initContainers",
            Containers::Ephemeral => "ephemeralContainers",
        }
    }
}

/// A field that is worked out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Derived {
    /// The images of the pod that is sent, without tag and digest; of one container where numbered.
    ImageRepository(Containers, Option<usize>),
    /// The host ports of the pod that is sent, the container's own port standing in.
    HostPort(Containers, Option<usize>),
    /// The `runAsUser` or `runAsGroup` that each container ends up with; 0 where nothing says.
    EffectiveId(Containers, Option<usize>, &'static str),
    /// The kinds of the volumes of the pod that is sent.
    VolumeType(Option<usize>),
    /// `true` when a container of the pod is privileged, else `false`.
    AnyPrivileged,
    /// `true` when a volume is this path of the node; with `*` at the end, a path that begins so.
    HostPath(String),
    /// The command of an exec, its words joined.
    ExecCommand,
    /// A parameter of the query of a call to that subresource: the container of an exec.
    Parameter(&'static str, &'static str),
    /// The URI of a request that is about no resource and is none of the well-known ones.
    UnusualUri,
    /// `true` for a call that was refused for want of rights.
    Refused,
    /// The `Role` (or the `ClusterRole`) that authorization names as what allowed the call.
    GrantedBy(&'static str),
    /// User name, cloud principal and session of whoever called.
    Principal(Who),
    /// `resource` or `non-resource`.
    AccessType,
    /// The version of a product in the user agent: `chrome` of `Chrome/119.0`.
    AgentProduct(&'static str),
    /// Another field's values in lower case.
    Lower(Box<Field>),
    /// Another field's values in upper case.
    Upper(Box<Field>),
}

impl Derived {
    pub(crate) fn reads_body(&self) -> bool {
        match self {
            Derived::ImageRepository(..)
            | Derived::HostPort(..)
            | Derived::EffectiveId(..)
            | Derived::VolumeType(_)
            | Derived::AnyPrivileged
            | Derived::HostPath(_) => true,
            Derived::Lower(field) | Derived::Upper(field) => {
                field.aspect() == Some(Aspect::RequestBody)
            }
            _ => false,
        }
    }

    pub(crate) fn aspect(&self) -> Option<Aspect> {
        Some(match self {
            Derived::ExecCommand | Derived::Parameter(..) | Derived::UnusualUri => {
                Aspect::RequestUri
            }
            Derived::GrantedBy(_) => Aspect::Annotations,
            Derived::AgentProduct(_) => Aspect::UserAgent,
            Derived::Lower(field) | Derived::Upper(field) => return field.aspect(),
            _ if self.reads_body() => Aspect::RequestBody,
            _ => return None,
        })
    }

    pub(crate) fn visit(&self, event: &Event<'_>, each: &mut dyn FnMut(&str) -> bool) {
        match self {
            Derived::ImageRepository(containers, index) => {
                each_container(event, *containers, *index, &mut |it| {
                    it.text("image").is_none_or(|image| each(repository(image)))
                });
            }
            Derived::HostPort(containers, index) => {
                each_container(event, *containers, *index, &mut |it| {
                    it.list("ports").iter().all(|port| {
                        let number = port
                            .integer("hostPort")
                            .or_else(|| port.integer("containerPort"));
                        number.is_none_or(|number| each(&number.to_string()))
                    })
                });
            }
            Derived::EffectiveId(containers, index, key) => {
                let field = format!("securityContext.{key}");
                let of_pod = event
                    .request_body()
                    .and_then(|body| body.at("spec").integer(&field))
                    .unwrap_or(0);
                each_container(event, *containers, *index, &mut |it| {
                    each(&it.integer(&field).unwrap_or(of_pod).to_string())
                });
            }
            Derived::VolumeType(index) => {
                let Some(sent) = event.request_body() else {
                    return;
                };
                let kinds = sent
                    .list("spec.volumes")
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| index.is_none_or(|wanted| wanted == *at))
                    .filter_map(|(_, volume)| volume.as_object())
                    .flat_map(catseye_model::value::Map::keys);
                let _ = kinds.filter(|kind| *kind != "name").all(|kind| each(kind));
            }
            Derived::AnyPrivileged => {
                let mut privileged = None;
                each_container(event, Containers::Main, None, &mut |it| {
                    let flag = it.flag("securityContext.privileged").unwrap_or_default();
                    *privileged.get_or_insert(false) |= flag;
                    true
                });
                if let Some(privileged) = privileged {
                    each(truth(privileged));
                }
            }
            Derived::HostPath(pattern) => {
                if let Some(sent) = event.request_body() {
                    let fits = |path: &str| match pattern.strip_suffix('*') {
                        Some(start) => path.starts_with(start),
                        None => path == pattern,
                    };
                    let uses = sent
                        .list("spec.volumes")
                        .iter()
                        .filter_map(|volume| volume.text("hostPath.path"))
                        .any(fits);
                    each(truth(uses));
                }
            }
            Derived::ExecCommand => {
                if event.subresource() != "exec" {
                    return;
                }
                let mut words: Vec<String> = uri_parameters(event, "command").collect();
                if words.is_empty() {
                    // GKE has no URI; the options stand in the body.
                    let sent = event.request_body().into_iter();
                    words = sent
                        .flat_map(|body| body.texts("command"))
                        .map(str::to_owned)
                        .collect();
                }
                if !words.is_empty() {
                    each(&words.join(" "));
                }
            }
            Derived::Parameter(subresource, name) => {
                if event.subresource() == *subresource {
                    let _ = uri_parameters(event, name).all(|value| each(&value));
                }
            }
            Derived::UnusualUri => {
                let uri = event.request_uri();
                if event.object().is_none() && !uri.is_empty() && !is_well_known(uri) {
                    each(uri);
                }
            }
            Derived::Refused => {
                if event.is_forbidden() || event.code() == Some(401) {
                    each("true");
                }
            }
            Derived::GrantedBy(kind) => {
                let reason = event.decision_reason().unwrap_or_default();
                if let Some(name) = granted_by(reason, kind) {
                    each(name);
                }
            }
            Derived::Principal(who) => {
                let Some(user) = user(event, *who) else {
                    return;
                };
                let cloud = user.cloud_identity();
                let names = [
                    Some(user.username.as_str()),
                    cloud.map(|it| it.principal),
                    cloud.and_then(|it| it.session),
                ];
                let _ = names
                    .into_iter()
                    .flatten()
                    .filter(|name| !name.is_empty())
                    .all(each);
            }
            Derived::AccessType => {
                each(if event.object().is_some() {
                    "resource"
                } else {
                    "non-resource"
                });
            }
            Derived::AgentProduct(product) => {
                for token in event.user_agent().split_ascii_whitespace() {
                    let (name, version) = token.split_once('/').unwrap_or((token, ""));
                    let is_product = name
                        .get(..product.len())
                        .is_some_and(|start| start.eq_ignore_ascii_case(product));
                    if is_product {
                        each(if version.is_empty() { name } else { version });
                        return;
                    }
                }
            }
            Derived::Lower(field) => field.visit(event, &mut |text| each(&text.to_lowercase())),
            Derived::Upper(field) => field.visit(event, &mut |text| each(&text.to_uppercase())),
        }
    }
}

fn truth(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

fn each_container(
    event: &Event<'_>,
    containers: Containers,
    index: Option<usize>,
    each: &mut dyn FnMut(&Value) -> bool,
) {
    let Some(sent) = event.request_body() else {
        return;
    };
    let list = sent.at("spec").list(containers.field());
    let _ = list
        .iter()
        .enumerate()
        .filter(|(at, _)| index.is_none_or(|wanted| wanted == *at))
        .all(|(_, container)| each(container));
}

/// The image without digest and tag; a registry's port is no tag.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before,
        _ => image,
    }
}

/// The name of the role in `RBAC: allowed by RoleBinding "a/b" of Role "c" to …`.
fn granted_by<'r>(reason: &'r str, kind: &str) -> Option<&'r str> {
    let (_, after) = reason.split_once(" of ")?;
    let (named, rest) = after.split_once(" \"")?;
    (named == kind).then(|| rest.split('"').next())?
}

/// Paths that clients and probes ask for all day.
fn is_well_known(uri: &str) -> bool {
    let path = uri.split('?').next().unwrap_or(uri);
    let first = path.split('/').nth(1).unwrap_or_default();
    let known = [
        "",
        "api",
        "apis",
        "healthz",
        "livez",
        "metrics",
        "openapi",
        "openid",
        "readyz",
        "version",
        ".well-known",
    ];
    known.contains(&first) && !path.contains("..")
}

/// The values of a parameter of the request's query, decoded.
pub(crate) fn uri_parameters(event: &Event<'_>, name: &str) -> impl Iterator<Item = String> {
    let query = event.request_uri().split_once('?').map_or("", |(_, it)| it);
    let pairs = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let values: Vec<String> = pairs
        .filter(|(key, _)| decoded(key) == name)
        .map(|(_, value)| decoded(value).into_owned())
        .collect();
    values.into_iter()
}

/// Undoes the encoding of a query; what is no valid escape stays as it is.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['+', '%']) {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        match (byte, after) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, beyond @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = beyond;
                }
                _ => bytes.push(b'%'),
            },
            _ => bytes.push(*byte),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// Every text of the event, plain fields first.
pub(crate) fn every_text(event: &Event<'_>, each: &mut dyn FnMut(&str) -> bool) {
    const PLAIN: [Field; 14] = [
        Field::Verb,
        Field::RequestUri,
        Field::Username(Who::User),
        Field::Username(Who::Impersonated),
        Field::Groups(Who::User),
        Field::Groups(Who::Impersonated),
        Field::SourceIps,
        Field::UserAgent,
        Field::Resource,
        Field::Subresource,
        Field::Namespace,
        Field::Name,
        Field::Reason,
        Field::Message,
    ];
    let mut going = true;
    for field in &PLAIN {
        field.visit(event, &mut |text| {
            going = going && each(text);
            going
        });
        if !going {
            return;
        }
    }
    let mut annotations = event.annotations().iter();
    if !annotations.all(|(name, value)| each(name) && each(value)) {
        return;
    }
    for side in [Side::Request, Side::Response] {
        if let Some(body) = body(event, side)
            && !texts_below(body, each)
        {
            return;
        }
    }
}

fn texts_below(value: &Value, each: &mut dyn FnMut(&str) -> bool) -> bool {
    match value {
        Value::Object(fields) => fields
            .iter()
            .all(|(name, value)| each(name) && texts_below(value, each)),
        Value::Array(items) => items.iter().all(|item| texts_below(item, each)),
        Value::String(text) => each(text),
        Value::Null => true,
        scalar => each(&scalar.to_string()),
    }
}

impl fmt::Display for Derived {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |out: &mut fmt::Formatter<'_>, containers: &Containers, index: &Option<usize>| {
            write!(out, "requestObject.spec.{}", containers.field())?;
            index.map_or(Ok(()), |index| write!(out, "[{index}]"))
        };
        match self {
            Derived::ImageRepository(containers, index) => {
                of(out, containers, index)?;
                out.write_str(".image (repository)")
            }
            Derived::HostPort(containers, index) => {
                of(out, containers, index)?;
                out.write_str(".ports.hostPort")
            }
            Derived::EffectiveId(containers, index, key) => {
                of(out, containers, index)?;
                write!(out, ".securityContext.{key} (effective)")
            }
            Derived::VolumeType(_) => out.write_str("requestObject.spec.volumes (kind)"),
            Derived::AnyPrivileged => {
                out.write_str("requestObject.spec.containers.securityContext.privileged (any)")
            }
            Derived::HostPath(pattern) => {
                write!(out, "requestObject.spec.volumes.hostPath.path ({pattern})")
            }
            Derived::ExecCommand => out.write_str("command"),
            Derived::Parameter(_, name) => write!(out, "requestURI?{name}"),
            Derived::UnusualUri => out.write_str("requestURI (unusual)"),
            Derived::Refused => out.write_str("refused"),
            Derived::GrantedBy(kind) => write!(out, "allowed by {kind}"),
            Derived::Principal(Who::User) => out.write_str("user (principal)"),
            Derived::Principal(Who::Impersonated) => out.write_str("impersonatedUser (principal)"),
            Derived::AccessType => out.write_str("access type"),
            Derived::AgentProduct(product) => write!(out, "userAgent ({product})"),
            Derived::Lower(field) | Derived::Upper(field) => write!(out, "{field}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_loses_tag_and_digest_but_not_the_port_of_its_registry() {
        assert_eq!(repository("nginx"), "nginx");
        assert_eq!(repository("nginx:1.27"), "nginx");
        assert_eq!(
            repository("r.example:5000/a/b:1@sha256:00"),
            "r.example:5000/a/b"
        );
        assert_eq!(repository("r.example:5000/a/b"), "r.example:5000/a/b");
    }

    #[test]
    fn the_reason_of_an_authorization_names_the_role() {
        let reason = r#"RBAC: allowed by RoleBinding "dev/shop" of Role "deployer" to User "jane""#;
        assert_eq!(granted_by(reason, "Role"), Some("deployer"));
        assert_eq!(granted_by(reason, "ClusterRole"), None);
        assert_eq!(granted_by("", "Role"), None);
    }

    #[test]
    fn queries_are_decoded() {
        assert_eq!(decoded("a%2Fb+c%zz%4"), "a/b c%zz%4");
        assert_eq!(decoded("plain"), "plain");
    }

    #[test]
    fn uris_outside_the_api_are_unusual() {
        for uri in [
            "/healthz",
            "/apis/apps/v1?timeout=1",
            "/version",
            "/openapi/v2",
        ] {
            assert!(is_well_known(uri), "{uri}");
        }
        for uri in ["/debug/pprof", "/api/../etc/passwd", "/console"] {
            assert!(!is_well_known(uri), "{uri}");
        }
    }
}
