//! Namespaces of the node entered.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Namespaces of the node entered
    ///
    /// `nsenter -t 1` and `chroot` into the node's file system turn a privileged container into a root
    /// shell on the node. From there every pod's token and the kubelet's credential are files.
    ///
    /// **Benign:** Node-debugging pods (`kubectl debug node/…`) and some storage and network agents, which
    /// are worth an exception by name.
    ///
    /// **Respond:** Cordon the node, take the pod away, replace the credentials of everything that ran
    /// there.
    "RUN-020" {
        severity: Critical,
        attack: PrivilegeEscalation "T1611",
        on: ["exec", "namespace"],
        fires: [
            r#"{exec: "nsenter -t 1 -m -u -n -i -p bash", by: sh}"#,
            r#"{exec: "chroot /host bash", by: sh}"#,
            r#"{namespace: {call: setns, kinds: [mount, pid]}, process: "/tmp/x"}"#,
        ],
        quiet: [
            r#"{exec: "nsenter -t 1 -m bash", at: host}"#,
            r#"{exec: "chroot /var/empty sshd"}"#,
            r#"{namespace: {call: setns, kinds: [net]}, process: "runc init"}"#,
            r#"{namespace: {call: unshare, kinds: [mount]}, process: "sh"}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if !scene.in_container() {
        return;
    }
    if let Activity::Namespace(change) = &scene.event.what {
        let of_node =
            change.kinds.iter().any(|it| it == "mount" || it == "pid") || change.of_pid == Some(1);
        if change.call == "setns" && of_node {
            found
                .say(format!(
                    "{} entered other {} namespaces",
                    scene.who(),
                    change.kinds.join(" and ")
                ))
                .with("namespace.kinds", change.kinds.join(","));
        }
        return;
    }
    let argv = scene.argv();
    match scene.program() {
        "nsenter" => {
            let first = argv
                .windows(2)
                .any(|it| matches!(it[0].as_str(), "-t" | "--target") && it[1] == "1");
            let joined = argv
                .iter()
                .any(|it| it == "-t1" || it == "--target=1" || it.contains("/proc/1/ns"));
            if first || joined {
                found.say(format!(
                    "{} entered the namespaces of process 1: {}",
                    scene.who(),
                    scene.process().command_line()
                ));
            }
        }
        "chroot" => {
            let root = argv
                .iter()
                .skip(1)
                .find(|it| it.starts_with('/'))
                .map_or("", String::as_str);
            if ["/host", "/mnt", "/rootfs", "/node", "/proc/1/root"]
                .iter()
                .any(|it| root.starts_with(it))
            {
                found.say(format!("{} changed its root to {root}", scene.who()));
            }
        }
        _ => {}
    }
}
