//! Any bytes are a log: nothing panics, every byte is taken, chunks make no difference, and what is
//! found out about an event can be written in the shape of each source and read again.

#![no_main]

use catseye_event::coverage::Coverage;
use catseye_event::intake::{Intake, Tally};
use catseye_event::{Event, render};
use catseye_model::RedactionKey;
use libfuzzer_sys::fuzz_target;

fn read(log: &[u8], chunk: usize, on_event: &mut dyn FnMut(&Event<'_>)) -> Tally {
    let mut intake = Intake::new(RedactionKey::new([0; 32]));
    for piece in log.chunks(chunk) {
        intake.feed(piece, on_event);
    }
    intake.finish(on_event);
    intake.tally().clone()
}

fuzz_target!(|input: (u8, &[u8])| {
    let (chunk, log) = input;
    let mut whole = Vec::new();
    let mut coverage = Coverage::new();
    let tally = read(log, usize::MAX, &mut |event| {
        coverage.observe(event);
        whole.push((
            event.place(),
            event.audit_id().to_owned(),
            event.verb().to_owned(),
        ));
        let logs = [
            Some(render::plain(event)),
            Some(render::eks(&[event])),
            Some(render::aks(event)),
            render::gke(event),
        ];
        // An event without any text of its own is not recognised again.
        if !event.audit_id().is_empty() {
            for log in logs.iter().flatten().take(3) {
                let mut again = 0;
                read(log.to_string().as_bytes(), usize::MAX, &mut |_| again += 1);
                assert_eq!(again, 1, "{log}");
            }
        }
    });
    let _ = coverage.blind_spots();
    assert_eq!(tally.bytes, log.len() as u64);
    assert_eq!(tally.events, whole.len() as u64);
    let mut pieces = Vec::new();
    let in_pieces = read(log, usize::from(chunk.max(1)), &mut |event| {
        pieces.push((
            event.place(),
            event.audit_id().to_owned(),
            event.verb().to_owned(),
        ));
    });
    assert_eq!(in_pieces, tally);
    assert_eq!(pieces, whole);
});
