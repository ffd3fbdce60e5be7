//! A namespace comes or goes.

use crate::audit::prelude::*;

detection! {
    /// Namespace created or deleted
    ///
    /// Deleting a namespace deletes everything in it. A new one is a place without policies.
    ///
    /// **Benign:** Teams and tests.
    ///
    /// **Respond:** For a deletion that nobody meant: restore at once, volumes may still be there.
    "AUD-136" {
        severity: Info,
        attack: Impact "T1485",
        rows: ["136"],
        needs: [],
        on: [(CREATE, &["namespaces"]), (DELETE, &["namespaces"])],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: namespaces, name: x}}",
            r"{verb: delete, objectRef: {resource: namespaces, name: shop}}",
        ],
        quiet: [r"{verb: create, user: {username: 'system:apiserver'}, objectRef: {resource: namespaces, name: kube-public}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() || call.is_deployer() {
        return;
    }
    found
        .say(call.did_what())
        .with("objectRef.name", call.name());
    if call.verb.meets(DELETE) {
        let severity = if is_system_namespace(call.name()) {
            Severity::Critical
        } else {
            Severity::Low
        };
        found.at(severity);
    }
}
