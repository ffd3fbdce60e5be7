//! A shell or an interpreter in a container.

use crate::audit::prelude::*;

detection! {
    /// Shell or tool run in a container
    ///
    /// What is typed into a shell does not reach the audit log; from here on only a runtime sensor sees.
    ///
    /// **Benign:** People who look after their own workloads.
    ///
    /// **Respond:** As for any exec; ask what it was for.
    "AUD-063" {
        severity: Low,
        attack: Execution "T1609",
        rows: ["63"],
        needs: [RequestUri],
        on: [(CREATE.or(GET), EXEC)],
        when: Permitted,
        fires: [r"{verb: get, requestURI: '/x?command=%2Fbin%2Fbash&stdin=true&tty=true', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}"],
        quiet: [r"{verb: get, requestURI: '/x?command=pg_isready', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let Some(line) = call.command() else { return };
    let command = Command::new(&line);
    if let Some(tool) = command.shell_or_tool() {
        let interactive = call.uri().values("tty").any(|it| it == "true" || it == "1");
        let how = if interactive { "an interactive " } else { "" };
        found
            .say(format!("ran {how}{tool} in {}", call.what()))
            .with("requestURI", line);
    }
}
