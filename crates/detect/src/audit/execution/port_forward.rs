//! A way around Services and policies.

use crate::audit::prelude::*;

detection! {
    /// Port forwarded to a pod
    ///
    /// A forwarded port reaches a pod past Ingress, NetworkPolicy and what they log: databases and
    /// dashboards that were never meant for outside.
    ///
    /// **Benign:** Developers with their own services.
    ///
    /// **Respond:** See what listens in that pod, and whether the actor may have it.
    "AUD-067" {
        severity: Low,
        attack: CommandAndControl "T1090",
        rows: ["67"],
        needs: [],
        on: [(CREATE.or(GET), &["pods/portforward"])],
        when: Permitted,
        fires: [r"{verb: create, objectRef: {resource: pods, subresource: portforward, namespace: shop, name: db-0}}"],
        quiet: [r"{verb: create, objectRef: {resource: pods, subresource: portforward, namespace: shop, name: db-0}, responseStatus: {code: 403}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    found
        .say(format!("forwarded a port of {}", call.what()))
        .with("objectRef.name", call.name());
    if call.in_system_namespace() {
        found.at(Severity::Medium);
    }
}
