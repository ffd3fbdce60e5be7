//! The cluster's own diary, torn out.

use crate::audit::prelude::*;

detection! {
    /// Events deleted
    ///
    /// Events tell what happened to objects. They go by themselves after an hour; nobody needs to delete
    /// them but to hide something. One call (`deletecollection`) is enough for a namespace.
    ///
    /// **Benign:** Test suites that clean up.
    ///
    /// **Respond:** The audit log has what the events had: read what the actor did before.
    "AUD-124" {
        severity: High,
        attack: DefenseEvasion "T1070",
        rows: ["124"],
        needs: [],
        on: [(DELETE, &["events", "events.events.k8s.io"])],
        when: Succeeded,
        fires: [
            r"{verb: deletecollection, objectRef: {resource: events, namespace: shop}}",
            r"{verb: delete, objectRef: {resource: events, apiGroup: events.k8s.io, namespace: shop, name: web.17}}",
        ],
        quiet: [
            r"# A namespace goes, with all that is in it.
{verb: deletecollection, user: {username: 'system:serviceaccount:kube-system:namespace-controller'}, objectRef: {resource: events, namespace: shop}}",
            r"{verb: create, objectRef: {resource: events, namespace: shop, name: e}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if !call.is_control_plane() {
        found
            .say(call.did_what())
            .with("requestURI", call.event.request_uri());
    }
}
