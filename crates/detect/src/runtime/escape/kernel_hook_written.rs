//! The node is made to run a file.

use crate::runtime::prelude::*;

runtime_rule! {
    /// The node is made to run a file
    ///
    /// A cgroup's release agent, the handler of core dumps, the module loader and their like are paths that
    /// the kernel runs as root on the node. Whoever writes one from a container has the node.
    ///
    /// **Benign:** Agents that set `core_pattern` on the node at start (crash collectors).
    ///
    /// **Respond:** Cordon the node; put the file back; look at what the kernel ran.
    "RUN-021" {
        severity: Critical,
        attack: PrivilegeEscalation "T1611",
        on: ["file", "exec"],
        fires: [
            r#"{file: {path: /sys/fs/cgroup/rdma/release_agent, operation: write}, process: "sh"}"#,
            r#"{exec: "sh -c 'echo |/tmp/x > /proc/sys/kernel/core_pattern'"}"#,
            r#"{exec: "sh -c 'echo 1 > /tmp/cgrp/x/notify_on_release'"}"#,
        ],
        quiet: [
            r"{file: {path: /proc/sys/kernel/core_pattern, operation: read}, process: cat}",
            r"{file: {path: /proc/sys/kernel/core_pattern, operation: write}, process: systemd-coredump, at: host}",
            r#"{exec: "sh -c 'cat /proc/sys/kernel/core_pattern'"}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if !scene.in_container() {
        return;
    }
    if let Some(file) = scene.file() {
        let writes = matches!(file.operation, FileOperation::Write | FileOperation::Create);
        if let Some(what) = places::escapes_by_writing(&file.path).filter(|_| writes) {
            found
                .say(format!("{} wrote {what}: {}", scene.who(), file.path))
                .with("file.path", file.path.as_str());
        }
        return;
    }
    let line = scene.process().command_line();
    let named = [
        "release_agent",
        "notify_on_release",
        "sys/kernel/core_pattern",
        "sys/kernel/modprobe",
        "uevent_helper",
        "sysrq-trigger",
    ]
    .into_iter()
    .find(|it| line.contains(it));
    if let Some(named) = named
        && (line.contains('>') || scene.program() == "tee")
    {
        found.say(format!("{} writes {named}: {line}", scene.who()));
    }
}
