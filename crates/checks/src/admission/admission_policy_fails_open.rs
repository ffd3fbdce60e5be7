//! `failurePolicy: Ignore` on a `ValidatingAdmissionPolicy`.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An admission policy admits what it cannot evaluate
    ///
    /// With `failurePolicy: Ignore` an object on which an expression fails is admitted. Expressions fail
    /// on fields that are absent, on unexpected types and on parameters that are missing, so an
    /// attacker who leaves out a field or deletes the parameter object passes the policy.
    ///
    /// **Fix:** Leave `failurePolicy` at its default `Fail`, and write expressions that look before they
    /// reach: `has(object.spec.hostPID) && object.spec.hostPID`.
    "ADM-107" {
        severity: Medium,
        rows: ["F04"],
        fails: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: a}
spec: {failurePolicy: Ignore, validations: [{expression: '!object.spec.hostPID'}]}
",
        ],
        passes: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: default}
spec: {validations: [{expression: 'true'}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: explicit}
spec: {failurePolicy: Fail, validations: [{expression: 'true'}]}
---
# Records, refuses nothing anyway.
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: annotations}
spec: {failurePolicy: Ignore, auditAnnotations: [{key: a, valueExpression: '''b'''}]}
",
        ],
        run: Objects(&[Kind::ValidatingAdmissionPolicy], run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let spec = object.value().at("spec");
    if spec.text("failurePolicy") == Some("Ignore") && !spec.list("validations").is_empty() {
        found.at(
            FieldPath::root().join("spec.failurePolicy"),
            "admits objects on which an expression fails",
        );
    }
}
