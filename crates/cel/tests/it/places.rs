//! Errors say where; what does not exist is refused when it is compiled; no expression runs away.

use catseye_cel::{Budget, Scope};

use crate::{environment, evaluated};

#[test]
fn an_error_stands_where_it_happened() {
    let err = evaluated("object.kind == 'Pod' &&\n  object.spec.wrong == 1").unwrap_err();
    assert_eq!(err.to_string(), "2:14: no such key: wrong");
    let err = evaluated("'é' + 'é' == '' || 1 / 0 == 1").unwrap_err();
    assert_eq!(err.to_string(), "1:22: division by zero");
}

#[test]
fn what_does_not_exist_is_refused() {
    let refused: &[(&str, &str)] = &[
        (
            "objekt.kind == 'Pod'",
            "1:1: undeclared reference to 'objekt'",
        ),
        ("true && frob(1)", "1:13: undeclared reference to 'frob'"),
        ("object.kind.frob()", "undeclared reference to 'frob'"),
        ("sets.frob([1])", "undeclared reference to 'sets'"),
        (
            "object.kind.startsWith()",
            "found no matching overload for 'startsWith'",
        ),
        ("request.frob == 1", "undefined field 'frob'"),
        ("has(request.frob)", "undefined field 'frob'"),
        ("variables.x == 1", "undeclared reference to 'variables'"),
        ("object.kind.matches('(')", "error parsing regexp"),
        ("has(object)", "has() takes a field"),
        ("[1].all(1, true)", "must be a simple name"),
        (
            "Object{spec: 1} == 1",
            "undeclared reference to type 'Object'",
        ),
        ("1 +", "syntax error"),
        ("", "syntax error"),
    ];
    for (source, message) in refused {
        let err = environment().compile(source).expect_err(source);
        assert!(err.to_string().contains(message), "{source}: {err}");
    }
}

#[test]
fn no_expression_runs_away() {
    let long = "lists.range(1000).all(a, lists.range(1000).all(b, lists.range(1000).all(c, true)))";
    let big = "lists.range(40).map(x, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa').replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa').replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')) == []";
    for source in [long, big, "lists.range(9223372036854775807) == []"] {
        let err = evaluated(source).expect_err(source);
        assert!(err.out_of_budget, "{source}: {err}");
    }
}

#[test]
fn what_nests_too_deep_is_refused() {
    for source in [
        format!("{}1{}", "(".repeat(5000), ")".repeat(5000)),
        format!("1{}", " + 1".repeat(5000)),
        format!("object{}", ".a".repeat(5000)),
        format!("object{}", "[0]".repeat(5000)),
        format!("{}true", "!".repeat(5000)),
        format!("{}1", "true ? 1 : ".repeat(5000)),
    ] {
        let err = environment().compile(&source).expect_err("too deep");
        assert!(err.message.contains("nested"), "{err}");
    }
    let wide = vec!["object.kind == 'a'"; 500].join(" || ");
    environment().compile(&wide).expect("wide is not deep");
}

#[test]
fn variables_are_computed_when_first_used_and_once() {
    let mut environment = environment();
    let one = environment.compile("1 / 0").unwrap();
    environment.add_composited("broken", &one);
    let two = environment.compile("lists.range(100).size()").unwrap();
    environment.add_composited("count", &two);
    let program = environment
        .compile("variables.count == 100 && variables.count == 100 && has(variables.broken)")
        .unwrap();
    let uses = environment.compile("variables.broken == 1").unwrap();
    let mut scope = Scope::new(&environment);
    scope.composite(&one);
    scope.composite(&two);
    let budget = Budget::new(1000, 100_000);
    program
        .evaluate(&scope, &budget)
        .expect("the broken one is not used");
    let left = budget.steps_left();
    program
        .evaluate(&scope, &budget)
        .expect("the broken one is not used");
    assert!(left - budget.steps_left() < 20, "the second time is cheap");
    let err = uses.evaluate(&scope, &budget).unwrap_err();
    assert_eq!(err.message, "division by zero");
}

/// The steps that an expression takes of the budget of a policy, if it stays within.
fn steps(source: &str) -> Option<u64> {
    let program = environment().compile(source).expect(source);
    let budget = Budget::of_a_policy();
    let begin = budget.steps_left();
    let outcome = program.evaluate(&Scope::new(&environment()), &budget);
    match outcome {
        Err(err) if err.out_of_budget => None,
        _ => Some(begin - budget.steps_left()),
    }
}

#[test]
fn a_pattern_is_compiled_once_and_one_that_is_made_pays_for_it() {
    let literal = steps("lists.range(1000).all(i, 'shop'.matches('^[a-z]+$'))").unwrap();
    assert!(literal < 200_000, "{literal}");
    let made = steps("lists.range(1000).all(i, 'shop'.matches('^[a-z]' + '+$'))").unwrap();
    assert!(
        (literal + 10_000..literal + 30_000).contains(&made),
        "{made}"
    );
    let many = "lists.range(2000).all(i, !'shop'.matches('^[a-z]{2}' + string(i)))";
    assert_eq!(steps(many), None);
    for call in [
        "matches('a', p)",
        "'a'.find(p) == ''",
        "'a'.findAll(p) == []",
    ] {
        let many = format!("lists.range(2000).map(i, 'b' + string(i)).exists(p, {call} && false)");
        assert_eq!(steps(&many), None, "{call}");
    }
}
