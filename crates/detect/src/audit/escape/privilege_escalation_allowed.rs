//! `allowPrivilegeEscalation: true`, written out.

use crate::audit::prelude::*;

detection! {
    /// Privilege escalation allowed explicitly
    ///
    /// It is the default, so nobody needs to write it, unless a policy defaults it to false: then it
    /// is how one gets set-user-id programs to work again.
    ///
    /// **Benign:** Charts that spell out every default.
    ///
    /// **Respond:** Together with other signs only; set it to false where the program allows.
    "AUD-090" {
        severity: Info,
        attack: PrivilegeEscalation "T1611",
        rows: ["90"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {containers: [{name: c, securityContext: {allowPrivilegeEscalation: true}}]}}}"],
        quiet: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {containers: [{name: c, securityContext: {}}]}}}"],
        run: Pod(run),
    }
}

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    for container in &pod.containers {
        if container.security.allow_privilege_escalation == Some(true) {
            found
                .say(format!(
                    "{} whose container {} may escalate privileges",
                    call.did_what(),
                    container.name
                ))
                .body(
                    container.path("securityContext.allowPrivilegeEscalation"),
                    "true",
                );
        }
    }
}
