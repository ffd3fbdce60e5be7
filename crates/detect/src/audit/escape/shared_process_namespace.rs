//! `shareProcessNamespace: true`.

use crate::audit::prelude::*;

detection! {
    /// Containers share a process namespace
    ///
    /// A planted sidecar sees the processes of its neighbours, their environment and, through
    /// `/proc/PID/root`, their files.
    ///
    /// **Benign:** Debugging sidecars, reloaders that send signals.
    ///
    /// **Respond:** See whether a container was added at the same time.
    "AUD-092" {
        severity: Low,
        attack: PrivilegeEscalation "T1611",
        rows: ["92"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {shareProcessNamespace: true}}}"],
        quiet: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {shareProcessNamespace: false}}}"],
        run: Pod(run),
    }
}

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    if pod.spec.flag("shareProcessNamespace") == Some(true) {
        found
            .say(format!(
                "{} whose containers see each other's processes",
                call.did_what()
            ))
            .body(pod.path("shareProcessNamespace"), "true");
    }
}
