//! An admission policy that no binding puts to work.

use catseye_model::{FieldPath, Object};

use super::validating_policy::{POLICIES, absence_is_certain, bindings_of, counterpart};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An admission policy is bound to nothing
    ///
    /// A ValidatingAdmissionPolicy judges no request until a binding names it. A policy without one
    /// looks like protection in every listing and refuses nothing.
    ///
    /// In a folder this is told only where the folder holds bindings of other policies.
    ///
    /// **Fix:** Bind it:
    /// ```yaml
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingAdmissionPolicyBinding
    /// metadata: {name: no-host-path}
    /// spec:
    ///   policyName: no-host-path
    ///   validationActions: [Deny]
    /// ```
    "ADM-004" {
        severity: Medium,
        rows: ["F04"],
        fails: [
            r"# completeness: cluster
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-host-path}
spec: {validations: [{expression: 'true'}]}
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-host-path}
spec: {validations: [{expression: 'true'}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: a}
spec: {policyName: no-host-path, validationActions: [Deny]}
",
            r"
# A library of policies; who uses it binds them.
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-host-path}
spec: {validations: [{expression: 'true'}]}
",
        ],
        run: Objects(POLICIES, run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let bindings = counterpart(object.kind());
    if bindings_of(object.name(), bindings, context.inventory)
        .next()
        .is_some()
    {
        return;
    }
    if absence_is_certain(bindings, context.inventory) {
        found.at(
            FieldPath::root().join("metadata.name"),
            "no binding names the policy",
        );
    } else {
        found.unknown("the bindings are not among the objects");
    }
}
