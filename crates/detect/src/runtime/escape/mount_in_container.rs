//! File system mounted from within a container.

use crate::runtime::prelude::*;

runtime_rule! {
    /// File system mounted from within a container
    ///
    /// A container that may mount can mount the disk of its node, or a cgroup hierarchy with a release
    /// agent. Both end on the node.
    ///
    /// **Benign:** Storage agents (CSI), builders of images, and FUSE clients.
    ///
    /// **Respond:** See which capability allowed it (`CAP_SYS_ADMIN`, privileged) and take it away.
    "RUN-023" {
        severity: High,
        attack: PrivilegeEscalation "T1611",
        on: ["mount", "exec"],
        fires: [
            r#"{mount: {from: /dev/sda1, target: /mnt}, process: "mount /dev/sda1 /mnt"}"#,
            r#"{exec: "mount -t cgroup -o rdma cgroup /tmp/cgrp", by: sh}"#,
        ],
        quiet: [
            r#"{mount: {from: overlay, target: /}, process: "runc init"}"#,
            r"{mount: {from: /dev/sda1, target: /mnt}, process: mount, at: host}",
            r#"{exec: "mount", by: sh}"#,
            r#"{exec: "umount /mnt"}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if !scene.in_container() {
        return;
    }
    if let Activity::Mount(mount) = &scene.event.what {
        if mount.operation == MountOperation::Mount {
            found
                .say(format!(
                    "{} mounted {} at {}",
                    scene.who(),
                    mount.from,
                    mount.target
                ))
                .with("mount.from", mount.from.as_str());
        }
        return;
    }
    if scene.program() == "mount" && scene.argv().len() > 2 {
        found.say(format!(
            "{} mounts: {}",
            scene.who(),
            scene.process().command_line()
        ));
    }
}
