//! From an address of ill fame.

use crate::audit::prelude::*;

detection! {
    /// Call from a listed address
    ///
    /// The address is on a list of threat intelligence, or on the operator's own.
    ///
    /// **Benign:** Addresses that have changed hands.
    ///
    /// **Respond:** Disable the credential, then read all its calls.
    "AUD-006" {
        severity: High,
        attack: InitialAccess "T1078",
        rows: ["6"],
        needs: [SourceIps],
        given: [MaliciousAddresses],
        on: [(ANY_VERB, EVERYTHING)],
        when: Any,
        fires: [r"given: {malicious: [203.0.113.9]}
---
{verb: list, sourceIPs: [203.0.113.9, 10.0.0.1], objectRef: {resource: secrets, namespace: shop}}"],
        quiet: [r"given: {malicious: [203.0.113.9]}
---
{verb: list, sourceIPs: [10.0.0.9], objectRef: {resource: secrets, namespace: shop}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if let Some(address) = call.listed_in(&call.config.malicious) {
        found
            .say(format!(
                "{} from the listed address {address}",
                call.tried()
            ))
            .with("sourceIPs", address.to_string());
        if call.is_refused() {
            found.lower_to(Severity::Low);
        } else if call.verb.meets(ALTER) || call.resource() == "secrets" {
            found.at(Severity::Critical);
        }
    }
}
