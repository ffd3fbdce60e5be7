//! Contact with a listed domain.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Contact with a listed domain
    ///
    /// A name that was looked up, or that led to the peer, lies in a domain on a list. Asking is enough: no
    /// program asks for such a name by chance.
    ///
    /// **Benign:** Scanners of mail and links that look names up in order to judge them.
    ///
    /// **Respond:** Isolate the pod; look at the process that asked, and at what came before.
    "RUN-061" {
        severity: High,
        attack: CommandAndControl "T1071.004",
        needs: [ListedDomains],
        on: ["dns", "flow"],
        fires: [
            r"given: {domains: [bad.example]}
---
{dns: {name: c2.bad.example, qtype: A}}",
            r"given: {domains: [bad.example]}
---
{flow: {peer: 198.51.100.7, port: 443, names: [bad.example]}}",
        ],
        quiet: [
            r"given: {domains: [bad.example]}
---
{dns: {name: good.example, qtype: A}}",
        ],
        run: One(run),
    }
}

fn run(scene: &Scene<'_>, found: &mut Found) {
    let intel = &scene.config.intel;
    let name = match (scene.dns(), scene.flow()) {
        (Some(dns), _) => Some(dns.name.as_str()),
        (_, Some(flow)) => flow
            .names
            .iter()
            .map(String::as_str)
            .find(|it| intel.domain(it).is_some()),
        _ => None,
    };
    let Some(name) = name else {
        return;
    };
    // Names with search domains of the cluster at their end are tried before the name itself.
    let bare = name.split_once(".svc.").map_or(name, |(it, _)| it);
    if let Some((domain, list)) = intel.domain(name).or_else(|| intel.domain(bare)) {
        let age = list.age_days(scene.event.time);
        let age = age.map_or_else(
            || "of unknown age".to_owned(),
            |days| format!("{days} days old"),
        );
        found
            .say(format!(
                "{} asked for {name}; {domain} is on the list {} ({age})",
                scene.who(),
                list.name
            ))
            .with("dns.name", name);
    }
}
