//! Profiles settle by evidence, say why, and lose evidence when events were lost.

use catseye_event::runtime::{Exec, Loss, Process, RuntimeSource, SubjectKind, WorkloadRef};
use jiff::Timestamp;

use super::*;

fn exec(path: &str, pod: &str, digest: &str) -> RuntimeEvent {
    let time: Timestamp = "2026-01-05T10:00:00Z".parse().unwrap();
    let mut event = RuntimeEvent::new(
        time,
        RuntimeSource::Catseye,
        Activity::Exec(Exec::default()),
    );
    event.node = "n1".to_owned();
    event.subject = Subject {
        kind: SubjectKind::Container,
        namespace: "shop".to_owned(),
        pod: pod.to_owned(),
        workload: Some(WorkloadRef {
            kind: "Deployment".to_owned(),
            name: "web".to_owned(),
        }),
        container: "web".to_owned(),
        image_digest: digest.to_owned(),
        ..Subject::default()
    };
    event.process = Some(Process {
        executable: path.to_owned(),
        ..Process::default()
    });
    event
}

fn loss() -> RuntimeEvent {
    let mut event = exec("", "", "");
    event.what = Activity::Loss(Loss {
        since: None,
        lost: std::collections::BTreeMap::new(),
        reason: "ring full".to_owned(),
    });
    event
}

fn settled() -> Profiles {
    let mut profiles = Profiles::default();
    for n in 0..300 {
        let path = if n % 3 == 0 { "/bin/date" } else { "/bin/app" };
        profiles.learn(&exec(path, &format!("web-{}", n % 2), "sha256:a"));
    }
    profiles
}

#[test]
fn a_settled_profile_says_what_is_new_and_why() {
    let profiles = settled();
    assert_eq!(profiles.look(&exec("/bin/app", "web-7", "sha256:a")), None);
    let deviation = profiles
        .look(&exec("/bin/nc", "web-7", "sha256:a"))
        .unwrap();
    assert_eq!(
        (deviation.facet, deviation.observations, deviation.distinct),
        (FacetKind::Process, 300, 2)
    );
    assert!(
        deviation
            .receipt()
            .contains("never seen among 300 observations"),
        "{}",
        deviation.receipt()
    );
}

#[test]
fn a_container_that_always_does_something_new_never_settles() {
    let mut profiles = Profiles::default();
    for n in 0..400 {
        profiles.learn(&exec(
            &format!("/bin/{}", "x".repeat(n % 200)),
            "web-0",
            "sha256:a",
        ));
        profiles.learn(&exec(&format!("/opt/{n}/run"), "web-0", "sha256:a"));
    }
    assert_eq!(profiles.look(&exec("/bin/nc", "web-0", "sha256:a")), None);
    assert_eq!(profiles.promote(), 0);
}

#[test]
fn lost_events_take_the_evidence_and_leave_what_is_known() {
    let mut profiles = settled();
    profiles.learn(&loss());
    assert_eq!(profiles.look(&exec("/bin/nc", "web-0", "sha256:a")), None);
    let (_, profile) = profiles.iter().next().unwrap();
    assert_eq!(profile.losses, 1);
    assert!(profile.processes.knows("/bin/app by "));
    for _ in 0..240 {
        profiles.learn(&exec("/bin/app", "web-0", "sha256:a"));
    }
    assert!(
        profiles
            .look(&exec("/bin/nc", "web-0", "sha256:a"))
            .is_some()
    );
}

#[test]
fn a_new_image_knows_what_the_old_one_did_and_earns_its_own_evidence() {
    let mut profiles = settled();
    profiles.learn(&exec("/bin/new", "web-0", "sha256:b"));
    assert_eq!(profiles.iter().count(), 2);
    assert_eq!(profiles.look(&exec("/bin/nc", "web-0", "sha256:b")), None);
    for _ in 0..300 {
        profiles.learn(&exec("/bin/app", "web-0", "sha256:b"));
    }
    assert!(
        profiles
            .look(&exec("/bin/nc", "web-0", "sha256:b"))
            .is_some()
    );
}

#[test]
fn replicas_learn_together() {
    let (mut one, mut other) = (Profiles::default(), Profiles::default());
    for _ in 0..150 {
        one.learn(&exec("/bin/app", "web-0", "sha256:a"));
        other.learn(&exec("/bin/date", "web-1", "sha256:a"));
    }
    one.merge(other);
    assert_eq!(one.iter().next().unwrap().1.processes.observations(), 300);
    assert_eq!(one.promote(), 1);
    assert_eq!(one.look(&exec("/bin/date", "web-0", "sha256:a")), None);
}

#[test]
fn what_is_written_is_read_and_a_changed_byte_breaks_the_signature() {
    let profiles = settled();
    let text = profiles.to_json().unwrap();
    assert_eq!(Profiles::from_json(&text).unwrap().by_key, profiles.by_key);
    assert!(matches!(
        Profiles::from_json(r#"{"version":9,"profiles":[]}"#),
        Err(ReadError::Version(9))
    ));
    let random = ring::rand::SystemRandom::new();
    let key = ring::signature::Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let mut signed = sign(&profiles, key.as_ref()).unwrap();
    let public = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        &signed.public_key,
    )
    .unwrap();
    assert!(verify(&signed, &public).is_ok());
    signed.profiles = signed.profiles.replace("/bin/app", "/bin/bad");
    assert!(matches!(
        verify(&signed, &public),
        Err(SignatureError::Mismatch)
    ));
}
