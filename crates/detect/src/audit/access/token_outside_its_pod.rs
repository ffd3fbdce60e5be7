//! A pod's token, used from somewhere else.

use crate::audit::prelude::*;

detection! {
    /// Pod's token used outside its pod
    ///
    /// Tokens of pods name their pod. A call that comes from neither that pod's address nor a node's is
    /// somebody who has taken the token along.
    ///
    /// **Benign:** Networks that translate addresses between pods and the API server.
    ///
    /// **Respond:** Delete the pod: its token ends with it. Look for how the token was read.
    "AUD-008" {
        severity: High,
        attack: CredentialAccess "T1528",
        rows: ["8"],
        needs: [SourceIps, UserExtra],
        given: [Inventory],
        on: [(ANY_VERB, EVERYTHING)],
        when: Permitted,
        fires: [r"given: {inventory: [{apiVersion: v1, kind: Pod, metadata: {name: cart-0, namespace: shop}, spec: {}, status: {podIP: 10.244.1.5, hostIP: 10.0.0.11}},
 {apiVersion: v1, kind: Node, metadata: {name: worker-1}, status: {addresses: [{type: InternalIP, address: 10.0.0.11}]}}]}
---
{verb: list, user: {username: 'system:serviceaccount:shop:cart', extra: {authentication.kubernetes.io/pod-name: [cart-0]}}, sourceIPs: [10.244.7.7], objectRef: {resource: pods, namespace: shop}}"],
        quiet: [r"given: {inventory: [{apiVersion: v1, kind: Pod, metadata: {name: cart-0, namespace: shop}, spec: {}, status: {podIP: 10.244.1.5, hostIP: 10.0.0.11}},
 {apiVersion: v1, kind: Node, metadata: {name: worker-1}, status: {addresses: [{type: InternalIP, address: 10.0.0.11}]}}]}
---
{verb: list, user: {username: 'system:serviceaccount:shop:cart', extra: {authentication.kubernetes.io/pod-name: [cart-0]}}, sourceIPs: [10.244.1.5], objectRef: {resource: pods, namespace: shop}}
---
{verb: list, user: {username: 'system:serviceaccount:shop:cart', extra: {authentication.kubernetes.io/pod-name: [cart-0]}}, sourceIPs: [10.0.0.11], objectRef: {resource: pods, namespace: shop}}
---
{verb: list, user: {username: 'system:serviceaccount:shop:cart', extra: {authentication.kubernetes.io/pod-name: [gone-1]}}, sourceIPs: [10.244.7.7], objectRef: {resource: pods, namespace: shop}}"],
        run: Sequence(run),
    }
}

const SPAN: i64 = 24 * 60 * 60;

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    let Some(inventory) = call.inventory else {
        return;
    };
    let Actor::ServiceAccount { namespace, .. } = call.actor() else {
        return;
    };
    let (Some(pod), Some(address)) = (call.event.effective_user().token_pod(), call.source())
    else {
        return;
    };
    // A pod that the Inventory does not know came later, or has gone.
    let Some(object) = inventory.find(Kind::Pod, namespace, pod) else {
        return;
    };
    let text = address.to_string();
    let status = object.value().at("status");
    let own = status
        .list("podIPs")
        .iter()
        .chain(status.list("hostIPs"))
        .filter_map(|it| it.text("ip"));
    let mut own = own
        .chain(status.text("podIP"))
        .chain(status.text("hostIP"))
        .peekable();
    if own.peek().is_none()
        || own.any(|it| it == text)
        || call.node_addresses().any(|it| it == text)
    {
        return;
    }
    if memory
        .reaches(1, SPAN, &[call.user(), pod, &text], &[""])
        .is_some()
    {
        found
            .say(format!(
                "called from {address} with the token of pod {namespace}/{pod}"
            ))
            .with("sourceIPs", text);
    }
}
