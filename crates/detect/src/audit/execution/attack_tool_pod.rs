//! A workload that is an attack tool.

use crate::audit::prelude::*;

detection! {
    /// Attack tool run as a workload
    ///
    /// Tools for breaking into clusters are run from inside, as a pod, because that is where the tokens and
    /// the network are.
    ///
    /// **Benign:** Penetration tests that were announced; scheduled benchmark scanners.
    ///
    /// **Respond:** If no test was announced, delete it, and replace the credentials of its service account.
    "AUD-074" {
        severity: High,
        attack: Execution "T1610",
        rows: ["74"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: jobs, apiGroup: batch, namespace: shop, name: hunt}, requestObject: {spec: {template: {spec: {containers: [{name: c, image: 'aquasec/kube-hunter:latest'}]}}}}}"],
        quiet: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: cdkeys}, requestObject: {spec: {containers: [{name: c, image: 'registry.example/shop/cart:1'}]}}}"],
        run: Pod(run),
    }
}

const IMAGES: [&str; 14] = [
    "kube-hunter",
    "peirates",
    "kubeletctl",
    "kubesploit",
    "botb",
    "break-out-the-box",
    "deepce",
    "cdk-team",
    "red-kube",
    "metasploit",
    "kali-rolling",
    "kalilinux",
    "nmap",
    "masscan",
];

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    for container in &pod.containers {
        let image = container.image.unwrap_or_default().to_ascii_lowercase();
        let name = format!("{}/{}", call.name(), container.name).to_ascii_lowercase();
        let tool = IMAGES.iter().find(|tool| image.contains(*tool));
        let named = ["exploit", "escape", "backdoor", "peirates", "kube-hunter"]
            .iter()
            .find(|word| name.contains(*word));
        if let Some(mark) = tool.or(named) {
            found
                .say(format!(
                    "{} that looks like an attack tool ({mark})",
                    call.did_what()
                ))
                .body(container.path("image"), container.image.unwrap_or_default());
        }
    }
}
