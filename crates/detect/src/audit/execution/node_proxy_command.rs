//! A command in a container by way of the kubelet.

use crate::audit::prelude::*;

detection! {
    /// Command run through the kubelet
    ///
    /// The kubelet's `run`, `exec`, `attach` and `portForward` endpoints are exec without pods/exec: no rule
    /// about exec sees them.
    ///
    /// **Benign:** None known.
    ///
    /// **Respond:** Treat it as an intrusion: take `nodes/proxy` from the actor, replace the credentials of
    /// the pods of that node.
    "AUD-070" {
        severity: Critical,
        attack: Execution "T1609",
        rows: ["70"],
        needs: [RequestUri],
        on: [(ANY_VERB, &["nodes/proxy"])],
        when: Permitted,
        fires: [r"{verb: create, requestURI: '/api/v1/nodes/worker-1/proxy/run/shop/web-0/web?cmd=id', objectRef: {resource: nodes, subresource: proxy, name: worker-1}}"],
        quiet: [r"{verb: get, requestURI: /api/v1/nodes/worker-1/proxy/pods, objectRef: {resource: nodes, subresource: proxy, name: worker-1}}"],
        run: Call(run),
    }
}

const ENDPOINTS: [&str; 6] = ["run", "exec", "attach", "portforward", "cri", "debug"];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let path = call.uri().decoded_path().to_ascii_lowercase();
    let asked = path.split_once("/proxy/").map_or("", |(_, rest)| rest);
    let endpoint = asked
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    if ENDPOINTS.contains(&endpoint) {
        found
            .say(format!(
                "ran a command on {} by the kubelet's {endpoint}",
                call.name()
            ))
            .with("requestURI", call.event.request_uri());
    }
}
