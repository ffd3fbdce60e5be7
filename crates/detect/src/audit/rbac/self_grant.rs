//! Rights for oneself, or for the group that nothing can take rights from.

use crate::audit::prelude::*;

detection! {
    /// Rights granted to oneself or to system:masters
    ///
    /// Who may write bindings and writes one for himself has just become more than he was. A binding
    /// for `system:masters` gives nothing (that group may do all), so it is a test or a mistake.
    ///
    /// **Benign:** Administrators of new clusters.
    ///
    /// **Respond:** Ask the actor; if the account was taken, disable it before the binding goes.
    "AUD-105" {
        severity: High,
        attack: PrivilegeEscalation "T1098",
        rows: ["105"],
        needs: [RequestBody],
        on: [(WRITE, BINDINGS)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: secret-reader}, subjects: [{kind: User, name: mallory}]}}",
            r"{verb: create, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: rolebindings, apiGroup: rbac.authorization.k8s.io, namespace: pay, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: edit}, subjects: [{kind: ServiceAccount, name: cart, namespace: shop}]}}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: secret-reader}, subjects: [{kind: User, name: jane}]}}",
            r"# A group that every user is in is another rule's.
{verb: create, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b},
 requestObject: {roleRef: {kind: ClusterRole, name: view}, subjects: [{kind: Group, name: 'system:authenticated'}]}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() {
        return;
    }
    let role = call.bound_role();
    for subject in subjects_of(call.sent()) {
        let himself = match subject.kind {
            "User" => subject.name == call.user(),
            "ServiceAccount" => {
                call.user()
                    == format!(
                        "system:serviceaccount:{}:{}",
                        subject.namespace, subject.name
                    )
            }
            "Group" => {
                !subject.name.starts_with("system:")
                    && call.event.effective_user().in_group(subject.name)
            }
            _ => false,
        };
        if himself || subject.name == "system:masters" {
            found
                .say(format!(
                    "gave {role} to {} by {}",
                    if himself {
                        "itself".to_owned()
                    } else {
                        subject.words()
                    },
                    call.what()
                ))
                .body("subjects", subject.words());
        }
    }
}
