//! Key after key.

use crate::audit::prelude::*;

detection! {
    /// Burst of failed authentications
    ///
    /// Tokens or passwords are tried, or an old one is still in use somewhere.
    ///
    /// **Benign:** A client whose token has ended and that goes on trying.
    ///
    /// **Respond:** Find the client by its address and user agent.
    "AUD-004" {
        severity: Low,
        attack: CredentialAccess "T1110",
        rows: ["4"],
        needs: [Status],
        on: [(ANY_VERB, EVERYTHING)],
        when: Refused,
        fires: [r"{repeat: 25, verb: get, user: {username: ''}, requestURI: '/api/v1/p{n}', responseStatus: {code: 401}}"],
        quiet: [
            r"{repeat: 10, verb: get, user: {username: ''}, requestURI: /api, responseStatus: {code: 401}}",
            r"{repeat: 60, verb: get, requestURI: /api, responseStatus: {code: 403}}",
        ],
        run: Sequence(run),
    }
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    if call.event.code() != Some(401) {
        return;
    }
    let address = call.event.claimed_ip().unwrap_or_default();
    let request = [call.event.audit_id(), call.event.request_uri()];
    if let Some(count) = memory.reaches(20, 60, &[address], &request) {
        found
            .say(format!(
                "failed to authenticate {count} times within a minute from {address}"
            ))
            .with("sourceIPs", address);
    }
}
