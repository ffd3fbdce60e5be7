//! The cloud's metadata service, asked from a container.

use crate::audit::prelude::*;

detection! {
    /// Command asks the cloud's metadata service
    ///
    /// The metadata service hands the node's cloud credentials to whoever asks from the node. Decimal,
    /// hexadecimal and octal forms of its address count.
    ///
    /// **Benign:** Cloud agents ask it themselves, not through exec.
    ///
    /// **Respond:** Replace the node's role credentials; block the address for pods (hop limit 1, NetworkPolicy).
    "AUD-060" {
        severity: High,
        attack: CredentialAccess "T1552.005",
        rows: ["60"],
        needs: [RequestUri],
        on: [(CREATE.or(GET), EXEC)],
        when: Permitted,
        fires: [
            r"{verb: create, requestURI: '/x?command=curl&command=http%3A%2F%2F169.254.169.254%2Flatest%2F', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}",
            r"{verb: create, requestURI: '/x?command=wget&command=http%3A%2F%2F0xa9fea9fe%2F', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}",
        ],
        quiet: [r"{verb: create, requestURI: '/x?command=curl&command=http%3A%2F%2F10.0.0.1%2F', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let Some(line) = call.command() else { return };
    if let Some(mark) = Command::new(&line).metadata_service() {
        found
            .say(format!(
                "asked the cloud's metadata service ({mark}) from {}",
                call.what()
            ))
            .with("requestURI", line);
    }
}
