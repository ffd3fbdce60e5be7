//! A door on every node.

use crate::audit::prelude::*;

detection! {
    /// NodePort Service created
    ///
    /// A NodePort opens a port on every node, past Ingress and its login.
    ///
    /// **Benign:** Clusters without load balancers; ingress controllers.
    ///
    /// **Respond:** See what is behind it, and whether the nodes have public addresses.
    "AUD-131" {
        severity: Medium,
        attack: InitialAccess "T1133",
        rows: ["131"],
        needs: [RequestBody],
        on: [(WRITE, SERVICES)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: services, namespace: shop, name: web}, requestObject: {spec: {type: NodePort}}}",
            r"{verb: patch, objectRef: {resource: services, namespace: shop, name: web}, requestObject: [{op: replace, path: /spec/type, value: NodePort}]}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: services, namespace: shop, name: web}, requestObject: {spec: {type: ClusterIP}}}",
            r"{verb: create, objectRef: {resource: services, namespace: shop, name: web}, responseStatus: {code: 422}, requestObject: {spec: {type: NodePort}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.sent().text("spec.type") == Some("NodePort") && !call.is_control_plane() {
        found
            .say(format!("opened a port on every node by {}", call.what()))
            .body("spec.type", "NodePort");
        if call.is_deployer() {
            found.lower_to(Severity::Low);
        }
    }
}
