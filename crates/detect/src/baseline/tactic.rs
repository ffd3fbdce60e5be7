//! What an attacker would be after with a call: an anomaly stands in a chain by it.

use super::call::Call;
use super::sensitivity::Sensitivity;
use crate::detection::Tactic;

/// The tactic that a call would serve.
pub(super) fn of(call: &Call<'_>, sensitivity: Sensitivity) -> Tactic {
    match (call.api_group, call.resource, call.subresource) {
        (_, "secrets", _) if sensitivity.reads_secret => Tactic::CredentialAccess,
        ("", "serviceaccounts", "token") => Tactic::CredentialAccess,
        ("certificates.k8s.io", _, _) if sensitivity.changes => Tactic::CredentialAccess,
        ("", "pods", "exec" | "attach" | "ephemeralcontainers") => Tactic::Execution,
        ("", "nodes" | "pods" | "services", "proxy" | "portforward") => Tactic::LateralMovement,
        ("authorization.k8s.io", _, _) => Tactic::Discovery,
        ("", "pods", "log") => Tactic::Collection,
        _ if call.verb == "impersonate" => Tactic::PrivilegeEscalation,
        _ if !sensitivity.changes => Tactic::Discovery,
        ("rbac.authorization.k8s.io", _, _) => Tactic::PrivilegeEscalation,
        ("admissionregistration.k8s.io" | "networking.k8s.io", _, _) if sensitivity.deletes => {
            Tactic::DefenseEvasion
        }
        ("admissionregistration.k8s.io" | "apiregistration.k8s.io", _, _) => Tactic::Persistence,
        ("", "events", _) => Tactic::DefenseEvasion,
        _ if sensitivity.deletes => Tactic::Impact,
        ("apps", "daemonsets", _) | ("batch", _, _) | ("", "serviceaccounts", _) => {
            Tactic::Persistence
        }
        ("apps", _, _) | ("", "pods", _) => Tactic::Execution,
        _ => Tactic::Impact,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sensitivity::{self, tests::call};
    use super::*;

    #[test]
    fn a_call_serves_a_tactic() {
        for (text, tactic) in [
            ("list secrets shop", Tactic::CredentialAccess),
            ("get pods/exec shop web-0", Tactic::Execution),
            ("list pods shop", Tactic::Discovery),
            (
                "delete networking.k8s.io:networkpolicies shop",
                Tactic::DefenseEvasion,
            ),
            (
                "patch networking.k8s.io:networkpolicies shop",
                Tactic::Impact,
            ),
            (
                "create rbac.authorization.k8s.io:roles shop",
                Tactic::PrivilegeEscalation,
            ),
            ("deletecollection apps:deployments shop", Tactic::Impact),
        ] {
            let call = call(text);
            assert_eq!(of(&call, sensitivity::of(&call)), tactic, "{text}");
        }
    }
}
