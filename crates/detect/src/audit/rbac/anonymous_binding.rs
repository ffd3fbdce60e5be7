//! A binding for everybody.

use crate::audit::prelude::*;

detection! {
    /// Binding for anonymous or all authenticated users
    ///
    /// `system:unauthenticated` and `system:anonymous` are whoever reaches the API server;
    /// `system:authenticated` and `system:serviceaccounts` are every pod, and on some clouds every
    /// account of the provider. It is a back door that needs no credential at all.
    ///
    /// **Benign:** The built-in discovery roles, which are not counted.
    ///
    /// **Respond:** Delete the binding at once. Look for calls by `system:anonymous` since.
    "AUD-103" {
        severity: Critical,
        attack: Persistence "T1098",
        rows: ["103"],
        needs: [RequestBody],
        on: [(WRITE, BINDINGS)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: view}, subjects: [{kind: Group, name: 'system:unauthenticated'}]}}",
            r"{verb: patch, objectRef: {resource: rolebindings, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: b}, requestObject: [{op: add, path: /subjects/0, value: {kind: User, name: 'system:anonymous'}}]}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: view}, subjects: [{kind: Group, name: devs}]}}",
            r"{verb: update, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: 'system:service-account-issuer-discovery'}, subjects: [{kind: Group, name: 'system:serviceaccounts'}]}}",
        ],
        run: Call(run),
    }
}

/// Roles that show nothing but what the cluster can do.
const DISCOVERY: [&str; 4] = [
    "system:discovery",
    "system:basic-user",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    // A patch of the subjects alone does not say which role it is.
    let role = match call.bound_role() {
        "" => "that it binds",
        role => role,
    };
    if call.is_control_plane() || DISCOVERY.contains(&role) {
        return;
    }
    for subject in subjects_of(call.sent()) {
        let (who, severity) = match subject.name {
            "system:anonymous" | "system:unauthenticated" => ("everybody", Severity::Critical),
            "system:authenticated" => ("every authenticated user", Severity::High),
            "system:serviceaccounts" => ("every service account", Severity::High),
            _ => continue,
        };
        found
            .say(format!("gave {who} the role {role} by {}", call.what()))
            .body("subjects", subject.name)
            .at(severity);
    }
}
