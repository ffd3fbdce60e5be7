//! New namespaces made in a container.

use crate::runtime::prelude::*;

runtime_rule! {
    /// New namespaces made in a container
    ///
    /// In a user namespace of its own a process holds every capability, which opens parts of the kernel
    /// that are closed otherwise. Most exploits of the kernel begin so.
    ///
    /// **Benign:** Browsers, sandboxes and builders of images without root.
    ///
    /// **Respond:** Set `hostUsers: false` or a seccomp profile (`RuntimeDefault` refuses it), and look at
    /// what the process did next.
    "RUN-024" {
        severity: Medium,
        attack: PrivilegeEscalation "T1611",
        on: ["namespace", "exec"],
        fires: [
            r#"{exec: "unshare -UrmC bash", by: sh}"#,
            r#"{namespace: {call: unshare, kinds: [user, mount]}, process: "/tmp/x"}"#,
        ],
        quiet: [
            r#"{namespace: {call: unshare, kinds: [user]}, process: "runc init"}"#,
            r#"{namespace: {call: unshare, kinds: [net]}, process: "/usr/bin/app"}"#,
            r"{namespace: {call: unshare, kinds: [user]}, process: chrome}",
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    let sandboxes = [
        "chrome",
        "chromium",
        "chrome-headless-shell",
        "firefox",
        "bwrap",
        "buildkitd",
        "buildah",
        "podman",
        "kaniko",
    ];
    if !scene.in_container() || sandboxes.contains(&scene.program()) {
        return;
    }
    if let Activity::Namespace(change) = &scene.event.what {
        if change.call != "setns" && change.kinds.iter().any(|it| it == "user") {
            found
                .say(format!("{} made a user namespace of its own", scene.who()))
                .with("namespace.kinds", change.kinds.join(","));
        }
        return;
    }
    if scene.program() == "unshare" && scene.argv().len() > 1 {
        found.say(format!(
            "{} makes namespaces: {}",
            scene.who(),
            scene.process().command_line()
        ));
    }
}
