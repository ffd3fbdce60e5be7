//! The container runtime is spoken to from a container.

use crate::runtime::prelude::*;

runtime_rule! {
    /// The container runtime is spoken to from a container
    ///
    /// The socket of Docker, containerd or CRI-O starts any container with any mount: it is root on the
    /// node.
    ///
    /// **Benign:** Builders and agents that are given the socket on purpose (docker-in-docker, log
    /// collectors), which is worth an exception by name, and a change of the design.
    ///
    /// **Respond:** Take the mount of the socket out of the pod; look at which containers were started.
    "RUN-022" {
        severity: High,
        attack: PrivilegeEscalation "T1611",
        on: ["file", "exec"],
        fires: [
            r"{file: {path: /var/run/docker.sock, operation: write}, process: curl}",
            r#"{exec: "curl --unix-socket /var/run/docker.sock http://x/containers/json", by: sh}"#,
            r#"{exec: "ctr -a /run/containerd/containerd.sock c ls", by: sh}"#,
        ],
        quiet: [
            r"{file: {path: /run/containerd/containerd.sock, operation: write}, process: kubelet, at: host}",
            r#"{exec: "curl http://localhost/"}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if !scene.in_container() {
        return;
    }
    if let Some(file) = scene.file() {
        if places::is_runtime_socket(&file.path) {
            found
                .say(format!("{} opened {}", scene.who(), file.path))
                .with("file.path", file.path.as_str());
        }
        return;
    }
    let client = matches!(
        scene.program(),
        "docker" | "ctr" | "crictl" | "nerdctl" | "podman"
    );
    let named = scene.argv().iter().any(|it| places::is_runtime_socket(it));
    if named || (client && scene.argv().len() > 1) {
        found.say(format!(
            "{} speaks to the container runtime: {}",
            scene.who(),
            scene.process().command_line()
        ));
    }
}
