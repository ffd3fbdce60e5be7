//! "May I do everything?"

use crate::audit::prelude::*;

/// Questions of an attacker that differ, within a day: together they are a probe, however slow.
const QUESTIONS: usize = 5;
/// Namespaces for which one asks within an hour what one may do there.
const NAMESPACES: usize = 5;

detection! {
    /// Access review for everything, secrets or escalation
    ///
    /// `can-i '*' '*'` is how one finds out whether a stolen credential is an administrator's. Five such
    /// questions within a day are a probe, and so is asking what one may do in five namespaces within an hour:
    /// whoever works here knows where.
    ///
    /// **Benign:** Administrators after a change of rights; installers; tools that print a matrix of rights.
    ///
    /// **Respond:** See what the identity did next, and from where.
    "AUD-026" {
        severity: Low,
        attack: Discovery "T1069.003",
        rows: ["26"],
        needs: [RequestBody],
        on: [(CREATE, &["selfsubjectaccessreviews.*", "selfsubjectrulesreviews.*"])],
        when: Permitted,
        fires: [
            r"{verb: create, objectRef: {resource: selfsubjectaccessreviews, apiGroup: authorization.k8s.io}, requestObject: {spec: {resourceAttributes: {verb: '*', resource: '*'}}}}",
            r"{verb: create, objectRef: {resource: selfsubjectaccessreviews, apiGroup: authorization.k8s.io}, requestObject: {spec: {resourceAttributes: {verb: escalate, resource: clusterroles}}}}",
            r"# What may I do, namespace after namespace?
{repeat: 5, verb: create, objectRef: {resource: selfsubjectrulesreviews, apiGroup: authorization.k8s.io}, requestObject: {spec: {namespace: 'team-{n}'}}}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: selfsubjectaccessreviews, apiGroup: authorization.k8s.io}, requestObject: {spec: {resourceAttributes: {verb: get, resource: pods}}}}",
            r"# kubectl asks the same again and again.
{repeat: 9, verb: create, objectRef: {resource: selfsubjectrulesreviews, apiGroup: authorization.k8s.io}, requestObject: {spec: {namespace: shop}}}",
        ],
        run: Sequence(run),
    }
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    if call.is_control_plane() || call.is_deployer() {
        return;
    }
    if call.resource() == "selfsubjectrulesreviews" {
        let namespace = call.sent().text("spec.namespace").unwrap_or_default();
        let key = [call.user(), "rules"];
        if let Some(count) = memory.reaches(NAMESPACES, 3600, &key, &[namespace]) {
            found
                .say(format!(
                    "asked what it may do in {count} namespaces within an hour"
                ))
                .body("spec.namespace", namespace)
                .at(Severity::Medium);
        }
        return;
    }
    let asked = call.sent().at("spec.resourceAttributes");
    let (verb, resource) = (
        asked.text("verb").unwrap_or_default(),
        asked.text("resource").unwrap_or_default(),
    );
    let telling = verb == "*"
        || resource == "*"
        || matches!(verb, "escalate" | "bind" | "impersonate")
        || (resource == "secrets" && matches!(verb, "list" | "get"));
    if !telling {
        return;
    }
    found
        .say(format!("asked whether it may {verb} {resource}"))
        .body("spec.resourceAttributes", format!("{verb} {resource}"));
    let namespace = asked.text("namespace").unwrap_or_default();
    let (key, question) = ([call.user(), "access"], [verb, resource, namespace]);
    if memory.reaches(QUESTIONS, 86_400, &key, &question).is_some() {
        found.at(Severity::Medium);
    }
}
