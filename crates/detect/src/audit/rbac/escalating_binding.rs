//! A binding to a built-in role from which one gets further.

use crate::audit::prelude::*;

detection! {
    /// Binding to a powerful built-in role
    ///
    /// `admin` and `edit` read the secrets and act as the service accounts of a namespace; the roles of
    /// the control plane (`system:…`) were not made for anybody else.
    ///
    /// **Benign:** Teams are given `admin` or `edit` in their namespaces all the time: this is Low
    /// there, and High for `system:` roles.
    ///
    /// **Respond:** Ask who wanted it; delete the binding if nobody did.
    "AUD-102" {
        severity: Low,
        attack: PrivilegeEscalation "T1098.006",
        rows: ["102"],
        needs: [RequestBody],
        on: [(WRITE, BINDINGS)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: rolebindings, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: edit}, subjects: [{kind: ServiceAccount, name: cart, namespace: shop}]}}",
            r"{verb: create, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: 'system:controller:clusterrole-aggregation-controller'}, subjects: [{kind: User, name: jane}]}}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: rolebindings, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: b},
 requestObject: {roleRef: {kind: Role, name: edit}, subjects: [{kind: User, name: jane}]}}",
            r"# What metrics servers and extension API servers need.
{verb: create, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: 'system:auth-delegator'}, subjects: [{kind: ServiceAccount, name: metrics-server, namespace: kube-system}]}}",
        ],
        run: Call(run),
    }
}

/// Roles that are made to be bound by others, although their names begin with `system:`.
const MADE_FOR_OTHERS: [&str; 9] = [
    "system:auth-delegator",
    "system:basic-user",
    "system:discovery",
    "system:public-info-viewer",
    "system:metrics-server",
    "system:aggregated-metrics-reader",
    "system:monitoring",
    "system:service-account-issuer-discovery",
    "system:node-proxier",
];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let bound = call.result();
    let role = bound.text("roleRef.name").unwrap_or_default();
    if call.is_control_plane() || bound.text("roleRef.kind") != Some("ClusterRole") {
        return;
    }
    let of_control_plane = role.starts_with("system:") && !MADE_FOR_OTHERS.contains(&role);
    if !of_control_plane && !matches!(role, "admin" | "edit") {
        return;
    }
    let subjects: Vec<String> = subjects_of(call.sent()).map(Subject::words).collect();
    found
        .say(format!(
            "gave {} the role {role} by {}",
            subjects.join(", "),
            call.what()
        ))
        .body("roleRef.name", role);
    if of_control_plane {
        found.at(Severity::High);
    } else if call.namespace().is_empty() {
        found.at(Severity::Medium);
    }
}
