//! A role that may talk to kubelets through the API server.

use crate::audit::prelude::*;

detection! {
    /// Role with nodes/proxy
    ///
    /// `nodes/proxy` reaches the kubelet's own API: commands in any container of any node, past
    /// admission, and without an audit event of their own. `get` is enough for it.
    ///
    /// **Benign:** Old monitoring stacks; `nodes/metrics` is enough for them.
    ///
    /// **Respond:** Replace it by `nodes/metrics`, `nodes/stats`, `nodes/log`.
    "AUD-110" {
        severity: High,
        attack: PrivilegeEscalation "T1098.006",
        rows: ["110"],
        needs: [RequestBody],
        on: [(WRITE, ROLES)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: r}, requestObject: {rules: [{apiGroups: [''], resources: [nodes, nodes/proxy], verbs: [get, list]}]}}",
            r"{verb: create, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: r}, requestObject: {rules: [{apiGroups: [''], resources: ['*/proxy'], verbs: [get]}]}}",
        ],
        quiet: [r"{verb: create, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: r}, requestObject: {rules: [{apiGroups: [''], resources: [nodes, nodes/metrics], verbs: [get, list]}]}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_system() {
        return;
    }
    for rule in rules_of(call.sent()) {
        // `nodes/*` is no form that RBAC knows; who writes it means this all the same.
        if rule.covers("", "nodes/proxy") || rule.resources().any(|it| it == "nodes/*") {
            found
                .say(format!("{} that reaches kubelets", call.did_what()))
                .body("rules", rule.words());
        }
    }
}
