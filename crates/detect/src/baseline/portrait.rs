//! A profile for people: what an actor is known for.

use catseye_event::audit::ActorKind;
use jiff::Timestamp;
use serde::Serialize;

use super::distinct::Sort;
use super::facet::Facet;
use super::rate::Meter;
use super::{ActorId, Baseline, Profile};

/// What an actor is known for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Portrait {
    /// The actor.
    pub actor: String,
    /// What kind of actor it is.
    pub kind: &'static str,
    /// Whom it is compared with.
    pub peers: String,
    /// Its first call.
    pub first: Timestamp,
    /// Its last call.
    pub last: Timestamp,
    /// How many calls.
    pub calls: u64,
    /// On how many days.
    pub days: u16,
    /// Whether that is enough to judge it by its own past.
    pub mature: bool,
    /// The chance that its next call is of a kind never seen.
    pub chance_of_new: f32,
    /// When it works.
    pub hours: String,
    /// What it does, most frequent first.
    pub actions: Vec<Trait>,
    /// Which secrets, tokens, nodes and workloads it touches.
    pub objects: Vec<Trait>,
    /// With which programs.
    pub agents: Vec<Trait>,
    /// From which networks.
    pub sources: Vec<Trait>,
    /// Which rules its calls match as a habit.
    pub rules: Vec<Trait>,
    /// How much it does.
    pub amounts: Vec<Amount>,
    /// The memory that the profile takes.
    pub bytes: usize,
}

/// One value that an actor is known for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trait {
    /// The value.
    pub value: String,
    /// How often, recent times weighing more.
    pub times: u32,
    /// For the first time.
    pub first: Timestamp,
    /// For the last time: the day.
    pub last: String,
    /// Actors that show it too, among those it is compared with.
    pub shared_by: u32,
}

/// How much of something an actor does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Amount {
    /// What is counted.
    pub what: &'static str,
    /// `minute` or `hour`.
    pub per: &'static str,
    /// On average, where there was any.
    pub usual: f32,
    /// At most.
    pub most: f32,
}

impl Baseline {
    /// The actors of that name, or whose name contains it; sorted.
    pub fn actors_like(&self, name: &str) -> Vec<String> {
        if self.actors.contains_key(name) {
            return vec![name.to_owned()];
        }
        let mut like: Vec<String> = self
            .profiles
            .iter()
            .filter(|profile| profile.name.contains(name))
            .map(|profile| profile.name.to_string())
            .collect();
        like.sort_unstable();
        like
    }

    /// How many calls of an actor are learned, and when it made the last of them.
    pub fn calls_of(&self, actor: &str) -> Option<(u64, Timestamp)> {
        let ActorId(place) = self.actors.get(actor)?;
        let profile = self.profiles.get(*place as usize)?;
        Some((profile.events, profile.last.time()))
    }

    /// What an actor is known for.
    pub fn portrait(&self, actor: &str) -> Option<Portrait> {
        let ActorId(place) = self.actors.get(actor)?;
        let profile = self.profiles.get(*place as usize)?;
        let traits = |facet| self.traits(profile, facet);
        let per_minute = Meter::ALL
            .into_iter()
            .zip(&profile.rates)
            .map(|(meter, rate)| Amount {
                what: meter.words(),
                per: "minute",
                usual: rate.mean,
                #[expect(clippy::cast_precision_loss, reason = "for people")]
                most: rate.highest as f32,
            });
        let per_hour = Sort::ALL
            .into_iter()
            .zip(&profile.distinct)
            .map(|(sort, distinct)| Amount {
                what: sort.words(),
                per: "hour",
                usual: distinct.mean,
                most: distinct.highest,
            });
        Some(Portrait {
            actor: profile.name.to_string(),
            kind: profile.kind.name(),
            peers: self.peers.name(profile.circles[0]).to_owned(),
            first: profile.first.time(),
            last: profile.last.time(),
            calls: profile.events,
            days: profile.days,
            mature: self.is_mature_profile(profile),
            chance_of_new: profile
                .known(Facet::Action)
                .chance_of_new_by_call(profile.days),
            hours: profile.hours.words(),
            actions: traits(Facet::Action),
            objects: traits(Facet::Object),
            agents: traits(Facet::Agent),
            sources: traits(Facet::Source),
            rules: traits(Facet::Rule),
            amounts: per_minute
                .chain(per_hour)
                .filter(|amount| amount.most > 0.0)
                .collect(),
            bytes: profile.bytes(),
        })
    }

    /// At which hours of the day (UTC) an actor works: each hour's share of all in which it was seen.
    pub fn hours_of(&self, actor: &str) -> Option<[f64; 24]> {
        let ActorId(place) = self.actors.get(actor)?;
        let hours = &self.profiles.get(*place as usize)?.hours;
        let mut shares = [0.0; 24];
        for (share, (week, end)) in shares
            .iter_mut()
            .zip(hours.weekday.iter().zip(&hours.weekend))
        {
            *share = f64::from(*week) + f64::from(*end);
        }
        let all: f64 = shares.iter().sum();
        if all > 0.0 {
            for share in &mut shares {
                *share /= all;
            }
        }
        Some(shares)
    }

    /// How many calls all actors made.
    pub fn calls(&self) -> u64 {
        self.profiles.iter().map(|profile| profile.events).sum()
    }

    /// Since when calls are learned; none before the first.
    pub fn since(&self) -> Option<Timestamp> {
        self.span.map(|(first, _)| first.time())
    }

    fn traits(&self, profile: &Profile, facet: Facet) -> Vec<Trait> {
        let [narrow, kind, _] = profile.circles;
        let mut traits: Vec<Trait> = profile
            .known(facet)
            .entries
            .iter()
            .map(|entry| Trait {
                value: self.names.get(entry.name).words(),
                times: entry.count,
                first: entry.first.time(),
                last: entry.last.date(),
                shared_by: self
                    .peers
                    .shown_by(
                        if profile.kind == ActorKind::Human {
                            narrow
                        } else {
                            kind
                        },
                        entry.name,
                    )
                    .saturating_sub(1),
            })
            .collect();
        traits.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| a.value.cmp(&b.value)));
        traits
    }
}
