//! Out of Tor, or another proxy that hides.

use crate::audit::prelude::*;

detection! {
    /// Call from an anonymising proxy
    ///
    /// Administrators do not come through Tor. Whoever does has a credential and does not want to be
    /// found.
    ///
    /// **Benign:** None that should stay so.
    ///
    /// **Respond:** Disable the credential, then read all its calls.
    "AUD-005" {
        severity: High,
        attack: CommandAndControl "T1090.003",
        rows: ["5"],
        needs: [SourceIps],
        given: [Anonymisers],
        on: [(ANY_VERB, EVERYTHING)],
        when: Any,
        fires: [r"given: {anonymisers: [203.0.113.0/24]}
---
{verb: list, sourceIPs: [203.0.113.9], objectRef: {resource: pods, namespace: shop}}"],
        quiet: [r"given: {anonymisers: [203.0.113.0/24]}
---
{verb: list, sourceIPs: [198.51.100.1], objectRef: {resource: pods, namespace: shop}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if let Some(address) = call.listed_in(&call.config.anonymisers) {
        found
            .say(format!(
                "{} from the anonymising proxy {address}",
                call.tried()
            ))
            .with("sourceIPs", address.to_string());
        if call.is_unauthenticated() && call.is_refused() {
            found.lower_to(Severity::Low);
        }
    }
}
