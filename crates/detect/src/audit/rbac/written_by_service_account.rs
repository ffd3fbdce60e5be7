//! Roles and bindings written by a workload.

use crate::audit::prelude::*;

detection! {
    /// Role or binding written by a service account
    ///
    /// Workloads seldom manage rights. One that does, and was not installed for that, has been taken
    /// over by somebody who wants to stay.
    ///
    /// **Benign:** Operators and delivery (Argo CD, Flux, OLM): name them as deployers.
    ///
    /// **Respond:** See what runs as that service account, and what it gave to whom.
    "AUD-115" {
        severity: Medium,
        attack: PrivilegeEscalation "T1098.006",
        rows: ["115"],
        needs: [],
        on: [(WRITE, RBAC)],
        when: Succeeded,
        fires: [r"{verb: create, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: rolebindings, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: b}, requestObject: {roleRef: {kind: Role, name: r}}}"],
        quiet: [
            r"{verb: patch, user: {username: 'system:serviceaccount:kube-system:clusterrole-aggregation-controller'}, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: view}, requestObject: {rules: []}}",
            r"given: {deployers: ['system:serviceaccount:argocd:*']}
---
{verb: create, user: {username: 'system:serviceaccount:argocd:argocd-application-controller'}, objectRef: {resource: roles, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: r}, requestObject: {rules: []}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let by_workload = matches!(call.actor(), Actor::ServiceAccount { .. });
    if by_workload && !call.is_control_plane() && !call.is_deployer() {
        found
            .say(format!("{} as a service account", call.did_what()))
            .with("user.username", call.user());
    }
}
