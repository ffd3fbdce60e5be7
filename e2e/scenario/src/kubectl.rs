//! What kubectl sends for the commands that people type: a command is seldom one call.

use serde_json::{Value, json};

use crate::call::{Call, Expect};
use crate::cast::Actor;

/// `kubectl get RESOURCE -n NAMESPACE`
pub fn list(actor: &Actor, resources: &str) -> Vec<Call> {
    vec![actor.get(format!("{resources}?limit=500"))]
}

/// The discovery that kubectl repeats when its cache has grown old.
pub fn discovery(actor: &Actor) -> Vec<Call> {
    vec![
        actor.get("/api?timeout=32s"),
        actor.get("/apis?timeout=32s"),
    ]
}

/// `kubectl describe pod`
pub fn describe_pod(actor: &Actor, namespace: &str, pod: &str) -> Vec<Call> {
    vec![
        actor
            .get(format!("/api/v1/namespaces/{namespace}/pods/{pod}"))
            .expecting(Expect::Anything),
        actor.get(format!(
            "/api/v1/namespaces/{namespace}/events?fieldSelector=involvedObject.name%3D{pod}&limit=500"
        )),
    ]
}

/// `kubectl logs POD`
pub fn logs(actor: &Actor, namespace: &str, pod: &str, container: &str) -> Vec<Call> {
    let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}");
    vec![
        actor.get(path.clone()).expecting(Expect::Anything),
        actor
            .get(format!("{path}/log?container={container}&tailLines=200"))
            .expecting(Expect::Anything),
    ]
}

/// `kubectl top pods`
pub fn top(actor: &Actor, namespace: &str) -> Vec<Call> {
    vec![actor.get(format!(
        "/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods"
    ))]
}

/// `kubectl rollout status`: a read, a list and a short watch.
pub fn rollout_status(actor: &Actor, namespace: &str, deployment: &str) -> Vec<Call> {
    let all = format!("/apis/apps/v1/namespaces/{namespace}/deployments");
    let one = format!("fieldSelector=metadata.name%3D{deployment}");
    vec![
        actor.get(format!("{all}/{deployment}")),
        actor.get(format!("{all}?{one}")),
        actor.get(format!("{all}?{one}&watch=true&timeoutSeconds=1")),
    ]
}

/// `kubectl exec -it POD -- COMMAND`
pub fn exec(actor: &Actor, namespace: &str, pod: &str, command: &[&str]) -> Vec<Call> {
    let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}");
    vec![
        actor.get(path.clone()).expecting(Expect::Anything),
        run(actor, namespace, pod, command),
    ]
}

/// The exec call alone, as other clients send it.
pub fn run(actor: &Actor, namespace: &str, pod: &str, command: &[&str]) -> Call {
    let words: Vec<String> = command.iter().map(|word| encoded(word)).collect();
    let words = words.join("&command=");
    actor
        .stream(format!(
            "/api/v1/namespaces/{namespace}/pods/{pod}/exec?stdin=true&stdout=true&tty=true&command={words}"
        ))
        .expecting(Expect::Anything)
}

/// `kubectl port-forward POD PORT`
pub fn port_forward(actor: &Actor, namespace: &str, pod: &str, port: u16) -> Vec<Call> {
    let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}");
    vec![
        actor.get(path.clone()).expecting(Expect::Anything),
        actor
            .stream(format!("{path}/portforward?ports={port}"))
            .expecting(Expect::Anything),
    ]
}

/// `kubectl edit`, `set`, `patch`, `annotate` …: a read and a patch by the command's own field manager.
pub fn change(actor: &Actor, path: &str, command: &str, fields: Value) -> Vec<Call> {
    vec![
        actor.get(path),
        actor.strategic(format!("{path}?fieldManager=kubectl-{command}"), fields),
    ]
}

/// `kubectl scale`
pub fn scale(actor: &Actor, path: &str, replicas: u32) -> Vec<Call> {
    vec![
        actor.get(path),
        actor.merge(
            format!("{path}/scale"),
            json!({"spec": {"replicas": replicas}}),
        ),
    ]
}

/// `kubectl set image` or `kubectl set env` and the like on one container of a Deployment.
pub fn set_container(
    actor: &Actor,
    namespace: &str,
    deployment: &str,
    command: &str,
    container: &Value,
) -> Vec<Call> {
    change(
        actor,
        &format!("/apis/apps/v1/namespaces/{namespace}/deployments/{deployment}"),
        command,
        json!({"spec": {"template": {"spec": {"containers": [container]}}}}),
    )
}

/// `kubectl create -f`
pub fn create(actor: &Actor, collection: &str, object: Value) -> Vec<Call> {
    vec![
        actor.get("/openapi/v3?timeout=32s"),
        actor.post(
            format!("{collection}?fieldManager=kubectl-create&fieldValidation=Strict"),
            object,
        ),
    ]
}

/// `kubectl delete`, which waits until the object is gone.
pub fn delete(actor: &Actor, path: &str) -> Vec<Call> {
    vec![
        actor.delete(path),
        actor.get(path).expecting(Expect::Anything),
    ]
}

/// `kubectl auth can-i --list`
pub fn can_i_list(actor: &Actor, namespace: &str) -> Vec<Call> {
    vec![actor.post(
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
               "spec": {"namespace": namespace}}),
    )]
}

/// `kubectl auth can-i VERB RESOURCE`
pub fn can_i(actor: &Actor, verb: &str, group: &str, resource: &str, namespace: &str) -> Call {
    actor.post(
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
               "spec": {"resourceAttributes": {
                   "namespace": namespace, "verb": verb, "group": group, "resource": resource}}}),
    )
}

/// A word of a command line in a query.
fn encoded(word: &str) -> String {
    word.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::person;

    #[test]
    fn a_command_line_survives_the_query() {
        let call = run(&person("maya"), "shop", "cart-0", &["sh", "-c", "id && ls"]);
        assert!(
            call.path
                .ends_with("&command=sh&command=-c&command=id%20%26%26%20ls"),
            "{}",
            call.path
        );
    }
}
