//! One container more in a live workload.

use crate::audit::prelude::*;

detection! {
    /// Container added to a live workload
    ///
    /// A sidecar that is patched in shares the network, the volumes and the service account of a workload
    /// that everybody trusts.
    ///
    /// **Benign:** Service mesh injection does it at admission, which is not a patch; engineers who test.
    ///
    /// **Respond:** Compare the workload with its manifest, and put it back.
    "AUD-081" {
        severity: Medium,
        attack: Execution "T1610",
        rows: ["81"],
        needs: [RequestBody],
        on: [(PATCH, CONTROLLERS)],
        when: Succeeded,
        fires: [
            r"{verb: patch, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: [{op: add, path: /spec/template/spec/containers/-, value: {name: sc, image: alpine}}]}",
            r"given: {inventory: [{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {template: {spec: {containers: [{name: web}]}}}}]}
---
{verb: patch, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: {spec: {template: {spec: {containers: [{name: sc, image: alpine}]}}}}}",
        ],
        quiet: [
            r"{verb: patch, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: {spec: {replicas: 3}}}",
            r"# kubectl set image
{verb: patch, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: {spec: {template: {spec: {$setElementOrder/containers: [{name: web}], containers: [{name: web, image: 'web:2'}]}}}}}",
            r"given: {deployers: [ci]}
---
{verb: patch, user: {username: ci}, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: [{op: add, path: /spec/template/spec/containers/-, value: {name: sc, image: alpine}}]}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() || call.is_deployer() {
        return;
    }
    let steps = call.event.request_body().and_then(Value::as_array);
    for step in steps.into_iter().flatten() {
        let path = step.text("path").unwrap_or_default();
        let end = path.rsplit('/').next().unwrap_or_default();
        let into_list = path.contains("ontainers/") && (end == "-" || end.parse::<u32>().is_ok());
        if step.text("op") == Some("add") && into_list {
            let value = step.at("value");
            added(
                call,
                found,
                value.text("name").unwrap_or_default(),
                value.text("image").unwrap_or_default(),
            );
        }
    }
    // A merge patch that adds a container reads like one that changes it; what was there before tells.
    let Some((known, pod)) = call
        .known_containers()
        .and_then(|known| Some((known, call.pod()?)))
    else {
        return;
    };
    if call.event.request_body().is_some_and(Value::is_object) {
        for container in &pod.containers {
            if !known.iter().any(|name| name == container.name) {
                added(
                    call,
                    found,
                    container.name,
                    container.image.unwrap_or_default(),
                );
            }
        }
    }
}

fn added(call: &Call<'_, '_>, found: &mut Found, name: &str, image: &str) {
    found
        .say(format!(
            "added container {name} ({image}) to {}",
            call.what()
        ))
        .body("spec.template.spec.containers", image);
}
