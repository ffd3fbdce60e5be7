//! Link made to a file with credentials.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Link made to a file with credentials
    ///
    /// A link lets a server that follows links hand out a file that it should not, or lets a container read
    /// what the node mounts (`subPath` and log files).
    ///
    /// **Benign:** None known.
    ///
    /// **Respond:** Remove the link; see which process reads by it.
    "RUN-044" {
        severity: High,
        attack: CredentialAccess "T1552.001",
        on: ["file"],
        fires: [
            r"{file: {path: /etc/shadow, other_path: /tmp/x, operation: symlink}, process: ln}",
            r"{file: {path: /var/log/x, other_path: /etc/shadow, operation: link}, process: ln}",
        ],
        quiet: [
            r"{file: {path: /usr/bin/x, other_path: /usr/bin/y, operation: symlink}, process: ln}",
            r"{file: {path: /etc/shadow, operation: read}, process: sshd}",
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    let Some(file) = scene.file() else {
        return;
    };
    if !matches!(file.operation, FileOperation::Link | FileOperation::Symlink)
        || programs::is_login_program(scene.program())
    {
        return;
    }
    let to = [&file.path, &file.other_path]
        .into_iter()
        .find(|it| places::is_shadow(it) || places::is_credential(it) || places::is_token(it));
    // Kubernetes itself mounts tokens as links.
    if let Some(to) = to.filter(|it| !places::is_token(it) || scene.in_container()) {
        found
            .say(format!("{} made a link to {to}", scene.who()))
            .with("file.path", file.path.as_str());
    }
}
