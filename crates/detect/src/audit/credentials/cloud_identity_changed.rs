//! Which cloud identity a service account is.

use crate::audit::prelude::*;

detection! {
    /// Cloud identity of a service account changed
    ///
    /// An annotation makes pods of a service account a role in the cloud. Putting a stronger role there,
    /// or a role on an account that one controls, leads out of the cluster.
    ///
    /// **Benign:** Installation of what uses the cloud; name what delivers as a deployer.
    ///
    /// **Respond:** Check the role's trust policy: it should name this one service account.
    "AUD-054" {
        severity: Medium,
        attack: PrivilegeEscalation "T1098",
        rows: ["54"],
        needs: [RequestBody],
        on: [(WRITE, &["serviceaccounts"])],
        when: Succeeded,
        fires: [r"{verb: patch, objectRef: {resource: serviceaccounts, namespace: shop, name: cart}, requestObject: {metadata: {annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/admin'}}}}"],
        quiet: [
            r"{verb: create, objectRef: {resource: serviceaccounts, namespace: shop, name: cart}, requestObject: {metadata: {annotations: {team: shop}}}}",
            r"given: {deployers: [ci-*]}
---
{verb: create, user: {username: ci-shop}, objectRef: {resource: serviceaccounts, namespace: shop, name: cart}, requestObject: {metadata: {annotations: {iam.gke.io/gcp-service-account: cart@p.iam.gserviceaccount.com}}}}",
        ],
        run: Call(run),
    }
}

const ANNOTATIONS: [&str; 3] = [
    "eks.amazonaws.com/role-arn",
    "iam.gke.io/gcp-service-account",
    "azure.workload.identity/client-id",
];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() || call.is_deployer() {
        return;
    }
    for annotation in ANNOTATIONS {
        if let Some(identity) = call.sent().entry("metadata.annotations", annotation) {
            found
                .say(format!(
                    "made {} the cloud identity {identity}",
                    call.what()
                ))
                .body(format!("metadata.annotations.{annotation}"), identity);
        }
    }
}
