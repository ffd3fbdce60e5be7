//! The body of `POST /admit/TOKEN`: refused, or judged and answered in a form that can be read.

#![no_main]

use std::sync::{Arc, OnceLock};

use catseye_admission::gate::{Config, Gate, Loaded, Neighbourhood};
use catseye_admission::review::{self, Asked};
use catseye_admission::RoleAuthorizer;
use catseye_model::{Completeness, Inventory, Object, RedactionKey, Value};
use catseye_rbac::Rbac;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

const CONFIG: &str = "[gate]\nmode = 'enforce'\nseverity = 'info'\n\
    [gate.break-glass]\nusers = ['*']\n[gate.images]\ndigests = true\n\
    [[gate.deny]]\nname = 'few'\nverbs = ['create']\nallow = 3\nwithin-minutes = 5\n";

fuzz_target!(|body: &[u8]| {
    static SETUP: OnceLock<(Gate, Neighbourhood, Arc<RoleAuthorizer>)> = OnceLock::new();
    let (gate, around, authorizer) = SETUP.get_or_init(|| {
        let config = Config::read(CONFIG).expect("valid").expect("a section");
        let gate = Gate::new(
            config,
            Loaded::default(),
            "catseye",
            RedactionKey::new([0; 32]),
        );
        let inventory = Inventory::new(Vec::<Object>::new(), Completeness::Cluster);
        let around = Neighbourhood::of(&inventory, "shop", &gate);
        let rbac = Arc::new(Rbac::of(&inventory));
        (
            gate,
            around,
            Arc::new(RoleAuthorizer::new(rbac, "ann", &[])),
        )
    });
    let Ok(Asked { request, is_cut }) = review::read_asked(body) else {
        return;
    };
    let mut ruling = gate.judge(&request, around, authorizer.clone(), Timestamp::UNIX_EPOCH);
    if is_cut {
        Gate::object_to_depth(&mut ruling);
    }
    let answer = review::answer(&request.uid, &ruling).to_string();
    let answer: Value = serde_json::from_str(&answer).expect("the answer is JSON");
    let allowed = answer.pointer("/response/allowed").and_then(Value::as_bool);
    assert_eq!(allowed, Some(ruling.allowed()));
});
