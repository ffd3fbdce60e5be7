//! Files with which one gets further.

use crate::audit::prelude::*;

detection! {
    /// Command touches a sensitive file
    ///
    /// Password hashes, keys, cloud and cluster configuration, the kubelet's folder: what an intruder reads
    /// first.
    ///
    /// **Benign:** People who debug their own images.
    ///
    /// **Respond:** Replace what could be read.
    "AUD-059" {
        severity: High,
        attack: CredentialAccess "T1552.001",
        rows: ["59"],
        needs: [RequestUri],
        on: [(CREATE.or(GET), EXEC)],
        when: Permitted,
        fires: [r"{verb: create, requestURI: '/x?command=cat&command=/etc/shadow', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}"],
        quiet: [r"{verb: create, requestURI: '/x?command=cat&command=/etc/nginx/nginx.conf', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let Some(line) = call.command() else { return };
    if let Some(mark) = Command::new(&line).sensitive_file() {
        found
            .say(format!("touched {mark} in {}", call.what()))
            .with("requestURI", line);
    }
}
