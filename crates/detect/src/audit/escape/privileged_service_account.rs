//! A pod that runs as a service account which is, in effect, the administrator.

use crate::audit::prelude::*;

detection! {
    /// Pod runs as a service account with the cluster's highest rights
    ///
    /// The right to create pods in a namespace is the right to act as every service account there.
    /// Where one of them is bound to `cluster-admin`, that is the whole cluster.
    ///
    /// **Benign:** The operator that the account was made for, when it is installed or upgraded.
    ///
    /// **Respond:** If it is not that operator, delete the workload, and look at the account's calls since.
    "AUD-097" {
        severity: High,
        attack: PrivilegeEscalation "T1078",
        rows: ["97"],
        needs: [RequestBody],
        given: [Inventory],
        on: [(CREATE, WORKLOADS)],
        when: Succeeded,
        fires: [r"given: {inventory: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: b},
 roleRef: {kind: ClusterRole, name: cluster-admin}, subjects: [{kind: ServiceAccount, name: operator, namespace: shop}]}]}
---
{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {serviceAccountName: operator}}}"],
        quiet: [r"given: {inventory: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: b},
 roleRef: {kind: ClusterRole, name: cluster-admin}, subjects: [{kind: ServiceAccount, name: operator, namespace: shop}]}]}
---
{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {serviceAccountName: cart}}}
---
{verb: create, objectRef: {resource: pods, namespace: pay, name: a}, requestObject: {spec: {serviceAccountName: operator}}}"],
        run: Pod(run),
    }
}

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    let Some(inventory) = call.inventory else {
        return;
    };
    let account = pod.service_account();
    if let Some(binding) = admin_binding_of(inventory, call.namespace(), account) {
        found
            .say(format!(
                "{} that runs as {account}, which {binding} makes an administrator",
                call.did_what()
            ))
            .body(pod.path("serviceAccountName"), account);
    }
}
