//! Configuration or credentials, changed by hand.

use crate::audit::prelude::*;

detection! {
    /// Secret or ConfigMap changed by hand
    ///
    /// A changed secret lets one in or shuts others out; a changed ConfigMap makes a program do something
    /// else, without a new image.
    ///
    /// **Benign:** Operations; name what delivers as a deployer.
    ///
    /// **Respond:** For a deletion: restore it, the workloads will fail when they restart.
    "AUD-139" {
        severity: Info,
        attack: Impact "T1565",
        rows: ["139"],
        needs: [],
        on: [(ALTER, &["secrets", "configmaps"])],
        when: Succeeded,
        fires: [
            r"{verb: delete, objectRef: {resource: secrets, namespace: shop, name: db}}",
            r"{verb: patch, objectRef: {resource: configmaps, namespace: shop, name: c}, requestObject: {data: {a: b}}}",
        ],
        quiet: [
            r"{verb: update, user: {username: 'system:serviceaccount:shop:operator'}, objectRef: {resource: configmaps, namespace: shop, name: leader}}",
            r"{verb: create, objectRef: {resource: secrets, namespace: shop, name: sh.helm.release.v1.shop.v3}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let helm = call.name().starts_with("sh.helm.release.");
    if !call.is_human() || call.is_deployer() || helm {
        return;
    }
    found
        .say(call.did_what())
        .with("objectRef.name", call.name());
    if call.resource() == "secrets" && call.verb.meets(DELETE) {
        found.at(Severity::Medium);
    }
}
