//! Random Sigma rules beside a naive reading of them: what is refused is never true, what is asked
//! answers alike, and the table of verbs and resources loses nothing.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const FIELDS: [(&str, &[&str]); 4] = [
    ("verb", &["get", "create", "Delete", "replace"]),
    ("objectRef.resource", &["pods", "secrets"]),
    ("objectRef.subresource", &["exec", ""]),
    ("user.username", &["jane", "ja*", "*e"]),
];

/// A condition over selections that are named by their number.
#[derive(Debug, Clone)]
enum Condition {
    Selection(usize),
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
}

impl Condition {
    fn written(&self) -> String {
        match self {
            Condition::Selection(at) => format!("sel{at}"),
            Condition::Not(inner) => format!("not ({})", inner.written()),
            Condition::And(left, right) => {
                format!("({}) and ({})", left.written(), right.written())
            }
            Condition::Or(left, right) => format!("({}) or ({})", left.written(), right.written()),
        }
    }

    fn holds(&self, selections: &[bool]) -> bool {
        match self {
            Condition::Selection(at) => selections[*at],
            Condition::Not(inner) => !inner.holds(selections),
            Condition::And(left, right) => left.holds(selections) && right.holds(selections),
            Condition::Or(left, right) => left.holds(selections) || right.holds(selections),
        }
    }
}

/// Pairs of a field and a value, both by number.
type Selection = Vec<(usize, usize)>;

fn selection() -> impl Strategy<Value = Selection> {
    proptest::collection::vec((0..FIELDS.len(), 0..4_usize), 1..3)
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = (0..3_usize).prop_map(Condition::Selection);
    leaf.prop_recursive(4, 12, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|it| Condition::Not(Box::new(it))),
            (inner.clone(), inner.clone())
                .prop_map(|(left, right)| Condition::And(Box::new(left), Box::new(right))),
            (inner.clone(), inner)
                .prop_map(|(left, right)| Condition::Or(Box::new(left), Box::new(right))),
        ]
    })
}

fn value(field: usize, at: usize) -> &'static str {
    let values = FIELDS[field].1;
    values[at % values.len()]
}

/// Fields that stand twice in a selection count once, as in a YAML map.
fn fields(selection: &Selection) -> Vec<(usize, usize)> {
    let mut fields: Vec<(usize, usize)> = Vec::new();
    for (field, at) in selection {
        if fields.iter().all(|(known, _)| known != field) {
            fields.push((*field, *at));
        }
    }
    fields
}

fn written(selections: &[Selection], condition: &Condition) -> String {
    let mut lines = Vec::new();
    for (at, selection) in selections.iter().enumerate() {
        lines.push(format!("sel{at}:"));
        for (field, at) in fields(selection) {
            lines.push(format!("  {}: '{}'", FIELDS[field].0, value(field, at)));
        }
    }
    lines.push(format!("condition: {}", condition.written()));
    sigma(&lines.join("\n"))
}

/// What the field of an event is, by the same numbers.
fn meets(field: usize, at: usize, event: [&str; 4]) -> bool {
    let (wanted, seen) = (value(field, at).to_lowercase(), event[field].to_lowercase());
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        (Some(end), _) => seen.ends_with(end),
        (_, Some(start)) => seen.starts_with(start),
        _ => seen == wanted,
    }
}

/// Every event that the fields can tell apart.
fn events() -> Vec<[&'static str; 4]> {
    let mut events = Vec::new();
    for verb in ["get", "create", "delete", "patch"] {
        for resource in ["pods", "secrets", "nodes"] {
            for subresource in ["", "exec", "log"] {
                for user in ["jane", "joe", "jack", "root"] {
                    events.push([verb, resource, subresource, user]);
                }
            }
        }
    }
    events
}

fn as_event([verb, resource, subresource, user]: [&str; 4]) -> Value {
    json!({"verb": verb, "user": {"username": user}, "objectRef": {"resource": resource, "subresource": subresource}})
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn rules_mean_what_a_naive_reading_says(
        selections in proptest::collection::vec(selection(), 3),
        condition in condition(),
    ) {
        let text = written(&selections, &condition);
        let set = RuleSet::load(&[source(&text)]);
        let is_refused = set.rules.is_empty();
        let key = RedactionKey::new([0; 32]);
        let mut engine = Engine::new(set);
        for it in events() {
            let selected: Vec<bool> = selections
                .iter()
                .map(|selection| fields(selection).iter().all(|(field, at)| meets(*field, *at, it)))
                .collect();
            let expected = condition.holds(&selected);
            let json = event(as_event(it));
            let event = Event::parse(&json, &key).expect("JSON").expect("an event");
            let fired = !engine.observe(&event, true, 0).is_empty();
            prop_assert_eq!(fired, expected, "{} {:?}, refused: {}", text, it, is_refused);
        }
    }
}
