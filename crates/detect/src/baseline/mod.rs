//! What is normal, learned per actor: "never before" with the number of times it could have been.
//!
//! ```text
//!  Event ─► Call ─► Baseline::observe ─► Observed { anomalies }          nothing is learned yet
//!                                            │
//!                     incident: trusted? ────┴─► Baseline::learn         now it is
//! ```
//!
//! **Novelty with back-off.** Each call shows a few values: an action, an object, a program, a network,
//! an hour. How surprising a new value is follows from how often the actor shows new ones (Good–Turing:
//! a controller never, an engineer daily), times how common the value is among its peers, its kind, the
//! cluster. The surprise in bits, weighed by how much the call matters, is the score; the receipt is the
//! same sum in words. There is no learning period: who is too new to be judged by its own past is
//! judged by its peers alone.
//!
//! **Hands.** In a namespace where one identity makes nearly all changes, a person's own change is past the
//! delivery.
//!
//! **Amounts.** Calls a minute with a season by hour of day, different secrets, pods and namespaces an
//! hour.
//!
//! **Poison.** What belongs to an open, serious incident is not learned. A new value stays on probation
//! for a day, so a burst does not vouch for itself. A minute that was too much teaches nothing.
//!
//! **Memory.** At most 9 KiB an actor and [`Config::most_actors`] actors; texts are kept once for all.
//! Time is the events' own, so a replay learns what the live stream did.

mod anomaly;
mod call;
mod clock;
mod distinct;
mod facet;
mod file;
mod hands;
mod hours;
mod judge;
mod known;
mod names;
mod networks;
mod peers;
mod portrait;
mod profile;
mod rate;
mod sensitivity;
mod tactic;
#[cfg(test)]
mod tests;

pub use anomaly::{Anomaly, AnomalyKind, Part, Receipt, grouped};
pub use call::{Call, actor_name};
pub use distinct::Sort;
pub use facet::Facet;
pub use file::InvalidBaseline;
pub use networks::Networks;
pub use portrait::{Portrait, Trait};
pub use rate::Meter;

use std::collections::HashMap;
use std::fmt;

use self::clock::Minute;
use self::hands::Hands;
use self::names::{NameId, Names, OTHER};
use self::peers::Peers;
use self::profile::Profile;
use self::sensitivity::Sensitivity;

/// What a baseline is allowed, and when it speaks.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// At most so many actors are remembered; the one not seen for longest goes first.
    pub most_actors: usize,
    /// At most so many different values of all actors together.
    pub most_names: usize,
    /// An actor is judged by its own past from so many days …
    pub mature_days: u16,
    /// … and so many calls on.
    pub mature_calls: u64,
    /// Scores from here on are anomalies: low, medium, high.
    pub scores: [f32; 3],
    /// After so many days of silence an actor counts as dormant.
    pub dormant_days: u16,
    /// Networks that the operator has named, such as the office.
    pub networks: Networks,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            most_actors: 10_000,
            most_names: 1 << 16,
            mature_days: 3,
            mature_calls: 50,
            scores: [5.5, 8.0, 12.0],
            dormant_days: 60,
            networks: Networks::default(),
        }
    }
}

/// The number of an actor, valid until the next call to [`Baseline::observe`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId(u32);

/// What is normal in one cluster.
#[derive(Clone)]
pub struct Baseline {
    config: Config,
    names: Names,
    actors: HashMap<Box<str>, ActorId, foldhash::fast::RandomState>,
    profiles: Vec<Profile>,
    peers: Peers,
    hands: Hands,
    /// The first and the last minute of all.
    span: Option<(Minute, Minute)>,
    scratch: String,
}

/// The values that a call shows, by facet; [`OTHER`] where it shows none.
#[derive(Debug, Clone, Copy)]
struct Values {
    action: NameId,
    object: NameId,
    agent: NameId,
    source: NameId,
}

/// A call that was looked at but not learned.
#[derive(Debug)]
pub struct Observed {
    /// Who called.
    pub actor: ActorId,
    /// What is unusual about it.
    pub anomalies: Vec<Anomaly>,
    now: Minute,
    values: Values,
    counts: bool,
}

/// How often an actor has matched a rule before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Habit {
    /// How often.
    pub times: u32,
    /// How many days ago for the first time.
    pub for_days: u16,
}

/// Says how much it holds: a thousand profiles help nobody in a log.
impl fmt::Debug for Baseline {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Baseline")
            .field("config", &self.config)
            .field("actors", &self.actors.len())
            .finish_non_exhaustive()
    }
}

impl Default for Baseline {
    fn default() -> Self {
        Self::new(Config::default())
    }
}

impl Baseline {
    /// A baseline that knows nothing.
    pub fn new(config: Config) -> Self {
        Self {
            names: Names::new(config.most_names),
            config,
            actors: HashMap::default(),
            profiles: Vec::new(),
            peers: Peers::default(),
            hands: Hands::default(),
            span: None,
            scratch: String::new(),
        }
    }

    /// The number of actors.
    pub fn actors(&self) -> usize {
        self.profiles.len()
    }

    /// About how much memory the profiles take.
    pub fn profile_bytes(&self) -> usize {
        self.profiles.iter().map(Profile::bytes).sum()
    }

    /// Looks at a call. Amounts are counted; values are learned by [`Baseline::learn`] only.
    pub fn observe(&mut self, call: &Call<'_>) -> Observed {
        let now = Minute::of(call.time);
        let sensitivity = sensitivity::of(call);
        let actor = self.actor(call, now);
        let values = self.values(call, actor, sensitivity);
        let anomalies = self.judge(call, actor, now, values, sensitivity);
        Observed {
            actor,
            anomalies,
            now,
            values,
            counts: sensitivity.weight > 0.0,
        }
    }

    /// Learns a call that was looked at. What is not trusted is simply not given to this.
    pub fn learn(&mut self, observed: &Observed) {
        let Observed {
            actor,
            now,
            values,
            counts,
            ..
        } = *observed;
        let Some(profile) = self.profiles.get_mut(actor.0 as usize) else {
            return;
        };
        profile.pass(now);
        let span = self.span.get_or_insert((now, now));
        *span = (span.0.min(now), span.1.max(now));
        let mut seen = [
            (Facet::Agent, values.agent),
            (Facet::Source, values.source),
            (Facet::Action, OTHER),
            (Facet::Object, OTHER),
        ];
        if counts {
            seen[2].1 = values.action;
            seen[3].1 = values.object;
        }
        for (facet, name) in seen {
            if name != OTHER && profile.see(facet, name, now, &mut self.names) {
                self.peers.show(profile.circles, name);
            }
        }
    }

    /// Learns who changes the configuration of a namespace: calls that succeeded, of those who act of their
    /// own accord.
    pub fn learn_hands(&mut self, call: &Call<'_>) {
        if hands::is_configuration(call) {
            self.hands.note(call.namespace, &call.actor);
        }
    }

    /// How often the actor has matched a rule in a namespace before.
    pub fn habit(
        &mut self,
        actor: ActorId,
        rule: &str,
        namespace: &str,
        call_time: jiff::Timestamp,
    ) -> Habit {
        let name = self.names.number(Facet::Rule, rule, namespace);
        let Some(profile) = self.profiles.get(actor.0 as usize) else {
            return Habit::default();
        };
        profile
            .known(Facet::Rule)
            .get(name)
            .map_or_else(Habit::default, |entry| Habit {
                times: entry.count,
                for_days: Minute::of(call_time).day().since(entry.first.day()),
            })
    }

    /// The actor has matched a rule, and that was all right.
    pub fn learn_habit(
        &mut self,
        actor: ActorId,
        rule: &str,
        namespace: &str,
        call_time: jiff::Timestamp,
    ) {
        let name = self.names.number(Facet::Rule, rule, namespace);
        if let Some(profile) = self.profiles.get_mut(actor.0 as usize) {
            profile.see(Facet::Rule, name, Minute::of(call_time), &mut self.names);
        }
    }

    /// Whether the actor is judged by its own past.
    pub fn is_mature(&self, actor: ActorId) -> bool {
        self.profiles
            .get(actor.0 as usize)
            .is_some_and(|profile| self.is_mature_profile(profile))
    }

    fn is_mature_profile(&self, profile: &Profile) -> bool {
        profile.days >= self.config.mature_days && profile.events >= self.config.mature_calls
    }

    /// The caller's number; a caller never seen gets one.
    fn actor(&mut self, call: &Call<'_>, now: Minute) -> ActorId {
        if let Some(&actor) = self.actors.get(&*call.actor) {
            return actor;
        }
        let circles = self.peers.circles(&peers::peers_of(call), call.kind);
        self.peers.join(circles);
        let profile = Profile::new(&call.actor, call.kind, circles, now);
        self.seat(profile)
    }

    /// Gives a profile a number, if need be that of the actor which was not seen for longest.
    fn seat(&mut self, profile: Profile) -> ActorId {
        let name = profile.name.clone();
        let full = self.profiles.len() >= self.config.most_actors;
        let seat = if full { self.least_recent() } else { None };
        let place = if let Some(place) = seat {
            if let Some(seat) = self.profiles.get_mut(place) {
                self.actors.remove(&seat.name);
                self.peers.leave(seat.circles, seat.shown());
                *seat = profile;
            }
            place
        } else {
            self.profiles.push(profile);
            self.profiles.len() - 1
        };
        let actor = ActorId(u32::try_from(place).unwrap_or(u32::MAX));
        self.actors.insert(name, actor);
        actor
    }

    fn least_recent(&self) -> Option<usize> {
        let seats = self.profiles.iter().enumerate();
        seats
            .min_by(|(_, a), (_, b)| (a.last, &a.name).cmp(&(b.last, &b.name)))
            .map(|(place, _)| place)
    }

    /// The values that a call shows.
    fn values(&mut self, call: &Call<'_>, actor: ActorId, sensitivity: Sensitivity) -> Values {
        let mut values = Values {
            action: OTHER,
            object: OTHER,
            agent: OTHER,
            source: OTHER,
        };
        if sensitivity.weight > 0.0 {
            self.scratch.clear();
            write_action(call, &mut self.scratch);
            values.action = self
                .names
                .number(Facet::Action, &self.scratch, call.namespace);
            if sensitivity.by_object && !call.name.is_empty() {
                let of_pod = call.resource == "pods";
                let name = if of_pod {
                    call::stem(call.name)
                } else {
                    call.name
                };
                self.scratch.clear();
                for part in [call.resource, " ", name] {
                    self.scratch.push_str(part);
                }
                values.object = self
                    .names
                    .number(Facet::Object, &self.scratch, call.namespace);
            }
        }
        let Some(profile) = self.profiles.get_mut(actor.0 as usize) else {
            return values;
        };
        let raw = self.names.raw(call.agent);
        if profile.agent.0 != raw {
            self.scratch.clear();
            call::program(call.agent, &mut self.scratch);
            profile.agent = (raw, self.names.number(Facet::Agent, &self.scratch, ""));
        }
        let raw = self.names.raw(call.source);
        if profile.source.0 != raw {
            self.scratch.clear();
            let address = call.source.parse().ok();
            match address.and_then(|address| self.config.networks.of(address)) {
                Some(name) => self.scratch.push_str(name),
                None => call::network(call.source, &mut self.scratch),
            }
            profile.source = (raw, self.names.number(Facet::Source, &self.scratch, ""));
        }
        values.agent = profile.agent.1;
        values.source = profile.source.1;
        values
    }
}

/// `patch deployments.apps/scale`; `get /metrics` for a call that names no resource.
fn write_action(call: &Call<'_>, to: &mut String) {
    to.push_str(call.verb);
    to.push(' ');
    if call.resource.is_empty() {
        // Two steps of a path tell what is asked for; further ones are names.
        let end = call.path.match_indices('/').nth(2).map(|(at, _)| at);
        to.push_str(
            end.and_then(|end| call.path.get(..end))
                .unwrap_or(call.path),
        );
        return;
    }
    to.push_str(call.resource);
    for (mark, part) in [('.', call.api_group), ('/', call.subresource)] {
        if !part.is_empty() {
            to.push(mark);
            to.push_str(part);
        }
    }
    if call.refused {
        to.push_str(" (refused)");
    }
}
