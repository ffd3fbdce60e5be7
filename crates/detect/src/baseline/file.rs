//! A baseline on disk, and two baselines as one.
//!
//! The file is JSON with a version. Values stand once in a sorted list and are named by their place in
//! it; actors are sorted; the same baseline is the same bytes whatever the order in which it was learned.

use std::collections::{BTreeMap, BTreeSet};

use catseye_event::audit::ActorKind;
use serde::{Deserialize, Serialize};

use super::clock::{Day, Minute};
use super::distinct::Distinct;
use super::facet::Facet;
use super::hands::Place;
use super::hours::Hours;
use super::known::{Entry, Known};
use super::names::NameId;
use super::profile::Profile;
use super::rate::{Rate, Season};
use super::{Baseline, Config};

/// Version 2 holds the seasons, version 3 the hands; older ones are read as ones that have none.
const VERSION: u32 = 3;

/// Text that is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum InvalidBaseline {
    /// It is not the JSON of a baseline.
    #[error(
        "not a baseline of behaviour; write one with `catseye audit LOG --write-baseline FILE`"
    )]
    Json(#[source] serde_json::Error),
    /// It was written by a newer program.
    #[error("version {0} is not known; write it again with --write-baseline")]
    Version(u32),
    /// It names a value that it does not hold.
    #[error("actor {actor:?} names value {value}, which the file does not hold")]
    Value {
        /// The actor.
        actor: String,
        /// The number of the value.
        value: usize,
    },
}

/// The version alone, so that a newer file is told from a broken one.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    values: Vec<(Facet, String, String)>,
    actors: Vec<Actor>,
    /// How busy each hour is, by kind of actor; in the order of the meters.
    #[serde(default)]
    seasons: BTreeMap<Kind, Vec<Season>>,
    /// Who made how many changes, by namespace.
    #[serde(default)]
    hands: BTreeMap<String, Place>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Actor {
    name: String,
    kind: Kind,
    peers: String,
    first: u32,
    last: u32,
    events: u64,
    days: u16,
    known: BTreeMap<Facet, Values>,
    hours: WorkingHours,
    /// Mean, variance, highest, minutes; in the order of the meters.
    rates: Vec<(f32, f32, u32, u32)>,
    /// Mean, highest, hours; in the order of the sorts.
    distinct: Vec<(f32, f32, u32)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    events: u32,
    halved: u16,
    /// Value, first minute, times, last day, once only.
    entries: Vec<(usize, u32, u32, u16, bool)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkingHours {
    weekday: [u8; 24],
    weekend: [u8; 24],
    weekdays: u8,
    weekends: u8,
    today: u16,
    seen: u32,
}

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Human,
    ServiceAccount,
    Node,
    Component,
    Anonymous,
}

impl Kind {
    const ALL: [Kind; 5] = [
        Kind::Human,
        Kind::ServiceAccount,
        Kind::Node,
        Kind::Component,
        Kind::Anonymous,
    ];

    fn of(kind: ActorKind) -> Self {
        match kind {
            ActorKind::Human => Kind::Human,
            ActorKind::ServiceAccount => Kind::ServiceAccount,
            ActorKind::Node => Kind::Node,
            ActorKind::Component => Kind::Component,
            ActorKind::Anonymous => Kind::Anonymous,
        }
    }

    fn actor_kind(self) -> ActorKind {
        match self {
            Kind::Human => ActorKind::Human,
            Kind::ServiceAccount => ActorKind::ServiceAccount,
            Kind::Node => ActorKind::Node,
            Kind::Component => ActorKind::Component,
            Kind::Anonymous => ActorKind::Anonymous,
        }
    }
}

impl Baseline {
    /// The file of this baseline.
    pub fn to_json(&self) -> String {
        let mut profiles: Vec<&Profile> = self.profiles.iter().filter(|it| it.events > 0).collect();
        profiles.sort_by(|a, b| a.name.cmp(&b.name));
        let used: BTreeSet<NameId> = profiles.iter().flat_map(|it| it.shown()).collect();
        let mut values: Vec<(NameId, (Facet, String, String))> = used
            .into_iter()
            .map(|id| {
                let name = self.names.get(id);
                (
                    id,
                    (name.facet, name.text.to_string(), name.place.to_string()),
                )
            })
            .collect();
        values.sort_by(|a, b| a.1.cmp(&b.1));
        let places: BTreeMap<NameId, usize> = values
            .iter()
            .enumerate()
            .map(|(place, (id, _))| (*id, place))
            .collect();
        let file = File {
            version: VERSION,
            values: values.into_iter().map(|(_, value)| value).collect(),
            actors: profiles
                .into_iter()
                .map(|profile| saved(profile, self.peers.name(profile.circles[0]), &places))
                .collect(),
            seasons: Kind::ALL
                .into_iter()
                .map(|kind| (kind, self.peers.seasons(kind.actor_kind()).to_vec()))
                .filter(|(_, seasons)| !seasons.iter().all(Season::is_empty))
                .collect(),
            hands: self
                .hands
                .places()
                .map(|(namespace, place)| (namespace.to_owned(), place.clone()))
                .collect(),
        };
        // Numbers and texts under fixed keys always make JSON: the default below is never taken.
        let mut text = serde_json::to_string(&file).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads a file.
    pub fn from_json(text: &str, config: Config) -> Result<Self, InvalidBaseline> {
        let Versioned { version } = serde_json::from_str(text).map_err(InvalidBaseline::Json)?;
        if !(1..=VERSION).contains(&version) {
            return Err(InvalidBaseline::Version(version));
        }
        let file: File = serde_json::from_str(text).map_err(InvalidBaseline::Json)?;
        let mut baseline = Baseline::new(config);
        baseline.add(file)?;
        Ok(baseline)
    }

    /// Takes in another baseline, of another time or of another API server of the same cluster.
    pub fn merge(&mut self, other: &Baseline) -> Result<(), InvalidBaseline> {
        let file = serde_json::from_str(&other.to_json()).map_err(InvalidBaseline::Json)?;
        self.add(file)
    }

    fn add(&mut self, file: File) -> Result<(), InvalidBaseline> {
        let values: Vec<(Facet, NameId)> = file
            .values
            .iter()
            .map(|(facet, text, place)| (*facet, self.names.number(*facet, text, place)))
            .collect();
        for actor in file.actors {
            self.add_actor(actor, &values)?;
        }
        for (kind, seasons) in file.seasons {
            self.peers.add_seasons(kind.actor_kind(), &seasons);
        }
        for (namespace, place) in &file.hands {
            self.hands.merge(namespace, place);
        }
        Ok(())
    }

    fn add_actor(
        &mut self,
        actor: Actor,
        values: &[(Facet, NameId)],
    ) -> Result<(), InvalidBaseline> {
        let (first, last) = (Minute(actor.first), Minute(actor.last));
        let place = if let Some(id) = self.actors.get(actor.name.as_str()) {
            id.0 as usize
        } else {
            let kind = actor.kind.actor_kind();
            let circles = self.peers.circles(&actor.peers, kind);
            self.peers.join(circles);
            let profile = Profile::new(&actor.name, kind, circles, first);
            self.seat(profile).0 as usize
        };
        let span = self.span.get_or_insert((first, last));
        *span = (span.0.min(first), span.1.max(last));
        let Some(profile) = self.profiles.get_mut(place) else {
            return Ok(());
        };
        // Days that both saw are counted once where the two cover one stretch of time, twice never.
        let overlap = profile.events > 0 && first <= profile.last && profile.first <= last;
        profile.days = match (profile.events, overlap) {
            (0, _) => actor.days,
            (_, true) => profile.days.max(actor.days),
            (_, false) => profile.days.saturating_add(actor.days),
        };
        profile.first = profile.first.min(first);
        profile.last = profile.last.max(last);
        profile.events = profile.events.saturating_add(actor.events);
        for (facet, saved) in actor.known {
            let mut entries = profile.known(facet).entries.clone();
            for (value, first, count, last, once) in saved.entries {
                let Some(&(_, name)) = values.get(value).filter(|(of, _)| *of == facet) else {
                    let actor = actor.name;
                    return Err(InvalidBaseline::Value { actor, value });
                };
                let entry = Entry {
                    name,
                    first: Minute(first),
                    count,
                    last: Day(last),
                    once,
                };
                if let Some(known) = entries.iter_mut().find(|known| known.name == name) {
                    known.first = known.first.min(entry.first);
                    known.last = known.last.max(entry.last);
                    known.count = known.count.saturating_add(count);
                    known.once = false;
                } else {
                    self.peers.show(profile.circles, name);
                    entries.push(entry);
                }
            }
            // The most recent ones when both together are too many.
            entries.sort_by_key(|entry| (std::cmp::Reverse((entry.last, entry.count)), entry.name));
            entries.truncate(facet.limit());
            entries.shrink_to_fit();
            let known = profile.known(facet);
            let events = known.events.saturating_add(saved.events);
            let halved = known.halved.max(Day(saved.halved));
            profile.set_known(facet, Known::from_entries(entries, events, halved));
        }
        add_hours(&mut profile.hours, &actor.hours);
        for (rate, (mean, variance, highest, minutes)) in profile.rates.iter_mut().zip(actor.rates)
        {
            rate.merge(Rate::learned(mean, variance, highest, minutes));
        }
        for (distinct, (mean, highest, hours)) in profile.distinct.iter_mut().zip(actor.distinct) {
            distinct.merge(Distinct::learned(mean, highest, hours));
        }
        Ok(())
    }
}

fn saved(profile: &Profile, peers: &str, places: &BTreeMap<NameId, usize>) -> Actor {
    let known = Facet::ALL
        .into_iter()
        .filter(|facet| !profile.known(*facet).entries.is_empty())
        .map(|facet| {
            let known = profile.known(facet);
            let mut entries: Vec<_> = known
                .entries
                .iter()
                .filter_map(|entry| {
                    let place = places.get(&entry.name)?;
                    Some((*place, entry.first.0, entry.count, entry.last.0, entry.once))
                })
                .collect();
            entries.sort_unstable();
            let values = Values {
                events: known.events,
                halved: known.halved.0,
                entries,
            };
            (facet, values)
        })
        .collect();
    let Hours {
        weekday,
        weekend,
        weekdays,
        weekends,
        today,
        seen,
    } = profile.hours;
    Actor {
        name: profile.name.to_string(),
        kind: Kind::of(profile.kind),
        peers: peers.to_owned(),
        first: profile.first.0,
        last: profile.last.0,
        events: profile.events,
        days: profile.days,
        known,
        hours: WorkingHours {
            weekday,
            weekend,
            weekdays,
            weekends,
            today: today.0,
            seen,
        },
        rates: profile
            .rates
            .iter()
            .map(|rate| (rate.mean, rate.variance, rate.highest, rate.minutes))
            .collect(),
        distinct: profile
            .distinct
            .iter()
            .map(|distinct| (distinct.mean, distinct.highest, distinct.hours))
            .collect(),
    }
}

fn add_hours(to: &mut Hours, saved: &WorkingHours) {
    for (hour, days) in to.weekday.iter_mut().zip(saved.weekday) {
        *hour = hour.saturating_add(days);
    }
    for (hour, days) in to.weekend.iter_mut().zip(saved.weekend) {
        *hour = hour.saturating_add(days);
    }
    to.weekdays = to.weekdays.saturating_add(saved.weekdays);
    to.weekends = to.weekends.saturating_add(saved.weekends);
    if Day(saved.today) >= to.today {
        to.today = Day(saved.today);
        to.seen = saved.seen;
    }
}
