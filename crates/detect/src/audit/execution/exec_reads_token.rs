//! A token, read out of a container.

use crate::audit::prelude::*;

detection! {
    /// Command reads a service account or cloud token
    ///
    /// The token of a pod is its identity: outside it works as long as it is valid, in the cluster or, for
    /// the tokens of EKS, AKS and GKE, in the cloud.
    ///
    /// **Benign:** People who debug permissions.
    ///
    /// **Respond:** Delete the pod, which ends its token, and follow the account's calls from other addresses.
    "AUD-058" {
        severity: High,
        attack: CredentialAccess "T1552.007",
        rows: ["58"],
        needs: [RequestUri],
        on: [(CREATE.or(GET), EXEC)],
        when: Permitted,
        fires: [
            r"{verb: create, requestURI: '/x?command=cat&command=%2Fvar%2Frun%2Fsecrets%2Fkubernetes.io%2Fserviceaccount%2Ftoken', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}",
            r"{verb: get, requestURI: '/x?command=sh&command=-c&command=cat+%24AWS_WEB_IDENTITY_TOKEN_FILE', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}",
        ],
        quiet: [r"{verb: create, requestURI: '/x?command=cat&command=%2Fetc%2Fhostname', objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let Some(line) = call.command() else { return };
    if let Some(mark) = Command::new(&line).token() {
        found
            .say(format!("read a token ({mark}) in {}", call.what()))
            .with("requestURI", line);
    }
}
