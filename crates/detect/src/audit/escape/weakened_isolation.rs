//! Host ports, unmasked `/proc`, no seccomp, unsafe sysctls.

use crate::audit::prelude::*;

detection! {
    /// Container isolation weakened
    ///
    /// An unmasked `/proc` writes kernel settings, `Unconfined` seccomp opens every system call,
    /// unsafe sysctls change the node, a host port opens a door on it past Services and policies.
    ///
    /// **Benign:** Ingress controllers (host ports), databases (sysctls), containers that build containers.
    ///
    /// **Respond:** Ask for the reason; without one, take the setting away and look at what ran.
    "AUD-093" {
        severity: Low,
        attack: PrivilegeEscalation "T1611",
        rows: ["93"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {containers: [{name: c, securityContext: {procMount: Unmasked}}]}}}",
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {securityContext: {seccompProfile: {type: Unconfined}}, containers: [{name: c}]}}}",
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {securityContext: {sysctls: [{name: kernel.core_pattern, value: x}]}}}}",
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {containers: [{name: c, ports: [{containerPort: 80, hostPort: 4444}]}]}}}",
        ],
        quiet: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {
 securityContext: {seccompProfile: {type: RuntimeDefault}, sysctls: [{name: net.ipv4.tcp_syncookies, value: '1'}]}, containers: [{name: c, ports: [{containerPort: 80}]}]}}}"],
        run: Pod(run),
    }
}

/// The sysctls that Kubernetes calls safe: they are the pod's own.
const SAFE_SYSCTLS: [&str; 12] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    for sysctl in pod.spec.list("securityContext.sysctls") {
        let name = sysctl.text("name").unwrap_or_default();
        if !SAFE_SYSCTLS.contains(&name) {
            found
                .say(format!("{} with the unsafe sysctl {name}", call.did_what()))
                .body(pod.path("securityContext.sysctls"), name);
        }
    }
    for container in &pod.containers {
        let name = container.name;
        if container.security.proc_mount == Some("Unmasked") {
            found
                .say(format!(
                    "{} whose container {name} has an unmasked /proc",
                    call.did_what()
                ))
                .body(container.path("securityContext.procMount"), "Unmasked");
        }
        if pod
            .seccomp(container)
            .is_some_and(|profile| profile.kind == "Unconfined")
        {
            found
                .say(format!(
                    "{} whose container {name} has no seccomp",
                    call.did_what()
                ))
                .body(
                    container.path("securityContext.seccompProfile.type"),
                    "Unconfined",
                );
        }
        for port in container
            .ports()
            .filter(|port| !pod.host_network() && port.host_port.is_some_and(|port| port != 0))
        {
            let port = port.host_port.unwrap_or_default().to_string();
            found
                .say(format!(
                    "{} whose container {name} listens on port {port} of its node",
                    call.did_what()
                ))
                .body(container.path("ports"), port);
        }
    }
}
