//! BPF program loaded from a container.

use crate::runtime::prelude::*;

runtime_rule! {
    /// BPF program loaded from a container
    ///
    /// BPF programs see every process and packet of the node, and can hide what they choose. Rootkits use
    /// them because they need no module.
    ///
    /// **Benign:** Network plugins and sensors (Cilium, Tetragon, Falco, Catseye), which are worth an
    /// exception by name.
    ///
    /// **Respond:** List the programs on the node (`bpftool prog`) and compare them with what your agents
    /// load.
    "RUN-026" {
        severity: High,
        attack: DefenseEvasion "T1014",
        on: ["bpf"],
        fires: [
            r#"{bpf: {command: BPF_PROG_LOAD, kind: BPF_PROG_TYPE_KPROBE, name: hide}, process: "/tmp/x"}"#,
        ],
        quiet: [
            r#"{bpf: {command: BPF_MAP_CREATE}, process: "/tmp/x"}"#,
            r"{bpf: {command: BPF_PROG_LOAD}, process: systemd, at: host}",
            r"{bpf: {command: BPF_PROG_LOAD}, process: cilium-agent}",
            r#"{bpf: {command: BPF_PROG_LOAD, kind: BPF_PROG_TYPE_CGROUP_DEVICE}, process: "runc init"}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    const AGENTS: [&str; 9] = [
        "cilium-agent",
        "tetragon",
        "falco",
        "catseye",
        "calico-node",
        "coroot-node-agent",
        "bpfman",
        "pixie",
        "tracee",
    ];
    let Activity::Bpf(bpf) = &scene.event.what else {
        return;
    };
    if scene.in_container() && bpf.command == "BPF_PROG_LOAD" && !AGENTS.contains(&scene.program())
    {
        found
            .say(
                format!("{} loaded a BPF program {}", scene.who(), bpf.name)
                    .trim_end()
                    .to_owned(),
            )
            .with("bpf.kind", bpf.kind.as_str());
    }
}
