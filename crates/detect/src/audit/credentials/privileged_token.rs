//! A token of somebody who may more.

use crate::audit::prelude::*;

detection! {
    /// Token of a privileged service account minted
    ///
    /// The right to make tokens in `kube-system`, or of an account that is bound to `cluster-admin`, is
    /// the right to be them.
    ///
    /// **Benign:** None that people need; `kubectl create token` for an administrator's account.
    ///
    /// **Respond:** Delete the service account's tokens (by deleting the account, if it can be spared) and
    /// read its calls since.
    "AUD-045" {
        severity: High,
        attack: PrivilegeEscalation "T1098",
        rows: ["45"],
        needs: [],
        on: [(CREATE, &["serviceaccounts/token"])],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: serviceaccounts, subresource: token, namespace: kube-system, name: clusterrole-aggregation-controller}}",
            r"given: {inventory: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: b},
 roleRef: {kind: ClusterRole, name: cluster-admin}, subjects: [{kind: ServiceAccount, name: operator, namespace: shop}]}]}
---
{verb: create, objectRef: {resource: serviceaccounts, subresource: token, namespace: shop, name: operator}}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: serviceaccounts, subresource: token, namespace: shop, name: cart}}",
            r"{verb: create, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, objectRef: {resource: serviceaccounts, subresource: token, namespace: kube-system, name: coredns}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let (namespace, name) = (call.namespace(), call.name());
    let own = call.user() == format!("system:serviceaccount:{namespace}:{name}");
    if call.is_control_plane() || own {
        return;
    }
    let binding = call
        .inventory
        .and_then(|inventory| admin_binding_of(inventory, namespace, name));
    let why = match binding {
        Some(binding) => format!("which {binding} makes an administrator"),
        None if namespace == "kube-system" => "which belongs to the system".to_owned(),
        None => return,
    };
    found
        .say(format!(
            "made a token of service account {namespace}/{name}, {why}"
        ))
        .with("objectRef", format!("{namespace}/{name}"));
}
