//! Fields by their names in the audit log itself, `objectRef.resource` or `/objectRef/resource`: as Sigma
//! and the JSON pointers of Falco name them.

use crate::field::{Field, Side, Who};
use crate::path::Path;

/// What a name in the audit log stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Raw {
    /// A field.
    Field(Field),
    /// The same in every event.
    Constant(&'static str),
    /// No audit event has it; what is probably meant.
    Unknown(String),
}

/// A dotted name.
pub(crate) fn dotted(name: &str) -> Raw {
    let (first, rest) = name
        .find(['.', '['])
        .map_or((name, ""), |at| name.split_at(at));
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    resolve(name, first, rest, &Path::dotted)
}

/// A JSON pointer from the root of the event.
pub(crate) fn pointer(text: &str) -> Raw {
    let Some(inner) = text.strip_prefix('/') else {
        return Raw::Unknown("a JSON pointer begins with /, as in /objectRef/resource".to_owned());
    };
    let (first, rest) = inner.split_once('/').unwrap_or((inner, ""));
    let plain = || rest.replace("~1", "/").replace("~0", "~");
    let below = |_: &str| {
        if rest.is_empty() {
            Path::pointer("")
        } else {
            Path::pointer(&format!("/{rest}"))
        }
    };
    // Only what is below `extra` and `annotations` is named by keys that are escaped.
    let rest = match first {
        "annotations" => plain(),
        "user" | "impersonatedUser" => plain().replacen('/', ".", 1),
        _ => rest.replacen('/', ".", 1),
    };
    resolve(text, first, &rest, &below)
}

fn resolve(whole: &str, first: &str, rest: &str, path: &dyn Fn(&str) -> Path) -> Raw {
    let field = match (first, rest) {
        ("kind", "") => return Raw::Constant("Event"),
        ("apiVersion", "") => return Raw::Constant("audit.k8s.io/v1"),
        ("level", "") => Field::Level,
        ("auditID", "") => Field::AuditId,
        ("stage", "") => Field::Stage,
        ("requestURI", "") => Field::RequestUri,
        ("verb", "") => Field::Verb,
        ("userAgent", "") => Field::UserAgent,
        ("sourceIPs", "") => Field::SourceIps,
        ("sourceIPs", index) => match index.trim_matches(['[', ']', '.']).parse() {
            Ok(index) => Field::SourceIp(index),
            Err(_) => return unknown(whole),
        },
        ("requestReceivedTimestamp" | "timestamp", "") | ("metadata", "creationTimestamp") => {
            Field::ReceivedAt
        }
        ("stageTimestamp", "") => Field::StagedAt,
        ("requestObject", below) => Field::Body(Side::Request, path(below)),
        ("responseObject", below) => Field::Body(Side::Response, path(below)),
        ("annotations", name) if !name.is_empty() => Field::Annotation(name.to_owned()),
        ("user", below) => return of_user(whole, Who::User, below),
        ("impersonatedUser", below) => return of_user(whole, Who::Impersonated, below),
        ("objectRef", "" | "resource") => Field::Resource,
        ("objectRef", "subresource") => Field::Subresource,
        ("objectRef", "namespace") => Field::Namespace,
        ("objectRef", "name") => Field::Name,
        ("objectRef", "apiGroup") => Field::ApiGroup,
        ("objectRef", "apiVersion") => Field::ApiVersion,
        ("objectRef", "uid") => Field::ObjectUid,
        ("objectRef", "resourceVersion") => Field::ResourceVersion,
        ("responseStatus", "" | "code") => Field::Code,
        ("responseStatus", "reason") => Field::Reason,
        ("responseStatus", "message") => Field::Message,
        ("responseStatus", "status") => Field::Status,
        _ => return unknown(whole),
    };
    Raw::Field(field)
}

fn of_user(whole: &str, who: Who, below: &str) -> Raw {
    Raw::Field(match below.split_once('.').unwrap_or((below, "")) {
        ("" | "username", "") => Field::Username(who),
        ("uid", "") => Field::Uid(who),
        ("groups", _) => Field::Groups(who),
        ("extra", key) if !key.is_empty() => {
            // Values are lists; a number at the end takes one of them.
            let key = match key.rsplit_once(['.', '/']) {
                Some((name, index)) if index.parse::<usize>().is_ok() => name,
                _ => key,
            };
            Field::Extra(who, key.to_owned())
        }
        _ => return unknown(whole),
    })
}

fn unknown(name: &str) -> Raw {
    let plain = name.trim_start_matches('/').replace('/', ".");
    let last = plain.rsplit('.').next().unwrap_or(&plain);
    let meant = meant(&plain).or_else(|| meant(last));
    let advice = match meant {
        Some(meant) => format!("write {meant}"),
        None => {
            "fields are those of audit.k8s.io/v1, such as objectRef.resource or requestObject.spec"
                .to_owned()
        }
    };
    Raw::Unknown(format!("no audit event has a field `{name}`; {advice}"))
}

/// Where something is that rules look for at the wrong place.
fn meant(name: &str) -> Option<&'static str> {
    const PLACES: [(&str, &str); 42] = [
        ("apigroup", "objectRef.apiGroup"),
        ("apigroups", "objectRef.apiGroup"),
        ("resource", "objectRef.resource"),
        ("resources", "objectRef.resource"),
        ("subresource", "objectRef.subresource"),
        ("namespace", "objectRef.namespace"),
        ("name", "objectRef.name"),
        ("username", "user.username"),
        ("user", "user.username"),
        ("groups", "user.groups"),
        ("code", "responseStatus.code"),
        ("statuscode", "responseStatus.code"),
        ("reason", "responseStatus.reason"),
        ("message", "responseStatus.message"),
        ("useragent", "userAgent"),
        ("sourceips", "sourceIPs"),
        ("sourceip", "sourceIPs"),
        ("requesturi", "requestURI"),
        ("uri", "requestURI"),
        ("auditid", "auditID"),
        ("decision", "annotations.authorization.k8s.io/decision"),
        ("verb", "verb"),
        ("stage", "stage"),
        ("level", "level"),
        (
            "annotations",
            "the annotation, such as annotations.authorization.k8s.io/decision",
        ),
        ("hostpath", "requestObject.spec.volumes.hostPath.path"),
        ("volumes", "requestObject.spec.volumes"),
        (
            "capabilities",
            "requestObject.spec.containers.securityContext.capabilities.add",
        ),
        (
            "securitycontext",
            "requestObject.spec.containers.securityContext",
        ),
        (
            "privileged",
            "requestObject.spec.containers.securityContext.privileged",
        ),
        ("hostnetwork", "requestObject.spec.hostNetwork"),
        ("hostpid", "requestObject.spec.hostPID"),
        ("hostipc", "requestObject.spec.hostIPC"),
        ("image", "requestObject.spec.containers.image"),
        ("containers", "requestObject.spec.containers"),
        (
            "serviceaccountname",
            "requestObject.spec.serviceAccountName",
        ),
        ("spec", "requestObject.spec"),
        ("roleref", "requestObject.roleRef.name"),
        ("subjects", "requestObject.subjects"),
        ("rules", "requestObject.rules"),
        ("type", "requestObject.spec.type"),
        ("labels", "requestObject.metadata.labels"),
    ];
    let lower = name.to_ascii_lowercase();
    PLACES
        .iter()
        .find(|(wrong, _)| *wrong == lower)
        .map(|(_, right)| *right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(raw: Raw) -> String {
        match raw {
            Raw::Field(field) => field.to_string(),
            Raw::Constant(text) => text.to_owned(),
            Raw::Unknown(why) => why,
        }
    }

    #[test]
    fn names_of_the_log_are_fields() {
        for name in [
            "verb",
            "objectRef.resource",
            "user.groups",
            "impersonatedUser.username",
            "user.extra.authentication.kubernetes.io/pod-name",
            "annotations.authorization.k8s.io/decision",
            "requestObject.spec.containers.image",
            "responseStatus.code",
        ] {
            assert_eq!(shown(dotted(name)), name);
        }
        assert_eq!(shown(dotted("sourceIPs[0]")), "sourceIPs[0]");
        for (pointed, name) in [
            ("/stage", "stage"),
            ("/objectRef/apiGroup", "objectRef.apiGroup"),
            (
                "/annotations/authorization.k8s.io~1decision",
                "annotations.authorization.k8s.io/decision",
            ),
            ("/requestObject/spec/tls", "requestObject.spec.tls"),
            (
                "/requestObject/metadata/labels/app.kubernetes.io~1name",
                "requestObject.metadata.labels.app.kubernetes.io/name",
            ),
            (
                "/user/extra/authentication.kubernetes.io~1pod-name/0",
                "user.extra.authentication.kubernetes.io/pod-name",
            ),
            ("/responseStatus/code", "responseStatus.code"),
        ] {
            assert_eq!(shown(pointer(pointed)), name, "{pointed}");
        }
    }

    #[test]
    fn what_no_event_has_comes_with_what_is_meant() {
        for (name, advice) in [
            ("apiGroup", "write objectRef.apiGroup"),
            ("hostPath", "write requestObject.spec.volumes.hostPath.path"),
            ("capabilities", "capabilities.add"),
            ("objectRef.kind", "fields are those of audit.k8s.io/v1"),
            ("objectref.resource", "write objectRef.resource"),
        ] {
            let said = shown(dotted(name));
            assert!(said.contains(advice), "{name}: {said}");
        }
    }
}
