//! A role or binding of Kubernetes itself, changed or deleted.

use crate::audit::prelude::*;

detection! {
    /// Built-in role or binding changed
    ///
    /// Roles whose names begin with `system:` belong to the control plane and are bound already.
    /// Widening one is a quiet back door; deleting one breaks the cluster.
    ///
    /// **Benign:** The API server itself, at start; add-on managers of clouds.
    ///
    /// **Respond:** Restart an API server, or run `kubectl auth reconcile`, to put the defaults back.
    "AUD-113" {
        severity: High,
        attack: Persistence "T1098",
        rows: ["113"],
        needs: [],
        on: [(CHANGE, RBAC), (DELETE, RBAC)],
        when: Succeeded,
        fires: [
            r"{verb: delete, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: 'system:node'}}",
            r"{verb: patch, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: cluster-admin}, requestObject: {rules: []}}",
        ],
        quiet: [
            r"{verb: update, user: {username: 'system:apiserver'}, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: 'system:node'}, requestObject: {rules: []}}",
            r"{verb: delete, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: reader}}",
            r"# Add-ons bring roles that only look built in.
{verb: patch, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: 'system:coredns'}, requestObject: {rules: []}}",
        ],
        run: Call(run),
    }
}

/// Roles that add-ons bring, named as if they were built in.
const OF_ADD_ONS: [&str; 3] = [
    "system:coredns",
    "system:metrics-server",
    "system:aggregated-metrics-reader",
];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let name = call.name();
    let built_in =
        name.starts_with("system:") || matches!(name, "cluster-admin" | "admin" | "edit" | "view");
    if call.is_control_plane() || !built_in || OF_ADD_ONS.contains(&name) {
        return;
    }
    found
        .say(format!(
            "{}, which belongs to Kubernetes itself",
            call.did_what()
        ))
        .with("objectRef.name", name);
}
