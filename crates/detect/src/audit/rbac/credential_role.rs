//! A role that reads secrets, mints tokens, signs certificates or writes webhooks.

use crate::audit::prelude::*;

detection! {
    /// Role that gives credentials or control
    ///
    /// Reading secrets, minting tokens of service accounts, approving certificates and writing admission
    /// webhooks each lead to somebody else's rights.
    ///
    /// **Benign:** Ingress controllers, certificate managers and secret operators need some of it.
    ///
    /// **Respond:** Confine secrets by `resourceNames`; keep token and approval rights to their operators.
    "AUD-111" {
        severity: Low,
        attack: PrivilegeEscalation "T1098.006",
        rows: ["111"],
        needs: [RequestBody],
        on: [(WRITE, ROLES)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: r}, requestObject: {rules: [{apiGroups: [''], resources: [secrets], verbs: [list]}]}}",
            r"{verb: create, objectRef: {resource: roles, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: r}, requestObject: {rules: [{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}]}}",
        ],
        quiet: [r"{verb: create, objectRef: {resource: roles, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: r}, requestObject: {rules: [{apiGroups: [''], resources: [secrets], resourceNames: [tls], verbs: [get]}]}}"],
        run: Call(run),
    }
}

const ADMISSION: &str = "admissionregistration.k8s.io";

/// What a rule gives, by verbs, group and resource, and how bad that is cluster-wide.
const GIFTS: [(&[&str], &str, &str, &str); 5] = [
    (&["get", "list", "watch"], "", "secrets", "reads secrets"),
    (
        &["create"],
        "",
        "serviceaccounts/token",
        "mints tokens of service accounts",
    ),
    (
        &["update", "patch"],
        "certificates.k8s.io",
        "certificatesigningrequests/approval",
        "approves certificates",
    ),
    (
        &["create", "update", "patch"],
        ADMISSION,
        "mutatingwebhookconfigurations",
        "writes admission webhooks",
    ),
    (
        &["create", "update", "patch"],
        ADMISSION,
        "validatingwebhookconfigurations",
        "writes admission webhooks",
    ),
];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_system() {
        return;
    }
    for rule in rules_of(call.sent()).filter(|rule| !rule.is_confined() && !rule.covers_all()) {
        for (verbs, group, resource, what) in GIFTS {
            if rule.allows(verbs) && rule.covers(group, resource) {
                found
                    .say(format!("{} that {what}", call.did_what()))
                    .body("rules", rule.words());
                if call.namespace().is_empty() {
                    found.at(Severity::Medium);
                }
            }
        }
    }
}
