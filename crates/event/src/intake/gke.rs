//! Events of GKE: entries of Cloud Logging, in which Google tells an API call in its own words.
//!
//! The traps: success and refusal stand in `status` as gRPC codes, in the answer when that is a
//! `Status`, or only in the authorization label; resource and verb stand in `methodName`; the group is
//! right in `resourceName` only, where the core group is called `core`; and exporters rename fields
//! that begin with `@` or end in `Ip`.

use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

use catseye_model::RedactionKey;

use crate::audit::{Body, Event, FillEntries, ObjectRef, Stage, Text, parse_time};
use crate::source::Source;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Entry<'a> {
    #[serde(borrow)]
    insert_id: Text<'a>,
    #[serde(borrow)]
    timestamp: Text<'a>,
    #[serde(borrow, alias = "jsonPayload")]
    proto_payload: Option<Call<'a>>,
    #[serde(borrow)]
    labels: Option<&'a RawValue>,
    #[serde(borrow)]
    operation: Option<Operation<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Call<'a> {
    #[serde(borrow)]
    authentication_info: Option<Authentication<'a>>,
    authorization_info: Option<Vec<Authorization>>,
    #[serde(borrow)]
    service_name: Text<'a>,
    #[serde(borrow)]
    method_name: Text<'a>,
    #[serde(borrow)]
    resource_name: Text<'a>,
    #[serde(borrow)]
    request_metadata: Option<RequestMetadata<'a>>,
    #[serde(borrow)]
    request: Option<&'a RawValue>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Option<RpcStatus<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Authentication<'a> {
    #[serde(borrow)]
    principal_email: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Authorization {
    granted: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RequestMetadata<'a> {
    #[serde(borrow, alias = "callerIP")]
    caller_ip: Text<'a>,
    #[serde(borrow)]
    caller_supplied_user_agent: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RpcStatus<'a> {
    code: Option<i64>,
    #[serde(borrow)]
    message: Text<'a>,
}

/// The stages of a long call share an operation, whose id is the audit id.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Operation<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    first: Option<bool>,
    last: Option<bool>,
}

/// An answer that is a `Status`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Answer<'a> {
    #[serde(borrow, rename = "@type", alias = "at_sign_type")]
    kind_url: Text<'a>,
    #[serde(borrow)]
    kind: Text<'a>,
    code: Option<u16>,
    #[serde(borrow)]
    reason: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
}

/// Reads an entry; none when it tells of something else than a Kubernetes API call.
pub(super) fn read<'a>(entry: &'a str, key: &'a RedactionKey) -> Option<Event<'a>> {
    let entry: Entry<'a> = serde_json::from_str(entry).ok()?;
    let call = entry.proto_payload?;
    if !call.service_name.is_empty() && call.service_name != "k8s.io" {
        return None;
    }
    let mut event = Event::empty(key);
    event.source = Source::Gke;
    read_method(&mut event, &call.method_name, &call.resource_name)?;

    let operation = entry.operation.unwrap_or_default();
    event.audit_id = if operation.id.is_empty() {
        entry.insert_id
    } else {
        operation.id
    };
    if operation.first == Some(true) && operation.last != Some(true) {
        event.stage = Stage::ResponseStarted;
    }
    event.received = parse_time(&entry.timestamp);
    if let Some(labels) = entry.labels {
        let mut from = serde_json::Deserializer::from_str(labels.get());
        // Labels are texts; what is none is left out.
        let _ = FillEntries(&mut event.annotations).deserialize(&mut from);
    }
    event.user.username = call.authentication_info.unwrap_or_default().principal_email;
    let caller = call.request_metadata.unwrap_or_default();
    if !caller.caller_ip.is_empty() {
        event.source_ips.push(caller.caller_ip);
    }
    event.user_agent = caller.caller_supplied_user_agent;
    event.request = Body::new(call.request);
    event.response = Body::new(call.response);

    let refused = call
        .authorization_info
        .unwrap_or_default()
        .iter()
        .any(|authorization| authorization.granted == Some(false));
    read_status(
        &mut event,
        call.status.unwrap_or_default(),
        call.response,
        refused,
    );
    Some(event)
}

/// `io.k8s.core.v1.pods.exec.create` on `core/v1/namespaces/shop/pods/cart/exec`.
fn read_method(event: &mut Event<'_>, method: &str, resource_name: &str) -> Option<()> {
    let parts: Vec<&str> = method.split('.').collect();
    let verb = *parts.last()?;
    if verb.is_empty() || !verb.bytes().all(|byte| byte.is_ascii_lowercase()) {
        // `google.container.v1.ClusterManager.CreateCluster` is about the cluster, not in it.
        return None;
    }
    event.verb = Text::from(verb.to_owned());
    let Some(version_at) = parts.iter().rposition(|part| is_version(part)) else {
        // `io.k8s.get` on `healthz`.
        if !method.starts_with("io.k8s.") {
            return None;
        }
        event.request_uri = Text::from(format!("/{}", resource_name.trim_start_matches('/')));
        return Some(());
    };
    let target = parts.get(version_at + 1..parts.len() - 1)?;
    let resource = *target.first()?;
    let mut object = ObjectRef {
        resource: Text::from(resource.to_owned()),
        subresource: Text::from(target.get(1..).unwrap_or_default().join("/")),
        api_version: Text::from((*parts.get(version_at)?).to_owned()),
        ..ObjectRef::default()
    };
    let mut path = resource_name.split('/');
    if let Some(group) = path.next()
        && group != "core"
    {
        object.api_group = Text::from(group.to_owned());
    }
    if let Some(version) = path.next().filter(|version| is_version(version)) {
        object.api_version = Text::from(version.to_owned());
    }
    let path: Vec<&str> = path.collect();
    let rest = match path.as_slice() {
        // A namespace is an object too: `core/v1/namespaces/shop`.
        ["namespaces", namespace, rest @ ..] if resource != "namespaces" => {
            object.namespace = Text::from((*namespace).to_owned());
            rest
        }
        rest => rest,
    };
    if let [_, name, ..] = rest {
        object.name = Text::from((*name).to_owned());
        if resource == "namespaces" {
            object.namespace = object.name.clone();
        }
    }
    event.object = Some(object);
    Some(())
}

/// `v1`, `v2beta1`.
fn is_version(part: &str) -> bool {
    let Some(rest) = part.strip_prefix('v') else {
        return false;
    };
    let major = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
    if major.len() == rest.len() {
        return false;
    }
    match major
        .strip_prefix("alpha")
        .or_else(|| major.strip_prefix("beta"))
    {
        Some(minor) => !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit()),
        None => major.is_empty(),
    }
}

fn read_status<'a>(
    event: &mut Event<'a>,
    rpc: RpcStatus<'a>,
    answer: Option<&'a RawValue>,
    refused: bool,
) {
    let answer: Answer<'a> = answer
        .and_then(|answer| serde_json::from_str(answer.get()).ok())
        .unwrap_or_default();
    let is_status = answer.kind == "Status" || answer.kind_url.ends_with(".Status");
    event.status.message = rpc.message;
    if is_status && answer.code.is_some_and(|code| code >= 100) {
        event.status.code = answer.code;
        event.status.reason = answer.reason;
        if !answer.message.is_empty() {
            event.status.message = answer.message;
        }
        return;
    }
    let rpc_code = rpc.code.unwrap_or(0);
    let forbidden = event.annotation("authorization.k8s.io/decision") == Some("forbid");
    event.status.code = Some(if rpc_code != 0 {
        http_code(rpc_code)
    } else if forbidden || refused {
        403
    } else {
        200
    });
}

/// The HTTP code that the API server answers where gRPC has this one. A code above 99 is HTTP already.
fn http_code(rpc: i64) -> u16 {
    match rpc {
        3 | 9 | 11 => 400,
        16 => 401,
        7 => 403,
        5 => 404,
        6 | 10 => 409,
        8 => 429,
        1 => 499,
        12 => 501,
        14 => 503,
        4 => 504,
        100..=599 => u16::try_from(rpc).unwrap_or(500),
        _ => 500,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: RedactionKey = RedactionKey::new([0; 32]);

    fn call(method: &str, resource: &str, rest: &str) -> String {
        format!(
            r#"{{"insertId":"i","timestamp":"2026-11-21T00:30:49Z","protoPayload":{{"methodName":"{method}",
            "resourceName":"{resource}","authenticationInfo":{{"principalEmail":"jane@example.com"}}}}{rest}}}"#
        )
    }

    #[test]
    fn method_and_resource_name_tell_the_target() {
        for (method, resource, expected) in [
            (
                "io.k8s.core.v1.pods.exec.create",
                "core/v1/namespaces/shop/pods/cart/exec",
                ("create", "", "v1", "pods", "exec", "shop", "cart"),
            ),
            (
                "io.k8s.authorization.rbac.v1.clusterrolebindings.patch",
                "rbac.authorization.k8s.io/v1/clusterrolebindings/ops",
                (
                    "patch",
                    "rbac.authorization.k8s.io",
                    "v1",
                    "clusterrolebindings",
                    "",
                    "",
                    "ops",
                ),
            ),
            (
                "io.k8s.apps.v1.deployments.list",
                "apps/v1/namespaces/shop/deployments",
                ("list", "apps", "v1", "deployments", "", "shop", ""),
            ),
            (
                "io.k8s.core.v1.namespaces.finalize.update",
                "core/v1/namespaces/shop/finalize",
                ("update", "", "v1", "namespaces", "finalize", "shop", "shop"),
            ),
            (
                "com.example.v1beta1.widgets.create",
                "example.com/v1beta1/namespaces/a/widgets/b",
                ("create", "example.com", "v1beta1", "widgets", "", "a", "b"),
            ),
        ] {
            let text = call(method, resource, "");
            let event = read(&text, &KEY).unwrap();
            let object = event.object().unwrap();
            let read = (
                event.verb(),
                &*object.api_group,
                &*object.api_version,
                &*object.resource,
                &*object.subresource,
                &*object.namespace,
                &*object.name,
            );
            assert_eq!(read, expected, "{method}");
        }
    }

    #[test]
    fn calls_outside_of_the_kubernetes_api_are_none() {
        let text = call(
            "google.container.v1.ClusterManager.CreateCluster",
            "projects/p",
            "",
        );
        assert!(read(&text, &KEY).is_none());
        for method in ["beta.compute.instances.insert", "compute.instances.list"] {
            assert!(read(&call(method, "", ""), &KEY).is_none(), "{method}");
        }
        let other = r#"{"protoPayload":{"serviceName":"run.googleapis.com","methodName":"com.a.v1.b.get"}}"#;
        assert!(read(other, &KEY).is_none());
        let text = call("io.k8s.get", "healthz", "");
        let event = read(&text, &KEY).unwrap();
        assert_eq!(
            (event.request_uri(), event.object().is_none()),
            ("/healthz", true)
        );
    }

    #[test]
    fn refusals_are_not_taken_for_success() {
        let status = |payload: &str, labels: &str| {
            let text = format!(
                r#"{{"protoPayload":{{"methodName":"io.k8s.core.v1.secrets.get","resourceName":"core/v1/secrets"{payload}}},
                "labels":{labels}}}"#
            );
            read(&text, &KEY).unwrap().code()
        };
        assert_eq!(status("", "{}"), Some(200));
        assert_eq!(status(r#","status":{}"#, "{}"), Some(200));
        assert_eq!(
            status(
                r#","status":{"code":7,"message":"PERMISSION_DENIED"}"#,
                "{}"
            ),
            Some(403)
        );
        assert_eq!(status(r#","status":{"code":5}"#, "{}"), Some(404));
        assert_eq!(
            status("", r#"{"authorization.k8s.io/decision":"forbid"}"#),
            Some(403)
        );
        assert_eq!(
            status(r#","authorizationInfo":[{"granted":false}]"#, "null"),
            Some(403)
        );
        assert_eq!(
            status(
                r#","status":{"code":7},"response":{"@type":"core.k8s.io/v1.Status","code":422}"#,
                "{}"
            ),
            Some(422)
        );
    }

    #[test]
    fn versions_are_told_from_resources() {
        for version in ["v1", "v2beta2", "v1alpha1", "v10"] {
            assert!(is_version(version), "{version}");
        }
        for other in [
            "volumes",
            "v",
            "v1x",
            "v1beta",
            "validatingwebhookconfigurations",
        ] {
            assert!(!is_version(other), "{other}");
        }
    }
}
