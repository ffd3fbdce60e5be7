//! Traffic led astray by a Service.

use crate::audit::prelude::*;

detection! {
    /// Service takes over addresses or names
    ///
    /// `externalIPs` catch the traffic of any address inside the cluster (CVE-2020-8554), `ExternalName`
    /// makes a name lead outside, and a changed selector hands a Service's traffic to other pods.
    ///
    /// **Benign:** Bare-metal clusters (externalIPs), names for databases outside (ExternalName).
    ///
    /// **Respond:** See whose address or name it is; put the Service back.
    "AUD-134" {
        severity: Medium,
        attack: CredentialAccess "T1557",
        rows: ["134"],
        needs: [RequestBody],
        on: [(WRITE, SERVICES)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: services, namespace: shop, name: s}, requestObject: {spec: {externalIPs: [203.0.113.9]}}}",
            r"{verb: patch, objectRef: {resource: services, namespace: shop, name: pay}, requestObject: {spec: {type: ExternalName, externalName: evil.example}}}",
            r"{verb: patch, objectRef: {resource: services, namespace: shop, name: pay}, requestObject: [{op: replace, path: /spec/selector/app, value: evil}]}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: services, namespace: shop, name: s}, requestObject: {spec: {selector: {app: web}, ports: [{port: 80}]}}}",
            r"# A name of the cluster itself.
{verb: create, objectRef: {resource: services, namespace: shop, name: s}, requestObject: {spec: {type: ExternalName, externalName: pay.pay.svc.cluster.local}}}",
            r"# Blue and green, by what delivers.
given: {deployers: ['system:serviceaccount:argo-rollouts:*']}
---
{verb: patch, user: {username: 'system:serviceaccount:argo-rollouts:argo-rollouts'}, objectRef: {resource: services, namespace: shop, name: s}, requestObject: {spec: {selector: {rollouts-pod-template-hash: abc}}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() || call.is_deployer() {
        return;
    }
    let spec = call.sent().at("spec");
    let addresses: Vec<&str> = spec.texts("externalIPs").collect();
    if !addresses.is_empty() {
        found
            .say(format!(
                "took the addresses {} for {}",
                addresses.join(", "),
                call.what()
            ))
            .body("spec.externalIPs", addresses.join(", "));
    }
    if let Some(name) = spec
        .text("externalName")
        .filter(|name| !name.trim_end_matches('.').ends_with(".cluster.local"))
    {
        found
            .say(format!("made {} lead to {name}", call.what()))
            .body("spec.externalName", name);
    }
    if call.verb.meets(PATCH) && spec.has("selector") && call.is_human() {
        found
            .say(format!(
                "handed the traffic of {} to other pods",
                call.what()
            ))
            .body("spec.selector", spec.at("selector").to_string());
    }
}
