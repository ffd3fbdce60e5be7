//! Named like a part of the system.

use crate::audit::prelude::*;

detection! {
    /// Workload named like a part of the system
    ///
    /// `kube-proxy`, `coredns`, or one letter beside it, in another namespace or with another image: to be
    /// passed over by whoever looks.
    ///
    /// **Benign:** Distributions that bring the same program under its own name and registry.
    ///
    /// **Respond:** Compare the image with the real one's; delete the workload if it is not.
    "AUD-130" {
        severity: Medium,
        attack: DefenseEvasion "T1036.005",
        rows: ["130"],
        needs: [RequestBody],
        on: [(CREATE, &["pods"]), (CREATE, CONTROLLERS)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: daemonsets, apiGroup: apps, namespace: kube-system, name: kube-porxy}, requestObject: {spec: {template: {spec: {containers: [{name: c, image: 'docker.io/x/tool:1'}]}}}}}",
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: kube-apiserver-worker-1}, requestObject: {spec: {containers: [{name: c, image: alpine}]}}}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: deployments, apiGroup: apps, namespace: kube-system, name: coredns}, requestObject: {spec: {template: {spec: {containers: [{name: coredns, image: 'registry.k8s.io/coredns/coredns:v1.12.0'}]}}}}}",
            r"{verb: create, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: cart}, requestObject: {spec: {template: {spec: {containers: [{name: cart, image: cart}]}}}}}",
            r"# The metrics of a part are not the part.
{verb: create, objectRef: {resource: deployments, apiGroup: apps, namespace: monitoring, name: kube-state-metrics}, requestObject: {spec: {template: {spec: {containers: [{name: c, image: 'registry.k8s.io/kube-state-metrics:v2'}]}}}}}",
        ],
        run: Call(run),
    }
}

const PARTS: [&str; 9] = [
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "etcd",
    "coredns",
    "kube-dns",
    "kubelet",
    "kube-controller",
];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() {
        return;
    }
    let Some(pod) = call.pod() else { return };
    let name = call.name();
    let like = PARTS.into_iter().find(|part| {
        let head = name
            .get(..part.len() + 1)
            .unwrap_or(name)
            .trim_end_matches('-');
        head == *part || (part.len() > 6 && one_slip_apart(head, part))
    });
    let Some(part) = like else { return };
    let real = |image: &str| image.contains(part);
    let image = pod
        .containers
        .iter()
        .find_map(|it| it.image.filter(|image| !real(image)));
    if let Some(image) = image {
        found
            .say(format!(
                "{} with image {image}, named like {part}",
                call.did_what()
            ))
            .body("spec.containers.image", image);
    }
}

/// One letter added, left out, changed, or two that stand side by side exchanged.
fn one_slip_apart(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left == right || left.len().abs_diff(right.len()) > 1 {
        return false;
    }
    let head = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (left, right) = (&left[head..], &right[head..]);
    let tail = left
        .iter()
        .rev()
        .zip(right.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (left, right) = (&left[..left.len() - tail], &right[..right.len() - tail]);
    match (left, right) {
        ([a, b], [c, d]) => a == d && b == c,
        _ => left.len() <= 1 && right.len() <= 1,
    }
}
