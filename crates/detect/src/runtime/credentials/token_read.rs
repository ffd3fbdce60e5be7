//! Service-account token read by a tool.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Service-account token read by a tool
    ///
    /// A program that calls the API reads its token itself. When `cat`, `curl` or a shell does, somebody
    /// takes it along: it opens the API server, from anywhere, for as long as the pod lives.
    ///
    /// **Benign:** Scripts that call the API with `curl`, and entry points that write a kubeconfig.
    ///
    /// **Respond:** Delete the pod (its bound token dies with it), see in the audit log what the account
    /// did since, and set `automountServiceAccountToken: false`.
    "RUN-041" {
        severity: High,
        attack: CredentialAccess "T1528",
        on: ["file", "exec"],
        fires: [
            r"{file: {path: /run/secrets/kubernetes.io/serviceaccount/token, operation: read}, process: cat}",
            r#"{exec: "cat /var/run/secrets/kubernetes.io/serviceaccount/token", by: sh}"#,
            r#"{exec: "tar cf - /var/run/secrets/kubernetes.io/serviceaccount", by: sh}"#,
        ],
        quiet: [
            r#"{file: {path: /var/run/secrets/kubernetes.io/serviceaccount/token, operation: read}, process: "/app/operator"}"#,
            r"{file: {path: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt, operation: read}, process: cat}",
            r#"{exec: "ls /var/run/secrets"}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if !scene.in_container() {
        return;
    }
    if let Some(file) = scene.file() {
        let by_tool =
            programs::is_by_hand(scene.program()) || scene.process().origin == FileOrigin::Upper;
        if places::is_token(&file.path) && by_tool {
            found
                .say(format!(
                    "{} read the token of a service account",
                    scene.who()
                ))
                .with("file.path", file.path.as_str());
        }
        return;
    }
    if programs::is_by_hand(scene.program()) && scene.command().token().is_some() {
        let line = scene.process().command_line();
        let only_ca = line.contains("ca.crt") && !line.contains("token");
        if !only_ca {
            found.say(format!(
                "{} reads the token of a service account: {line}",
                scene.who()
            ));
        }
    }
}
