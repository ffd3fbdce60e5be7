//! `host` in probes and lifecycle hooks.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::pss::probe_hosts::CONTROL;

check! {
    /// A probe or hook calls another host
    ///
    /// The kubelet calls probes and hooks from the node's network. With `host` the author of a pod
    /// makes it call any address, past NetworkPolicies: the node's loopback, the metadata service of
    /// the cloud, neighbours. Success and failure show in the pod's status, which is a port scanner.
    ///
    /// **Fix:** Remove `host`, so that the probe reaches the pod itself. For a name in the request,
    /// set the header:
    /// ```yaml
    /// httpGet:
    ///   port: 8080
    ///   httpHeaders:
    ///   - {name: Host, value: app.example.com}
    /// ```
    "POD-024" {
        severity: Medium,
        rows: ["A24"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, livenessProbe: {httpGet: {host: 169.254.169.254, port: 80}}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, lifecycle: {preStop: {httpGet: {host: 127.0.0.1, port: 10250}}}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    livenessProbe:
      httpGet: {host: '', port: 80, httpHeaders: [{name: Host, value: app.example.com}]}
    readinessProbe: {tcpSocket: {port: 80}}
    startupProbe: {exec: {command: [test, -e, /ready]}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    for violation in CONTROL.violations(context.version(), pod) {
        found.violation(violation);
    }
}
