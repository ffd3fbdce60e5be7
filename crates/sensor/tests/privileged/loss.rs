//! What is lost is counted, exactly, and said.

use catseye_event::runtime::{Activity, RuntimeEvent};
use catseye_sensor::kernel::Settings;
use catseye_sensor::record::Kind;
use libtest_mimic::Failed;

use crate::Test;
use crate::watch::{Watch, actor, settings, unique};

pub(crate) const TESTS: [(&str, Test); 2] = [
    (
        "sent_and_lost_are_what_was_tried",
        sent_and_lost_are_what_was_tried,
    ),
    (
        "containers_are_not_lost_in_a_flood",
        containers_are_not_lost_in_a_flood,
    ),
];

/// A ring that 600 execs overflow.
fn small() -> Settings {
    Settings {
        bulk: 64 << 10,
        wake_bytes: u32::MAX,
        ..settings()
    }
}

const FLOOD: u32 = 600;

fn sent_and_lost_are_what_was_tried() -> Result<(), Failed> {
    let mut watch = Watch::with(small());
    watch.settle();
    let before = watch.sensor.counts()?[&Kind::Exec];
    // Nobody reads meanwhile. The node's other programs are few beside the flood.
    crate::watch::wait(actor(&["flood", &FLOOD.to_string()]).spawn()?);
    let after = watch.sensor.counts()?[&Kind::Exec];
    let dropped = after.dropped - before.dropped;
    let sent = after.sent - before.sent;
    let tried = sent + dropped;
    assert!(dropped > 0, "the ring holds them all");
    assert!(tried > u64::from(FLOOD), "{tried} of {FLOOD}");
    watch.settle();
    let own = |word: &str| {
        watch
            .told
            .iter()
            .filter(|event| crate::watch::is_exec(event, word))
            .count()
    };
    assert!(own("/bin/true") > 0);
    // Every record that was sent was read, none twice.
    let counts = watch.sensor.counts()?;
    for (kind, count) in &counts {
        let is_quiet = !matches!(kind, Kind::Exec | Kind::Fork | Kind::Exit);
        assert!(
            is_quiet || count.read + 64 >= count.sent,
            "{kind:?}: {count:?}"
        );
        assert!(count.read <= count.sent, "{kind:?}: {count:?}");
    }
    // Losses are looked for once a second.
    let deadline = std::time::Instant::now() + crate::watch::DEADLINE;
    let mut lost = 0;
    while lost < dropped && std::time::Instant::now() < deadline {
        watch.settle();
        lost = watch.told.iter().map(lost_execs).sum();
    }
    assert!(lost >= dropped, "{lost} said of {dropped}");
    println!("{tried} tried = {sent} sent + {dropped} lost");
    Ok(())
}

fn lost_execs(event: &RuntimeEvent) -> u64 {
    match &event.what {
        Activity::Loss(loss) => loss.lost.get("exec").copied().unwrap_or_default(),
        _ => 0,
    }
}

fn containers_are_not_lost_in_a_flood() -> Result<(), Failed> {
    use crate::group::{Group, uid};
    let mut watch = Watch::with(small());
    let word = unique("flooded");
    let pod = uid(9);
    crate::watch::wait(actor(&["flood", "300"]).spawn()?);
    let group = Group::new(&format!("kubepods/besteffort/pod{pod}/late"));
    crate::watch::wait(actor(&["flood", "50"]).spawn()?);
    watch.settle();
    group.command("/bin/echo", &[&word]).output()?;
    let event = watch.until("the exec", |event| {
        crate::watch::is_exec(event, &word)
            && event
                .process
                .as_ref()
                .is_some_and(|it| it.executable.ends_with("echo"))
    });
    assert_eq!(event.subject.container_id, "late");
    assert_eq!(watch.sensor.counts()?[&Kind::CgroupAdded].dropped, 0);
    Ok(())
}
