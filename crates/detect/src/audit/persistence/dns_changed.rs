//! Where names lead.

use crate::audit::prelude::*;

detection! {
    /// Cluster DNS configuration changed
    ///
    /// One line in CoreDNS's configuration sends the traffic of every pod for one name to somewhere else.
    ///
    /// **Benign:** Setting up forwarders; upgrades of the cluster.
    ///
    /// **Respond:** Compare the Corefile with what it was; look for `rewrite`, `hosts` and `forward`.
    "AUD-125" {
        severity: High,
        attack: CredentialAccess "T1557",
        rows: ["125"],
        needs: [],
        on: [(ALTER, &["configmaps"])],
        when: Succeeded,
        fires: [r"{verb: patch, objectRef: {resource: configmaps, namespace: kube-system, name: coredns}, requestObject: {data: {Corefile: '.:53 { rewrite name pay.example evil.example }'}}}"],
        quiet: [
            r"{verb: patch, objectRef: {resource: configmaps, namespace: shop, name: coredns}, requestObject: {data: {}}}",
            r"{verb: update, user: {username: 'system:serviceaccount:kube-system:cluster-proportional-autoscaler'}, objectRef: {resource: configmaps, namespace: kube-system, name: kube-dns-autoscaler}}",
        ],
        run: Call(run),
    }
}

const NAMES: [&str; 6] = [
    "coredns",
    "coredns-custom",
    "kube-dns",
    "node-local-dns",
    "kube-dns-upstream",
    "rke2-coredns-rke2-coredns",
];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.namespace() == "kube-system" && NAMES.contains(&call.name()) && !call.is_control_plane()
    {
        found
            .say(call.did_what())
            .with("objectRef.name", call.name());
    }
}
