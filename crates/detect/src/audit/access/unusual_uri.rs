//! A path that no client has a reason to ask for.

use crate::audit::prelude::*;

detection! {
    /// Unusual request path
    ///
    /// Profiling endpoints, the API server's log folder, paths that climb, and files that web servers
    /// have: somebody tries what the API server would give away.
    ///
    /// **Benign:** Engineers who profile the API server.
    ///
    /// **Respond:** Look at the actor's other calls; turn profiling off (`--profiling=false`).
    "AUD-016" {
        severity: Medium,
        attack: Reconnaissance "T1595",
        rows: ["16"],
        needs: [RequestUri],
        on: [(ANY_VERB, EVERYTHING)],
        when: Any,
        fires: [
            r"{verb: get, requestURI: /debug/pprof/heap}",
            r"{verb: get, requestURI: '/api/v1/../../etc/passwd'}",
        ],
        quiet: [
            r"{verb: get, requestURI: /metrics}",
            r"{verb: get, requestURI: '/openapi/v2?timeout=32s'}",
            r"# An answer to the whole internet's scanners would be noise.
{verb: get, user: {username: 'system:anonymous', groups: ['system:unauthenticated']}, requestURI: /debug/pprof/, responseStatus: {code: 403}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if !call.resource().is_empty() || (call.is_unauthenticated() && call.is_refused()) {
        return;
    }
    let path = call.uri().decoded_path();
    let climbs = path.split('/').any(|part| part == "..");
    let profile = path.starts_with("/debug/");
    let logs = path == "/logs" || path.starts_with("/logs/");
    let of_web_servers = [".php", ".env", ".git/", "wp-", "cgi-bin", "swagger-ui"]
        .iter()
        .any(|mark| path.contains(mark));
    if climbs || profile || logs || of_web_servers {
        found
            .say(format!("asked for {path}"))
            .with("requestURI", call.event.request_uri());
        if call.is_refused() {
            found.lower_to(Severity::Low);
        }
    }
}
