//! `runAsUser: 0` or `runAsNonRoot: false`, written out.

use crate::audit::prelude::*;

detection! {
    /// Container made to run as root
    ///
    /// Root in the container is root on the node for everything that leaks through: mounts, devices,
    /// kernel bugs. Spelled out, it overrides an image that had chosen otherwise.
    ///
    /// **Benign:** Old images, init containers that change owners of volumes.
    ///
    /// **Respond:** Together with other signs only; give the image a user of its own.
    "AUD-091" {
        severity: Info,
        attack: PrivilegeEscalation "T1548",
        rows: ["91"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {containers: [{name: c, securityContext: {runAsUser: 0}}]}}}",
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {securityContext: {runAsNonRoot: false}, containers: [{name: c}]}}}",
        ],
        quiet: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {securityContext: {runAsUser: 0}, containers: [{name: c, securityContext: {runAsUser: 1000}}]}}}"],
        run: Pod(run),
    }
}

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    for container in &pod.containers {
        let root = pod.run_as_user(container) == Some(0);
        let root_allowed =
            pod.run_as_non_root(container) == Some(false) && pod.run_as_user(container).is_none();
        if root || root_allowed {
            let (field, value) = if root {
                ("runAsUser", "0")
            } else {
                ("runAsNonRoot", "false")
            };
            found
                .say(format!(
                    "{} whose container {} runs as root",
                    call.did_what(),
                    container.name
                ))
                .body(container.path("securityContext").join(field), value);
        }
    }
}
