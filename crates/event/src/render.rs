//! Events written as each source writes them, to see that the answer does not depend on the source.
//!
//! What is written is what the event lets see: values of secrets stay redacted. Reading it back with
//! [`crate::intake::Intake`] gives the same event, up to the fidelity of the source.

use serde_json::{Map, Value, json};

use crate::audit::{Event, ObjectRef, Stage, Text, User};

/// As the API server writes it.
pub fn plain(event: &Event<'_>) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        let is_empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(entries) => entries.is_empty(),
            _ => false,
        };
        if !is_empty {
            fields.insert(name.to_owned(), value);
        }
    };
    put("kind", json!("Event"));
    put("apiVersion", json!("audit.k8s.io/v1"));
    put("level", json!(event.level().written()));
    put("auditID", json!(event.audit_id()));
    put("stage", json!(event.stage().name()));
    put("requestURI", json!(event.request_uri()));
    put("verb", json!(event.verb()));
    put("user", user(event.user()));
    put(
        "impersonatedUser",
        event.impersonated_user().map_or(Value::Null, user),
    );
    let addresses: Vec<&str> = event.source_ips().iter().map(Text::as_str).collect();
    put("sourceIPs", json!(addresses));
    put("userAgent", json!(event.user_agent()));
    put("objectRef", event.object().map_or(Value::Null, object_ref));
    put("responseStatus", status(event));
    put(
        "requestObject",
        event.request_body().map(Value::from).unwrap_or_default(),
    );
    put(
        "responseObject",
        event.response_body().map(Value::from).unwrap_or_default(),
    );
    put(
        "requestReceivedTimestamp",
        json!(event.received_at().map(|time| time.to_string())),
    );
    put(
        "stageTimestamp",
        json!(event.staged_at().map(|time| time.to_string())),
    );
    put("annotations", annotations(event));
    Value::Object(fields)
}

/// As CloudWatch hands the log stream of an EKS API server to a subscriber.
pub fn eks(events: &[&Event<'_>]) -> Value {
    let log_events: Vec<Value> = events
        .iter()
        .enumerate()
        .map(|(index, event)| {
            let time = event.time().map_or(0, jiff::Timestamp::as_millisecond);
            json!({"id": index.to_string(), "timestamp": time, "message": plain(event).to_string()})
        })
        .collect();
    json!({
        "messageType": "DATA_MESSAGE",
        "owner": "111122223333",
        "logGroup": "/aws/eks/example/cluster",
        "logStream": "kube-apiserver-audit-0123456789abcdef",
        "subscriptionFilters": ["all"],
        "logEvents": log_events,
    })
}

/// As AKS writes it to a diagnostic setting.
pub fn aks(event: &Event<'_>) -> Value {
    json!({
        "time": event.time().map(|time| time.to_string()),
        "category": "kube-audit",
        "operationName": "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read",
        "resourceId": "/SUBSCRIPTIONS/0/RESOURCEGROUPS/EXAMPLE/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/EXAMPLE",
        "properties": {
            "log": plain(event).to_string(),
            "stream": "stdout",
            "pod": "kube-apiserver-0",
        },
    })
}

/// As GKE writes it to Cloud Logging; none for what it does not write: requests that only came in.
pub fn gke(event: &Event<'_>) -> Option<Value> {
    if event.stage() == Stage::RequestReceived {
        return None;
    }
    let (method, resource) = if let Some(object) = event.object() {
        (gke_method(object, event.verb()), gke_resource(object))
    } else {
        let path = event.request_uri().split('?').next().unwrap_or_default();
        let path = path.trim_start_matches('/');
        (format!("io.k8s.{}", event.verb()), path.to_owned())
    };
    let granted = !event.is_forbidden();
    let mut call = json!({
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "serviceName": "k8s.io",
        "methodName": method,
        "resourceName": resource,
        "authenticationInfo": {"principalEmail": event.effective_user().username.as_str()},
        "authorizationInfo": [{"granted": granted, "permission": method, "resource": resource}],
        "requestMetadata": {
            "callerIp": event.peer_ip().unwrap_or_default(),
            "callerSuppliedUserAgent": event.user_agent(),
        },
        "status": {"code": grpc_code(event.code()), "message": event.status().message.as_str()},
    });
    if let Some(body) = event.request_body() {
        call["request"] = body.into();
    }
    if let Some(body) = event.response_body() {
        call["response"] = body.into();
    }
    Some(json!({
        "insertId": event.audit_id(),
        "logName": "projects/example/logs/cloudaudit.googleapis.com%2Factivity",
        "protoPayload": call,
        "labels": annotations(event),
        "operation": {
            "id": event.audit_id(),
            "producer": "k8s.io",
            "first": true,
            "last": event.stage() != Stage::ResponseStarted,
        },
        "resource": {"type": "k8s_cluster", "labels": {"cluster_name": "example"}},
        "timestamp": event.time().map(|time| time.to_string()),
    }))
}

fn user(user: &User<'_>) -> Value {
    let groups: Vec<&str> = user.groups.iter().map(Text::as_str).collect();
    let extra: Map<String, Value> = user
        .extra()
        .iter()
        .map(|(name, values)| {
            let values: Vec<&str> = values.iter().map(Text::as_str).collect();
            (name.to_string(), json!(values))
        })
        .collect();
    let mut written = json!({"username": user.username.as_str()});
    if !user.uid.is_empty() {
        written["uid"] = json!(user.uid.as_str());
    }
    if !groups.is_empty() {
        written["groups"] = json!(groups);
    }
    if !extra.is_empty() {
        written["extra"] = Value::Object(extra);
    }
    written
}

fn object_ref(object: &ObjectRef<'_>) -> Value {
    let fields = [
        ("resource", &object.resource),
        ("namespace", &object.namespace),
        ("name", &object.name),
        ("uid", &object.uid),
        ("apiGroup", &object.api_group),
        ("apiVersion", &object.api_version),
        ("resourceVersion", &object.resource_version),
        ("subresource", &object.subresource),
    ];
    fields
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| (name.to_owned(), json!(text.as_str())))
        .collect::<Map<_, _>>()
        .into()
}

fn status(event: &Event<'_>) -> Value {
    let status = event.status();
    let mut written = Map::new();
    if let Some(code) = status.code {
        written.insert("code".to_owned(), json!(code));
    }
    for (name, text) in [("reason", &status.reason), ("message", &status.message)] {
        if !text.is_empty() {
            written.insert(name.to_owned(), json!(text.as_str()));
        }
    }
    Value::Object(written)
}

fn annotations(event: &Event<'_>) -> Value {
    event
        .annotations()
        .iter()
        .map(|(name, value)| (name.to_string(), json!(value.as_str())))
        .collect::<Map<_, _>>()
        .into()
}

/// `io.k8s.authorization.rbac.v1.roles.create`: the group backwards, without its common end.
fn gke_method(object: &ObjectRef<'_>, verb: &str) -> String {
    let group = match object.api_group.as_str() {
        "" => "io.k8s.core".to_owned(),
        group if group.contains('.') => {
            let mut parts: Vec<&str> = group.split('.').collect();
            parts.reverse();
            parts.join(".")
        }
        group => format!("io.k8s.{group}"),
    };
    let mut method = format!("{group}.{}.{}", object.api_version, object.resource);
    if !object.subresource.is_empty() {
        method.push('.');
        method.push_str(&object.subresource);
    }
    format!("{method}.{verb}")
}

fn gke_resource(object: &ObjectRef<'_>) -> String {
    let group = match object.api_group.as_str() {
        "" => "core",
        group => group,
    };
    let mut path = format!("{group}/{}", object.api_version);
    let mut add = |part: &str| {
        path.push('/');
        path.push_str(part);
    };
    if !object.namespace.is_empty() && object.resource != "namespaces" {
        add("namespaces");
        add(&object.namespace);
    }
    add(&object.resource);
    if !object.name.is_empty() {
        add(&object.name);
        if !object.subresource.is_empty() {
            add(&object.subresource);
        }
    }
    path
}

fn grpc_code(http: Option<u16>) -> u8 {
    match http {
        None | Some(101 | 200..=299) => 0,
        Some(400) => 3,
        Some(401) => 16,
        Some(403) => 7,
        Some(404) => 5,
        Some(409) => 6,
        Some(429) => 8,
        Some(501) => 12,
        Some(503) => 14,
        Some(504) => 4,
        Some(_) => 2,
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::RedactionKey;
    use proptest::prelude::*;

    use super::*;
    use crate::intake::Intake;
    use crate::source::{Aspect, Fidelity, Source};

    static KEY: RedactionKey = RedactionKey::new([3; 32]);

    fn text() -> impl Strategy<Value = String> {
        "[a-zA-Z0-9\"\\\\/ é{}&:-]{1,16}"
    }

    fn user_value() -> impl Strategy<Value = Value> {
        (text(), prop::collection::vec(text(), 0..3), text()).prop_map(|(name, groups, value)| {
            json!({"username": name, "uid": "u", "groups": groups, "extra": {"k": [value]}})
        })
    }

    fn object_value() -> impl Strategy<Value = Value> {
        let targets = [
            ("", "v1", "pods", "", true),
            ("", "v1", "pods", "exec", true),
            ("", "v1", "secrets", "", true),
            ("", "v1", "nodes", "proxy", false),
            ("", "v1", "namespaces", "finalize", false),
            ("apps", "v1", "deployments", "scale", true),
            ("rbac.authorization.k8s.io", "v1", "clusterroles", "", false),
            ("example.com", "v1beta1", "widgets", "", true),
        ];
        (prop::sample::select(targets.to_vec()), "[a-z][a-z0-9.-]{0,8}", "[a-z]{1,8}").prop_map(
            |((group, version, resource, subresource, namespaced), name, namespace)| {
                let namespace = if namespaced {
                    namespace
                } else if resource == "namespaces" {
                    name.clone()
                } else {
                    String::new()
                };
                json!({"apiGroup": group, "apiVersion": version, "resource": resource, "name": name,
                    "subresource": subresource, "namespace": namespace})
            },
        )
    }

    fn event_value() -> impl Strategy<Value = Value> {
        let codes = prop::sample::select(vec![101, 200, 201, 400, 401, 403, 404, 409, 429, 503]);
        let verbs =
            prop::sample::select(vec!["get", "list", "create", "patch", "deletecollection"]);
        let stages = prop::sample::select(vec!["ResponseStarted", "ResponseComplete"]);
        let start = 1_700_000_000_000_000_i64;
        (
            (text(), stages, verbs, codes, start..start + 1_000_000_000),
            user_value(),
            prop::option::of(user_value()),
            prop::option::of(object_value()),
            (prop::collection::vec("[0-9.]{7,15}", 1..3), text(), text(), text()),
            prop::bool::ANY,
        )
            .prop_map(
                |((id, stage, verb, code, time), user, impersonated, object, (ips, agent, reason, value), with_body)| {
                    let time = jiff::Timestamp::from_microsecond(time).unwrap().to_string();
                    // The code says the same as the decision, as it does in real logs.
                    let decision = if code == 403 { "forbid" } else { "allow" };
                    let body = if with_body {
                        json!({"kind": "Thing", "stringData": {"k": value}, "metadata": {"name": "n"}})
                    } else {
                        Value::Null
                    };
                    json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse",
                        "auditID": id, "stage": stage, "requestURI": "/path", "verb": verb, "user": user,
                        "impersonatedUser": impersonated, "objectRef": object, "sourceIPs": ips,
                        "userAgent": agent, "responseStatus": {"code": code, "message": reason},
                        "requestObject": body, "requestReceivedTimestamp": time, "stageTimestamp": time,
                        "annotations": {"authorization.k8s.io/decision": decision,
                            "authorization.k8s.io/reason": reason}})
                },
            )
    }

    /// What a reader of that fidelity can know of the event.
    fn known(event: &Event<'_>, fidelity: Fidelity) -> Value {
        let mut known = plain(event);
        let all = known.as_object_mut().unwrap();
        all.remove("stageTimestamp");
        if !fidelity.has(Aspect::Level) {
            all.remove("level");
        }
        if !fidelity.has(Aspect::RequestUri) {
            all.remove("requestURI");
        }
        if !fidelity.has(Aspect::Groups) {
            // Without groups nobody knows who is behind an impersonated user.
            all.remove("impersonatedUser");
            all.insert(
                "user".to_owned(),
                json!(event.effective_user().username.as_str()),
            );
            all.insert("sourceIPs".to_owned(), json!(event.peer_ip()));
            let status = if event.succeeded() {
                json!("success")
            } else {
                json!(event.code())
            };
            all.insert("responseStatus".to_owned(), status);
        }
        known
    }

    fn read(log: &Value) -> Vec<(Source, Value)> {
        let mut read = Vec::new();
        let mut intake = Intake::new(KEY.clone());
        let mut note = |event: &Event<'_>| {
            read.push((event.source(), known(event, event.source().fidelity())));
        };
        intake.feed(log.to_string().as_bytes(), &mut note);
        intake.finish(&mut note);
        assert_eq!(intake.tally().unreadable_count(), 0, "{log}");
        read
    }

    proptest! {
        #[test]
        fn an_event_is_the_same_whatever_source_it_comes_from(value in event_value()) {
            let text = value.to_string();
            let event = Event::parse(&text, &KEY).unwrap().unwrap();
            for (source, log) in [
                (Source::ApiServer, plain(&event)),
                (Source::Eks, eks(&[&event])),
                (Source::Aks, aks(&event)),
                (Source::Gke, gke(&event).unwrap()),
            ] {
                let expected = vec![(source, known(&event, source.fidelity()))];
                prop_assert_eq!(read(&log), expected, "{}", log);
            }
        }
    }

    #[test]
    fn rendering_gives_no_secret_away() {
        let text = r#"{"auditID":"1","verb":"create","objectRef":{"resource":"secrets"},
            "requestObject":{"stringData":{"k":"hunter2"}}}"#;
        let event = Event::parse(text, &KEY).unwrap().unwrap();
        for log in [
            plain(&event),
            eks(&[&event]),
            aks(&event),
            gke(&event).unwrap(),
        ] {
            assert!(!log.to_string().contains("hunter2"), "{log}");
        }
    }
}
