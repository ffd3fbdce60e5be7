//! Traces removed.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Traces removed
    ///
    /// Histories and logs are wiped by whoever does not want to be found in them.
    ///
    /// **Benign:** Rotation of logs, which renames rather than removes.
    ///
    /// **Respond:** The sensor has the processes that the log lost; look at what ran before.
    "RUN-081" {
        severity: Medium,
        attack: DefenseEvasion "T1070",
        on: ["exec", "file"],
        fires: [
            r#"{exec: "sh -c 'history -c; unset HISTFILE'"}"#,
            r#"{exec: "shred -u /var/log/auth.log", by: bash}"#,
            r"{file: {path: /root/.bash_history, operation: delete}, process: rm}",
        ],
        quiet: [
            r"{file: {path: /var/log/nginx/access.log, operation: rename}, process: logrotate}",
            r#"{exec: "rm /tmp/x"}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if !scene.in_container() {
        return;
    }
    if let Some(file) = scene.file() {
        let by_hand = programs::is_by_hand(scene.program())
            || matches!(scene.program(), "rm" | "unlink" | "shred" | "truncate");
        if file.operation == FileOperation::Delete && places::is_trace(&file.path) && by_hand {
            found
                .say(format!("{} removed {}", scene.who(), file.path))
                .with("file.path", file.path.as_str());
        }
        return;
    }
    let line = scene.process().command_line();
    let wipes = [
        "history -c",
        "unset HISTFILE",
        "HISTFILE=/dev/null",
        "HISTSIZE=0",
        "HISTFILESIZE=0",
    ]
    .into_iter()
    .find(|it| line.contains(it));
    let removes = matches!(scene.program(), "rm" | "shred" | "truncate")
        && scene.argv().iter().skip(1).any(|it| places::is_trace(it));
    if wipes.is_some() || removes {
        found.say(format!("{} removes traces: {line}", scene.who()));
    }
}
