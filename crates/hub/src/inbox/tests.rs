//! Where clues go, and what people do with rows.

use catseye_model::{ObjectKey, Severity};
use jiff::{SignedDuration, Timestamp};

use super::clue::Clue;
use super::incident::{ActorRef, Moment, Source, State, StateKind, Subject};
use super::rows::{Facts, Rows, Touched};
use super::{Action, ActionError};

/// A cluster of which nothing is known.
struct Nothing;

impl Facts for Nothing {
    fn describe(&self, _: &mut Subject) {}
}

fn at(hour: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
}

fn object(name: &str) -> ObjectKey {
    ObjectKey {
        group: "apps".into(),
        kind: "Deployment".into(),
        namespace: "shop".into(),
        name: name.into(),
    }
}

fn clue(actor: Option<&str>, id: &str, about: &str, severity: Severity, hour: i64) -> Clue {
    Clue {
        actor: actor.map(|name| ActorRef {
            name: name.into(),
            kind: "human".into(),
        }),
        subjects: vec![(object(about), "changed".into())],
        moments: vec![Moment {
            first: at(hour),
            last: at(hour),
            count: 1,
            source: Source::Delivery,
            id: id.into(),
            title: format!("title of {id}"),
            sentence: format!("did {id} to {about}"),
            severity,
            weighed_by: None,
            tactic: None,
            technique: None,
            targets: vec![about.into()],
            events: vec![format!("event-{id}-{hour}")],
            fields: Vec::new(),
            receipt: None,
        }],
        ..Clue::default()
    }
}

fn take(rows: &mut Rows, clue: Clue) -> (String, Touched) {
    let now = clue.last().unwrap();
    rows.take(clue, &Nothing, now).unwrap()
}

#[test]
fn what_one_actor_does_within_hours_is_one_row() {
    let mut rows = Rows::default();
    let (first, opened) = take(&mut rows, clue(Some("ida"), "A", "cart", Severity::Low, 0));
    assert_eq!(opened, Touched::Opened);
    let (second, updated) = take(&mut rows, clue(Some("ida"), "B", "web", Severity::High, 3));
    assert_eq!((&second, updated), (&first, Touched::Updated));
    let row = rows.get(&first).unwrap();
    assert_eq!(row.severity, Severity::High);
    assert_eq!(row.title, "ida did B to web, and 1 more");
    let (other, _) = take(&mut rows, clue(Some("lena"), "A", "cart", Severity::Low, 3));
    let (later, _) = take(&mut rows, clue(Some("ida"), "A", "cart", Severity::Low, 30));
    assert!(other != first && later != first);
}

#[test]
fn the_same_evidence_again_is_no_news() {
    let mut rows = Rows::default();
    let told = clue(Some("ida"), "A", "cart", Severity::Low, 0);
    take(&mut rows, told.clone());
    assert_eq!(rows.take(told, &Nothing, at(1)), None);
}

#[test]
fn what_is_nobodys_doing_gathers_around_its_workload() {
    let mut rows = Rows::default();
    let (first, _) = take(&mut rows, clue(None, "HLT", "cart", Severity::Low, 0));
    let (same, _) = take(&mut rows, clue(None, "CHG", "cart", Severity::Low, 48));
    let (other, _) = take(&mut rows, clue(None, "HLT", "web", Severity::Low, 48));
    assert_eq!(first, same);
    assert!(first != other);
    assert_eq!(
        rows.get(&first).unwrap().title,
        "Did HLT to cart, and 1 more"
    );
}

#[test]
fn what_was_resolved_opens_again_when_it_returns() {
    let mut rows = Rows::default();
    let (id, _) = take(&mut rows, clue(Some("ida"), "A", "cart", Severity::Low, 0));
    rows.act(&id, Action::Resolve, None, "omar", None, at(1))
        .unwrap();
    let (again, touched) = take(
        &mut rows,
        clue(Some("ida"), "A", "cart", Severity::Low, 100),
    );
    assert_eq!((again, touched), (id.clone(), Touched::Reopened));
    let row = rows.get(&id).unwrap();
    assert_eq!(row.state, State::Open);
    let said: Vec<&str> = row.history.iter().map(|it| it.by.as_str()).collect();
    assert_eq!(said, ["omar", "catseye"]);
    let (other, touched) = take(&mut rows, clue(Some("ida"), "A", "web", Severity::Low, 200));
    assert_eq!(touched, Touched::Opened, "another object is another matter");
    assert!(other != id);
}

#[test]
fn a_false_positive_stays_silent_until_something_else_shows() {
    let mut rows = Rows::default();
    let (id, _) = take(&mut rows, clue(Some("ida"), "A", "cart", Severity::Low, 0));
    let said = Action::FalsePositive {
        reason: "it is a drill".into(),
    };
    let preview = rows.preview(&id, &said).unwrap();
    assert_eq!(preview.patterns, ["title of A [A] by ida"]);
    rows.act(&id, said, None, "omar", None, at(1)).unwrap();
    let (same, touched) = take(
        &mut rows,
        clue(Some("ida"), "A", "cart", Severity::Low, 100),
    );
    assert_eq!((&same, touched), (&id, Touched::Updated));
    assert_eq!(
        rows.get(&id).unwrap().state.kind(),
        StateKind::FalsePositive
    );
    let (other, _) = take(
        &mut rows,
        clue(Some("ida"), "B", "cart", Severity::High, 101),
    );
    assert!(other != id, "other evidence is not hidden");
    let (stranger, _) = take(
        &mut rows,
        clue(Some("lena"), "A", "cart", Severity::Low, 102),
    );
    assert!(stranger != id, "another actor is not hidden");
}

#[test]
fn what_is_accepted_until_a_day_opens_on_that_day() {
    let mut rows = Rows::default();
    let (id, _) = take(&mut rows, clue(Some("ida"), "A", "cart", Severity::Low, 0));
    let accept = |reason: &str, hour| Action::Accept {
        reason: reason.into(),
        expires: at(hour),
    };
    assert!(matches!(
        rows.act(&id, accept(" ", 9), None, "omar", None, at(1)),
        Err(ActionError::NoReason)
    ));
    assert!(matches!(
        rows.act(&id, accept("for now", 1), None, "omar", None, at(1)),
        Err(ActionError::Expired(_))
    ));
    rows.act(&id, accept("for now", 9), None, "omar", None, at(1))
        .unwrap();
    assert!(rows.tick(0, at(8)).is_empty());
    assert_eq!(rows.tick(0, at(9)), [(id.clone(), Touched::Reopened)]);
    assert_eq!(rows.get(&id).unwrap().state, State::Open);
}

#[test]
fn who_acts_on_an_old_version_is_told() {
    let mut rows = Rows::default();
    let (id, _) = take(&mut rows, clue(Some("ida"), "A", "cart", Severity::Low, 0));
    rows.act(&id, Action::Acknowledge, None, "omar", Some(1), at(1))
        .unwrap();
    let again = rows.act(&id, Action::Resolve, None, "lena", Some(1), at(1));
    assert!(matches!(
        again,
        Err(ActionError::Changed { is: 2, expected: 1 })
    ));
}

#[test]
fn the_budget_holds_back_the_least_and_never_what_is_critical() {
    let mut rows = Rows::default();
    for (actor, severity) in [
        ("a", Severity::Critical),
        ("b", Severity::Critical),
        ("c", Severity::High),
        ("d", Severity::Low),
    ] {
        take(&mut rows, clue(Some(actor), "A", "cart", severity, 1));
    }
    rows.tick(1, at(2));
    let shown: Vec<&str> = rows
        .all()
        .filter(|row| !row.held_back)
        .map(|row| row.actor.as_ref().unwrap().name.as_str())
        .collect();
    assert_eq!(shown.len(), 2);
    assert!(shown.contains(&"a") && shown.contains(&"b"));
    let budget = rows.budget();
    assert_eq!((budget.shown, budget.held_back.len()), (2, 2));
    assert_eq!(
        budget.says,
        "2 new incidents shown in the last 24 hours (at most 1 a day, critical ones always), 2 of \
         lower rank held back."
    );
    rows.tick(0, at(2));
    assert!(rows.all().all(|row| !row.held_back));
}
