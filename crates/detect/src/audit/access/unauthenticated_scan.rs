//! Door after door.

use crate::audit::prelude::*;

detection! {
    /// Unauthenticated scan
    ///
    /// Somebody without a credential tries one path after the other. On a public endpoint scanners do
    /// this all day; from inside the cluster it is somebody in a pod.
    ///
    /// **Benign:** Vulnerability scanners of one's own.
    ///
    /// **Respond:** From a private address: find the pod. From outside: close the endpoint to the world.
    "AUD-003" {
        severity: Low,
        attack: Reconnaissance "T1595.003",
        rows: ["3"],
        needs: [SourceIps],
        on: [(ANY_VERB, EVERYTHING)],
        when: Refused,
        fires: [r"{repeat: 6, verb: get, user: {username: 'system:anonymous', groups: ['system:unauthenticated']}, requestURI: '/p{n}', responseStatus: {code: 403}}"],
        quiet: [
            r"{repeat: 30, verb: get, user: {username: 'system:anonymous', groups: ['system:unauthenticated']}, requestURI: /metrics, responseStatus: {code: 403}}",
            r"{repeat: 30, verb: get, requestURI: '/p{n}', responseStatus: {code: 403}}",
        ],
        run: Sequence(run),
    }
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    let Some(address) = call.source().filter(|_| call.is_unauthenticated()) else {
        return;
    };
    let key = address.to_string();
    if let Some(count) = memory.reaches(5, 300, &[&key], &[call.uri().path()]) {
        found
            .say(format!(
                "tried {count} different paths without a credential from {address}"
            ))
            .with("sourceIPs", key);
        // Inside the cluster nobody has a reason to.
        if !is_public(address) {
            found.at(Severity::Medium);
        }
    }
}
