//! What is there, judged as if it were created now: what came in while nobody judged is found here.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use catseye_admission::Request;
use catseye_admission::gate::{Effect, Mode};

use super::log::{Entry, KeptObject, Outcome};
use super::{Admit, Inner};

/// How long the first look waits for the first lists.
const FIRST: Duration = Duration::from_mins(1);

/// What a look at everything found.
#[derive(Debug, Clone, Default)]
pub struct Recheck {
    /// How many objects were judged.
    pub judged: usize,
    /// Objects in enforced namespaces that would be refused: `Deployment shop/web POD-006`.
    pub standing: BTreeSet<String>,
}

/// Looks again and again, as long as somebody holds the admission.
pub(super) fn start(admit: &Admit) {
    let Some(pause) = admit.pause() else {
        return;
    };
    let held = Arc::downgrade(&admit.0);
    std::thread::spawn(move || {
        std::thread::sleep(FIRST.min(pause));
        while let Some(inner) = held.upgrade() {
            let admit = Admit(inner);
            // What is not known yet would be taken for not there.
            if !admit.0.hub.lists_are_done() {
                drop(admit);
                std::thread::sleep(FIRST.min(pause));
                continue;
            }
            admit.recheck();
            drop(admit);
            std::thread::sleep(pause);
        }
    });
}

impl Admit {
    /// Judges everything that is there. What would be refused and was not known to be is logged as let
    /// through. Before the first lists of the cluster are in nothing is judged.
    pub fn recheck(&self) -> Recheck {
        if !self.0.hub.lists_are_done() {
            return self.last_recheck();
        }
        let Inner { hub, gate, key, .. } = &*self.0;
        let world = hub.world();
        let inventory = world.inventory();
        let known = self.last_recheck().standing;
        let mut found = Recheck::default();
        for (id, object) in inventory.objects() {
            if !inventory.is_judged(id)
                || gate.config().mode_of(object.namespace()) != Mode::Enforce
            {
                continue;
            }
            let request = Request::create(object, inventory);
            let ruling = self.judge_standing(&request);
            if ruling.exempt.is_some() {
                continue;
            }
            found.judged += 1;
            let mut is_news = false;
            for objection in ruling.with_effect(Effect::Deny) {
                let name = format!("{object} {}", objection.id);
                is_news |= !known.contains(&name);
                found.standing.insert(name);
            }
            if is_news {
                let mut entry = Entry::of(request, &ruling, hub.now(), key);
                entry.outcome = Outcome::LetThrough;
                entry.object = KeptObject::default();
                self.0.log.add(entry);
            }
        }
        *self
            .0
            .recheck
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = found.clone();
        found
    }
}
