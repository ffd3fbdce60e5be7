//! `securityContext.privileged: true`.

use crate::audit::prelude::*;

detection! {
    /// Privileged container
    ///
    /// A privileged container holds every capability and every device of its node. Whoever gets code to
    /// run in it owns the node, its other pods and their tokens. Init and ephemeral containers count, and
    /// so do templates and patches: an attacker adds the flag to a workload that is already trusted.
    ///
    /// **Benign:** Network and storage agents in `kube-system`, installed by the platform team.
    ///
    /// **Respond:** Ask the actor. If they do not know of it, cordon the node, delete the workload, and
    /// replace every credential of the pods that ran there.
    "AUD-083" {
        severity: High,
        attack: PrivilegeEscalation "T1611",
        rows: ["83"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a},
 requestObject: {spec: {initContainers: [{name: setup, securityContext: {privileged: true}}]}}}",
            r"{verb: patch, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web},
 requestObject: [{op: add, path: /spec/template/spec/containers/0/securityContext, value: {privileged: true}}]}",
            r"{verb: create, objectRef: {resource: cronjobs, apiGroup: batch, namespace: shop, name: job}, requestObject: {spec: {jobTemplate:
 {spec: {template: {spec: {containers: [{name: c, securityContext: {privileged: true}}]}}}}}}}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a},
 requestObject: {spec: {containers: [{name: c, securityContext: {privileged: false}}]}}}",
            r"# The ReplicaSet controller makes what a Deployment asks for.
{verb: create, user: {username: 'system:serviceaccount:kube-system:replicaset-controller'}, objectRef: {resource: pods, namespace: shop, name: a},
 requestObject: {spec: {containers: [{name: c, securityContext: {privileged: true}}]}}}",
            r"# Refused by admission.
{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, responseStatus: {code: 403},
 requestObject: {spec: {containers: [{name: c, securityContext: {privileged: true}}]}}}",
            r"# Tried out, not kept.
{verb: create, requestURI: '/api/v1/namespaces/shop/pods?dryRun=All', objectRef: {resource: pods, namespace: shop, name: a},
 requestObject: {spec: {containers: [{name: c, securityContext: {privileged: true}}]}}}",
        ],
        run: Pod(run),
    }
}

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    for container in &pod.containers {
        if container.security.privileged == Some(true) {
            found
                .say(format!(
                    "{} with privileged container {}",
                    call.did_what(),
                    container.name
                ))
                .body(container.path("securityContext.privileged"), "true");
        }
    }
}
