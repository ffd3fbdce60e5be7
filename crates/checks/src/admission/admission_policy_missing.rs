//! A binding to a policy that does not exist.

use catseye_model::{FieldPath, Fields, Object};

use super::validating_policy::{BINDINGS, absence_is_certain, counterpart};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A binding names an admission policy that does not exist
    ///
    /// The API server accepts such a binding without a word. A renamed or deleted policy leaves its
    /// binding behind, and what it used to refuse is admitted from then on.
    ///
    /// In a folder this is told only where the folder holds other policies.
    ///
    /// **Fix:** Correct `spec.policyName`, restore the policy, or delete the binding.
    "ADM-109" {
        severity: Medium,
        rows: ["F04"],
        fails: [
            r"# completeness: cluster
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: a}
spec: {policyName: no-host-path, validationActions: [Deny]}
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-host-path}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: a}
spec: {policyName: no-host-path, validationActions: [Deny]}
",
            r"# completeness: fragment
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: a}
spec: {policyName: no-host-path, validationActions: [Deny]}
",
        ],
        run: Objects(BINDINGS, run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let Some(policy) = object.value().text("spec.policyName") else {
        return;
    };
    let policies = counterpart(object.kind());
    if context.inventory.find(policies, "", policy).is_some() {
        return;
    }
    if absence_is_certain(policies, context.inventory) {
        found.at(
            FieldPath::root().join("spec.policyName"),
            format!("there is no policy {policy}"),
        );
    } else {
        found.unknown("the policies are not among the objects");
    }
}
