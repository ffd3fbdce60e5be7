//! A command in somebody's container.

use crate::audit::prelude::*;

detection! {
    /// Command run in a container
    ///
    /// Exec is code in a running container, with its secrets, its network and its service account. It
    /// comes as `create` or, from WebSocket clients such as newer kubectl, as `get`; it runs until the
    /// session ends, but counts when it starts.
    ///
    /// **Benign:** People who look after their own workloads; tools that copy files.
    ///
    /// **Respond:** Ask what it was for. The log holds the command only; a runtime sensor sees the rest.
    "AUD-055" {
        severity: Low,
        attack: Execution "T1609",
        rows: ["55"],
        needs: [],
        on: [(CREATE.or(GET), EXEC)],
        when: Permitted,
        fires: [
            r"{verb: create, requestURI: '/api/v1/namespaces/shop/pods/web-0/exec?command=ls&command=-l', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}",
            r"{verb: get, stage: ResponseStarted, responseStatus: {code: 101}, requestURI: '/api/v1/namespaces/shop/pods/web-0/exec?command=ls', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}, responseStatus: {code: 403}}",
            r"{verb: get, objectRef: {resource: pods, namespace: shop, name: web-0}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let command = call.command();
    let ran = command.as_deref().unwrap_or("a command");
    found.say(format!("ran {ran} in {}", call.what())).with(
        "requestURI",
        command.as_deref().unwrap_or(call.event.request_uri()),
    );
}
