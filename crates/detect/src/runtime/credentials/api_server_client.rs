//! A tool talks to the API server.

use crate::runtime::prelude::*;

runtime_rule! {
    /// A tool talks to the API server
    ///
    /// `kubectl` or `curl` against the API server from inside a container is how one looks around after a
    /// break-in: what may this token do, which secrets does it see.
    ///
    /// **Benign:** Jobs that are made of `kubectl`, and scripts of operators.
    ///
    /// **Respond:** See in the audit log what the service account did at that time; take away what it does
    /// not need.
    "RUN-043" {
        severity: Medium,
        attack: Discovery "T1613",
        on: ["exec", "flow"],
        fires: [
            r#"{exec: "kubectl get secrets -A", by: sh}"#,
            r#"{exec: "curl -sk https://kubernetes.default.svc/api/v1/namespaces", by: sh}"#,
            r"given: {api_servers: [10.96.0.1]}
---
{flow: {peer: 10.96.0.1, port: 443}, process: curl}",
        ],
        quiet: [
            r#"given: {api_servers: [10.96.0.1]}
---
{flow: {peer: 10.96.0.1, port: 443}, process: "/app/operator"}"#,
            r#"{exec: "kubectl version --client"}"#,
            r#"{exec: "curl https://api.example/"}"#,
        ],
        run: One(run),
    }
}

/// How scripts write the address of the API server.
const API_ADDRESSES: [&str; 5] = [
    "https://kubernetes.default",
    "https://kubernetes:",
    "https://kubernetes/",
    "$KUBERNETES_SERVICE_HOST",
    "${KUBERNETES_SERVICE_HOST",
];

fn run(scene: &Scene<'_>, found: &mut Found) {
    if !scene.in_container() {
        return;
    }
    if let Some(flow) = scene.flow() {
        let named = flow
            .names
            .iter()
            .any(|it| it.starts_with("kubernetes.default"));
        let is_api = named || scene.config.api_servers.contains(&flow.peer);
        if flow.direction == Direction::Out && is_api && programs::is_by_hand(scene.program()) {
            found.say(format!("{} talked to the API server", scene.who()));
        }
        return;
    }
    let line = scene.process().command_line();
    let local = line.contains("--client") || line.contains("completion");
    let client = matches!(scene.program(), "kubectl" | "oc") && scene.argv().len() > 1 && !local;
    let by_address = || {
        programs::is_by_hand(scene.program()) && API_ADDRESSES.iter().any(|it| line.contains(it))
    };
    if client || by_address() {
        found.say(format!("{} calls the API server: {line}", scene.who()));
    }
}
