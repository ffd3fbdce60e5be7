//! Policies, bindings and objects in one text: what can be used judges the rest.

#![no_main]

use catseye_admission::{PolicySet, Request, Surroundings};
use catseye_model::{Completeness, Inventory, Object, yaml};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut set = PolicySet::unbound_deny();
    let mut objects = Vec::new();
    for document in yaml::documents(text) {
        let Ok(value) = document.content else {
            continue;
        };
        for object in Object::read(value, None).0 {
            if let Err(problems) = set.add(&object) {
                assert!(!problems.is_empty(), "a refusal has a reason");
            }
            objects.push(object);
        }
    }
    let inventory = Inventory::new(objects, Completeness::Fragment);
    let surroundings = Surroundings::of(&inventory);
    for (_, object) in inventory.objects() {
        let request = Request::create(object, &inventory);
        let verdict = set.judge(&request, &surroundings);
        assert_eq!(verdict.passes(), verdict.message().is_none());
    }
});
