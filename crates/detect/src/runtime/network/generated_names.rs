//! Names made up by a program.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Names made up by a program
    ///
    /// Many different names that look random and do not exist: malware tries the names of the day until one
    /// answers.
    ///
    /// **Benign:** Misconfigured search domains give many names that do not exist, but names with a
    /// pattern; those stay quiet. Browsers try three random names at start.
    ///
    /// **Respond:** See which process asks; compare with the names that did answer.
    "RUN-066" {
        severity: Medium,
        attack: CommandAndControl "T1568.002",
        on: ["dns"],
        fires: [
            r#"{dns: {name: "{n}xq7zkvw3tjr9p{n}.example", qtype: A, rcode: NXDOMAIN}, repeat: 30}"#,
        ],
        quiet: [
            r#"{dns: {name: "cache-{n}.shop.svc.cluster.local", qtype: A, rcode: NXDOMAIN}, repeat: 60}"#,
            r#"{dns: {name: "api.example.com.eu-west-1.compute.internal", qtype: A, rcode: NXDOMAIN}, repeat: 60}"#,
            r#"{dns: {name: "{n}xq7zkvw3tjr9p{n}.example", qtype: A, rcode: NXDOMAIN}, repeat: 4}"#,
            r#"{dns: {name: "shard{n}.example.org", qtype: A, rcode: NXDOMAIN}, repeat: 60}"#,
        ],
        run: Sequence(run),
    }
}

/// So many different made-up domains within the window.
const MANY: usize = 20;
const WITHIN_SECONDS: i64 = 600;
/// Shorter ones may be words.
const LONG: usize = 10;

fn run(scene: &Scene<'_>, window: &mut Window<'_>, found: &mut Found) {
    let Some(dns) = scene.dns() else {
        return;
    };
    if dns.rcode.as_deref() != Some("NXDOMAIN") || super::is_of_the_cluster(&dns.name, scene.config)
    {
        return;
    }
    let domain = super::registered(&dns.name);
    let label = domain.split('.').next().unwrap_or_default();
    if label.len() < LONG || !super::looks_random(label) {
        return;
    }
    let key = scene.subject_key();
    if let Some(count) = window.reaches(MANY, WITHIN_SECONDS, &[&key], &[domain]) {
        found
            .say(format!(
                "{} asked for {count} domains that look made up and do not exist",
                scene.who()
            ))
            .with("dns.name", dns.name.as_str());
    }
}
