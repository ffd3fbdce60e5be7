//! Records of the kernel and messages of name servers, from bytes that nobody checked.
#![no_main]

use catseye_sensor::container;
use catseye_sensor::narrate::{Clock, Narrator, Teller};
use catseye_sensor::record::{Record, read_flow, read_flow_key};
use catseye_sensor::transport::Batch;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = catseye_sensor::dns::read(bytes);
    let _ = (read_flow(bytes), read_flow_key(bytes));
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = container::place(text);
        let _ = Batch::read(text);
    }
    if let Ok(record) = Record::read(bytes) {
        let mut narrator = Narrator::new(Teller::default());
        let clock = Clock { boot: 0 };
        if let Some(event) = narrator.tell(&record, clock) {
            event.to_line().expect("every event is JSON");
        }
    }
});
