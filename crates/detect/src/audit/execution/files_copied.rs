//! `kubectl cp`.

use crate::audit::prelude::*;

detection! {
    /// Files copied to or from a container
    ///
    /// `kubectl cp` is `tar` in an exec. Out of a database's pod it is the data, into a container it is the
    /// tools.
    ///
    /// **Benign:** People who fetch logs and dumps.
    ///
    /// **Respond:** See which folder, and whether the actor may have it.
    "AUD-064" {
        severity: Low,
        attack: Collection "T1530",
        rows: ["64"],
        needs: [RequestUri],
        on: [(CREATE.or(GET), EXEC)],
        when: Permitted,
        fires: [r"{verb: create, requestURI: '/x?command=tar&command=cf&command=-&command=%2Fvar%2Flib%2Fpostgresql', objectRef: {resource: pods, subresource: exec, namespace: shop, name: db-0}}"],
        quiet: [r"{verb: create, requestURI: '/x?command=tar&command=tf&command=a.tar', objectRef: {resource: pods, subresource: exec, namespace: shop, name: db-0}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let Some(line) = call.command() else { return };
    if Command::new(&line).copies_files() {
        found
            .say(format!("copied files of {}", call.what()))
            .with("requestURI", line);
    }
}
