//! A node that does not behave like a kubelet.

use crate::audit::prelude::*;

detection! {
    /// Node identity misused
    ///
    /// A kubelet's certificate in other hands: another program, or something that kubelets never do. The
    /// certificate reads the secrets of all pods of its node.
    ///
    /// **Benign:** Node agents that share the kubelet's certificate (some clouds, kube-proxy of old).
    ///
    /// **Respond:** Take the node out, replace its certificate and the secrets of its pods.
    "AUD-022" {
        severity: High,
        attack: CredentialAccess "T1078",
        rows: ["22"],
        needs: [UserAgent],
        on: [(ANY_VERB, EVERYTHING)],
        when: Any,
        fires: [
            r"{verb: list, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, userAgent: kubectl/v1.36.3, objectRef: {resource: pods}}",
            r"{verb: create, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, userAgent: kubelet/v1.36.3, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io, name: b}, responseStatus: {code: 403}}",
        ],
        quiet: [
            r"{verb: list, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, userAgent: 'kubelet/v1.36.3 (linux/amd64)', objectRef: {resource: pods}}",
            r"{verb: patch, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, userAgent: 'kubelet/v1.36.3 (linux/amd64)', objectRef: {resource: nodes, subresource: status, name: worker-1}}",
        ],
        run: Sequence(run),
    }
}

/// What kubelets write.
const WRITTEN: [&str; 12] = [
    "nodes",
    "pods",
    "events",
    "leases",
    "csinodes",
    "certificatesigningrequests",
    "serviceaccounts",
    "tokenreviews",
    "subjectaccessreviews",
    "resourceslices",
    "podcertificaterequests",
    "selfsubjectreviews",
];

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    if !matches!(call.actor(), Actor::Node { .. }) || call.event.impersonated_user().is_some() {
        return;
    }
    let agent = call.event.user_agent();
    let by_hand = call.client.kubectl || call.client.script;
    let foreign_write = call.verb.meets(ALTER)
        && !WRITTEN.contains(&call.resource())
        && !call.resource().is_empty();
    if !by_hand && !foreign_write {
        return;
    }
    let why = if by_hand {
        family(agent)
    } else {
        call.resource()
    };
    if memory
        .reaches(1, 3600, &[call.user(), why], &[""])
        .is_some()
    {
        let how = if by_hand {
            format!("with {}, which is no kubelet", family(agent))
        } else {
            "which no kubelet does".to_owned()
        };
        found
            .say(format!("{} {how}", call.tried()))
            .with("userAgent", agent);
    }
}
