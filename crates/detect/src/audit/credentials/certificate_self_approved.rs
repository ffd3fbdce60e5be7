//! Asked and approved by one and the same.

use crate::audit::prelude::*;

detection! {
    /// Certificate request approved by its author
    ///
    /// Four eyes are what the approval is for. Who asks and approves alone makes himself a login.
    ///
    /// **Benign:** Scripts that set up users by certificate.
    ///
    /// **Respond:** Look at the certificate's subject; if it was not meant, its only cure is a new CA or
    /// the certificate's end.
    "AUD-049" {
        severity: High,
        attack: PrivilegeEscalation "T1098.006",
        rows: ["49"],
        needs: [],
        on: [(CREATE, CSRS), (CHANGE, CSR_APPROVALS)],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, name: c}, requestObject: {spec: {}}}
---
{verb: update, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, subresource: approval, name: c}}"],
        quiet: [
            r"{verb: create, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, name: c}, requestObject: {spec: {}}}
---
{verb: update, user: {username: jane}, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, subresource: approval, name: c}}",
            r"{verb: create, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, name: c}, requestObject: {spec: {}}}
---
{verb: update, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, subresource: approval, name: other}}",
        ],
        run: Sequence(run),
    }
}

/// Requests are forgotten by the API server after a day.
const SPAN: i64 = 24 * 60 * 60;

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    if call.event.subresource().is_empty() {
        memory.keep(&[call.name()], call.user());
        return;
    }
    let author = memory.recall(&[call.name()], SPAN).map(str::to_owned);
    // The answer names the author, too, where the log holds it.
    let author = author.or_else(|| call.result().text("spec.username").map(str::to_owned));
    if author.as_deref() == Some(call.user()) {
        found
            .say(format!(
                "approved its own certificate request {}",
                call.name()
            ))
            .with("objectRef.name", call.name());
    }
}
