//! The account for emergencies.

use crate::audit::prelude::*;

detection! {
    /// Emergency administrator used
    ///
    /// `kubernetes-admin` and whatever else is in `system:masters` is past RBAC and cannot be revoked. It
    /// is meant for the day when nothing else works.
    ///
    /// **Benign:** Small clusters where everybody uses it: give people accounts of their own.
    ///
    /// **Respond:** Ask what the emergency was.
    "AUD-021" {
        severity: Low,
        attack: InitialAccess "T1078.003",
        rows: ["21"],
        needs: [],
        on: [(ALTER, EVERYTHING), (READ, SECRETS), (CREATE.or(GET), EXEC)],
        when: Permitted,
        fires: [
            r"{verb: create, user: {username: kubernetes-admin, groups: ['system:masters']}, objectRef: {resource: pods, namespace: shop, name: a}}",
            r"{verb: list, user: {username: root, groups: ['system:masters']}, objectRef: {resource: secrets, namespace: shop}}",
        ],
        quiet: [
            r"{verb: create, user: {username: 'system:apiserver', groups: ['system:masters']}, objectRef: {resource: services, namespace: default, name: kubernetes}}",
            r"{verb: create, user: {username: jane, groups: [admins]}, objectRef: {resource: pods, namespace: shop, name: a}}",
        ],
        run: Sequence(run),
    }
}

/// Told once a day for each identity and address.
const SPAN: i64 = 24 * 60 * 60;

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    if call.is_control_plane() || call.event.impersonated_user().is_some() {
        return;
    }
    let master = call.event.user().in_group("system:masters");
    if !master && !call.config.is_break_glass(call.user()) {
        return;
    }
    let address = call.event.claimed_ip().unwrap_or_default();
    // On EKS many people are one name; the cloud's identity tells them apart.
    let person = call
        .event
        .user()
        .cloud_identity()
        .map_or("", |it| it.session.unwrap_or(it.principal));
    if memory
        .reaches(1, SPAN, &[call.user(), address, person], &[""])
        .is_some()
    {
        found
            .say(format!(
                "is at work as the emergency administrator; it {}",
                call.did_what()
            ))
            .with("user.username", call.user());
        if !person.is_empty() {
            found.with("user.extra", person);
        }
    }
}
