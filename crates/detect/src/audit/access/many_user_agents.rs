//! One identity, many programs.

use crate::audit::prelude::*;

detection! {
    /// Many user agents for one identity
    ///
    /// A workload is one program. A service account that calls with six within an hour is shared, or in
    /// somebody's hands.
    ///
    /// **Benign:** Service accounts that CI shares among all its jobs.
    ///
    /// **Respond:** Tell the programs apart by address; give each its own service account.
    "AUD-015" {
        severity: Low,
        attack: InitialAccess "T1078",
        rows: ["15"],
        needs: [UserAgent],
        on: [(ANY_VERB, EVERYTHING)],
        when: Any,
        fires: [r"{repeat: 6, verb: list, user: {username: 'system:serviceaccount:shop:cart'}, userAgent: 'tool{n}/1.0', objectRef: {resource: pods, namespace: shop}}"],
        quiet: [
            r"{repeat: 12, verb: list, user: {username: 'system:serviceaccount:shop:cart'}, userAgent: 'cart/1.{n}', objectRef: {resource: pods, namespace: shop}}",
            r"{repeat: 12, verb: list, user: {username: 'system:serviceaccount:kube-system:admin'}, userAgent: 'tool{n}/1.0', objectRef: {resource: pods, namespace: shop}}",
        ],
        run: Sequence(run),
    }
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    // People use many tools; the control plane is many programs by design.
    if !matches!(call.actor(), Actor::ServiceAccount { .. }) || call.is_system() {
        return;
    }
    let family = family(call.event.user_agent());
    if let Some(count) = memory.reaches(6, 3600, &[call.user()], &[family]) {
        found
            .say(format!(
                "called with {count} different programs within an hour"
            ))
            .with("userAgent", call.event.user_agent());
    }
}
