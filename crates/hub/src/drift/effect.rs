//! What one drift means: the world with it undone, beside the world as it is.
//!
//! The other world is made like every next world, so only what the change can concern is judged.

use catseye_checks::{Config, Judge};
use catseye_drift::meaning::{self, Answers, Judged, answers_of};
use catseye_drift::{DesiredState, Drifts, Meaning, ObjectDrift};
use catseye_model::{Delta, DeltaChange, Inventory, ObjectId, ObjectKey};

use crate::live::Live;
use crate::world::World;

/// A world that is asked what the checks say: what was not judged yet is judged then.
struct Asked<'w> {
    world: &'w World,
    judge: Judge<'w>,
}

impl<'w> Asked<'w> {
    fn of(world: &'w World, config: &'w Config) -> Self {
        let judge = Judge::new(world.inventory(), config, catseye_checks::all())
            .with_indexes(world.indexes.clone());
        Asked { world, judge }
    }
}

impl Judged for Asked<'_> {
    fn inventory(&self) -> &Inventory {
        self.world.inventory()
    }

    fn answers(&self, object: ObjectId) -> Answers {
        match self.world.verdict(object) {
            Some(verdict) => answers_of(verdict),
            None => self.judge.answers(object),
        }
    }
}

/// The world with a drift undone.
fn undone(world: &World, drift: &ObjectDrift, desired: &DesiredState) -> World {
    let live = world.inventory();
    let (back, gone) = meaning::undoing(live, desired, std::slice::from_ref(drift));
    let mut deltas = Vec::new();
    for object in back {
        deltas.push(DeltaChange::Upsert(object.value().clone()));
    }
    for id in gone {
        deltas.push(DeltaChange::Delete(ObjectKey::of(live.object(id))));
    }
    let time = world.taken_at();
    let deltas = deltas
        .into_iter()
        .map(|change| Delta { time, change })
        .collect();
    Live::default().apply(world, deltas).0
}

/// What the checks say of one drift.
pub(crate) fn effect(world: &World, drift: &ObjectDrift, desired: &DesiredState) -> Meaning {
    let before = undone(world, drift, desired);
    let config = Config::default();
    let drifts = Drifts {
        objects: vec![drift.clone()],
        ..Drifts::default()
    };
    meaning::checks(
        &Asked::of(&before, &config),
        &Asked::of(world, &config),
        &drifts,
    )
}

/// The connections that a drift opens and closes: asked when somebody looks at it, because it takes both
/// networks whole.
pub(crate) fn connections(world: &World, drift: &ObjectDrift, desired: &DesiredState) -> Meaning {
    let mut meaning = Meaning::default();
    let drifts = Drifts {
        objects: vec![drift.clone()],
        ..Drifts::default()
    };
    if meaning::concerns_network(&drifts) {
        let before = undone(world, drift, desired);
        meaning::network(&mut meaning, &before.reach(), &world.reach());
    }
    meaning
}
