//! Set-user-id bit set.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Set-user-id bit set
    ///
    /// A program with this bit runs as its owner, whoever starts it. A shell with it is root for everybody,
    /// for as long as it lies there.
    ///
    /// **Benign:** Package managers at installation.
    ///
    /// **Respond:** Remove the bit; set `allowPrivilegeEscalation: false`, which makes it without effect.
    "RUN-082" {
        severity: Medium,
        attack: PrivilegeEscalation "T1548.001",
        on: ["file", "exec"],
        fires: [
            r#"{exec: "chmod u+s /bin/bash", by: sh}"#,
            r#"{exec: "chmod 4755 /tmp/x", by: sh}"#,
            r"{file: {path: /tmp/x, operation: attributes, mode: 2541}, process: chmod}",
        ],
        quiet: [
            r#"{exec: "chmod 755 /tmp/x", by: sh}"#,
            r#"{exec: "chmod +x /tmp/x"}"#,
            r"{file: {path: /tmp/x, operation: attributes, mode: 493}, process: chmod}",
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if !scene.in_container() || matches!(scene.parent(), "dpkg" | "rpm" | "apk") {
        return;
    }
    if let Some(file) = scene.file() {
        if file.operation == FileOperation::Attributes
            && file.mode.is_some_and(|mode| mode & 0o6000 != 0)
        {
            found.say(format!(
                "{} set the set-user-id bit of {}",
                scene.who(),
                file.path
            ));
        }
        return;
    }
    if scene.program() == "chmod"
        && let Some(mode) = scene.argv().iter().skip(1).find(|it| !it.starts_with("--"))
    {
        let symbolic = mode.split(',').any(|it| {
            it.contains("+s") || it.contains("=s") || (it.contains('+') && it.ends_with('s'))
        });
        let octal = u32::from_str_radix(mode, 8).is_ok_and(|mode| mode & 0o6000 != 0);
        if symbolic || octal {
            found.say(format!(
                "{} sets the set-user-id bit: {}",
                scene.who(),
                scene.process().command_line()
            ));
        }
    }
}
