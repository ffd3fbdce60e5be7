//! Something fetched into a container.

use crate::audit::prelude::*;

detection! {
    /// Command downloads a file
    ///
    /// Tools come into a container this way. What was not in the image was not scanned either.
    ///
    /// **Benign:** People who test connections by hand.
    ///
    /// **Respond:** Look at the address, and delete the pod.
    "AUD-062" {
        severity: Medium,
        attack: CommandAndControl "T1105",
        rows: ["62"],
        needs: [RequestUri],
        on: [(CREATE.or(GET), EXEC)],
        when: Permitted,
        fires: [r"{verb: create, requestURI: '/x?command=wget&command=https%3A%2F%2Ffiles.example%2Fx', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}"],
        quiet: [r"{verb: create, requestURI: '/x?command=curl&command=http%3A%2F%2Flocalhost%3A8080%2Fhealthz', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let Some(line) = call.command() else { return };
    if Command::new(&line).download().is_some() {
        found
            .say(format!("downloaded into {}", call.what()))
            .with("requestURI", line);
    }
}
