//! A container starts `sshd`.

use catseye_model::PodView;

use super::script::{entrypoint, hooks, programs};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container starts a remote login service
    ///
    /// A shell reached over SSH or telnet goes past the API server: RBAC does not decide who enters,
    /// and no audit record says what they did. Keys in an image or a Secret open every replica, and an
    /// intruder keeps the door as persistence.
    ///
    /// **Fix:** Remove the server. `kubectl exec` and `kubectl debug` give a shell that RBAC grants
    /// and the audit log records. Where SSH is the service offered (Git, SFTP), exempt the workload.
    "POD-133" {
        severity: Medium,
        rows: ["A33"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, command: [/usr/sbin/sshd, -D]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    lifecycle:
      postStart: {exec: {command: [sh, -c, 'ssh-keygen -A; service ssh start']}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: client, image: i, command: [ssh, -N, -L, '5432:db:5432', bastion]}
  - {name: watches, image: i, command: [sh, -c, 'grep sshd /var/log/auth.log'], args: [sshd]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        for word in entrypoint(container).chain(hooks(container)) {
            let server = programs(word.text)
                .find(|program| matches!(*program, "sshd" | "dropbear" | "telnetd" | "in.telnetd"))
                .or_else(|| {
                    ["service ssh start", "service sshd start", "/etc/init.d/ssh"]
                        .into_iter()
                        .find(|start| word.text.contains(start))
                });
            if let Some(server) = server {
                found.in_container_at(
                    container,
                    word.path(container),
                    format!("starts a login service: {server}"),
                );
            }
        }
    }
}
