//! Eyes put out.

use crate::audit::prelude::*;

detection! {
    /// Security or log agent removed
    ///
    /// Without the agent on its node a container does what it likes, unseen: the step before the noise.
    ///
    /// **Benign:** Upgrades that delete and create again; uninstalling.
    ///
    /// **Respond:** Put it back, and treat what ran in between as unseen.
    "AUD-126" {
        severity: High,
        attack: DefenseEvasion "T1562.001",
        rows: ["126"],
        needs: [],
        on: [(DELETE, &["daemonsets.*", "deployments.*", "statefulsets.*", "configmaps"]), (PATCH, &["daemonsets.*", "deployments.*", "deployments.*/scale"])],
        when: Succeeded,
        fires: [
            r"{verb: delete, objectRef: {resource: daemonsets, apiGroup: apps, namespace: falco, name: falco}}",
            r"{verb: patch, objectRef: {resource: daemonsets, apiGroup: apps, namespace: logging, name: fluent-bit}, requestObject: {spec: {template: {spec: {nodeSelector: {none: 'true'}}}}}}",
            r"{verb: patch, objectRef: {resource: deployments, subresource: scale, apiGroup: apps, namespace: catseye, name: catseye-hub}, requestObject: {spec: {replicas: 0}}}",
        ],
        quiet: [
            r"{verb: patch, objectRef: {resource: daemonsets, apiGroup: apps, namespace: falco, name: falco}, requestObject: {spec: {template: {spec: {containers: [{name: falco, image: 'falco:0.40'}]}}}}}",
            r"{verb: delete, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}}",
        ],
        run: Call(run),
    }
}

const AGENTS: [&str; 20] = [
    "falco",
    "tetragon",
    "catseye",
    "kubearmor",
    "tracee",
    "sysdig",
    "datadog-agent",
    "crowdstrike",
    "falcon-sensor",
    "aqua-",
    "twistlock",
    "prisma",
    "neuvector",
    "stackrox",
    "fluentd",
    "fluent-bit",
    "filebeat",
    "promtail",
    "vector",
    "wazuh",
];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let name = call.name();
    let agent = AGENTS.into_iter().find(|agent| name.contains(agent));
    let Some(agent) = agent.filter(|_| !call.is_control_plane() && !call.is_deployer()) else {
        return;
    };
    let spec = call.sent().at("spec");
    let switched_off =
        spec.integer("replicas") == Some(0) || spec.has("template.spec.nodeSelector");
    if call.verb.meets(DELETE) || switched_off {
        let how = if switched_off {
            "switched off"
        } else {
            "deleted"
        };
        found
            .say(format!("{how} {}, which watches ({agent})", call.what()))
            .with("objectRef.name", name);
    }
}
