//! A workload that mines.

use crate::audit::prelude::*;

detection! {
    /// Cryptocurrency miner started
    ///
    /// Mining is what most break-ins into clusters end in: it pays at once, with the victim's machines.
    ///
    /// **Benign:** Clusters that mine on purpose.
    ///
    /// **Respond:** Delete the workload at its owner; find out how its author came in, which is the real
    /// damage.
    "AUD-073" {
        severity: High,
        attack: Impact "T1496",
        rows: ["73"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: daemonsets, apiGroup: apps, namespace: kube-system, name: a}, requestObject: {spec: {template: {spec: {containers: [{name: c, image: 'docker.io/x/xmrig:6'}]}}}}}",
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {containers: [{name: c, args: [-o, 'stratum+tcp://pool.example:3333']}]}}}",
        ],
        quiet: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: determiner}, requestObject: {spec: {containers: [{name: c, image: 'registry.example/text-miner:1'}]}}}"],
        run: Pod(run),
    }
}

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    for container in &pod.containers {
        let mut line: Vec<&str> = container.argv().collect();
        line.extend(container.image);
        line.push(container.name);
        let line = line.join(" ");
        if let Some(mark) = Command::new(&line).miner() {
            found
                .say(format!(
                    "{} whose container {} mines ({mark})",
                    call.did_what(),
                    container.name
                ))
                .body(container.path("image"), container.image.unwrap_or_default());
        }
    }
}
