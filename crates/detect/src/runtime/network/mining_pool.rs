//! Contact with a mining pool.

use crate::runtime::prelude::*;

runtime_rule! {
    /// Contact with a mining pool
    ///
    /// The name is that of a well-known mining pool. Miners hide their program's name, seldom their pool's.
    ///
    /// **Benign:** None known outside of trading firms.
    ///
    /// **Respond:** Stop the pod, keep it for analysis, look for how the miner came in.
    "RUN-062" {
        severity: High,
        attack: Impact "T1496",
        on: ["dns", "flow"],
        fires: [
            r"{dns: {name: xmr.nanopool.org, qtype: A}}",
            r"{flow: {peer: 198.51.100.7, port: 3333, names: [pool.supportxmr.com]}}",
        ],
        quiet: [
            r"{dns: {name: pool.ntp.org, qtype: A}}",
            r"{dns: {name: minexmr.com.example.org, qtype: A}}",
        ],
        run: One(run),
    }
}

/// Domains of pools that anybody may mine at.
const POOLS: [&str; 16] = [
    "nanopool.org",
    "minexmr.com",
    "supportxmr.com",
    "moneroocean.stream",
    "2miners.com",
    "hashvault.pro",
    "xmrpool.eu",
    "ethermine.org",
    "f2pool.com",
    "c3pool.com",
    "nicehash.com",
    "minergate.com",
    "herominers.com",
    "unmineable.com",
    "xmr.pt",
    "crypto-pool.fr",
];

fn run(scene: &Scene<'_>, found: &mut Found) {
    let names: Vec<&str> = match (scene.dns(), scene.flow()) {
        (Some(dns), _) => vec![dns.name.as_str()],
        (_, Some(flow)) => flow.names.iter().map(String::as_str).collect(),
        _ => return,
    };
    let is_in = |name: &str, pool: &str| {
        name.strip_suffix(pool)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    for name in names {
        if POOLS.iter().any(|pool| is_in(name, pool)) {
            found
                .say(format!("{} asked for the mining pool {name}", scene.who()))
                .with("dns.name", name);
            return;
        }
    }
}
