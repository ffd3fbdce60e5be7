//! A service account or a node, calling from the internet.

use crate::audit::prelude::*;

detection! {
    /// Service account or node calls from a public address
    ///
    /// Pods and nodes call from inside. The same identity from the internet is a token or certificate
    /// that has left the cluster.
    ///
    /// **Benign:** Clusters whose nodes have public addresses (name them), CI that uses a service account.
    ///
    /// **Respond:** Delete the service account or the node's certificate; read its calls from that address.
    "AUD-007" {
        severity: High,
        attack: LateralMovement "T1550.001",
        rows: ["7"],
        needs: [SourceIps],
        on: [(ANY_VERB, EVERYTHING)],
        when: Permitted,
        fires: [
            r"{verb: list, user: {username: 'system:serviceaccount:shop:cart'}, sourceIPs: [198.51.100.4], objectRef: {resource: pods, namespace: shop}}",
        ],
        quiet: [
            r"{verb: list, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: pods, namespace: shop}}",
            r"given: {nodes: [198.51.100.0/24]}
---
{verb: list, user: {username: 'system:serviceaccount:shop:cart'}, sourceIPs: [198.51.100.4], objectRef: {resource: pods, namespace: shop}}",
            r"{verb: list, sourceIPs: [198.51.100.4], objectRef: {resource: pods, namespace: shop}}",
        ],
        run: Sequence(run),
    }
}

/// Told once a day for each identity and address.
const SPAN: i64 = 24 * 60 * 60;

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    let inside = matches!(
        call.actor(),
        Actor::ServiceAccount { .. } | Actor::Node { .. }
    );
    if !inside {
        return;
    }
    let Some(address) = call.source().filter(|address| is_public(*address)) else {
        return;
    };
    let text = address.to_string();
    let known = call.config.nodes.contain(address) || call.node_addresses().any(|it| it == text);
    if !known
        && memory
            .reaches(1, SPAN, &[call.user(), &text], &[""])
            .is_some()
    {
        found
            .say(format!(
                "{} from the public address {address}",
                call.did_what()
            ))
            .with("sourceIPs", text);
    }
}
