//! `*` in the verbs or resources of a role.

use crate::audit::prelude::*;

detection! {
    /// Role with wildcard verbs or resources
    ///
    /// `*` also means what will be installed tomorrow, and `escalate`, `bind` and `impersonate` with it.
    /// All verbs on all resources is `cluster-admin` by another name.
    ///
    /// **Benign:** Operators that ship such roles; administrators' own roles.
    ///
    /// **Respond:** Name what is needed; `catseye audit least-privilege` tells from the calls.
    "AUD-106" {
        severity: Medium,
        attack: PrivilegeEscalation "T1098.006",
        rows: ["106"],
        needs: [RequestBody],
        on: [(WRITE, ROLES)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: r}, requestObject: {rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]}}",
            r"{verb: create, objectRef: {resource: roles, apiGroup: rbac.authorization.k8s.io, namespace: shop, name: r}, requestObject: {rules: [{apiGroups: [''], resources: [pods], verbs: ['*']}]}}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: r}, requestObject: {rules: [{apiGroups: ['*'], resources: [pods], verbs: [get]}]}}",
            r"{verb: create, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: r}, requestObject: {rules: [{nonResourceURLs: [/metrics/*], verbs: [get]}]}}",
            r"# All of an operator's own kinds.
{verb: create, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: r}, requestObject: {rules: [{apiGroups: [shop.example], resources: ['*'], verbs: ['*']}]}}",
        ],
        run: Call(run),
    }
}

/// Groups of Kubernetes itself; in others `*` is what their operator brought.
fn is_built_in(group: &str) -> bool {
    group == "*" || !group.contains('.') || group.ends_with(".k8s.io")
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_system() {
        return;
    }
    for rule in rules_of(call.sent()) {
        let verbs = rule.verbs().any(|verb| verb == "*");
        let resources = rule.resources().any(|resource| resource == "*");
        let groups_matter = !rule.has_groups() || rule.groups().any(is_built_in);
        let names_resources = rule.resources().next().is_some();
        if (verbs || resources) && names_resources && groups_matter {
            found
                .say(format!("{} with {}", call.did_what(), rule.words()))
                .body("rules", rule.words());
            if verbs && resources && rule.groups().any(|group| group == "*") {
                found.at(Severity::High);
            }
        }
    }
}
