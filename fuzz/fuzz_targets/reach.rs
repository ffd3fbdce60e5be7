//! Network reachability: policies and pods are read, decided and asked about in every way.

#![no_main]

use std::collections::BTreeMap;

use catseye_model::{Completeness, Inventory, Object, yaml};
use catseye_netpol::{ClassId, Difference, Endpoint, PortSet, Reach};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut objects = Vec::new();
    for document in yaml::documents(text) {
        if let Ok(value) = document.content {
            objects.extend(Object::read(value, None).0);
        }
    }
    let completeness = match text.len() % 2 {
        0 => Completeness::Tree,
        _ => Completeness::Cluster,
    };
    let inventory = Inventory::new(objects, completeness);
    let reach = Reach::with_strangers(&inventory);
    for unread in reach.unread() {
        assert!(!unread.reason.is_empty());
    }
    let mut swept: BTreeMap<(Endpoint, Endpoint), PortSet> = BTreeMap::new();
    reach.for_each_source(|source, groups| {
        for group in groups {
            let classes = group
                .classes
                .iter()
                .map(|class| Endpoint::Class(ClassId(class)));
            let addresses = group
                .addresses
                .iter()
                .map(|group| Endpoint::Addresses(*group));
            for destination in classes.chain(addresses) {
                let known = swept.insert((source, destination), group.ports.clone());
                assert!(known.is_none(), "a destination stands in one group");
            }
        }
    });
    let endpoints: Vec<Endpoint> = reach.endpoints().take(12).collect();
    for source in &endpoints {
        for destination in &endpoints {
            let ports = reach.connection(*source, *destination);
            let in_sweep = swept
                .get(&(*source, *destination))
                .cloned()
                .unwrap_or_default();
            assert_eq!(ports, in_sweep, "the sweep agrees");
            let outside = |end: &Endpoint| matches!(end, Endpoint::Addresses(_));
            if outside(source) && outside(destination) {
                continue;
            }
            for atom in reach.port_atoms().iter().take(12) {
                let Some(port) = atom.first() else { continue };
                let explanation = reach.explain(*source, *destination, port);
                assert_eq!(
                    explanation.allowed(),
                    ports.contains(port),
                    "the explanation agrees"
                );
            }
        }
    }
    for entry in reach.entries(&inventory) {
        for backend in entry.backends {
            assert!(backend.ports.covers(&backend.admitted));
        }
    }
    let _ = reach.exposure();
    assert!(Difference::between(&reach, &Reach::of(&inventory)).is_empty());
});
