//! A static pod on a node, known to the API server by its mirror.

use crate::audit::prelude::*;

detection! {
    /// Static pod appeared on a node
    ///
    /// A file in the kubelet's manifest folder is a pod that no admission sees and no deletion ends.
    /// It takes root on the node to write it, and it survives most clean-ups.
    ///
    /// **Benign:** The control plane of kubeadm clusters, kube-proxy on some clouds: in `kube-system`.
    ///
    /// **Respond:** Take the node out, read `/etc/kubernetes/manifests`, replace the node.
    "AUD-098" {
        severity: High,
        attack: Persistence "T1610",
        rows: ["98"],
        needs: [RequestBody],
        on: [(CREATE, &["pods"])],
        when: Succeeded,
        fires: [r"{verb: create, user: {username: 'system:node:worker-1'}, objectRef: {resource: pods, namespace: shop, name: helper-worker-1},
 requestObject: {metadata: {annotations: {kubernetes.io/config.mirror: abc}}, spec: {nodeName: worker-1}}}"],
        quiet: [r"{verb: create, user: {username: 'system:node:cp-1'}, objectRef: {resource: pods, namespace: kube-system, name: kube-apiserver-cp-1},
 requestObject: {metadata: {annotations: {kubernetes.io/config.mirror: abc}}}}"],
        run: Call(run),
    }
}

/// The static pods that kubeadm, kube-proxy add-ons and the like bring.
const EXPECTED: [&str; 7] = [
    "etcd-",
    "kube-apiserver-",
    "kube-controller-manager-",
    "kube-scheduler-",
    "kube-proxy-",
    "kube-vip-",
    "haproxy-",
];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let Some(hash) = call
        .sent()
        .entry("metadata.annotations", "kubernetes.io/config.mirror")
    else {
        return;
    };
    let name = call.name();
    let expected =
        call.namespace() == "kube-system" && EXPECTED.iter().any(|prefix| name.starts_with(prefix));
    if !expected {
        found
            .say(format!("runs the static {}", call.what()))
            .body("metadata.annotations.kubernetes.io/config.mirror", hash);
    }
}
