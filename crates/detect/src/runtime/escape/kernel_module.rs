//! Kernel module loaded from a container.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Kernel module loaded from a container
    ///
    /// A module is code in the kernel of the node: it sees everything, hides what it likes, and no
    /// container boundary holds it.
    ///
    /// **Benign:** Agents that bring a driver (storage, GPU, old sensors).
    ///
    /// **Respond:** Cordon the node and rebuild it: what runs in the kernel can not be trusted to be gone.
    "RUN-025" {
        severity: Critical,
        attack: Persistence "T1547.006",
        on: ["module", "exec"],
        fires: [
            r#"{module: {name: evil}, process: "insmod"}"#,
            r#"{exec: "insmod /tmp/evil.ko", by: sh}"#,
        ],
        quiet: [
            r"{module: {name: overlay}, process: modprobe, at: host}",
            r#"{exec: "lsmod", by: sh}"#,
            r#"{exec: "modprobe -n x"}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if !scene.in_container() {
        return;
    }
    if let Activity::Module(module) = &scene.event.what {
        if !module.unloaded {
            let name = if module.name.is_empty() {
                &module.path
            } else {
                &module.name
            };
            found.say(format!("{} loaded the kernel module {name}", scene.who()));
        }
        return;
    }
    let dry = scene.argv().iter().any(|it| {
        matches!(
            it.as_str(),
            "-n" | "--dry-run" | "--show-depends" | "-D" | "-c"
        )
    });
    if matches!(scene.program(), "insmod" | "modprobe") && scene.argv().len() > 1 && !dry {
        found.say(format!(
            "{} loads a kernel module: {}",
            scene.who(),
            scene.process().command_line()
        ));
    }
}
