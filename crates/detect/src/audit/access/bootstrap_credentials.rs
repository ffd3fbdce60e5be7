//! The key with which nodes join, used for something else.

use crate::audit::prelude::*;

detection! {
    /// Bootstrap credentials used by a client
    ///
    /// A bootstrap token lets a node ask for its certificate and nothing else. Used with kubectl, or for
    /// other calls, somebody has found it: in user data, in an image, in a script.
    ///
    /// **Benign:** None known.
    ///
    /// **Respond:** Delete the token (a secret in `kube-system`), look at the certificates it asked for.
    "AUD-023" {
        severity: High,
        attack: CredentialAccess "T1078",
        rows: ["23"],
        needs: [],
        on: [(ANY_VERB, EVERYTHING)],
        when: Any,
        fires: [
            r"{verb: list, user: {username: 'system:bootstrap:abcdef', groups: ['system:bootstrappers']}, objectRef: {resource: nodes}, responseStatus: {code: 403}}",
            r"{verb: create, user: {username: kubelet-bootstrap}, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, name: c}}",
        ],
        quiet: [
            r"{verb: create, user: {username: 'system:bootstrap:abcdef', groups: ['system:bootstrappers']}, userAgent: kubelet/v1.36.3, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, name: c}}",
            r"# kubeadm join reads its configuration and checks its own name.
{verb: get, user: {username: 'system:bootstrap:abcdef', groups: ['system:bootstrappers']}, userAgent: kubeadm/v1.36.3, objectRef: {resource: configmaps, namespace: kube-system, name: kubeadm-config}}",
            r"{verb: get, user: {username: 'system:bootstrap:abcdef', groups: ['system:bootstrappers']}, userAgent: kubeadm/v1.36.3, objectRef: {resource: nodes, name: worker-9}}",
        ],
        run: Sequence(run),
    }
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    let user = call.user();
    if !user.starts_with("system:bootstrap:") && user != "kubelet-bootstrap" {
        return;
    }
    let agent = call.event.user_agent();
    let joining = matches!(call.resource(), "certificatesigningrequests" | "")
        || (call.verb.meets(GET) && matches!(call.resource(), "configmaps" | "nodes"));
    let by_hand = is_kubectl(agent) || is_script(agent);
    if (!joining || by_hand)
        && memory
            .reaches(1, 3600, &[user], &[call.resource()])
            .is_some()
    {
        found
            .say(format!(
                "{} with credentials that only let nodes join",
                call.tried()
            ))
            .with("userAgent", agent);
    }
}
