//! A capability with which a container gets out, or listens in.

use crate::audit::prelude::*;

detection! {
    /// Dangerous capability added
    ///
    /// `SYS_ADMIN` and `SYS_MODULE` are root on the node, `SYS_PTRACE` and `DAC_READ_SEARCH` read what
    /// other containers hold, `NET_ADMIN` and `BPF` bend the network and the kernel.
    ///
    /// **Benign:** CNI agents (`NET_ADMIN`), profilers (`SYS_PTRACE`), runtime sensors (`BPF`).
    ///
    /// **Respond:** If it is no known agent, delete it, and treat its node as lost for `SYS_ADMIN`,
    /// `SYS_MODULE`, `SYS_RAWIO` and `ALL`.
    "AUD-089" {
        severity: High,
        attack: PrivilegeEscalation "T1611",
        rows: ["89"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {containers: [{name: c, securityContext: {capabilities: {add: [SYS_ADMIN]}}}]}}}",
            r"{verb: patch, objectRef: {resource: pods, subresource: ephemeralcontainers, namespace: shop, name: a},
 requestObject: {spec: {ephemeralContainers: [{name: debugger, securityContext: {capabilities: {add: [CAP_SYS_PTRACE]}}}]}}}",
        ],
        quiet: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {containers: [{name: c, securityContext: {capabilities: {add: [NET_BIND_SERVICE], drop: [ALL]}}}]}}}"],
        run: Pod(run),
    }
}

/// Out of the container at once.
const WORST: [&str; 5] = [
    "ALL",
    "SYS_ADMIN",
    "SYS_MODULE",
    "SYS_RAWIO",
    "DAC_READ_SEARCH",
];
const BAD: [&str; 8] = [
    "SYS_PTRACE",
    "NET_ADMIN",
    "BPF",
    "SYS_BOOT",
    "SYSLOG",
    "PERFMON",
    "MAC_ADMIN",
    "CHECKPOINT_RESTORE",
];

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    for container in &pod.containers {
        for capability in container.security.added_capabilities() {
            let upper = capability.to_ascii_uppercase();
            let name = upper.strip_prefix("CAP_").unwrap_or(&upper);
            let worst = WORST.contains(&name);
            if worst || BAD.contains(&name) {
                found
                    .say(format!(
                        "{} whose container {} has {name}",
                        call.did_what(),
                        container.name
                    ))
                    .body(
                        container.path("securityContext.capabilities.add"),
                        capability,
                    )
                    .at(if worst {
                        Severity::High
                    } else {
                        Severity::Medium
                    });
            }
        }
    }
}
