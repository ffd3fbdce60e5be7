//! How unusual a call is, and the receipt for it.

use catseye_event::audit::ActorKind;
use catseye_model::Severity;

use super::anomaly::{Anomaly, AnomalyKind, Part, Receipt, grouped, odds};
use super::call::Call;
use super::clock::Minute;
use super::distinct::{Distinct, Sort, Spread};
use super::facet::Facet;
use super::known::Familiarity;
use super::names::{NameId, OTHER};
use super::peers::Share;
use super::profile::Profile;
use super::rate::{Burst, Meter};
use super::sensitivity::Sensitivity;
use super::{ActorId, Baseline, Observed, Values, hands, tactic};
use crate::detection::Target;

/// A new object is news only as far as a new secret or pod can be; its peers seldom share it.
const OBJECT_PEERS: f32 = 0.25;
/// A network or program on probation still counts this much: a thief's second call is as strange as
/// the first.
const ON_PROBATION: f32 = 0.9;
/// While the whole baseline is young everything is new, and peers can tell little: surprise counts less.
const WHILE_YOUNG: f32 = 0.6;
/// From so many bits on a change is past the delivery: one of four changes, or fewer, are by hand.
const PAST_DELIVERY: f32 = 2.0;
/// A burst of an actor whose usual amounts are not known yet counts at most this many bits.
const UNKNOWN_AMOUNT: f32 = 6.0;
/// Parts below this many points are not worth a line.
const WORTH_SAYING: f32 = 0.5;

impl Baseline {
    /// How much surprise counts: less while fewer days are known than an actor needs to be known.
    fn age(&self) -> f32 {
        let days = self
            .span
            .map_or(0, |(first, last)| last.day().since(first.day()));
        if days < self.config.mature_days {
            WHILE_YOUNG
        } else {
            1.0
        }
    }

    /// What is unusual about a call. Counts amounts, learns no value.
    pub(super) fn judge(
        &mut self,
        call: &Call<'_>,
        actor: ActorId,
        now: Minute,
        values: Values,
        sensitivity: Sensitivity,
    ) -> Vec<Anomaly> {
        let mut anomalies = Vec::new();
        let bursts = self.count(call, actor, now, sensitivity);
        let Some(profile) = self.profiles.get(actor.0 as usize) else {
            return anomalies;
        };
        let judged = Judged {
            baseline: self,
            profile,
            mature: self.is_mature_profile(profile),
            call,
            now,
            sensitivity,
        };
        anomalies.extend(judged.dormant());
        if sensitivity.weight > 0.0 {
            anomalies.extend(judged.novelty(values));
        }
        for burst in bursts.0.into_iter().flatten() {
            anomalies.extend(judged.burst(burst));
        }
        for spread in bursts.1.into_iter().flatten() {
            anomalies.extend(judged.spread(spread));
        }
        anomalies
    }

    /// A person's change where somebody else delivers; nothing where changes by hand are usual, or too few
    /// are known. `is_kept`: the object itself says that something keeps it as a repository has it; asked only
    /// where it counts, because it takes the answer's body.
    pub(crate) fn past_delivery(
        &self,
        call: &Call<'_>,
        observed: &Observed,
        is_kept: impl FnOnce() -> bool,
    ) -> Option<Anomaly> {
        if call.kind != ActorKind::Human || !hands::belongs_into_delivery(call) {
            return None;
        }
        let profile = self.profiles.get(observed.actor.0 as usize)?;
        let deliverer = self
            .hands
            .deliverer(call.namespace, &call.actor, is_kept())?;
        let bits = -deliverer.chance.log2() * self.age();
        if bits < PAST_DELIVERY || deliverer.delivered < hands::DELIVERIES {
            return None;
        }
        let judged = Judged {
            baseline: self,
            profile,
            mature: self.is_mature_profile(profile),
            call,
            now: observed.now,
            sensitivity: super::sensitivity::of(call),
        };
        let place = if call.namespace.is_empty() {
            "the cluster"
        } else {
            call.namespace
        };
        let part = Part {
            what: "hand",
            value: format!("a person, in {place}"),
            bits,
            weight: 1.0,
            because: match deliverer.name {
                Some(name) => format!(
                    "{name} made {} of {} changes of configuration there",
                    grouped(u64::from(deliverer.made)),
                    grouped(u64::from(deliverer.of)),
                ),
                None => format!(
                    "the object is kept as a repository has it; {} changes of configuration are known there",
                    grouped(u64::from(deliverer.of)),
                ),
            },
        };
        let message = format!(
            "changed by hand what {} delivers: {}",
            deliverer.name.unwrap_or("a repository"),
            judged.action_words()
        );
        let kind = AnomalyKind::PastDelivery;
        Some(judged.anomaly(kind, Severity::Medium, part.points(), message, vec![part]))
    }

    /// Runs the meters.
    fn count(
        &mut self,
        call: &Call<'_>,
        actor: ActorId,
        now: Minute,
        sensitivity: Sensitivity,
    ) -> (
        [Option<Burst>; Meter::ALL.len()],
        [Option<Spread>; Sort::ALL.len()],
    ) {
        let mut bursts = [None; Meter::ALL.len()];
        let mut spreads = [None; Sort::ALL.len()];
        let Some(profile) = self.profiles.get_mut(actor.0 as usize) else {
            return (bursts, spreads);
        };
        let mature =
            profile.days >= self.config.mature_days && profile.events >= self.config.mature_calls;
        let kind = profile.kind;
        for (place, meter) in Meter::ALL.into_iter().enumerate() {
            if !sensitivity.runs(meter, call.refused) {
                continue;
            }
            let Some(rate) = profile.rates.get_mut(place) else {
                continue;
            };
            if let Some(count) = rate.add(now) {
                self.peers.add_minute(kind, place, now, count);
            }
            let season = || self.peers.season(kind, place, now);
            if let (Some(burst), Some(slot)) =
                (rate.burst(meter, season, mature), bursts.get_mut(place))
            {
                *slot = Some(burst);
            }
        }
        let seen: [bool; Sort::ALL.len()] = [
            sensitivity.reads_secret && !call.name.is_empty(),
            call.resource == "pods" && matches!(call.subresource, "exec" | "attach"),
            sensitivity.weight >= 0.1 && !call.namespace.is_empty(),
        ];
        for (place, sort) in Sort::ALL.into_iter().enumerate() {
            let Some(distinct) = profile.distinct.get_mut(place) else {
                continue;
            };
            if !seen.get(place).copied().unwrap_or_default() {
                continue;
            }
            let thing: &[&str] = match sort {
                Sort::Namespaces => &[call.namespace],
                Sort::Secrets | Sort::Pods => &[call.namespace, call.name],
            };
            if Distinct::add(distinct, thing, now)
                && let Some(slot) = spreads.get_mut(place)
            {
                *slot = distinct.spread(sort, mature);
            }
        }
        (bursts, spreads)
    }
}

/// A call beside the past of its actor.
struct Judged<'a> {
    baseline: &'a Baseline,
    profile: &'a Profile,
    mature: bool,
    call: &'a Call<'a>,
    now: Minute,
    sensitivity: Sensitivity,
}

/// How surprising one value is.
struct Surprise {
    bits: f32,
    /// The chance that the actor shows a new value at all; one when its past cannot tell.
    chance_of_new: f32,
    familiarity: Familiarity,
    share: Option<Share>,
}

impl Judged<'_> {
    fn novelty(&self, values: Values) -> Option<Anomaly> {
        let weight = self.sensitivity.weight;
        // Points first: words are made for what is told, and most is not.
        let mut surprises: [Option<(Facet, NameId, Surprise, f32)>; 3] = [None, None, None];
        let action = self.surprise(Facet::Action, values.action);
        let is_new_action = action.is_some();
        if let Some(action) = action {
            surprises[0] = Some((Facet::Action, values.action, action, weight));
        } else if let Some(object) = self.surprise(Facet::Object, values.object) {
            // A new action brings a new object with it: counted once.
            surprises[0] = Some((Facet::Object, values.object, object, weight * 0.6));
        }
        // Where a call comes from matters by what it is for.
        let (source, agent) = match self.profile.kind {
            ActorKind::Human => (0.5, 0.3),
            ActorKind::Anonymous => (0.0, 0.0),
            ActorKind::ServiceAccount | ActorKind::Node | ActorKind::Component => (0.8, 0.6),
        };
        let matters = 0.5 + 0.5 * weight;
        for (slot, facet, value, place_weight) in [
            (1, Facet::Source, values.source, source * matters),
            (2, Facet::Agent, values.agent, agent * matters),
        ] {
            surprises[slot] = self
                .surprise(facet, value)
                .map(|surprise| (facet, value, surprise, place_weight));
        }
        let hour = self.hour();
        let points = surprises
            .iter()
            .flatten()
            .map(|(_, _, surprise, weight)| surprise.bits * weight)
            .chain(hour.as_ref().map(Part::points))
            .filter(|points| *points >= WORTH_SAYING);
        // In a fixed order of addition, so that a score is the same whatever the order of its parts.
        let score: f32 = points.sum();
        let severity = self.severity(score)?;
        let mut parts: Vec<Part> = surprises
            .iter()
            .flatten()
            .map(|(facet, value, surprise, weight)| self.part(*facet, *value, surprise, *weight))
            .chain(hour)
            .filter(|part| part.points() >= WORTH_SAYING)
            .collect();
        parts.sort_by(|a, b| b.points().total_cmp(&a.points()));
        let what = self.action_words();
        let message = match (is_new_action, parts.first()) {
            (true, Some(first)) if first.what == Facet::Action.as_str() => {
                format!("did for the first time: {what}")
            }
            (_, Some(first)) => format!("did with a new {} ({}): {what}", first.what, first.value),
            (_, None) => return None,
        };
        Some(self.anomaly(AnomalyKind::Novelty, severity, score, message, parts))
    }

    /// How surprising a value is; nothing for what is known.
    fn surprise(&self, facet: Facet, value: NameId) -> Option<Surprise> {
        if value == OTHER {
            return None;
        }
        let known = self.profile.known(facet);
        let familiarity = known.familiarity(value, self.now);
        let by_place = matches!(facet, Facet::Agent | Facet::Source);
        let scale = match familiarity {
            Familiarity::New | Familiarity::Forgotten(_) => 1.0,
            Familiarity::Probation(_) if by_place => ON_PROBATION,
            Familiarity::Probation(_) | Familiarity::Known(_) => return None,
        };
        let chance_of_new = if !self.mature {
            1.0
        } else if by_place {
            known.chance_of_new_by_day(self.profile.days)
        } else {
            known.chance_of_new_by_call(self.profile.days)
        };
        let own = u32::from(!matches!(familiarity, Familiarity::New));
        let peers = &self.baseline.peers;
        let (mut chance, share) = peers.chance(self.profile.circles, value, own);
        if facet == Facet::Object {
            chance = chance.max(OBJECT_PEERS);
        }
        Some(Surprise {
            bits: -(chance_of_new * chance).log2() * scale * self.baseline.age(),
            chance_of_new,
            familiarity,
            share,
        })
    }

    fn part(&self, facet: Facet, value: NameId, surprise: &Surprise, weight: f32) -> Part {
        let mut reasons = vec![match surprise.familiarity {
            Familiarity::New | Familiarity::Known(_) => match self.profile.events {
                0 => "its very first call".to_owned(),
                events => format!("never in {} calls", grouped(events)),
            },
            Familiarity::Probation(entry) => {
                format!(
                    "new since {}",
                    entry.first.time().strftime("%Y-%m-%d %H:%M")
                )
            }
            Familiarity::Forgotten(entry) => format!("not since {}", entry.last.date()),
        }];
        if let Some(nearest) = self.nearest(facet, value) {
            reasons.push(nearest);
        }
        if let Some(share) = surprise.share
            && facet != Facet::Object
        {
            let group = self.baseline.peers.name(share.group);
            reasons.push(format!(
                "{} of {} others ({group}) {} it",
                share.showing,
                share.members,
                if facet == Facet::Action { "do" } else { "use" },
            ));
        }
        if surprise.chance_of_new < 1.0 {
            let of = match facet {
                Facet::Agent | Facet::Source => "days",
                _ => "calls",
            };
            let odds = odds(surprise.chance_of_new);
            reasons.push(format!(
                "{odds} of its {of} brings a new {}",
                facet.as_str()
            ));
        }
        Part {
            what: facet.as_str(),
            value: self.baseline.names.get(value).words(),
            bits: surprise.bits,
            weight,
            because: reasons.join("; "),
        }
    }

    /// The known value that comes nearest: the same thing elsewhere, something else done to the same
    /// kind of thing, the same done to something else; else what is most usual.
    fn nearest(&self, facet: Facet, value: NameId) -> Option<String> {
        let names = &self.baseline.names;
        let new = names.get(value);
        let (verb, thing) = new.text.split_once(' ').unwrap_or((&new.text, ""));
        let closeness = |other: NameId| {
            let other = names.get(other);
            if !matches!(facet, Facet::Action | Facet::Object) {
                return 0;
            }
            let (other_verb, other_thing) = other.text.split_once(' ').unwrap_or((&other.text, ""));
            4 * u8::from(other.text == new.text)
                + 2 * u8::from(other_thing == thing)
                + u8::from(other_verb == verb)
                + u8::from(other.place == new.place)
        };
        let known = self.profile.known(facet);
        let nearest = known
            .entries
            .iter()
            .filter(|entry| entry.name != value)
            // Texts break ties, for numbers depend on who came first.
            .max_by(|a, b| {
                let key = |name: NameId| (closeness(name), names.get(name).words());
                let (a_key, b_key) = (key(a.name), key(b.name));
                (a_key.0, a.count)
                    .cmp(&(b_key.0, b.count))
                    .then_with(|| b_key.1.cmp(&a_key.1))
            })?;
        let times = grouped(u64::from(nearest.count));
        let word = if matches!(facet, Facet::Action | Facet::Object) {
            "nearest"
        } else {
            "usually"
        };
        Some(format!(
            "{word} {} ({times} time{})",
            names.get(nearest.name).words(),
            if nearest.count == 1 { "" } else { "s" }
        ))
    }

    /// An unusual hour, for people who do something that matters.
    fn hour(&self) -> Option<Part> {
        let weight = self.sensitivity.weight;
        let matters = weight >= 0.5 || self.sensitivity.changes;
        if self.profile.kind != ActorKind::Human || !matters || !self.mature {
            return None;
        }
        let chance = self.profile.hours.chance(self.now)?;
        Some(Part {
            what: "hour",
            value: format!("{:02} h UTC", self.now.hour_of_day()),
            bits: -chance.log2(),
            weight: weight.max(0.4) * 0.6,
            because: format!("usual hours: {}", self.profile.hours.words()),
        })
    }

    fn dormant(&self) -> Option<Anomaly> {
        let silent = self.now.day().since(self.profile.last.day());
        if self.profile.events == 0 || silent < self.baseline.config.dormant_days {
            return None;
        }
        let part = Part {
            what: "silence",
            value: format!("{silent} days"),
            bits: f32::from(silent).log2(),
            weight: 1.0,
            because: format!("seen last on {}", self.profile.last.day().date()),
        };
        let score = part.points();
        let severity = self.severity(score)?;
        let message = format!(
            "is active again after {silent} days: {}",
            self.action_words()
        );
        Some(self.anomaly(AnomalyKind::Dormant, severity, score, message, vec![part]))
    }

    #[expect(clippy::cast_precision_loss, reason = "a score needs no seven digits")]
    fn burst(&self, burst: Burst) -> Option<Anomaly> {
        let usual = burst.mean.max(0.1);
        let part = Part {
            what: "amount",
            value: format!("{} {} in a minute", burst.count, burst.meter.words()),
            bits: self.amount(burst.count as f32 / usual),
            weight: burst.meter.weight(),
            because: if burst.minutes == 0 {
                format!("its first minute with any; limit {:.0}", burst.limit)
            } else {
                format!(
                    "usually {:.1}, never above {} in {} minutes that had any",
                    burst.mean,
                    burst.highest,
                    grouped(u64::from(burst.minutes))
                )
            },
        };
        let score = part.points();
        let severity = self.severity(score)?;
        let message = format!(
            "made {} within a minute",
            part.value.replace(" in a minute", "")
        );
        Some(self.anomaly(AnomalyKind::Burst, severity, score, message, vec![part]))
    }

    fn spread(&self, spread: Spread) -> Option<Anomaly> {
        let part = Part {
            what: "variety",
            value: format!(
                "about {:.0} {} in an hour",
                spread.count,
                spread.sort.words()
            ),
            bits: self.amount(spread.count / spread.mean.max(0.5)),
            weight: spread.sort.weight(),
            because: if spread.hours == 0 {
                "its first hour with any".to_owned()
            } else {
                format!(
                    "usually {:.0}, never above {:.0} in {} hours that had any",
                    spread.mean,
                    spread.highest,
                    grouped(u64::from(spread.hours))
                )
            },
        };
        let score = part.points();
        let severity = self.severity(score)?;
        let message = format!("touched {}", part.value);
        Some(self.anomaly(AnomalyKind::Spread, severity, score, message, vec![part]))
    }

    /// How surprising so many times the usual amount is.
    fn amount(&self, times: f32) -> f32 {
        let bits = 4.0 + times.log2().clamp(0.0, 8.0);
        if self.mature {
            bits
        } else {
            bits.min(UNKNOWN_AMOUNT)
        }
    }

    fn severity(&self, score: f32) -> Option<Severity> {
        let [low, medium, high] = self.baseline.config.scores;
        if score >= high {
            Some(Severity::High)
        } else if score >= medium {
            Some(Severity::Medium)
        } else if score >= low {
            Some(Severity::Low)
        } else {
            None
        }
    }

    fn action_words(&self) -> String {
        let mut text = String::new();
        super::write_action(self.call, &mut text);
        for (word, part) in [(" in ", self.call.namespace), (" ", self.call.name)] {
            if !part.is_empty() {
                text.push_str(word);
                text.push_str(part);
            }
        }
        text
    }

    fn anomaly(
        &self,
        kind: AnomalyKind,
        severity: Severity,
        score: f32,
        message: String,
        parts: Vec<Part>,
    ) -> Anomaly {
        let call = self.call;
        let resource = if call.resource.is_empty() {
            call.path
        } else {
            call.resource
        };
        Anomaly {
            kind,
            severity,
            score,
            tactic: tactic::of(call, self.sensitivity),
            actor: self.profile.name.to_string(),
            target: Target {
                verb: call.verb.to_owned(),
                resource: resource.to_owned(),
                subresource: call.subresource.to_owned(),
                namespace: call.namespace.to_owned(),
                name: call.name.to_owned(),
            },
            time: call.time,
            message,
            receipt: Receipt {
                samples: self.profile.events,
                days: self.profile.days,
                since: self.profile.first.time(),
                mature: self.mature,
                parts,
            },
        }
    }
}
