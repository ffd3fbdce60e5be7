//! A role that may run commands in containers.

use crate::audit::prelude::*;

detection! {
    /// Role with pods/exec
    ///
    /// Exec is code in every container of the role's reach, with its secrets and its service account.
    /// `get` is enough: WebSocket clients use it.
    ///
    /// **Benign:** Roles for developers and for tools that copy files.
    ///
    /// **Respond:** Give it for a time and a namespace only.
    "AUD-109" {
        severity: Low,
        attack: PrivilegeEscalation "T1098.006",
        rows: ["109"],
        needs: [RequestBody],
        on: [(WRITE, ROLES)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: roles, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: r}, requestObject: {rules: [{apiGroups: [''], resources: [pods/exec], verbs: [create]}]}}",
            r"{verb: patch, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: r}, requestObject: {rules: [{apiGroups: [''], resources: [pods, pods/exec], verbs: [get]}]}}",
        ],
        quiet: [r"{verb: create, objectRef: {resource: roles, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: r}, requestObject: {rules: [{apiGroups: [''], resources: [pods, pods/log], verbs: [get, list]}]}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_system() {
        return;
    }
    for rule in rules_of(call.sent()) {
        // A wildcard is another rule's.
        let named = rule
            .resources()
            .any(|it| matches!(it, "pods/exec" | "*/exec" | "pods/attach" | "*/attach"));
        if named && rule.allows(&["create", "get"]) {
            found
                .say(format!(
                    "{} that may run commands in containers",
                    call.did_what()
                ))
                .body("rules", rule.words());
            if call.namespace().is_empty() {
                found.at(Severity::Medium);
            }
        }
    }
}
