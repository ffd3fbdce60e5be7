//! A member of the group that may do all, for one call.

use crate::audit::prelude::*;

detection! {
    /// Group system:masters impersonated
    ///
    /// `--as-group=system:masters` is past RBAC altogether, and leaves no binding behind.
    ///
    /// **Benign:** Administrators who elevate themselves on purpose (`kubectl --as=admin --as-group=…`).
    ///
    /// **Respond:** Ask the actor; confine `impersonate` on groups by `resourceNames`.
    "AUD-018" {
        severity: High,
        attack: PrivilegeEscalation "T1134",
        rows: ["18"],
        needs: [Groups],
        on: [(ANY_VERB, EVERYTHING)],
        when: Permitted,
        fires: [r"{verb: delete, impersonatedUser: {username: jane, groups: ['system:masters', 'system:authenticated']}, objectRef: {resource: pods, namespace: shop, name: a}}"],
        quiet: [
            r"{verb: delete, impersonatedUser: {username: jane, groups: [devs]}, objectRef: {resource: pods, namespace: shop, name: a}}",
            r"{verb: delete, user: {username: root, groups: ['system:masters']}, objectRef: {resource: pods, namespace: shop, name: a}}",
        ],
        run: Sequence(run),
    }
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    let Some(other) = call.event.impersonated_user() else {
        return;
    };
    let himself = call.event.user().username.as_str();
    if other.in_group("system:masters") && memory.reaches(1, 600, &[himself], &[""]).is_some() {
        found
            .say(format!(
                "acted as a member of system:masters (it is {himself}) and {}",
                call.did_what()
            ))
            .with("impersonatedUser.groups", "system:masters");
    }
}
