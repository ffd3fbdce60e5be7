//! A ClusterRole that flows into another.

use crate::audit::prelude::*;

detection! {
    /// Role aggregated into a built-in role
    ///
    /// A label makes the rules of this role part of `view`, `edit` or `admin`, and so gives them to
    /// everybody who has one of those, without a binding.
    ///
    /// **Benign:** Operators aggregate rights on their own kinds.
    ///
    /// **Respond:** Look at the rules: rights on Kubernetes' own kinds do not belong there.
    "AUD-114" {
        severity: Low,
        attack: PrivilegeEscalation "T1098.006",
        rows: ["114"],
        needs: [RequestBody],
        on: [(WRITE, &["clusterroles.rbac.authorization.k8s.io"])],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: r},
 requestObject: {metadata: {labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}}, rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]}}"],
        quiet: [r"# An operator's own kinds.
{verb: create, objectRef: {resource: clusterroles, apiGroup: rbac.authorization.k8s.io, name: r},
 requestObject: {metadata: {labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}}, rules: [{apiGroups: [cert-manager.io], resources: [certificates], verbs: [get]}]}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() {
        return;
    }
    let target = call
        .sent()
        .entries("metadata.labels")
        .find_map(|(label, value)| {
            let role = label.strip_prefix("rbac.authorization.k8s.io/aggregate-to-")?;
            (value.as_str() == Some("true")).then_some(role)
        });
    let Some(target) = target else { return };
    let reaches_built_in = rules_of(call.result()).any(|rule| {
        rule.groups().any(|group| {
            matches!(
                group,
                "" | "*" | "apps" | "batch" | "rbac.authorization.k8s.io"
            )
        })
    });
    if reaches_built_in {
        found
            .say(format!(
                "{} whose rules everybody with {target} has",
                call.did_what()
            ))
            .body("metadata.labels", target);
    }
}
