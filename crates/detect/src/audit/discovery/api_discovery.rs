//! What the API can do, asked by a script.

use crate::audit::prelude::*;

detection! {
    /// API discovery by a script client
    ///
    /// `/apis` and `/openapi` list everything that the cluster knows. Clients made for Kubernetes ask; curl
    /// asks when somebody looks around by hand.
    ///
    /// **Benign:** Health checks and home-grown scripts.
    ///
    /// **Respond:** Together with what the caller asked next.
    "AUD-033" {
        severity: Low,
        attack: Discovery "T1613",
        rows: ["33"],
        needs: [UserAgent],
        on: [(GET, EVERYTHING)],
        when: Permitted,
        fires: [r"{verb: get, user: {username: 'system:serviceaccount:shop:cart'}, userAgent: curl/8.5.0, requestURI: /apis}"],
        quiet: [
            r"{verb: get, requestURI: /apis}",
            r"{verb: get, userAgent: curl/8.5.0, requestURI: /healthz}",
        ],
        run: Sequence(run),
    }
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    if !call.resource().is_empty() || !call.client.script || call.is_unauthenticated() {
        return;
    }
    let path = call.uri().path().trim_end_matches('/');
    let lists = matches!(path, "/api" | "/apis" | "/api/v1") || path.starts_with("/openapi");
    if lists && memory.reaches(1, 3600, &[call.user()], &[""]).is_some() {
        found
            .say(format!("asked what the API can do ({path})"))
            .with("userAgent", call.event.user_agent());
    }
}
