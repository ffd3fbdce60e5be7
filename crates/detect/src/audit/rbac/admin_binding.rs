//! A binding to `cluster-admin`.

use crate::audit::prelude::*;

detection! {
    /// Binding to cluster-admin
    ///
    /// `cluster-admin` may do anything. Bound in one namespace it owns that namespace, bound
    /// cluster-wide it owns every node and every secret, and it stays when the attacker's first way in
    /// is closed.
    ///
    /// **Benign:** Setting up a cluster or an operator; people who run the platform.
    ///
    /// **Respond:** Ask who wanted it. If nobody did, delete the binding, then look at what its subjects
    /// have called since.
    "AUD-101" {
        severity: High,
        attack: PrivilegeEscalation "T1098.006",
        rows: ["101"],
        needs: [RequestBody],
        on: [(WRITE, BINDINGS)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: cluster-admin}, subjects: [{kind: ServiceAccount, name: cart, namespace: shop}]}}",
            r"{verb: create, objectRef: {resource: rolebindings, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: cluster-admin}, subjects: [{kind: User, name: jane}]}}",
            r"# The log leaves the patch's effect to the answer.
{verb: patch, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b}, requestObject: [{op: add, path: /subjects/-, value: {kind: User, name: jane}}],
 responseObject: {roleRef: {kind: ClusterRole, name: cluster-admin}, subjects: [{kind: Group, name: ops}, {kind: User, name: jane}]}}",
            r"# The log does not hold the answer; the Inventory knows the role.
given: {inventory: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: b}, roleRef: {kind: ClusterRole, name: cluster-admin}}]}
---
{verb: patch, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b}, requestObject: [{op: add, path: /subjects/-, value: {kind: User, name: jane}}]}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: rolebindings, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: view}, subjects: [{kind: User, name: jane}]}}",
            r"# The API server makes its own bindings when it starts.
{verb: create, user: {username: 'system:apiserver'}, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: cluster-admin},
 requestObject: {roleRef: {kind: ClusterRole, name: cluster-admin}, subjects: [{kind: Group, name: 'system:masters'}]}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let role = call.bound_role();
    if call.is_control_plane() || role != "cluster-admin" {
        return;
    }
    let subjects: Vec<String> = subjects_of(call.sent()).map(Subject::words).collect();
    let to = match subjects.as_slice() {
        [] => "its subjects".to_owned(),
        named => named.join(", "),
    };
    let place = match call.namespace() {
        "" => "the whole cluster".to_owned(),
        namespace => format!("namespace {namespace}"),
    };
    found
        .say(format!(
            "made {to} administrator of {place} by {}",
            call.what()
        ))
        .body("roleRef.name", role);
    if call.namespace().is_empty() {
        found.at(Severity::Critical);
    }
}
