//! "May I do everything?"

use crate::audit::prelude::*;

detection! {
    /// Access review for everything, secrets or escalation
    ///
    /// `can-i '*' '*'` is how one finds out whether a stolen credential is an administrator's.
    ///
    /// **Benign:** Administrators after a change of rights; installers.
    ///
    /// **Respond:** See what the identity did next, and from where.
    "AUD-026" {
        severity: Low,
        attack: Discovery "T1069.003",
        rows: ["26"],
        needs: [RequestBody],
        on: [(CREATE, &["selfsubjectaccessreviews.*"])],
        when: Permitted,
        fires: [
            r"{verb: create, objectRef: {resource: selfsubjectaccessreviews, apiGroup: authorization.k8s.io}, requestObject: {spec: {resourceAttributes: {verb: '*', resource: '*'}}}}",
            r"{verb: create, objectRef: {resource: selfsubjectaccessreviews, apiGroup: authorization.k8s.io}, requestObject: {spec: {resourceAttributes: {verb: escalate, resource: clusterroles}}}}",
        ],
        quiet: [r"{verb: create, objectRef: {resource: selfsubjectaccessreviews, apiGroup: authorization.k8s.io}, requestObject: {spec: {resourceAttributes: {verb: get, resource: pods}}}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let asked = call.sent().at("spec.resourceAttributes");
    let (verb, resource) = (
        asked.text("verb").unwrap_or_default(),
        asked.text("resource").unwrap_or_default(),
    );
    let telling = verb == "*"
        || resource == "*"
        || matches!(verb, "escalate" | "bind" | "impersonate")
        || (resource == "secrets" && matches!(verb, "list" | "get"));
    if telling && !call.is_control_plane() && !call.is_deployer() {
        found
            .say(format!("asked whether it may {verb} {resource}"))
            .body("spec.resourceAttributes", format!("{verb} {resource}"));
    }
}
