//! File with credentials read.

use crate::runtime::prelude::*;

runtime_rule! {
    /// File with credentials read
    ///
    /// Hashes of passwords, keys of people, credentials of clouds and of the node, and the environment of
    /// the first process, in which secrets are given.
    ///
    /// **Benign:** Programs of the login (`sshd`, `su`) for `/etc/shadow`; tools of a cloud that read their
    /// own configuration.
    ///
    /// **Respond:** Change what was read; see what is mounted into the pod that should not be.
    "RUN-042" {
        severity: Medium,
        attack: CredentialAccess "T1552.001",
        on: ["file", "exec"],
        fires: [
            r"{file: {path: /etc/shadow, operation: read}, process: cat}",
            r#"{exec: "cat /proc/1/environ", by: sh}"#,
            r"{file: {path: /root/.aws/credentials, operation: read}, process: tar}",
        ],
        quiet: [
            r"{file: {path: /etc/shadow, operation: read}, process: sshd}",
            r"{file: {path: /etc/passwd, operation: read}, process: cat}",
            r"{file: {path: /proc/self/environ, operation: read}, process: cat}",
            r"{file: {path: /root/.aws/credentials, operation: read}, process: aws}",
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if scene.is_container_runtime() || programs::is_login_program(scene.program()) {
        return;
    }
    if let Some(file) = scene.file() {
        if file.operation != FileOperation::Read {
            return;
        }
        let by_tool =
            programs::is_by_hand(scene.program()) || programs::is_interpreter(scene.program());
        let credential = places::is_credential(&file.path) && by_tool;
        if places::is_shadow(&file.path) || credential {
            found
                .say(format!("{} read {}", scene.who(), file.path))
                .with("file.path", file.path.as_str());
            if scene.in_container() && by_tool {
                found.at(Severity::High);
            }
        }
        return;
    }
    if !scene.in_container() || !programs::is_file_tool(scene.program()) {
        return;
    }
    let named = scene
        .argv()
        .iter()
        .skip(1)
        .find(|it| places::is_shadow(it) || places::is_credential(it));
    if let Some(named) = named {
        found
            .say(format!("{} reads {named}", scene.who()))
            .at(Severity::High);
    }
}
