//! A pod without an owner, by a person.

use crate::audit::prelude::*;

detection! {
    /// Pod created by hand
    ///
    /// A pod that no Deployment or Job owns is in no repository and in no release. Attack tools and people
    /// in a hurry make them.
    ///
    /// **Benign:** `kubectl run` for a test, `kubectl debug`.
    ///
    /// **Respond:** Look at what it runs; delete it when the work is done.
    "AUD-077" {
        severity: Low,
        attack: Execution "T1610",
        rows: ["77"],
        needs: [RequestBody],
        on: [(CREATE, &["pods"])],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {metadata: {name: a}, spec: {containers: [{name: c, image: busybox}]}}}"],
        quiet: [
            r"{verb: create, user: {username: 'system:serviceaccount:ci:runner'}, objectRef: {resource: pods, namespace: ci, name: a}, requestObject: {spec: {}}}",
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {metadata: {ownerReferences: [{kind: Job, name: j}]}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let owned = !call.sent().list("metadata.ownerReferences").is_empty();
    if call.is_human() && !owned && !call.is_deployer() {
        let image = call
            .pod()
            .and_then(|pod| pod.containers.first().and_then(|it| it.image));
        let image = image.unwrap_or("no image logged").to_owned();
        found
            .say(format!(
                "made {} ({image}), which nothing owns",
                call.what()
            ))
            .body("spec.containers", image);
    }
}
