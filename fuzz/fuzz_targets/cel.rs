//! An expression of CEL: compiled, and evaluated within a budget on an object that is there and on null.

#![no_main]

use catseye_cel::{Budget, Environment, Scope, Val};
use catseye_model::{Value, json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let environment = Environment::default().with("object").with("params");
    let program = match environment.compile(source) {
        Ok(program) => program,
        Err(err) => {
            assert!(!err.to_string().is_empty());
            return;
        }
    };
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "image": "a/b:1", "ports": [{"containerPort": 80}]}]}});
    for object in [pod, Value::Null] {
        let mut scope = Scope::new(&environment);
        scope.set(0, Val::of(&object));
        scope.set(1, Val::of(&Value::Null));
        let first = format!(
            "{:?}",
            program.evaluate(&scope, &Budget::of_a_policy()).is_ok()
        );
        let again = format!(
            "{:?}",
            program.evaluate(&scope, &Budget::of_a_policy()).is_ok()
        );
        assert_eq!(first, again, "the same question has the same answer");
    }
});
