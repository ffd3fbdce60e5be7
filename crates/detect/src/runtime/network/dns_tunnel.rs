//! Data carried in names.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Data carried in names
    ///
    /// Many long, different names below one domain within minutes: data leaves, or commands come, in
    /// questions to the name server, which passes where everything else is closed.
    ///
    /// **Benign:** Look-ups of mail and malware reputation (`dnsbl`), some CDNs and telemetry, which are
    /// few names or short ones.
    ///
    /// **Respond:** See which process asks; block the domain at the name server.
    "RUN-065" {
        severity: High,
        attack: CommandAndControl "T1071.004",
        on: ["dns"],
        fires: [
            r#"{dns: {name: "a{n}9f3c1e7b2d4a6f8091b3c5d7e9fa1b2c3d4e.t.evil.example", qtype: TXT}, repeat: 30}"#,
        ],
        quiet: [
            r#"{dns: {name: "img{n}.cdn.example.com", qtype: A}, repeat: 60}"#,
            r#"{dns: {name: "a{n}9f3c1e7b2d4a6f8091b3c5d7e9fa1b2c3d4e.shop.svc.cluster.local", qtype: A}, repeat: 60}"#,
            r#"{dns: {name: "a9f3c1e7b2d4a6f8091b3c5d7e9fa1b2c3d4e.t.evil.example", qtype: TXT}, repeat: 60}"#,
        ],
        run: Sequence(run),
    }
}

/// So many different long names below one domain within the window.
const MANY: usize = 25;
const WITHIN_SECONDS: i64 = 600;
/// Names of services and hosts are shorter.
const LONG: usize = 30;

fn run(scene: &Scene<'_>, window: &mut Window<'_>, found: &mut Found) {
    let Some(dns) = scene.dns() else {
        return;
    };
    if dns.is_answer() || super::is_of_the_cluster(&dns.name, scene.config) {
        return;
    }
    let domain = super::registered(&dns.name);
    let below = dns
        .name
        .strip_suffix(domain)
        .unwrap_or_default()
        .trim_end_matches('.');
    if below.len() < LONG || !super::looks_encoded(below) {
        return;
    }
    let key = scene.subject_key();
    if let Some(count) = window.reaches(MANY, WITHIN_SECONDS, &[&key, domain], &[below]) {
        found
            .say(format!(
                "{} asked for {count} long names below {domain} within ten minutes",
                scene.who()
            ))
            .with("dns.name", dns.name.as_str());
    }
}
