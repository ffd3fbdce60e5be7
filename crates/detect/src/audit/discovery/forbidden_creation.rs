//! Something that was not allowed to be made.

use crate::audit::prelude::*;

detection! {
    /// Creation refused
    ///
    /// An attempt that failed for lack of rights. The first tries of somebody with a stolen credential
    /// look like this.
    ///
    /// **Benign:** People in the wrong namespace; workloads whose role is missing a rule.
    ///
    /// **Respond:** Together with other signs; a service account that tries to make pods or bindings is one.
    "AUD-030" {
        severity: Low,
        attack: Execution "T1610",
        rows: ["30"],
        needs: [],
        on: [(CREATE, EVERYTHING)],
        when: Refused,
        fires: [
            r"{verb: create, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: pods, namespace: shop, name: a}, responseStatus: {code: 403}}",
            r"{verb: create, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b}, responseStatus: {code: 403}}",
        ],
        quiet: [
            r"{verb: create, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: events, namespace: shop}, responseStatus: {code: 403}}",
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}}",
            r"# Admission refused it, which says nothing about the caller's rights.
{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, responseStatus: {code: 403}, annotations: {authorization.k8s.io/decision: allow}}",
        ],
        run: Sequence(run),
    }
}

/// What one makes to run code or to get rights.
const TELLING: [&str; 18] = [
    "pods",
    "deployments",
    "daemonsets",
    "statefulsets",
    "replicasets",
    "jobs",
    "cronjobs",
    "secrets",
    "roles",
    "clusterroles",
    "rolebindings",
    "clusterrolebindings",
    "serviceaccounts",
    "certificatesigningrequests",
    "mutatingwebhookconfigurations",
    "validatingwebhookconfigurations",
    "nodes",
    "namespaces",
];

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    let exec = matches!(
        call.event.subresource(),
        "exec" | "attach" | "ephemeralcontainers" | "token"
    );
    let telling = exec || TELLING.contains(&call.resource());
    if !telling
        || !call.event.is_forbidden()
        || call.is_control_plane()
        || call.is_unauthenticated()
    {
        return;
    }
    let target = [call.resource(), call.event.subresource(), call.namespace()];
    if memory.reaches(1, 3600, &[call.user()], &target).is_some() {
        found
            .say(format!("was refused to create {}", call.what()))
            .with("objectRef.resource", call.resource());
    }
}
