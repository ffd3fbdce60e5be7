//! Bindings that warn or record, and nothing that refuses.

use catseye_model::{FieldPath, Fields, Kind, Object};

use super::validating_policy::{bindings_of, denies};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An admission policy only warns or records
    ///
    /// No binding of the policy has `Deny` among its actions, so objects that break it are admitted. A
    /// warning is shown to whoever sends the request, which tells an attacker where to look and
    /// a pipeline nothing.
    ///
    /// **Fix:** Once the warnings are quiet, refuse:
    /// ```yaml
    /// spec:
    ///   validationActions: [Deny, Audit]
    /// ```
    "ADM-108" {
        severity: Low,
        rows: ["F04"],
        fails: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: a}
spec: {policyName: no-host-path, validationActions: [Warn, Audit]}
",
        ],
        passes: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: production}
spec: {policyName: no-host-path, validationActions: [Deny]}
---
# Elsewhere the same policy is only tried out.
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: staging}
spec: {policyName: no-host-path, validationActions: [Warn]}
",
        ],
        run: Objects(&[Kind::ValidatingAdmissionPolicyBinding], run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let Some(policy) = object.value().text("spec.policyName") else {
        return;
    };
    if denies(object) || bindings_of(policy, object.kind(), context.inventory).any(denies) {
        return;
    }
    let actions: Vec<&str> = object.value().texts("spec.validationActions").collect();
    found.at(
        FieldPath::root().join("spec.validationActions"),
        format!("{policy} refuses nothing: {}", actions.join(", ")),
    );
}
