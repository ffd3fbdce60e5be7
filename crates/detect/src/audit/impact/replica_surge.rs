//! Many more of the same.

use crate::audit::prelude::*;

detection! {
    /// Sudden scale-up
    ///
    /// Ten times the replicas, or a hundred at once: mining in a workload that nobody will miss, or a
    /// cluster filled until it stops.
    ///
    /// **Benign:** Load tests, sales days; autoscalers are not counted.
    ///
    /// **Respond:** Scale it back, and look at the workload's image and command.
    "AUD-141" {
        severity: Medium,
        attack: Impact "T1496",
        rows: ["141"],
        needs: [RequestBody],
        on: [(CHANGE, &["deployments.*", "statefulsets.*", "replicasets.*", "deployments.*/scale", "statefulsets.*/scale", "replicasets.*/scale", "horizontalpodautoscalers.*"])],
        when: Succeeded,
        fires: [
            r"{verb: patch, objectRef: {resource: deployments, apiGroup: apps, subresource: scale, namespace: shop, name: web}, requestObject: {spec: {replicas: 200}}}",
            r"given: {inventory: [{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {replicas: 2, template: {spec: {}}}}]}
---
{verb: patch, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: {spec: {replicas: 40}}}",
        ],
        quiet: [
            r"{verb: patch, objectRef: {resource: deployments, apiGroup: apps, subresource: scale, namespace: shop, name: web}, requestObject: {spec: {replicas: 5}}}",
            r"{verb: update, user: {username: 'system:serviceaccount:kube-system:horizontal-pod-autoscaler'}, objectRef: {resource: deployments, apiGroup: apps, subresource: scale, namespace: shop, name: web}, requestObject: {spec: {replicas: 200}}}",
        ],
        run: Sequence(run),
    }
}

/// As many at once are telling whatever was before.
const MANY: i64 = 100;
/// The factor, and the least that it must come to.
const FACTOR: i64 = 10;
const LEAST: i64 = 20;
const SPAN: i64 = 24 * 60 * 60;

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    let spec = call.sent().at("spec");
    let field = if call.resource() == "horizontalpodautoscalers" {
        "maxReplicas"
    } else {
        "replicas"
    };
    let Some(after) = spec.integer(field) else {
        return;
    };
    let key = [call.resource(), call.namespace(), call.name()];
    let seen = memory
        .recall(&key, SPAN)
        .and_then(|text| text.parse::<i64>().ok());
    let known = || {
        let kind = call.kind()?;
        let object = call.inventory?.find(kind, call.namespace(), call.name())?;
        object.value().integer("spec.replicas")
    };
    let before = seen.or_else(known);
    memory.keep(&key, &after.to_string());
    if call.is_control_plane() {
        return;
    }
    let surge = match before {
        Some(before) => after >= LEAST && after >= before.max(1).saturating_mul(FACTOR),
        None => after >= MANY,
    };
    if surge {
        let from = before
            .map(|before| format!(" from {before}"))
            .unwrap_or_default();
        found
            .say(format!("scaled {}{from} to {after}", call.what()))
            .body(format!("spec.{field}"), after.to_string());
    }
}
