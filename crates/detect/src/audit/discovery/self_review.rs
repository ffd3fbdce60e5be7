//! "What may I do?", asked by a workload.

use crate::audit::prelude::*;

detection! {
    /// Workload asks what it may do
    ///
    /// A program knows what it was given. `can-i` in the name of a service account or a node is somebody
    /// who has come by its token and wonders what it is worth.
    ///
    /// **Benign:** Some operators and dashboards ask at start; name them as deployers, or let the baseline
    /// learn them.
    ///
    /// **Respond:** See what the identity did next.
    "AUD-025" {
        severity: Medium,
        attack: Discovery "T1069.003",
        rows: ["25"],
        needs: [],
        on: [(CREATE, &["selfsubjectrulesreviews.*", "selfsubjectaccessreviews.*"])],
        when: Permitted,
        fires: [
            r"{verb: create, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: selfsubjectrulesreviews, apiGroup: authorization.k8s.io}}",
            r"{verb: create, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, objectRef: {resource: selfsubjectaccessreviews, apiGroup: authorization.k8s.io}}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: selfsubjectaccessreviews, apiGroup: authorization.k8s.io}}",
            r"{verb: create, user: {username: 'system:serviceaccount:kube-system:metrics-server'}, objectRef: {resource: subjectaccessreviews, apiGroup: authorization.k8s.io}}",
            r"# An operator that checks a right of its own, with its own client.
{verb: create, user: {username: 'system:serviceaccount:shop:operator'}, userAgent: operator/v1, objectRef: {resource: selfsubjectaccessreviews, apiGroup: authorization.k8s.io}}",
        ],
        run: Sequence(run),
    }
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    let workload = matches!(
        call.actor(),
        Actor::ServiceAccount { .. } | Actor::Node { .. }
    );
    let agent = call.event.user_agent();
    let by_hand = is_kubectl(agent) || is_script(agent);
    let asks_for_all = call.resource() == "selfsubjectrulesreviews";
    if !workload || call.is_deployer() || !(by_hand || asks_for_all) {
        return;
    }
    if memory.reaches(1, 3600, &[call.user()], &[""]).is_some() {
        found
            .say(format!("asked what it may do ({})", call.resource()))
            .with("userAgent", agent);
    }
}
