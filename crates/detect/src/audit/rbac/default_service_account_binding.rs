//! Rights for `default` service accounts.

use crate::audit::prelude::*;

detection! {
    /// Powerful role bound to a default service account
    ///
    /// Every pod that names no service account runs as `default`. Rights given to it are given to all
    /// pods of the namespace, those of the attacker included.
    ///
    /// **Benign:** Tutorials and quick fixes do it; it is a mistake then.
    ///
    /// **Respond:** Make a service account for the workload that needs the rights, and delete the binding.
    "AUD-104" {
        severity: High,
        attack: PrivilegeEscalation "T1098",
        rows: ["104"],
        needs: [RequestBody],
        on: [(WRITE, BINDINGS)],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: cluster-admin}, subjects: [{kind: ServiceAccount, name: default, namespace: shop}]}}"],
        quiet: [
            r"{verb: create, objectRef: {resource: rolebindings, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: view}, subjects: [{kind: ServiceAccount, name: default, namespace: shop}]}}",
            r"{verb: create, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: cluster-admin}, subjects: [{kind: User, name: default}]}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let role = call.bound_role();
    if !matches!(role, "cluster-admin" | "admin" | "edit") || call.is_control_plane() {
        return;
    }
    for subject in subjects_of(call.sent()) {
        if subject.kind == "ServiceAccount" && subject.name == "default" {
            found
                .say(format!(
                    "gave {role} to every pod of {} that names no service account",
                    subject.namespace
                ))
                .body("subjects", subject.words());
        }
    }
}
