//! A certificate that signs in.

use crate::audit::prelude::*;

detection! {
    /// Client certificate requested
    ///
    /// The signer `kubernetes.io/kube-apiserver-client` makes certificates that the API server accepts as
    /// a login. They cannot be revoked.
    ///
    /// **Benign:** Onboarding people by certificate; most clusters do not.
    ///
    /// **Respond:** Ask who the login is for, before it is approved.
    "AUD-047" {
        severity: Medium,
        attack: Persistence "T1098.006",
        rows: ["47"],
        needs: [RequestBody],
        on: [(CREATE, CSRS)],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, name: c}, requestObject: {spec: {signerName: kubernetes.io/kube-apiserver-client}}}"],
        quiet: [
            r"{verb: create, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, name: c}, requestObject: {spec: {signerName: kubernetes.io/kubelet-serving}}}",
            r"{verb: create, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, name: c}, requestObject: {spec: {signerName: example.com/mesh}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let signer = call.sent().text("spec.signerName").unwrap_or_default();
    if signer == "kubernetes.io/kube-apiserver-client" && !call.is_control_plane() {
        found
            .say(format!(
                "asked for a login by certificate in {}",
                call.what()
            ))
            .body("spec.signerName", signer);
    }
}
