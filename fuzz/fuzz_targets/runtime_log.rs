//! Any bytes are a recording of any product: nothing panics, chunks make no difference, and what was
//! read can be written in our own form and read again.

#![no_main]

use catseye_event::runtime::{RuntimeEvent, RuntimeIntake, RuntimeTally};
use libfuzzer_sys::fuzz_target;

fn read(log: &[u8], chunk: usize) -> (Vec<RuntimeEvent>, RuntimeTally) {
    let mut events = Vec::new();
    let mut intake = RuntimeIntake::new();
    for piece in log.chunks(chunk) {
        intake.feed(piece, &mut |event| events.push(event));
    }
    intake.finish(&mut |event| events.push(event));
    (events, intake.tally().clone())
}

fuzz_target!(|input: (u8, &[u8])| {
    let (chunk, log) = input;
    let whole = read(log, usize::MAX);
    assert_eq!(whole.1.bytes, log.len() as u64);
    assert_eq!(read(log, usize::from(chunk.max(1))), whole);
    for event in &whole.0 {
        let line = event.to_line().expect("an event can be written");
        assert_eq!(&RuntimeEvent::from_line(&line).expect("and read"), event);
    }
});
