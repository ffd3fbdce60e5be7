//! Certificates that live longer than a year.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A certificate lives longer than 398 days
    ///
    /// A stolen key serves until its certificate ends, because hardly any client inside a cluster checks
    /// revocation. cert-manager renews by itself, so a long life buys nothing. 398 days is also what
    /// browsers accept at most.
    ///
    /// **Fix:** Leave `duration` at its default of 90 days, or shorten it:
    /// ```yaml
    /// spec:
    ///   duration: 2160h
    /// ```
    "OPR-010" {
        severity: Low,
        rows: ["F10"],
        fails: [
            r"
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: a}
spec: {secretName: a, duration: 87600h0m0s, dnsNames: [a.example.com]}
",
        ],
        passes: [
            r"
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: a}
spec: {secretName: a, duration: 2160h}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: default}
spec: {secretName: a}
---
# An authority outlives what it signs.
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: ca}
spec: {secretName: a, isCA: true, duration: 87600h}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: a-year}
spec: {secretName: a, duration: 8760h}
",
        ],
        run: Objects(&[Kind::Certificate], run),
    }
}

const LONGEST_HOURS: u64 = 398 * 24;

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let spec = object.value().at("spec");
    if spec.flag("isCA") == Some(true) {
        return;
    }
    let hours = spec.text("duration").and_then(whole_hours);
    if let Some(hours) = hours.filter(|hours| *hours > LONGEST_HOURS) {
        found.at(
            FieldPath::root().join("spec.duration"),
            format!("lives {} days", hours / 24),
        );
    }
}

/// The hours of a duration as Go writes it: `2160h`, `8760h0m0s`; smaller units are left out.
fn whole_hours(duration: &str) -> Option<u64> {
    let (hours, _) = duration.split_once('h')?;
    hours.split('.').next()?.parse().ok()
}
