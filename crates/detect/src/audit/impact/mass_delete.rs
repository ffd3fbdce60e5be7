//! Many things gone at once.

use crate::audit::prelude::*;

detection! {
    /// Mass deletion
    ///
    /// Twenty deletions in five minutes, or whole collections in several namespaces: destruction, or the
    /// cleaning away of traces.
    ///
    /// **Benign:** Uninstalling a large chart; test clusters.
    ///
    /// **Respond:** Disable the actor first, then restore.
    "AUD-138" {
        severity: High,
        attack: Impact "T1485",
        rows: ["138"],
        needs: [],
        on: [(DELETE, EVERYTHING)],
        when: Succeeded,
        fires: [
            r"{repeat: 21, verb: delete, objectRef: {resource: services, namespace: shop, name: 's{n}'}}",
            r"{repeat: 3, verb: deletecollection, objectRef: {resource: deployments, apiGroup: apps, namespace: 'team-{n}'}}",
        ],
        quiet: [
            r"{repeat: 60, verb: delete, user: {username: 'system:serviceaccount:kube-system:generic-garbage-collector'}, objectRef: {resource: pods, namespace: shop, name: 'p{n}'}}",
            r"{repeat: 60, verb: delete, user: {username: 'system:serviceaccount:ci:runner'}, objectRef: {resource: pods, namespace: ci, name: 'p{n}'}}",
            r"{repeat: 10, verb: delete, objectRef: {resource: services, namespace: shop, name: 's{n}'}}",
            r"# Helm takes a release away; its own records go with it.
{repeat: 60, verb: delete, userAgent: Helm/3.14, objectRef: {resource: secrets, namespace: shop, name: 'sh.helm.release.v1.a.v{n}'}}",
        ],
        run: Sequence(run),
    }
}

/// What comes and goes by itself, and what people clean away without harm.
const PASSING: [&str; 7] = [
    "events",
    "leases",
    "pods",
    "jobs",
    "tokenreviews",
    "replicasets",
    "endpointslices",
];

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    // Operators delete what they have made; that they begin to is for the baseline to see.
    if !(call.is_human() || call.is_unauthenticated()) || call.is_deployer() {
        return;
    }
    if PASSING.contains(&call.resource()) || call.name().starts_with("sh.helm.release.") {
        return;
    }
    let target = [call.resource(), call.namespace(), call.name()];
    if call.event.verb() == "deletecollection" {
        if let Some(count) = memory.reaches(2, 600, &[call.user(), "collections"], &target) {
            found
                .say(format!(
                    "deleted {count} whole collections within ten minutes"
                ))
                .with("requestURI", call.event.request_uri());
        }
        return;
    }
    if let Some(count) = memory.reaches(20, 300, &[call.user()], &target) {
        found
            .say(format!("deleted {count} objects within five minutes"))
            .with("requestURI", call.event.request_uri());
    }
}
