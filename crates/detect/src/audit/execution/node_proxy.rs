//! The kubelet's own API, through the API server.

use crate::audit::prelude::*;

detection! {
    /// Kubelet API used through the node proxy
    ///
    /// `nodes/proxy` talks to the kubelet as the API server: it lists pods, reads their logs and runs
    /// commands in them, past admission, and the audit log shows a `get` of a node.
    ///
    /// **Benign:** Metrics and health, which are not counted.
    ///
    /// **Respond:** Take `nodes/proxy` from the actor; read the path for what was done.
    "AUD-069" {
        severity: High,
        attack: LateralMovement "T1611",
        rows: ["69"],
        needs: [],
        on: [(ANY_VERB, &["nodes/proxy"])],
        when: Permitted,
        fires: [r"{verb: get, requestURI: /api/v1/nodes/worker-1/proxy/runningpods/, objectRef: {resource: nodes, subresource: proxy, name: worker-1}, responseStatus: {code: 404}}"],
        quiet: [
            r"{verb: get, requestURI: /api/v1/nodes/worker-1/proxy/metrics/cadvisor, objectRef: {resource: nodes, subresource: proxy, name: worker-1}}",
            r"{verb: get, requestURI: /api/v1/nodes/worker-1/proxy/stats/summary, objectRef: {resource: nodes, subresource: proxy, name: worker-1}}",
        ],
        run: Call(run),
    }
}

const HARMLESS: [&str; 5] = ["metrics", "stats", "healthz", "configz", "spec"];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let path = call.uri().decoded_path();
    let asked = path
        .split_once("/proxy")
        .map_or("", |(_, rest)| rest.trim_start_matches('/'));
    let first = asked.split('/').next().unwrap_or_default();
    if !HARMLESS.contains(&first) || asked.contains("..") {
        found
            .say(format!("asked the kubelet of {} for /{asked}", call.name()))
            .with("requestURI", call.event.request_uri());
    }
}
