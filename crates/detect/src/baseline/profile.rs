//! What is remembered of one actor, in at most 9 KiB.

use catseye_event::audit::ActorKind;

use super::clock::Minute;
use super::distinct::{Distinct, Sort};
use super::facet::Facet;
use super::hours::Hours;
use super::known::Known;
use super::names::{NameId, Names};
use super::peers::Circles;
use super::rate::{Meter, Rate};

/// One actor. Every part has a bound, so the whole has one; a test adds it up.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    pub(super) name: Box<str>,
    pub(super) kind: ActorKind,
    pub(super) circles: Circles,
    pub(super) first: Minute,
    pub(super) last: Minute,
    pub(super) events: u64,
    /// On how many days it was active.
    pub(super) days: u16,
    known: [Known; Facet::ALL.len()],
    pub(super) hours: Hours,
    pub(super) rates: [Rate; Meter::ALL.len()],
    pub(super) distinct: [Distinct; Sort::ALL.len()],
    /// The raw agent and source seen last, by hash, and their names: both seldom change.
    pub(super) agent: (u64, NameId),
    pub(super) source: (u64, NameId),
}

impl Profile {
    pub(super) fn new(name: &str, kind: ActorKind, circles: Circles, now: Minute) -> Self {
        Self {
            name: name.into(),
            kind,
            circles,
            first: now,
            last: now,
            events: 0,
            days: 0,
            known: Default::default(),
            hours: Hours::default(),
            rates: Default::default(),
            distinct: Default::default(),
            agent: (0, super::names::OTHER),
            source: (0, super::names::OTHER),
        }
    }

    pub(super) fn known(&self, facet: Facet) -> &Known {
        &self.known[facet as usize]
    }

    pub(super) fn set_known(&mut self, facet: Facet, known: Known) {
        self.known[facet as usize] = known;
    }

    /// Takes in one value. True when it is new to the actor.
    pub(super) fn see(
        &mut self,
        facet: Facet,
        name: NameId,
        now: Minute,
        names: &mut Names,
    ) -> bool {
        self.known[facet as usize].see(facet, name, now, names)
    }

    /// Counts the event and its day.
    pub(super) fn pass(&mut self, now: Minute) {
        if self.events == 0 || now.day() > self.last.day() {
            self.days = self.days.saturating_add(1);
        }
        self.events = self.events.saturating_add(1);
        self.first = self.first.min(now);
        self.last = self.last.max(now);
        self.hours.add(now);
    }

    /// All values ever shown and still remembered.
    pub(super) fn shown(&self) -> impl Iterator<Item = NameId> {
        self.known
            .iter()
            .flat_map(|known| known.entries.iter().map(|entry| entry.name))
    }

    /// The memory that the profile takes.
    pub(super) fn bytes(&self) -> usize {
        let heap: usize = self.known.iter().map(Known::heap_bytes).sum();
        size_of::<Self>() + self.name.len() + heap
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::OTHER;
    use super::super::peers::GroupId;
    use super::*;

    #[test]
    fn no_actor_takes_more_than_nine_kibibytes() {
        let mut names = Names::new(1 << 20);
        let mut profile = Profile::new(
            "system:serviceaccount:a-long-namespace-name:a-long-account-name",
            ActorKind::ServiceAccount,
            [GroupId(0); 3],
            Minute(0),
        );
        for n in 0..5_000_u32 {
            let now = Minute(n);
            profile.pass(now);
            for facet in Facet::ALL {
                let name = names.number(facet, &format!("value {n}"), &format!("place-{}", n % 50));
                assert_ne!(name, OTHER);
                profile.see(facet, name, now, &mut names);
            }
        }
        assert!(profile.bytes() <= 9 * 1024, "{} bytes", profile.bytes());
        assert!(profile.bytes() > 8 * 1024, "the bound was reached");
    }
}
