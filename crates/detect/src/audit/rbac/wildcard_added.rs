//! `*` in a role that was there before.

use crate::audit::prelude::*;

detection! {
    /// Wildcard added to an existing role
    ///
    /// Widening a role that is already bound gives the rights at once, to all its subjects, without a
    /// new binding that somebody could notice.
    ///
    /// **Benign:** Upgrades of operators whose roles have wildcards.
    ///
    /// **Respond:** Compare with the role's manifest and put it back.
    "AUD-107" {
        severity: High,
        attack: PrivilegeEscalation "T1098.006",
        rows: ["107"],
        needs: [RequestBody],
        on: [(CHANGE, ROLES)],
        when: Succeeded,
        fires: [r"{verb: patch, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: dev}, requestObject: {rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]}}"],
        quiet: [
            r"{verb: patch, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: dev}, requestObject: {metadata: {labels: {a: b}}}}",
            r"# Had it before: the Inventory knows.
given: {inventory: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: dev}, rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]}]}
---
{verb: update, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: dev}, requestObject: {rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() {
        return;
    }
    let kind = if call.resource() == "roles" {
        Kind::Role
    } else {
        Kind::ClusterRole
    };
    let before = call
        .inventory
        .and_then(|inventory| inventory.find(kind, call.namespace(), call.name()))
        .map(|role| rules_of(role.value()).any(|rule| rule.allows(&[]) && rule.covers_all()));
    if before == Some(true) {
        return;
    }
    for rule in rules_of(call.sent()) {
        if rule.allows(&[]) && rule.covers_all() {
            found
                .say(format!("widened {} to {}", call.what(), rule.words()))
                .body("rules", rule.words());
        }
    }
}
