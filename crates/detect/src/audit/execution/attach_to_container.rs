//! On the line of a running program.

use crate::audit::prelude::*;

detection! {
    /// Attached to a container
    ///
    /// Attaching reads what the container's program prints and types into it: into a shell where one was
    /// left open.
    ///
    /// **Benign:** `kubectl run -it` and `kubectl debug -it`.
    ///
    /// **Respond:** Ask what it was for.
    "AUD-056" {
        severity: Low,
        attack: Execution "T1609",
        rows: ["56"],
        needs: [],
        on: [(CREATE.or(GET), &["pods/attach"])],
        when: Permitted,
        fires: [r"{verb: create, objectRef: {resource: pods, subresource: attach, namespace: shop, name: web-0}}"],
        quiet: [r"{verb: create, objectRef: {resource: pods, subresource: attach, namespace: shop, name: web-0}, responseStatus: {code: 403}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    found
        .say(format!("attached to {}", call.what()))
        .with("requestURI", call.event.request_uri());
}
