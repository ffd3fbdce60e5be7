//! Coin miners and images known to be harmful.

use catseye_model::{ImageReference, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An image is a known coin miner or was published by known attackers
    ///
    /// The image is named after a coin miner, or comes from an account that published back doors. A
    /// pod with it means that someone can create pods here who should not, or that a chart was
    /// tampered with: mining is what intruders do first because it pays at once.
    ///
    /// **Fix:** Treat the namespace as compromised. Find in the audit log who created the workload,
    /// revoke that identity, isolate the pods and keep them for evidence, then rotate what they could
    /// read.
    "IMG-007" {
        severity: Critical,
        rows: ["G07"],
        fails: [
            r"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: a}
spec:
  template:
    spec:
      containers:
      - {name: miner, image: 'example/alpine-xmrig:6'}
      - {name: account, image: 'hildeteamtnt/pause-amd64:3.4'}
      volumes:
      - {name: tools, image: {reference: 'example/xmrig:6'}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: part-of-a-word, image: 'example/determiner:1'}
  - {name: data, image: 'example/process-miner:1'}
  - {name: other-registry, image: 'registry.example.com/pocosow/centos:7'}
  - {name: exporter, image: 'example/xmrig-exporter:1'}
",
        ],
        run: Pods(run),
    }
}

/// Accounts on Docker Hub whose images mined or opened back doors, from published investigations.
const ACCOUNTS: [&str; 11] = [
    "docker123321",
    "hildeteamtnt",
    "heavy0x0james",
    "kirito666",
    "azurenql",
    "alpineos",
    "pocosow",
    "gakeaws",
    "greekgoods",
    "sandeep078",
    "zoolu2",
];

/// Programs that do nothing but mine.
const MINERS: [&str; 15] = [
    "xmrig",
    "xmr-stak",
    "xmr-stak-cpu",
    "minerd",
    "cpuminer",
    "cpuminer-multi",
    "ethminer",
    "minergate",
    "minergate-cli",
    "monero-miner",
    "monero-cpu-miner",
    "cgminer",
    "nbminer",
    "lolminer",
    "srbminer",
];

/// Names of things that watch or stop miners rather than mine.
const WATCHERS: [&str; 5] = ["exporter", "detector", "scanner", "monitor", "blocker"];

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for used in pod.images() {
        let Ok(image) = ImageReference::parse(used.text) else {
            continue;
        };
        let account = image.segments().next().unwrap_or_default();
        if image.registry() == catseye_model::image::DOCKER_HUB && ACCOUNTS.contains(&account) {
            found.at_image(
                &used,
                format!("{account} on Docker Hub is known to publish harmful images"),
            );
        } else if let Some(miner) = image.segments().find_map(miner_in) {
            found.at_image(&used, format!("is named after the coin miner {miner}"));
        }
    }
}

/// The miner whose whole name stands in a segment, between separators.
fn miner_in(segment: &str) -> Option<&'static str> {
    // All their names hold one of the two, and hardly any other does.
    if !segment.contains("miner") && !segment.contains("xmr") {
        return None;
    }
    let is_separator = |c: char| matches!(c, '-' | '_' | '.');
    let miner = MINERS.into_iter().find(|miner| {
        segment.match_indices(miner).any(|(start, _)| {
            let before = segment.get(..start).unwrap_or_default();
            let after = segment.get(start + miner.len()..).unwrap_or_default();
            (before.is_empty() || before.ends_with(is_separator))
                && (after.is_empty() || after.starts_with(is_separator))
        })
    })?;
    (!segment
        .split(is_separator)
        .any(|word| WATCHERS.contains(&word)))
    .then_some(miner)
}
