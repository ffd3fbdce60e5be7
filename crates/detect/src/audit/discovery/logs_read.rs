//! The logs of many pods.

use crate::audit::prelude::*;

detection! {
    /// Logs of many pods read
    ///
    /// Logs hold what programs say about their users, and too often tokens and passwords. One after the
    /// other, somebody is searching.
    ///
    /// **Benign:** Log collectors that read through the API; an engineer on a bad day.
    ///
    /// **Respond:** See which pods, and whether the actor looks after them.
    "AUD-034" {
        severity: Low,
        attack: Collection "T1005",
        rows: ["34"],
        needs: [],
        on: [(GET, &["pods/log"])],
        when: Permitted,
        fires: [r"{repeat: 21, verb: get, objectRef: {resource: pods, subresource: log, namespace: shop, name: 'web-{n}'}}"],
        quiet: [r"{repeat: 60, verb: get, objectRef: {resource: pods, subresource: log, namespace: shop, name: web-0}}"],
        run: Sequence(run),
    }
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    if call.is_control_plane() || call.is_deployer() {
        return;
    }
    let pod = [call.namespace(), call.name()];
    if let Some(count) = memory.reaches(20, 600, &[call.user()], &pod) {
        found
            .say(format!("read the logs of {count} pods within ten minutes"))
            .with("objectRef.name", call.name());
    }
}
