//! A token in other hands than those it was made for.

use crate::audit::prelude::*;

detection! {
    /// Token used from elsewhere than where it was minted
    ///
    /// The API server notes the id of each token that it mints by hand, and the id of the token on each
    /// call. A token that one actor made, at one address, and another address uses has been passed on.
    ///
    /// **Benign:** Tokens made by CI for jobs that run elsewhere.
    ///
    /// **Respond:** Find out how the token got there; delete the service account to end it.
    "AUD-149" {
        severity: Medium,
        attack: CredentialAccess "T1528",
        rows: ["147b"],
        needs: [],
        on: [(ANY_VERB, EVERYTHING)],
        when: Permitted,
        fires: [r"{verb: create, objectRef: {resource: serviceaccounts, subresource: token, namespace: shop, name: cart}, annotations: {authentication.kubernetes.io/issued-credential-id: JTI=0d1e}}
---
{verb: list, user: {username: 'system:serviceaccount:shop:cart', extra: {authentication.kubernetes.io/credential-id: [JTI=0d1e]}}, sourceIPs: [203.0.113.9], objectRef: {resource: pods, namespace: shop}}"],
        quiet: [r"{verb: create, objectRef: {resource: serviceaccounts, subresource: token, namespace: shop, name: cart}, annotations: {authentication.kubernetes.io/issued-credential-id: JTI=0d1e}}
---
{verb: list, user: {username: 'system:serviceaccount:shop:cart', extra: {authentication.kubernetes.io/credential-id: [JTI=0d1e]}}, objectRef: {resource: pods, namespace: shop}}
---
{verb: list, user: {username: 'system:serviceaccount:shop:cart', extra: {authentication.kubernetes.io/credential-id: [JTI=ffff]}}, sourceIPs: [203.0.113.9], objectRef: {resource: pods, namespace: shop}}"],
        run: Sequence(run),
    }
}

/// As long as a token may be valid by default settings of most clusters: one day.
const SPAN: i64 = 24 * 60 * 60;

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    let address = call.event.claimed_ip().unwrap_or_default();
    if call.event.subresource() == "token" {
        let issued = call
            .event
            .annotation("authentication.kubernetes.io/issued-credential-id");
        // The kubelet mints tokens for pods, which have addresses of their own.
        if let Some(id) = issued.filter(|_| !call.is_control_plane()) {
            memory.keep(&[id], &format!("{address} {}", call.user()));
        }
        return;
    }
    if memory.is_empty() {
        return;
    }
    let Some(id) = call.event.user().credential_id() else {
        return;
    };
    let Some(minted) = memory.recall(&[id], SPAN).map(str::to_owned) else {
        return;
    };
    let (minted_at, minted_by) = minted.split_once(' ').unwrap_or((&minted, ""));
    if minted_at != address && memory.reaches(1, SPAN, &[id], &[address]).is_some() {
        found
            .say(format!(
                "calls from {address} with a token that {minted_by} made at {minted_at}"
            ))
            .with("user.extra.authentication.kubernetes.io/credential-id", id);
    }
}
