//! A policy taken away.

use crate::audit::prelude::*;

detection! {
    /// Policy removed or weakened
    ///
    /// NetworkPolicies, admission policies, Gatekeeper constraints, Kyverno and mesh policies are what
    /// stands in an attacker's way. He takes them away first.
    ///
    /// **Benign:** Uninstalling, renaming, moving a team; name what delivers as a deployer.
    ///
    /// **Respond:** Put it back, and look at what was done in between.
    "AUD-123" {
        severity: Medium,
        attack: DefenseEvasion "T1562.001",
        rows: ["123"],
        needs: [],
        on: [(DELETE, POLICIES), (CHANGE, POLICIES), (CREATE, &["policyexceptions.kyverno.io"])],
        when: Succeeded,
        fires: [
            r"{verb: delete, objectRef: {resource: networkpolicies, apiGroup: networking.k8s.io, namespace: shop, name: default-deny}}",
            r"{verb: patch, objectRef: {resource: clusterpolicies, apiGroup: kyverno.io, name: no-privileged}, requestObject: {spec: {validationFailureAction: Audit}}}",
            r"{verb: patch, objectRef: {resource: validatingadmissionpolicybindings, apiGroup: admissionregistration.k8s.io, name: b}, requestObject: {spec: {validationActions: [Audit]}}}",
        ],
        quiet: [
            r"{verb: delete, user: {username: 'system:serviceaccount:kube-system:namespace-controller'}, objectRef: {resource: networkpolicies, apiGroup: networking.k8s.io, namespace: shop, name: default-deny}}",
            r"{verb: patch, objectRef: {resource: networkpolicies, apiGroup: networking.k8s.io, namespace: shop, name: allow-web}, requestObject: {metadata: {labels: {a: b}}}}",
            r"{verb: update, objectRef: {resource: clusterpolicies, apiGroup: kyverno.io, name: no-privileged}, requestObject: {spec: {validationFailureAction: Enforce}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() || call.is_deployer() {
        return;
    }
    if call.verb.meets(DELETE) || (call.resource() == "policyexceptions" && call.verb.meets(CREATE))
    {
        let is_exception = call.resource() == "policyexceptions";
        // An exception that goes makes the policy whole again.
        if is_exception != call.verb.meets(DELETE) {
            found
                .say(call.did_what())
                .with("objectRef.name", call.name());
        }
        return;
    }
    let spec = call.sent().at("spec");
    let audits_only = {
        let actions: Vec<&str> = spec.texts("validationActions").collect();
        !actions.is_empty() && !actions.contains(&"Deny")
    };
    let audit = |text: Option<&str>| text.is_some_and(|text| text.eq_ignore_ascii_case("audit"));
    if audits_only || audit(spec.text("validationFailureAction")) {
        found
            .say(format!("made {} audit instead of deny", call.what()))
            .body("spec.validationActions", "Audit");
    }
    if spec.text("failurePolicy") == Some("Ignore") {
        found
            .say(format!("made {} fail open", call.what()))
            .body("spec.failurePolicy", "Ignore");
    }
}
