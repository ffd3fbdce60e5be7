//! In the clothes of the mighty.

use crate::audit::prelude::*;

detection! {
    /// Privileged identity impersonated
    ///
    /// Impersonation makes the call as somebody else: an administrator, the control plane, a system service
    /// account. What authorization sees is the other.
    ///
    /// **Benign:** `kubectl --as` by administrators who test; front ends that act as their users.
    ///
    /// **Respond:** Ask the actor; take `impersonate` away where nobody needs it.
    "AUD-017" {
        severity: High,
        attack: PrivilegeEscalation "T1134",
        rows: ["17"],
        needs: [],
        on: [(ANY_VERB, EVERYTHING)],
        when: Permitted,
        fires: [
            r"{verb: list, impersonatedUser: {username: 'system:kube-controller-manager'}, objectRef: {resource: secrets}}",
            r"{verb: get, impersonatedUser: {username: 'system:serviceaccount:kube-system:clusterrole-aggregation-controller'}, objectRef: {resource: secrets, namespace: shop, name: db}}",
        ],
        quiet: [
            r"{verb: list, impersonatedUser: {username: jane, groups: [devs]}, objectRef: {resource: pods, namespace: shop}}",
            r"{verb: list, impersonatedUser: {username: 'system:kube-controller-manager'}, objectRef: {resource: secrets}, responseStatus: {code: 403}}",
            r"# The front end of a cloud acts as its users, and asks who it is.
{verb: create, impersonatedUser: {username: 'system:anonymous'}, objectRef: {resource: selfsubjectreviews, apiGroup: authentication.k8s.io}}",
        ],
        run: Sequence(run),
    }
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    let Some(other) = call.event.impersonated_user() else {
        return;
    };
    let name = other.username.as_str();
    let privileged = match other.actor() {
        Actor::Component { .. } | Actor::Node { .. } => true,
        Actor::ServiceAccount { namespace, .. } => is_system_namespace(namespace),
        Actor::Human { name } => {
            call.config.is_break_glass(name)
                || matches!(name, "admin" | "cluster-admin" | "masterclient")
        }
        Actor::Anonymous => false,
    };
    let himself = call.event.user().username.as_str();
    // One call is the news; a session of the same pair is one incident.
    if privileged
        && memory
            .reaches(1, 600, &[himself, name], &[call.resource()])
            .is_some()
    {
        found
            .say(format!(
                "acted as {name} (it is {himself}) and {}",
                call.did_what()
            ))
            .with("impersonatedUser.username", name);
    }
}
