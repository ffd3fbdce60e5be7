//! Who is like whom: when an actor's own past says nothing about an action, that of its peers does.
//!
//! ```text
//!  actor ──► peer group (`people in sre`, `accounts named cart`, `nodes`) ──► its kind ──► the cluster
//! ```
//!
//! The group is fixed when an actor is first seen and told by what only the cluster gives out (groups,
//! names), never by what a client says of itself: a thief must not choose whom to be compared with.

use std::collections::HashMap;

use catseye_event::audit::ActorKind;

use super::call::Call;
use super::clock::Minute;
use super::names::NameId;
use super::rate::{Meter, Season};

/// The number of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct GroupId(pub(super) u32);

/// At most so many pairs of group and value are kept: 16 bytes each.
const MOST_PAIRS: usize = 1 << 18;

/// All groups, and how many members of each have shown which value.
#[derive(Debug, Clone, Default)]
pub(super) struct Peers {
    numbers: HashMap<Box<str>, GroupId, foldhash::fast::RandomState>,
    groups: Vec<Group>,
    showing: HashMap<(GroupId, NameId), u32, foldhash::fast::FixedState>,
    seasons: [[Season; Meter::ALL.len()]; KINDS],
}

/// A group.
#[derive(Debug, Clone)]
struct Group {
    name: Box<str>,
    members: u32,
}

const KINDS: usize = 5;

fn place(kind: ActorKind) -> usize {
    match kind {
        ActorKind::Human => 0,
        ActorKind::ServiceAccount => 1,
        ActorKind::Node => 2,
        ActorKind::Component => 3,
        ActorKind::Anonymous => 4,
    }
}

/// The groups of one actor, from the narrowest to all.
pub(super) type Circles = [GroupId; 3];

/// How a value is spread in a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Share {
    pub(super) group: GroupId,
    pub(super) showing: u32,
    pub(super) members: u32,
}

impl Peers {
    fn number(&mut self, name: &str) -> GroupId {
        if let Some(&id) = self.numbers.get(name) {
            return id;
        }
        let id = GroupId(u32::try_from(self.groups.len()).unwrap_or(u32::MAX));
        self.numbers.insert(name.into(), id);
        self.groups.push(Group {
            name: name.into(),
            members: 0,
        });
        id
    }

    /// The groups of the peers that are called so.
    pub(super) fn circles(&mut self, peers: &str, kind: ActorKind) -> Circles {
        [
            self.number(peers),
            self.number(kind_words(kind)),
            self.number("all actors"),
        ]
    }

    /// A new actor.
    pub(super) fn join(&mut self, circles: Circles) {
        for id in distinct(circles) {
            if let Some(group) = self.groups.get_mut(id.0 as usize) {
                group.members += 1;
            }
        }
    }

    /// An actor that is no longer remembered, and the values it had shown.
    pub(super) fn leave(&mut self, circles: Circles, shown: impl Iterator<Item = NameId>) {
        for id in distinct(circles) {
            if let Some(group) = self.groups.get_mut(id.0 as usize) {
                group.members = group.members.saturating_sub(1);
            }
        }
        for name in shown {
            for id in distinct(circles) {
                if let Some(count) = self.showing.get_mut(&(id, name)) {
                    *count = count.saturating_sub(1);
                }
            }
        }
    }

    /// An actor showed a value for the first time.
    pub(super) fn show(&mut self, circles: Circles, name: NameId) {
        for id in distinct(circles) {
            let full = self.showing.len() >= MOST_PAIRS;
            match self.showing.get_mut(&(id, name)) {
                Some(count) => *count = count.saturating_add(1),
                None if full => {}
                None => drop(self.showing.insert((id, name), 1)),
            }
        }
    }

    /// How a value is spread among the *other* members of a group; `own` is 1 when the actor itself
    /// has shown it.
    fn share(&self, group: GroupId, name: NameId, own: u32) -> Share {
        let members = self.groups.get(group.0 as usize).map_or(0, |it| it.members);
        let showing = self.showing.get(&(group, name)).copied().unwrap_or(0);
        Share {
            group,
            showing: showing.saturating_sub(own),
            members: members.saturating_sub(1),
        }
    }

    /// The chance that an actor which does something new does this: what its peers do weighs the more
    /// the more of them there are, the rest is what the wider circles say. Also gives the narrowest
    /// circle that has other members, for the receipt.
    #[expect(clippy::cast_precision_loss, reason = "a chance needs no seven digits")]
    pub(super) fn chance(&self, circles: Circles, name: NameId, own: u32) -> (f32, Option<Share>) {
        let [narrow, kind, all] = circles.map(|group| self.share(group, name, own));
        // Among nobody else nothing is a surprise: one half.
        let chance = |share: Share| (share.showing as f32 + 0.5) / (share.members as f32 + 1.0);
        let mut blended = chance(all).max(1e-4);
        for share in [kind, narrow] {
            let trust = share.members as f32 / (share.members as f32 + 2.0);
            blended = trust * chance(share) + (1.0 - trust) * blended;
        }
        let told = [narrow, kind, all]
            .into_iter()
            .find(|share| share.members > 0);
        (blended.clamp(1e-4, 1.0), told)
    }

    /// How many members have shown a value.
    pub(super) fn shown_by(&self, group: GroupId, name: NameId) -> u32 {
        self.showing.get(&(group, name)).copied().unwrap_or(0)
    }

    pub(super) fn name(&self, group: GroupId) -> &str {
        self.groups
            .get(group.0 as usize)
            .map_or("", |group| &group.name)
    }

    /// Takes in what a minute of one actor came to.
    pub(super) fn add_minute(&mut self, kind: ActorKind, meter: usize, now: Minute, count: u32) {
        let seasons = self.seasons.get_mut(place(kind));
        if let Some(season) = seasons.and_then(|seasons| seasons.get_mut(meter)) {
            season.add(now, count);
        }
    }

    /// The seasons of a kind of actor, in the order of the meters.
    pub(super) fn seasons(&self, kind: ActorKind) -> &[Season; Meter::ALL.len()] {
        // `place` is below the length by construction.
        self.seasons.get(place(kind)).unwrap_or(&self.seasons[0])
    }

    /// Takes in what was learned elsewhere about the hours of a kind of actor.
    pub(super) fn add_seasons(&mut self, kind: ActorKind, learned: &[Season]) {
        if let Some(seasons) = self.seasons.get_mut(place(kind)) {
            for (season, more) in seasons.iter_mut().zip(learned) {
                season.merge(more);
            }
        }
    }

    /// How much more than on average this hour brings for this kind of actor.
    pub(super) fn season(&self, kind: ActorKind, meter: usize, now: Minute) -> f32 {
        let seasons = self.seasons.get(place(kind));
        seasons
            .and_then(|seasons| seasons.get(meter))
            .map_or(1.0, |season| season.factor(now))
    }
}

fn distinct([narrow, kind, all]: Circles) -> impl Iterator<Item = GroupId> {
    let narrow = (narrow != kind).then_some(narrow);
    narrow.into_iter().chain([kind, all])
}

fn kind_words(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Human => "people",
        ActorKind::ServiceAccount => "service accounts",
        ActorKind::Node => "nodes",
        ActorKind::Component => "control plane",
        ActorKind::Anonymous => "anonymous callers",
    }
}

/// The peer group of a caller, in words.
pub(super) fn peers_of(call: &Call<'_>) -> String {
    match call.kind {
        ActorKind::ServiceAccount => {
            let name = call.actor.rsplit(':').next().unwrap_or_default();
            if name == "default" {
                "default service accounts".to_owned()
            } else {
                format!("service accounts named {name}")
            }
        }
        ActorKind::Human => {
            let mut groups: Vec<&str> = call
                .groups
                .iter()
                .map(catseye_event::audit::Text::as_str)
                .filter(|group| *group != "system:authenticated")
                .collect();
            groups.sort_unstable();
            groups.dedup();
            if groups.is_empty() {
                kind_words(call.kind).to_owned()
            } else {
                format!("people in {}", groups.join(", "))
            }
        }
        kind => kind_words(kind).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: NameId = NameId(7);

    #[test]
    fn what_the_peers_do_is_no_surprise_and_what_nobody_does_is() {
        let mut peers = Peers::default();
        for _ in 0..20 {
            let sre = peers.circles("people in sre", ActorKind::Human);
            peers.join(sre);
            peers.show(sre, LIST);
            let robots = peers.circles("service accounts", ActorKind::ServiceAccount);
            peers.join(robots);
        }
        let sre = peers.circles("people in sre", ActorKind::Human);
        let robots = peers.circles("service accounts", ActorKind::ServiceAccount);
        let (usual, told) = peers.chance(sre, LIST, 0);
        assert!(usual > 0.8, "{usual}");
        assert_eq!(told.map(|share| share.members), Some(19));
        assert!(peers.chance(robots, LIST, 0).0 < 0.1);
        assert!(peers.chance(sre, NameId(8), 0).0 < 0.05);
    }

    #[test]
    fn a_small_group_leaves_the_word_to_the_wider_one() {
        let mut peers = Peers::default();
        for _ in 0..40 {
            let others = peers.circles("people in developers", ActorKind::Human);
            peers.join(others);
            peers.show(others, LIST);
        }
        let alone = peers.circles("people in auditors", ActorKind::Human);
        peers.join(alone);
        assert!(peers.chance(alone, LIST, 0).0 > 0.9);
    }

    #[test]
    fn an_actor_does_not_vouch_for_itself() {
        let mut peers = Peers::default();
        let pair = peers.circles("nodes", ActorKind::Node);
        for _ in 0..10 {
            peers.join(pair);
        }
        peers.show(pair, LIST);
        let before = peers.chance(pair, NameId(99), 0).0;
        assert!((peers.chance(pair, LIST, 1).0 - before).abs() < 1e-6);
    }
}
