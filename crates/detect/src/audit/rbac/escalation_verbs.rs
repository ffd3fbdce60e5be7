//! The verbs that lift RBAC's own limits.

use crate::audit::prelude::*;

detection! {
    /// Role with escalate, bind or impersonate
    ///
    /// RBAC lets nobody give what he does not have, except by these verbs: `escalate` writes any role,
    /// `bind` gives any role, `impersonate` is anybody.
    ///
    /// **Benign:** Operators that manage RBAC, and front ends that act as their users.
    ///
    /// **Respond:** Confine the rule by `resourceNames`; otherwise treat its subjects as administrators.
    "AUD-108" {
        severity: High,
        attack: PrivilegeEscalation "T1098.006",
        rows: ["108"],
        needs: [RequestBody],
        on: [(WRITE, ROLES)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: r}, requestObject: {rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [escalate]}]}}",
            r"{verb: update, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: r}, requestObject: {rules: [{apiGroups: [''], resources: [users, groups], verbs: [impersonate]}]}}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: r}, requestObject: {rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [get, list]}]}}",
            r"# May bind one role only.
{verb: create, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: r}, requestObject: {rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], resourceNames: [view], verbs: [bind]}]}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() {
        return;
    }
    for rule in rules_of(call.sent()).filter(|rule| !rule.is_confined()) {
        let verbs: Vec<&str> = rule
            .verbs()
            .filter(|verb| matches!(*verb, "escalate" | "bind" | "impersonate"))
            .collect();
        if !verbs.is_empty() {
            found
                .say(format!("{} that may {}", call.did_what(), verbs.join(", ")))
                .body("rules", rule.words());
        }
    }
}
