//! What one would restore from, gone.

use crate::audit::prelude::*;

detection! {
    /// Volumes, snapshots, backups or quotas deleted
    ///
    /// Before encrypting or destroying, attackers delete what one would restore from. Quotas go so that
    /// miners fit in.
    ///
    /// **Benign:** Decommissioning; storage operators.
    ///
    /// **Respond:** Stop the actor; many storage systems keep deleted volumes for a while.
    "AUD-140" {
        severity: Medium,
        attack: Impact "T1490",
        rows: ["140"],
        needs: [],
        on: [(DELETE, &["persistentvolumeclaims", "persistentvolumes", "volumesnapshots.*", "volumesnapshotcontents.*", "resourcequotas", "limitranges", "backups.velero.io", "restores.velero.io", "schedules.velero.io"])],
        when: Succeeded,
        fires: [
            r"{verb: delete, objectRef: {resource: volumesnapshots, apiGroup: snapshot.storage.k8s.io, namespace: shop, name: s}}",
            r"{verb: deletecollection, objectRef: {resource: persistentvolumeclaims, namespace: shop}}",
        ],
        quiet: [
            r"{verb: delete, user: {username: 'system:serviceaccount:kube-system:namespace-controller'}, objectRef: {resource: persistentvolumeclaims, namespace: shop, name: p}}",
            r"{verb: delete, user: {username: 'system:serviceaccount:velero:velero'}, objectRef: {resource: backups, apiGroup: velero.io, namespace: velero, name: b}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if !call.is_human() || call.is_deployer() {
        return;
    }
    found
        .say(call.did_what())
        .with("requestURI", call.event.request_uri());
    if call.event.verb() == "deletecollection" {
        found.at(Severity::High);
    }
}
