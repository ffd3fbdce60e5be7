//! The language and its libraries, by tables: what is true, what fails and where, what is refused.

mod places;
mod random;
mod tables;

use catseye_cel::{Budget, Environment, EvaluationError, Record, Scope, Val};
use catseye_model::json;

const RECORDS: &[Record] = &[Record {
    name: "test.Request",
    fields: &[
        ("operation", "string"),
        ("name", "string"),
        ("groups", "list(string)"),
    ],
}];

pub(crate) fn environment() -> Environment {
    Environment::default()
        .with("object")
        .with_records(RECORDS)
        .with_typed("request", "test.Request")
}

pub(crate) fn evaluated(source: &str) -> Result<Val, EvaluationError> {
    let environment = environment();
    // What is refused at once and what fails later are told alike.
    let program = environment.compile(source).map_err(|err| EvaluationError {
        place: err.place,
        message: err.message,
        out_of_budget: false,
    })?;
    let mut scope = Scope::new(&environment);
    let object = json!({
        "kind": "Pod",
        "metadata": {"name": "web", "labels": {"app": "shop", "a.b/c-d": "x"}},
        "spec": {
            "replicas": 3,
            "ratio": 1.5,
            "paused": false,
            "nothing": null,
            "containers": [
                {"name": "one", "image": "nginx:1.27", "ports": [80, 443]},
                {"name": "two", "image": "registry.example/redis@sha256:00"},
            ],
        },
    });
    scope.set(0, Val::of(&object));
    scope.set(1, Val::of(&json!({"operation": "CREATE"})));
    program.evaluate(&scope, &Budget::of_a_policy())
}
