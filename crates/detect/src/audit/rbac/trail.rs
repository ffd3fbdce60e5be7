//! Every change of a role or a binding.

use crate::audit::prelude::*;

detection! {
    /// Role or binding changed
    ///
    /// Not an attack by itself: the trail that answers who gave which right to whom, and when.
    ///
    /// **Benign:** Nearly always.
    ///
    /// **Respond:** `catseye audit trail` shows the changes with what was before.
    "AUD-117" {
        severity: Info,
        attack: Persistence "T1098",
        rows: ["117"],
        needs: [],
        on: [(ALTER, RBAC)],
        when: Succeeded,
        fires: [
            r"{verb: delete, objectRef: {resource: rolebindings, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: b}}",
            r"{verb: create, objectRef: {resource: rolebindings, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: b},
 requestObject: {roleRef: {kind: Role, name: reader}, subjects: [{kind: Group, name: devs}]}}",
        ],
        quiet: [r"{verb: delete, user: {username: 'system:serviceaccount:kube-system:generic-garbage-collector'}, objectRef: {resource: rolebindings, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: b}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() {
        return;
    }
    let given = call.sent();
    let subjects: Vec<String> = subjects_of(given).map(Subject::words).collect();
    let rules: Vec<String> = rules_of(given).map(PolicyRule::words).collect();
    let mut message = call.did_what();
    if !subjects.is_empty() {
        let role = call.bound_role();
        let role = if role.is_empty() { "the role" } else { role };
        message = format!("{message}: {} has {role}", subjects.join(", "));
    }
    if !rules.is_empty() {
        message = format!("{message}: {}", rules.join("; "));
    }
    found.say(message).with("objectRef.name", call.name());
}
