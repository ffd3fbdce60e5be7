//! Work that comes again.

use crate::audit::prelude::*;

detection! {
    /// CronJob or Job created or changed
    ///
    /// A CronJob runs again after every clean-up of pods: the classic way to stay.
    ///
    /// **Benign:** Backups, reports, migrations: most Jobs.
    ///
    /// **Respond:** Compare with what was delivered; a CronJob that no repository knows has to go.
    "AUD-079" {
        severity: Info,
        attack: Persistence "T1053.007",
        rows: ["79"],
        needs: [],
        on: [(WRITE, &["cronjobs.*", "jobs.*"])],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: cronjobs, apiGroup: batch, namespace: shop, name: c}, requestObject: {spec: {schedule: '* * * * *'}}}",
            r"{verb: update, objectRef: {resource: jobs, apiGroup: batch, namespace: shop, name: c}}",
        ],
        quiet: [
            r"{verb: create, user: {username: 'system:serviceaccount:kube-system:cronjob-controller'}, objectRef: {resource: jobs, apiGroup: batch, namespace: shop, name: c-1}}",
            r"{verb: get, objectRef: {resource: cronjobs, apiGroup: batch, namespace: shop, name: c}}",
            r"{verb: create, objectRef: {resource: cronjobs, apiGroup: batch, namespace: shop, name: c}, responseStatus: {code: 403}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_system() || call.is_deployer() {
        return;
    }
    found
        .say(call.did_what())
        .with("objectRef.name", call.name());
    if call.resource() == "cronjobs" {
        let schedule = call.sent().text("spec.schedule").unwrap_or_default();
        found.body("spec.schedule", schedule);
        // Every minute is what implants ask for, and seldom what work needs.
        if schedule.trim() == "* * * * *" && call.is_human() {
            found.at(Severity::Medium);
        } else {
            found.at(Severity::Low);
        }
    }
}
