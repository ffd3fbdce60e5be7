//! Refused, again and again, at the front door.

use crate::audit::prelude::*;

detection! {
    /// Many requests from a public address refused
    ///
    /// Ten refusals within half an hour from one address on the internet: a stolen credential that is
    /// tried out, or a scanner that has one.
    ///
    /// **Benign:** A workload outside of the cluster whose role is missing a rule.
    ///
    /// **Respond:** See what the address was allowed to do; block it if nobody knows it.
    "AUD-150" {
        severity: Medium,
        attack: Discovery "T1613",
        rows: ["27"],
        needs: [SourceIps],
        on: [(ANY_VERB, EVERYTHING)],
        when: Refused,
        fires: [r"{repeat: 10, verb: list, sourceIPs: [198.51.100.4], objectRef: {resource: pods, namespace: shop}, responseStatus: {code: 403}}"],
        quiet: [
            r"{repeat: 40, verb: list, objectRef: {resource: pods, namespace: shop}, responseStatus: {code: 403}}",
            r"{repeat: 40, verb: list, sourceIPs: [198.51.100.4], objectRef: {resource: pods, namespace: shop}}",
            r"# Without a credential it is a scan, which is another rule's.
{repeat: 40, verb: get, user: {username: 'system:anonymous', groups: ['system:unauthenticated']}, sourceIPs: [198.51.100.4], requestURI: /x, responseStatus: {code: 403}}",
        ],
        run: Sequence(run),
    }
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    let Some(address) = call.source().filter(|address| is_public(*address)) else {
        return;
    };
    if call.is_unauthenticated() || call.config.nodes.contain(address) {
        return;
    }
    let text = address.to_string();
    let request = [call.event.audit_id(), call.event.request_uri()];
    if let Some(count) = memory.reaches(10, 1800, &[call.user(), &text], &request) {
        found
            .say(format!(
                "was refused {count} times within half an hour at the public address {address}"
            ))
            .with("sourceIPs", text);
    }
}
