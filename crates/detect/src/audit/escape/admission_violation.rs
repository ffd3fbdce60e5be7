//! What admission has noted on the event: a violation that was let through.

use crate::audit::prelude::*;

detection! {
    /// Admission noted a policy violation
    ///
    /// Pod Security and ValidatingAdmissionPolicies in audit mode write what they would have refused
    /// into the event. The workload runs all the same.
    ///
    /// **Benign:** A policy on its way from audit to enforcement.
    ///
    /// **Respond:** Read which control was broken; mend the workload, or enforce the policy.
    "AUD-100" {
        severity: Low,
        attack: Execution "T1610",
        rows: ["100"],
        needs: [Annotations],
        on: [(WRITE, EVERYTHING)],
        when: Succeeded,
        fires: [
            r#"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, annotations: {pod-security.kubernetes.io/audit-violations: 'would violate PodSecurity "restricted:latest": privileged'}}"#,
            r#"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, annotations: {validation.policy.admission.k8s.io/validation_failure: '[{"message":"no latest tag"}]'}}"#,
        ],
        quiet: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, annotations: {pod-security.kubernetes.io/enforce-policy: 'privileged:latest'}}"],
        run: Call(run),
    }
}

const NOTES: [&str; 3] = [
    "pod-security.kubernetes.io/audit-violations",
    "validation.policy.admission.k8s.io/validation_failure",
    "audit.k8s.io/validation_failure",
];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() {
        return;
    }
    for note in NOTES {
        if let Some(text) = call.event.annotation(note) {
            found
                .say(format!(
                    "{} against a policy that only audits",
                    call.did_what()
                ))
                .with(format!("annotations.{note}"), text);
        }
    }
}
