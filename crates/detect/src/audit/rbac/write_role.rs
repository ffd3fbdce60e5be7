//! A role that may change things.

use crate::audit::prelude::*;

detection! {
    /// Role with write verbs
    ///
    /// A role that creates or changes objects is a way to run code where it creates pods, and to destroy
    /// where it deletes. Worth a line in the trail, seldom more.
    ///
    /// **Benign:** Almost every operator.
    ///
    /// **Respond:** Only together with other signs.
    "AUD-112" {
        severity: Info,
        attack: Persistence "T1098",
        rows: ["112"],
        needs: [RequestBody],
        on: [(WRITE, ROLES)],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: roles, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: r}, requestObject: {rules: [{apiGroups: [''], resources: [pods], verbs: [get, create]}]}}"],
        quiet: [r"{verb: create, objectRef: {resource: roles, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: r}, requestObject: {rules: [{apiGroups: [''], resources: [pods], verbs: [get, list, watch]}]}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_system() {
        return;
    }
    let writes: Vec<String> = rules_of(call.sent())
        .filter(|rule| rule.allows(&["create", "update", "patch", "delete", "deletecollection"]))
        .map(PolicyRule::words)
        .collect();
    if !writes.is_empty() {
        found
            .say(format!("{} with write access", call.did_what()))
            .body("rules", writes.join("; "));
    }
}
