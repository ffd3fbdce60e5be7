//! A pod that runs as one of the control plane's own service accounts.

use crate::audit::prelude::*;

detection! {
    /// Pod runs as a controller's service account
    ///
    /// The controllers' accounts in `kube-system` may read all secrets, create pods anywhere or bind
    /// any role. Whoever may create a pod there may have their tokens.
    ///
    /// **Benign:** None known: the controllers do not run in pods.
    ///
    /// **Respond:** Delete the pod, then its ServiceAccount's tokens, and look at every call that this
    /// account has made from a pod's address.
    "AUD-096" {
        severity: Critical,
        attack: PrivilegeEscalation "T1078.001",
        rows: ["96"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: pods, namespace: kube-system, name: a}, requestObject: {spec: {serviceAccountName: clusterrole-aggregation-controller}}}"],
        quiet: [
            r"{verb: create, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: a}, requestObject: {spec: {template: {spec: {serviceAccountName: deployment-controller}}}}}",
            r"{verb: create, objectRef: {resource: deployments, apiGroup: apps, namespace: kube-system, name: a}, requestObject: {spec: {template: {spec: {serviceAccountName: coredns}}}}}",
        ],
        run: Pod(run),
    }
}

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    let account = pod.service_account();
    if call.namespace() == "kube-system" && is_built_in_controller(account) {
        found
            .say(format!(
                "{} that runs as the control plane's {account}",
                call.did_what()
            ))
            .body(pod.path("serviceAccountName"), account);
    }
}
