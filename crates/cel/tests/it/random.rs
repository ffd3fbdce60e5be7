//! Random expressions: none may panic, hang or spend more than its budget.

use catseye_cel::{Budget, Scope, Val};
use catseye_model::json;
use proptest::prelude::*;

use crate::environment;

const TOKENS: &[&str] = &[
    "object",
    ".",
    "spec",
    "kind",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "?",
    ":",
    ",",
    "&&",
    "||",
    "!",
    "==",
    "<",
    "+",
    "-",
    "*",
    "/",
    "%",
    "in",
    "1",
    "0",
    "2.5",
    "3u",
    "9223372036854775807",
    "'a'",
    "\"\"",
    "b'x'",
    "r'\\d'",
    "null",
    "true",
    "has",
    "size",
    "x",
    "map",
    "filter",
    "all",
    "sortBy",
    "matches",
    "split",
    "replace",
    "format",
    "substring",
    "lastIndexOf",
    "'%s %d'",
    "quantity",
    "'1Gi'",
    "ip",
    "cidr",
    "'::/0'",
    "masked",
    "url",
    "semver",
    "duration",
    "timestamp",
    "'1h'",
    "optional",
    "of",
    "orValue",
    "lists",
    "range",
    "flatten",
    "é",
    "`a.b`",
    ".?",
    "[?",
    "//",
    "\n",
];

/// Texts that often are expressions.
fn source() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "object",
            "object.spec",
            "object.kind",
            "1",
            "0",
            "-1",
            "2u",
            "1.5",
            "'a'",
            "''",
            "'é'",
            "null",
            "true",
            "[]",
            "[1, 2]",
            "{}",
            "{'a': 1}",
            "b'x'",
            "9223372036854775807",
            "-9223372036854775808",
            "duration('1h')",
            "timestamp('2026-01-01T00:00:00Z')",
            "quantity('1Gi')",
            "ip('::1')",
            "cidr('10.0.0.0/8')",
            "optional.none()",
            "x",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let two = (
            inner.clone(),
            prop::sample::select(vec![
                "+", "-", "*", "/", "%", "==", "<", ">=", "in", "&&", "||",
            ]),
            inner.clone(),
        );
        let call = (
            inner.clone(),
            prop::sample::select(vec![
                "size",
                "trim",
                "flatten",
                "sort",
                "distinct",
                "min",
                "sum",
                "isSorted",
                "reverse",
                "lowerAscii",
                "masked",
                "hasValue",
                "value",
                "getHours",
                "getFullYear",
                "sign",
                "asInteger",
                "join",
                "family",
                "contains",
                "split",
                "indexOf",
                "lastIndexOf",
                "substring",
                "charAt",
                "findAll",
                "matches",
                "add",
                "compareTo",
                "format",
                "containsCIDR",
                "replace",
                "slice",
            ]),
            prop::collection::vec(inner.clone(), 0..3),
        );
        let fold = (
            inner.clone(),
            prop::sample::select(vec![
                "all",
                "exists",
                "map",
                "filter",
                "sortBy",
                "exists_one",
            ]),
            inner.clone(),
        );
        prop_oneof![
            two.prop_map(|(one, operator, other)| format!("({one} {operator} {other})")),
            call.prop_map(|(target, name, args)| format!("{target}.{name}({})", args.join(", "))),
            fold.prop_map(|(target, name, body)| format!("{target}.{name}(x, {body})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("{one}[{other}]")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("{one}[?{other}]")),
            inner.prop_map(|one| format!("string({one})")),
        ]
    })
}

fn try_out(source: &str) {
    let environment = environment().with("x");
    let Ok(program) = environment.compile(source) else {
        return;
    };
    let mut scope = Scope::new(&environment);
    scope.set(
        0,
        Val::of(&json!({"kind": "Pod", "spec": {"a": [1, {"b": null}]}})),
    );
    let _ = program.evaluate(&scope, &Budget::new(100_000, 1 << 20));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_expression_panics(source in source()) {
        try_out(&source);
    }

    #[test]
    fn no_sequence_of_tokens_panics(tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..24)) {
        try_out(&tokens.join(" "));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}") {
        try_out(&text);
    }
}
