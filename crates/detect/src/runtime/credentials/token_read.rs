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
            r#"{exec: "sh -c 'curl -k -H \"Authorization: Bearer $(cat /run/secrets/kubernetes.io/serviceaccount/token)\" https://x'"}"#,
            r#"{exec: "tar cf - /var/run/secrets/kubernetes.io/serviceaccount", by: sh}"#,
        ],
        quiet: [
            r#"{file: {path: /var/run/secrets/kubernetes.io/serviceaccount/token, operation: read}, process: "/app/operator"}"#,
            r"{file: {path: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt, operation: read}, process: cat}",
            r#"{exec: "ls /var/run/secrets"}"#,
            r#"{exec: "sh -c 'if test -f /var/run/secrets/kubernetes.io/serviceaccount/token; then exec /app/web; fi'"}"#,
            r#"{exec: "sh -c 'export TOKEN=/var/run/secrets/kubernetes.io/serviceaccount/token; exec /app/web'"}"#,
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
        // A script that names the file need not read it: each command in it is looked at by itself.
        if programs::is_shell(scene.program()) && !reads_token(&line) {
            return;
        }
        let only_ca = line.contains("ca.crt") && !line.contains("token");
        if !only_ca {
            found.say(format!(
                "{} reads the token of a service account: {line}",
                scene.who()
            ));
        }
    }
}

/// True when a command of a script reads a token: a tool that reads, with the token's place behind it.
fn reads_token(script: &str) -> bool {
    script
        .split([';', '|', '&', '\n', '(', ')', '`', '{', '}'])
        .any(|command| {
            let mut words = command.split_whitespace();
            let words = words.by_ref().map(|word| word.trim_matches(['"', '\'']));
            let mut tool = false;
            for word in words {
                if places::is_token(word.trim_start_matches('<')) {
                    return tool || word.starts_with('<');
                }
                let name = word.rsplit('/').next().unwrap_or(word);
                tool |= programs::is_by_hand(name) && !programs::is_shell(name);
            }
            false
        })
}
