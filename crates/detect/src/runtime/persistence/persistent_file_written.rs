//! File written that makes something run later.

use crate::runtime::prelude::*;

runtime_rule! {
    /// File written that makes something run later
    ///
    /// Cron tables, units, `ld.so.preload`, keys that may log in, static pods: what stands there runs again
    /// after the process has gone, on the node even after the container has.
    ///
    /// **Benign:** Package managers and configuration management on nodes, which act outside of containers.
    ///
    /// **Respond:** Compare the file with what should be there; see which process wrote it.
    "RUN-080" {
        severity: High,
        attack: Persistence "T1543",
        on: ["file"],
        fires: [
            r"{file: {path: /etc/ld.so.preload, operation: write}, process: sh}",
            r"{file: {path: /root/.ssh/authorized_keys, operation: write}, process: bash}",
            r"{file: {path: /host/etc/kubernetes/manifests/x.yaml, operation: create}, process: cp}",
        ],
        quiet: [
            r"{file: {path: /etc/ld.so.preload, operation: read}, process: ls}",
            r"{file: {path: /etc/passwd, operation: write}, process: useradd}",
            r"{file: {path: /etc/cron.d/x, operation: write}, process: dpkg, at: host}",
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    let Some(file) = scene.file() else {
        return;
    };
    let writes = matches!(
        file.operation,
        FileOperation::Write | FileOperation::Create | FileOperation::Rename
    );
    if !writes || !scene.in_container() || programs::is_login_program(scene.program()) {
        return;
    }
    if let Some(what) = places::persists(&file.path) {
        found
            .say(format!("{} wrote {}: {what}", scene.who(), file.path))
            .with("file.path", file.path.as_str());
    }
}
