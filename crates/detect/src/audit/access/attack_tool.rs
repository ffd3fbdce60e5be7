//! A tool that says what it is.

use crate::audit::prelude::*;

detection! {
    /// Attack or audit tool calls the API
    ///
    /// Scanners and attack tools often do not hide their name in the user agent. What they ask for shows
    /// how far their user has come.
    ///
    /// **Benign:** Benchmarks and access reviews that somebody runs on purpose.
    ///
    /// **Respond:** Ask the actor; if it was not them, disable the credential.
    "AUD-011" {
        severity: Medium,
        attack: Discovery "T1613",
        rows: ["11"],
        needs: [UserAgent],
        on: [(ANY_VERB, EVERYTHING)],
        when: Any,
        fires: [r"{verb: list, userAgent: 'Kube-Hunter/0.6.8', objectRef: {resource: pods, namespace: shop}}"],
        quiet: [r"{verb: list, objectRef: {resource: pods, namespace: shop}}"],
        run: Sequence(run),
    }
}

const TOOLS: [&str; 16] = [
    "kube-hunter",
    "kube-bench",
    "rakkess",
    "access_matrix",
    "trufflehog",
    "azurehound",
    "bloodhound",
    "kubehound",
    "peirates",
    "kubeletctl",
    "kubesploit",
    "kubiscan",
    "stratus-red-team",
    "zgrab",
    "nmap",
    "masscan",
];

/// The tool that a user agent names.
pub(crate) fn named_in(user_agent: &str) -> Option<&'static str> {
    let agent = user_agent.to_ascii_lowercase();
    TOOLS.into_iter().find(|tool| agent.contains(tool))
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    if !call.client.tool {
        return;
    }
    if let Some(tool) = named_in(call.event.user_agent())
        && memory
            .reaches(1, 3600, &[call.user(), tool], &[""])
            .is_some()
    {
        found
            .say(format!("calls with {tool}"))
            .with("userAgent", call.event.user_agent());
        if call.is_unauthenticated() {
            found.lower_to(Severity::Low);
        }
    }
}
