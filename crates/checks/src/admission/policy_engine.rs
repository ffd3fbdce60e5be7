//! Policies of Kyverno, Gatekeeper and Kubewarden: whether they refuse or only report.

use catseye_model::Value;
use catseye_model::{Fields, Kind, Object};

/// The API group of Gatekeeper's constraints.
pub(super) const CONSTRAINTS: &str = "constraints.gatekeeper.sh";

/// True for the policies of the engines.
pub(super) fn is_policy(object: &Object) -> bool {
    match object.kind() {
        Kind::KyvernoPolicy | Kind::KyvernoClusterPolicy => true,
        Kind::Other => matches!(
            object.group(),
            CONSTRAINTS | "policies.kyverno.io" | "policies.kubewarden.io"
        ),
        _ => false,
    }
}

/// True when the constraint refuses what breaks it.
pub(super) fn constraint_denies(constraint: &Object) -> bool {
    let spec = constraint.value().at("spec");
    match spec.text("enforcementAction") {
        None | Some("deny" | "") => true,
        Some("scoped") => spec
            .list("scopedEnforcementActions")
            .iter()
            .any(|scoped| scoped.text("action") == Some("deny")),
        Some(_) => false,
    }
}

/// True when a rule of a Kyverno policy refuses what breaks it. Mutating and generating rules refuse
/// nothing and answer `false`.
pub(super) fn rule_enforces(rule: &Value, policy: &Value) -> bool {
    let own = if rule.has("validate") {
        rule.text("validate.failureAction")
    } else if rule.has("verifyImages") {
        rule.list("verifyImages")
            .iter()
            .find_map(|images| images.text("failureAction"))
    } else {
        return false;
    };
    // Kyverno's default is to report only.
    let action = own.or_else(|| policy.text("spec.validationFailureAction"));
    action.is_some_and(|action| action.eq_ignore_ascii_case("enforce"))
}
