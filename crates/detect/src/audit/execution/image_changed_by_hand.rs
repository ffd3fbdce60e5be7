//! Another image in a live workload, past delivery.

use crate::audit::prelude::*;

detection! {
    /// Image of a live workload changed by hand
    ///
    /// Where delivery writes images, a person with kubectl does not: the new image was not built, not
    /// scanned and not reviewed.
    ///
    /// **Benign:** Emergencies, and clusters without delivery.
    ///
    /// **Respond:** Compare with the manifest, and put it back.
    "AUD-082" {
        severity: Low,
        attack: Persistence "T1525",
        rows: ["82"],
        needs: [RequestBody],
        on: [(PATCH, CONTROLLERS)],
        when: Succeeded,
        fires: [r"{verb: patch, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: {spec: {template: {spec: {containers: [{name: web, image: 'evil/web:2'}]}}}}}"],
        quiet: [
            r"{verb: patch, user: {username: 'system:serviceaccount:argocd:controller'}, userAgent: argocd-application-controller/v2, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web},
 requestObject: {spec: {template: {spec: {containers: [{name: web, image: 'web:2'}]}}}}}",
            r"{verb: patch, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: {spec: {template: {spec: {containers: [{name: web, resources: {}}]}}}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if !call.is_human() || call.is_deployer() || !is_kubectl(call.event.user_agent()) {
        return;
    }
    let Some(pod) = call.pod() else { return };
    for container in &pod.containers {
        if let Some(image) = container.image {
            found
                .say(format!("set image {image} in {} by hand", call.what()))
                .body(container.path("image"), image);
        }
    }
}
