//! A change of rights, and then a change of workloads by the same actor.

use crate::audit::prelude::*;

detection! {
    /// Rights changed, then workloads changed
    ///
    /// Giving oneself a right and using it within minutes is how escalation looks in a log: a binding,
    /// then a pod or an exec that needed it.
    ///
    /// **Benign:** Installations write both; name what delivers as a deployer.
    ///
    /// **Respond:** Read both events together; undo the binding and look at the workload.
    "AUD-116" {
        severity: Medium,
        attack: PrivilegeEscalation "T1098.006",
        rows: ["116"],
        needs: [],
        on: [(WRITE, BINDINGS), (WRITE, ROLES), (CREATE, CONTROLLERS), (CREATE, &["pods", "pods/exec"]), (GET, EXEC)],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: rolebindings, apiGroup: rbac.authorization.k8s.io, namespace: pay, name: b}, requestObject: {subjects: [{kind: User, name: mallory}]}}
---
{verb: create, second: 120, objectRef: {resource: pods, subresource: exec, namespace: pay, name: a}}"],
        quiet: [
            r"{verb: create, objectRef: {resource: rolebindings, apiGroup: rbac.authorization.k8s.io, namespace: pay, name: b}, requestObject: {}}
---
{verb: create, second: 4000, objectRef: {resource: pods, subresource: exec, namespace: pay, name: a}}",
            r"{verb: create, user: {username: jane}, objectRef: {resource: rolebindings, apiGroup: rbac.authorization.k8s.io, namespace: pay, name: b}, requestObject: {}}
---
{verb: create, objectRef: {resource: pods, subresource: exec, namespace: pay, name: a}}",
            r"# An installation: its parts are written with one stroke, and nobody runs a command.
{verb: create, objectRef: {resource: roles, apiGroup: rbac.authorization.k8s.io, namespace: pay, name: r}, requestObject: {}}
---
{verb: create, objectRef: {resource: deployments, apiGroup: apps, namespace: pay, name: a}, requestObject: {}}",
        ],
        run: Sequence(run),
    }
}

/// Five minutes, as in the catalogue.
const SPAN: i64 = 300;

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    if call.is_control_plane() || call.is_deployer() {
        return;
    }
    if call.event.api_group() == "rbac.authorization.k8s.io" {
        let mut subjects = subjects_of(call.sent());
        // Rights for others, in an installation, are not what the actor uses next himself.
        let for_himself = subjects.any(|it| {
            it.name == call.user()
                || call
                    .user()
                    .ends_with(&format!(":{}:{}", it.namespace, it.name))
                || (it.kind == "Group" && call.event.effective_user().in_group(it.name))
        });
        if for_himself || call.resource().ends_with("roles") && call.verb.meets(CHANGE) {
            memory.keep(&[call.user()], &call.did_what());
        }
        return;
    }
    if let Some(change) = memory.recall(&[call.user()], SPAN).map(str::to_owned) {
        let act = match call.event.subresource() {
            "exec" => format!("ran a command in {}", call.what()),
            _ => call.did_what(),
        };
        found
            .say(format!("{change}, then {act}"))
            .with("user.username", call.user());
    }
}
