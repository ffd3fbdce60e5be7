//! The language and its libraries, by tables: what is true, what fails and where, what is refused.

mod places;
mod random;
mod tables;

use catseye_cel::{Budget, Environment, EvaluationError, Scope, Val};
use catseye_model::json;

pub(crate) fn environment() -> Environment {
    Environment::default()
        .with("object")
        .with_fields("request", &["operation", "name"])
}

pub(crate) fn evaluated(source: &str) -> Result<Val, EvaluationError> {
    let environment = environment();
    let program = environment
        .compile(source)
        .unwrap_or_else(|err| panic!("{source}: {err}"));
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
