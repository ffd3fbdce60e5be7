//! Another process's memory touched.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Another process's memory touched
    ///
    /// With `ptrace` or `process_vm_writev` a process reads what another keeps in memory (keys, tokens), or
    /// makes it run something.
    ///
    /// **Benign:** Debuggers and profilers (`gdb`, `strace`, `py-spy`), and crash reporters.
    ///
    /// **Respond:** Ask who debugs; take `CAP_SYS_PTRACE` and the shared process namespace away.
    "RUN-027" {
        severity: High,
        attack: DefenseEvasion "T1055.008",
        on: ["memory"],
        fires: [
            r#"{memory: {call: ptrace, request: PTRACE_ATTACH}, process: "/tmp/x"}"#,
            r#"{memory: {call: process_vm_writev}, process: "/tmp/x"}"#,
        ],
        quiet: [
            r#"{memory: {call: ptrace, request: PTRACE_TRACEME}, process: "/tmp/x"}"#,
            r"{memory: {call: ptrace, request: PTRACE_ATTACH}, process: gdb, at: host}",
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    let Activity::Memory(memory) = &scene.event.what else {
        return;
    };
    if !scene.in_container() || memory.request == "PTRACE_TRACEME" {
        return;
    }
    let of = memory.other.as_ref().map_or_else(
        || "another process".to_owned(),
        |it| it.program().to_owned(),
    );
    found.say(format!(
        "{} reached into the memory of {of} by {}",
        scene.who(),
        memory.call
    ));
    if matches!(
        scene.program(),
        "gdb" | "strace" | "py-spy" | "perf" | "dlv" | "jstack" | "jmap" | "rbspy"
    ) {
        found.lower_to(Severity::Medium);
    }
}
