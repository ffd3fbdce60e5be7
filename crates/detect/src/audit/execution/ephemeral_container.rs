//! A container put into a running pod.

use crate::audit::prelude::*;

detection! {
    /// Debug container added to a running pod
    ///
    /// An ephemeral container joins a pod without restarting it, with an image of the caller's choice, and
    /// can see the processes of its neighbours.
    ///
    /// **Benign:** `kubectl debug` by people who look after the workload.
    ///
    /// **Respond:** Look at the image and whom it targets; delete the pod to be rid of it.
    "AUD-068" {
        severity: Medium,
        attack: Execution "T1609",
        rows: ["68"],
        needs: [],
        on: [(WRITE, &["pods/ephemeralcontainers"])],
        when: Succeeded,
        fires: [r"{verb: patch, objectRef: {resource: pods, subresource: ephemeralcontainers, namespace: shop, name: web-0},
 requestObject: {spec: {ephemeralContainers: [{name: debugger, image: busybox, targetContainerName: web}]}}}"],
        quiet: [
            r"{verb: patch, objectRef: {resource: pods, namespace: shop, name: web-0}, requestObject: {metadata: {labels: {a: b}}}}",
            r"{verb: get, objectRef: {resource: pods, subresource: ephemeralcontainers, namespace: shop, name: web-0}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let added = call.sent().list("spec.ephemeralContainers").last();
    let image = added.and_then(|it| it.text("image"));
    found
        .say(format!(
            "put a debug container ({}) into {}",
            image.unwrap_or("image not logged"),
            call.what()
        ))
        .with("objectRef.name", call.name());
    if call.in_system_namespace() {
        found.at(Severity::High);
    }
}
