//! Addresses behind a Service, written by hand.

use crate::audit::prelude::*;

detection! {
    /// Endpoints written by hand
    ///
    /// Endpoints are made by controllers from selectors. Written by hand they lead a Service's traffic to
    /// any address, past NetworkPolicy (CVE-2021-25740).
    ///
    /// **Benign:** Services without selectors, for databases outside; leader election of old clients.
    ///
    /// **Respond:** See whose address it is.
    "AUD-135" {
        severity: Medium,
        attack: CredentialAccess "T1557",
        rows: ["135"],
        needs: [],
        on: [(WRITE, &["endpoints", "endpointslices.discovery.k8s.io"])],
        when: Succeeded,
        fires: [r"{verb: patch, objectRef: {resource: endpoints, namespace: shop, name: pay}, requestObject: {subsets: [{addresses: [{ip: 203.0.113.9}]}]}}"],
        quiet: [
            r"{verb: update, user: {username: 'system:serviceaccount:kube-system:endpoint-controller'}, objectRef: {resource: endpoints, namespace: shop, name: pay}}",
            r"{verb: update, user: {username: 'system:apiserver'}, objectRef: {resource: endpointslices, apiGroup: discovery.k8s.io, namespace: default, name: kubernetes}}",
            r"# Operators keep the addresses of what they run, and old ones elect their leader here.
{verb: update, user: {username: 'system:serviceaccount:shop:operator'}, objectRef: {resource: endpoints, namespace: shop, name: leader}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    // A workload of the namespace itself may; one that writes elsewhere may not.
    let own = matches!(call.actor(), Actor::ServiceAccount { namespace, .. } if namespace == call.namespace());
    if call.is_system() || call.is_deployer() || own {
        return;
    }
    let by_operator = matches!(call.actor(), Actor::ServiceAccount { .. });
    found
        .say(format!("{} by hand", call.did_what()))
        .with("objectRef.name", call.name());
    if by_operator {
        found.lower_to(Severity::Low);
    }
}
