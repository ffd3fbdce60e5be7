//! What a hub finds outlives it.

use catseye_hub::replay::{Recording, Speed, play};
use catseye_hub::{Action, Clock, Filter, Hub};
use catseye_model::Kind;
use catseye_store::{Options, Store};
use jiff::Timestamp;

use crate::story::config;

#[test]
fn a_hub_goes_on_where_its_store_stands() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("catseye.db").display());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let open = |clock: Clock| {
        let store = runtime
            .block_on(Store::open(&address, Options::default()))
            .unwrap();
        Hub::open_kept(config(), clock, store, runtime.handle().clone()).unwrap()
    };
    let recording = Recording::shop().unwrap();
    let clock = Clock::told(recording.start().unwrap());
    let hub = open(clock.clone());
    let noon: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    let played = play(
        &hub,
        &clock,
        &recording,
        Speed::Max,
        Some(noon),
        &mut |_| {},
    )
    .unwrap();
    hub.settle();
    let first = hub.inbox().list(&Filter::default()).incidents[0].clone();
    hub.act(&first.id, Action::Acknowledge, "omar", None)
        .unwrap();
    let before = hub.inbox().list(&Filter::default());
    hub.close().unwrap();
    let stored = runtime
        .block_on(hub.store().unwrap().event_stats())
        .unwrap();
    let earlier: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let was = hub.world_at(earlier).unwrap();
    drop(hub);

    let hub = open(clock);
    assert_eq!(hub.inbox().list(&Filter::default()), before);
    let again = hub.world_at(earlier).unwrap();
    assert_eq!(again.inventory().len(), was.inventory().len());
    assert!(again.inventory().of_kind(Kind::Deployment).count() > 10);
    assert_eq!(again.findings(), was.findings());
    assert!(played.events > 3000);
    assert_eq!(stored.events, played.events);
}
