//! The stories: which parts are played, over how many days. Made from the seed alone.

use anyhow::{Result, bail};
use jiff::Timestamp;

use crate::benign::{
    access_review, backup, capacity, certificates, cron, dashboards, debugging, deploys,
    developers, ingress, maintenance, moderation, onboarding, oncall, operator, scrapes,
    secret_store, secrets_sync,
};
use crate::clock::Moment;
use crate::repository::Repository;
use crate::timetable::{Deal, Timetable};
use crate::{attack, handmade};

/// How many nodes the cluster has when a story begins.
pub const NODES: usize = 6;

/// A story, ready to be played.
#[derive(Debug)]
pub struct Story {
    /// Its name.
    pub name: String,
    /// The seed that it was made from.
    pub seed: u64,
    /// Its first midnight, UTC.
    pub epoch: Timestamp,
    /// Its end.
    pub end: Moment,
    /// What happens.
    pub timetable: Timetable,
    /// When the state of all objects is written down, and under which name.
    pub snapshots: Vec<(String, Moment)>,
}

/// Makes the story `name`; the repository gets the story's commits.
pub fn story(name: &str, seed: u64, repository: &mut Repository) -> Result<Story> {
    // The shop's week ends with the holiday sales of 27 and 28 November 2026; the quiet one is before it.
    let (epoch, days, eventful) = match name {
        "shop" => ("2026-11-23T00:00:00Z", 6, true),
        "quiet" => ("2026-11-16T00:00:00Z", 4, false),
        _ => bail!("{name}: the stories are `shop` and `quiet`"),
    };
    let epoch: Timestamp = epoch.parse()?;
    let mut table = Timetable::default();
    // Snapshots come first in a tie: a state is that before what happens at the same moment.
    let snapshots: Vec<(String, Moment)> = (0..=days)
        .map(|day| (format!("T{}", day + 1), Moment::at(day, 0, 0)))
        .collect();
    for (name, at) in &snapshots {
        table.push(*at, Deal::Snapshot(name.clone()));
    }
    deploys::plan(&mut table, repository, seed, days)?;
    oncall::plan(&mut table, seed, days);
    developers::plan(&mut table, seed, days);
    cron::plan(&mut table, repository, epoch, days)?;
    scrapes::plan(&mut table, days, NODES);
    secret_store::plan(&mut table, seed, days);
    secrets_sync::plan(&mut table, repository, days)?;
    capacity::plan(&mut table, days, NODES);
    certificates::plan(&mut table, days);
    operator::plan(&mut table, days);
    backup::plan(&mut table, days);
    ingress::plan(&mut table, days);
    dashboards::plan(&mut table, seed, days);
    moderation::plan(&mut table, days);
    debugging::plan(&mut table, seed, days);
    access_review::plan(&mut table, days);
    onboarding::plan(&mut table, days);
    maintenance::plan(&mut table, days);
    if eventful {
        handmade::plan(&mut table, seed);
        attack::plan(&mut table, seed);
    }
    let end = Moment::at(days, 0, 0);
    if table
        .acts
        .iter()
        .any(|act| act.at > end || act.at < Moment(0))
    {
        bail!("{name}: an act lies outside of the story");
    }
    Ok(Story {
        name: name.to_owned(),
        seed,
        epoch,
        end,
        timetable: table.sorted(),
        snapshots,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::call::Deed;

    fn made(name: &str, seed: u64) -> Story {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shop");
        let mut repository = Repository::read(&folder).unwrap();
        story(name, seed, &mut repository).unwrap()
    }

    #[test]
    fn one_seed_gives_one_story() {
        assert_eq!(made("shop", 1).timetable, made("shop", 1).timetable);
        assert_ne!(made("shop", 1).timetable, made("shop", 2).timetable);
    }

    #[test]
    fn a_quiet_story_has_nothing_to_label() {
        let story = made("quiet", 1);
        assert!(story.timetable.calls().all(|call| call.mark.is_none()));
        assert!(story.timetable.calls().count() > 3_000);
    }

    #[test]
    fn the_shop_s_week_holds_every_scenario_that_was_asked_for() {
        for seed in [1, 2, 3] {
            let story = made("shop", seed);
            let of = |deed| -> BTreeSet<&str> {
                let marks = story
                    .timetable
                    .calls()
                    .filter_map(|call| call.mark.as_ref());
                marks
                    .filter(|mark| mark.deed == deed)
                    .map(|mark| mark.scenario)
                    .collect()
            };
            assert_eq!(
                of(Deed::Attack).into_iter().collect::<Vec<_>>(),
                [
                    "certificate",
                    "escalation",
                    "exec-storm",
                    "impersonation",
                    "miner",
                    "nodes-proxy",
                    "permission-probing",
                    "privileged-pod",
                    "secret-sweep",
                    "stolen-token",
                    "token-minting",
                    "webhook-hijack",
                ]
            );
            assert_eq!(
                of(Deed::Handmade).into_iter().collect::<Vec<_>>(),
                [
                    "delete",
                    "environment",
                    "exec",
                    "image",
                    "load-balancer",
                    "network-policy",
                    "outside-delivery",
                    "privileged",
                    "rbac-rule",
                    "registry",
                    "replicas",
                ]
            );
        }
    }

    #[test]
    fn a_slow_attack_makes_at_most_one_call_in_half_an_hour() {
        let story = made("shop", 1);
        let mut last = std::collections::BTreeMap::new();
        for act in &story.timetable.acts {
            let Deal::Calls(calls) = &act.deal else {
                continue;
            };
            let slow = calls.iter().filter_map(|call| call.mark.as_ref());
            for mark in slow.filter(|mark| mark.variant == "slow") {
                if let Some(before) = last.insert(mark.scenario, act.at) {
                    assert!(
                        act.at.0 - before.0 >= 1_800,
                        "{} at {:?}",
                        mark.scenario,
                        act.at
                    );
                }
            }
        }
        assert!(!last.is_empty());
    }
}
