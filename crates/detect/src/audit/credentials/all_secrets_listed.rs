//! Every secret of the cluster in one call.

use crate::audit::prelude::*;

detection! {
    /// All secrets of the cluster listed
    ///
    /// One call gives every password, key and token that the cluster holds. It is the first thing that
    /// attack tools do with a stolen administrator.
    ///
    /// **Benign:** Operators that mirror or inspect secrets (name them as deployers), backups.
    ///
    /// **Respond:** If the actor is not known for it, treat every secret as read, and replace them.
    "AUD-035" {
        severity: High,
        attack: CredentialAccess "T1552.007",
        rows: ["35"],
        needs: [],
        on: [(LIST, SECRETS)],
        when: Succeeded,
        fires: [r"{verb: list, objectRef: {resource: secrets}}"],
        quiet: [
            r"{verb: list, objectRef: {resource: secrets, namespace: shop}}",
            r"{verb: list, objectRef: {resource: secrets}, responseStatus: {code: 403}}",
            r"{verb: list, user: {username: 'system:kube-controller-manager'}, objectRef: {resource: secrets}}",
            r"# An operator keeps its cache by list and watch, under its own name.
{verb: list, user: {username: 'system:serviceaccount:vault:operator'}, userAgent: vault-operator/v1.2.0, requestURI: '/api/v1/secrets?limit=500&resourceVersion=0', objectRef: {resource: secrets}}",
        ],
        run: Call(run),
    }
}

/// Client libraries fill their caches with `resourceVersion=0` and then watch; people and attack tools
/// list once.
fn fills_a_cache(call: &Call<'_, '_>) -> bool {
    let by_workload = matches!(call.actor(), Actor::ServiceAccount { .. });
    by_workload
        && call.uri().values("resourceVersion").next().is_some()
        && !is_script(call.event.user_agent())
        && !is_kubectl(call.event.user_agent())
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let whole_cluster = call.namespace().is_empty() && call.name().is_empty();
    if whole_cluster && !call.is_control_plane() && !call.is_deployer() && !fills_a_cache(call) {
        found
            .say("listed all secrets of the cluster")
            .with("requestURI", call.event.request_uri());
        // Backups do, with a program of their own; what is usual for one is the baseline's to say.
        let agent = call.event.user_agent();
        let by_workload = matches!(call.actor(), Actor::ServiceAccount { .. });
        if by_workload && !agent.is_empty() && !is_script(agent) && !is_kubectl(agent) {
            found.lower_to(Severity::Medium);
        }
    }
}
