//! A system made for breaking in.

use crate::audit::prelude::*;

detection! {
    /// Client runs on an offensive Linux distribution
    ///
    /// kubectl tells the system that it runs on, and packages of some distributions name themselves in it.
    ///
    /// **Benign:** Announced penetration tests.
    ///
    /// **Respond:** If none was announced, disable the credential and read its calls.
    "AUD-010" {
        severity: High,
        attack: InitialAccess "T1588.002",
        rows: ["10"],
        needs: [UserAgent],
        on: [(ANY_VERB, EVERYTHING)],
        when: Any,
        fires: [r"{verb: list, userAgent: 'kubectl/v1.31.0+kali (linux/amd64) kubernetes/abc', objectRef: {resource: pods, namespace: shop}}"],
        quiet: [r"{verb: list, userAgent: 'alkaline-operator/v1 (linux/amd64)', objectRef: {resource: pods, namespace: shop}}"],
        run: Sequence(run),
    }
}

const NAMES: [&str; 5] = ["kali", "parrot", "blackarch", "pentoo", "backbox"];

/// The distribution that a user agent names.
pub(crate) fn named_in(user_agent: &str) -> Option<&str> {
    user_agent
        .split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| NAMES.iter().any(|name| word.eq_ignore_ascii_case(name)))
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    if !call.client.distribution {
        return;
    }
    let agent = call.event.user_agent();
    if let Some(name) = named_in(agent)
        && memory
            .reaches(1, 3600, &[call.user(), agent], &[""])
            .is_some()
    {
        found
            .say(format!("calls from a system named {name}"))
            .with("userAgent", agent);
    }
}
