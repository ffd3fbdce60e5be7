//! Scalars, streams, merge keys, anchors and errors, told by tables.

#![expect(clippy::format_push_string, reason = "the inputs of tests are small")]

use crate::json;
use proptest::prelude::*;

use super::*;

/// The only document of a text, which must be readable.
fn value(text: &str) -> Value {
    let mut documents = documents(text);
    assert_eq!(documents.len(), 1, "{text:?}: {documents:?}");
    documents
        .remove(0)
        .content
        .unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn error(text: &str) -> SyntaxError {
    let mut documents = documents(text);
    assert_eq!(documents.len(), 1, "{text:?}: {documents:?}");
    documents.remove(0).content.unwrap_err()
}

#[test]
fn plain_scalars_are_read_as_goyaml_reads_them() {
    for (values, expected) in [
        ("y Y yes Yes YES true True TRUE on On ON", json!(true)),
        ("n N no No NO false False FALSE off Off OFF", json!(false)),
        ("~ null Null NULL", json!(null)),
        ("0 -0 +0 00 0_ -0.0 0.0 0. 4e-400", json!(0)),
        ("7 +7 007 0_7 0o7 0O7 0x7 0b111 0B111 0x_7 7. 7.0", json!(7)),
        ("-7 -007 -0o7 -0x7 -0b111 -7.0", json!(-7)),
        ("8 08", json!(8)),
        ("1000 1_000 1__000 1e3 1E3 1e+3 1.e3 +1e3 1e03", json!(1000)),
        ("31 0x1F 0X1f 0x1_F +0x1F", json!(31)),
        ("0777 0o777 511", json!(511)),
        ("0.5 .5 +.5 .5_0 0.5_0", json!(0.5)),
        ("9223372036854775807 0x7FFFFFFFFFFFFFFF", json!(i64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("18446744073709551615 0xFFFFFFFFFFFFFFFF", json!(u64::MAX)),
        (
            "18446744073709551616",
            json!(18_446_744_073_709_551_616_f64),
        ),
        (
            "1234567890123456789.5",
            json!(1_234_567_890_123_456_800_i64),
        ),
        (
            "123456789012345678901234567890",
            json!(1.234_567_890_123_456_8e29),
        ),
        ("1e21", json!(1e21)),
        ("1.5e-7", json!(1.5e-7)),
    ] {
        for text in values.split(' ') {
            assert_eq!(value(&format!("a: {text}"))["a"], expected, "{text}");
        }
    }
    assert_eq!(value("a:"), json!({"a": null}));
}

#[test]
fn what_is_no_number_and_no_word_is_text() {
    for text in "yEs tRUE nUll _1 0x 0b 0o 0b2 0xg 1e .e1 . .. + 1.2.3 1:2 190:20:30 2001-01-01 1e999 \
                 0xFFFFFFFFFFFFFFFFFF 0x1p4 100m 1Gi = << ?x b#c .5_ ._5 0x-5 0b1.5 ++1 +-1 .5.5 -_ \
                 2001-12-14t21:59:43.10-05:00 infinity NaN nan inf -inf"
        .split(' ')
    {
        assert_eq!(value(&format!("a: {text}")), json!({"a": text}), "{text}");
    }
    for text in [
        "'yes'",
        "\"yes\"",
        "!!str yes",
        "! yes",
        "!vault yes",
        "|-\n  yes",
        ">-\n  yes",
    ] {
        assert_eq!(value(&format!("a: {text}")), json!({"a": "yes"}), "{text}");
    }
}

#[test]
fn tags_are_honoured_and_local_ones_tolerated() {
    for (text, expected) in [
        ("!!str 12", json!("12")),
        ("!<tag:yaml.org,2002:str> 12", json!("12")),
        ("!!str", json!("")),
        ("!!int \"0x10\"", json!(16)),
        ("!!float 007", json!(7)),
        ("!!float 1.5", json!(1.5)),
        ("!!bool yes", json!(true)),
        ("!!null \"\"", json!(null)),
        ("!!binary aGVsbG8=", json!("hello")),
        ("!!binary aGVsbG8h", json!("hello!")),
        ("!!binary \"/w==\"", json!("\u{fffd}")),
        ("!!binary", json!("")),
        ("!!timestamp 2001-01-01", json!("2001-01-01")),
        ("!!foo 12", json!("12")),
        ("!vault 12", json!("12")),
        ("!Ref [1]", json!([1])),
        ("!!set {x}", json!({"x": null})),
        ("!!str {b: c}", json!({"b": "c"})),
    ] {
        assert_eq!(value(&format!("a: {text}"))["a"], expected, "{text}");
    }
    for text in [
        "!!int 1.5",
        "!!int",
        "!!bool x",
        "!!null x",
        "!!float x",
        "!!int \"y\"",
    ] {
        assert!(
            error(&format!("a: {text}"))
                .found
                .contains("with the tag !!"),
            "{text}"
        );
    }
    assert!(error("a: !!binary \"%%\"").found.contains("base64"));
}

#[test]
fn keys_become_strings() {
    for (key, expected) in [
        ("1", "1"),
        ("007", "7"),
        ("yes", "true"),
        ("\"y\"", "y"),
        ("!!str 1", "1"),
        ("1.5", "1.5"),
        ("5.0", "5"),
        ("1e5", "100000"),
        ("1e6", "1e+06"),
        ("0.00001", "1e-05"),
        ("16777217.5", "1.6777218e+07"),
        ("1e300", ".inf"),
        (".nan", ".nan"),
        ("2001-01-01", "2001-01-01"),
        ("? a\n", "a"),
    ] {
        assert_eq!(
            value(&format!("{key}: x")),
            json!({ expected: "x" }),
            "{key}"
        );
    }
    for key in ["~", "", "18446744073709551615", "[a]", "{a: b}", "? - a\n"] {
        assert!(
            error(&format!("---\n{key}: x")).found.contains("map key"),
            "{key}"
        );
    }
    assert_eq!(value("a: &k b\n*k : c"), json!({"a": "b", "b": "c"}));
}

#[test]
fn the_last_of_equal_keys_counts_and_is_reported() {
    let document = &documents("# c\nx:\n  a: 1\n  1: x\n  a: 2\n  '1': z\n")[0];
    assert_eq!(document.content, Ok(json!({"x": {"a": 2, "1": "z"}})));
    let places: Vec<_> = document
        .warnings
        .iter()
        .map(|w| (w.line, w.column))
        .collect();
    assert_eq!(places, [(5, 3), (6, 3)]);
    assert!(document.warnings[0].message.contains("\"a\" is set twice"));
}

#[test]
fn merge_keys_merge_in_order_of_appearance() {
    let base = "b: &b {x: 1, z: 2}\nc: &c {x: 3, w: 4}\na:\n";
    for (map, expected, warnings) in [
        ("  <<: *b\n  x: 9", json!({"x": 9, "z": 2}), 0),
        ("  x: 9\n  <<: *b", json!({"x": 1, "z": 2}), 1),
        ("  <<: [*b, *c]", json!({"x": 1, "z": 2, "w": 4}), 0),
        ("  <<: *b\n  <<: *c", json!({"x": 3, "z": 2, "w": 4}), 0),
        ("  <<: {k: v}", json!({"k": "v"}), 0),
        ("  !!merge <<: {k: v}", json!({"k": "v"}), 0),
        ("  '<<': {k: v}", json!({"<<": {"k": "v"}}), 0),
        ("  k: <<", json!({"k": "<<"}), 0),
    ] {
        let document = &documents(&format!("{base}{map}"))[0];
        assert_eq!(document.content.as_ref().unwrap()["a"], expected, "{map}");
        assert_eq!(document.warnings.len(), warnings, "{map}");
    }
    for map in ["  <<: 3", "  <<: [3]", "  <<: [*b, 3]"] {
        assert!(
            error(&format!("{base}{map}")).found.contains("merge key"),
            "{map}"
        );
    }
}

#[test]
fn anchors_stand_for_their_value() {
    let text = "a: &x [1, &y b]\nc: *x\nd: *y\ne: &z\nf: *z\n";
    assert_eq!(
        value(text),
        json!({"a": [1, "b"], "c": [1, "b"], "d": "b", "e": null, "f": null})
    );
    assert!(error("a: &x [*x]").found.contains("alias inside"));
    assert!(error("a: &x\n  b: *x").found.contains("alias inside"));
    assert!(error("a: *x").found.contains("not defined"));
}

#[test]
fn aliases_cannot_exhaust_memory() {
    let mut text = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..50 {
        let list = vec![format!("*a{}", level - 1); 10].join(", ");
        text += &format!("b{level}: &a{level} [{list}]\n");
    }
    assert!(error(&text).found.contains("unfold to more than 10000"));
    let long = "x".repeat(1_000_000);
    let text = format!("a: &a {long}\nb: [{}]", vec!["*a"; 10_000].join(", "));
    assert!(error(&text).found.contains("unfold"));
    let nested = "&a [".repeat(100) + &"x, ".repeat(50_000) + &"]".repeat(100);
    assert!(error(&nested).found.contains("unfold"));
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    for (open, close) in [
        ("[", "]"),
        ("{a: ", "}"),
        ("- ", ""),
        ("? ", ""),
        ("[a: ", "]"),
    ] {
        let nested = |depth: usize| open.repeat(depth) + "1" + &close.repeat(depth);
        for depth in [200, 1000, 100_000] {
            let error = error(&format!("---\n{}", nested(depth)));
            assert!(
                error.found.contains("levels deep") || error.found.contains("map key"),
                "{open} {depth}: {error}"
            );
        }
    }
    let mut indented = String::new();
    for depth in 0..2000 {
        indented += &format!("{:depth$}a:\n", "");
    }
    assert!(error(&indented).found.contains("levels deep"));
    let mut aliases = "a0: &a0 []\n".to_owned();
    for depth in 1..200 {
        aliases += &format!("a{depth}: &a{depth} [*a{}]\n", depth - 1);
    }
    assert!(error(&aliases).found.contains("levels deep"));
    let deepest = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
    assert_eq!(value(&format!("---\n{deepest}")), value(&deepest));
    assert!(error(&format!("[{deepest}]")).found.contains("levels deep"));
}

#[test]
fn one_broken_document_does_not_hide_the_others() {
    let text = "\u{feff}a: 1\r\n---\r\nb: [\r\n--- # c\r\n\r\nc: 3\r\n...\r\n%YAML 1.1\r\n---\r\nd: |\r\n  x\r\n  y\r\n---\r\n";
    let documents = documents(text);
    let lines: Vec<_> = documents.iter().map(|document| document.line).collect();
    assert_eq!(lines, [1, 3, 6, 10]);
    assert_eq!(documents[0].content, Ok(json!({"a": 1})));
    assert_eq!(documents[1].content.as_ref().unwrap_err().line, 3);
    assert_eq!(documents[2].content, Ok(json!({"c": 3})));
    assert_eq!(documents[3].content, Ok(json!({"d": "x\ny\n"})));
    assert_eq!(&text[documents[1].range.clone()], "b: [\r\n");
    assert_eq!(super::documents(""), []);
    assert_eq!(super::documents("# nothing\n---\n"), []);
}

#[test]
fn errors_say_where_and_what_to_write() {
    for (text, line, column, found, expected) in [
        ("a:\n  b: 1\n\tc: 2\n", 3, 1, "tab", "spaces"),
        ("a:\n\tb: 1\n", 2, 1, "tab", "spaces"),
        ("a: {{ .Values.x }}\n", 1, 4, "Helm", "helm template"),
        (
            "{{- if .Values.x }}\na: b\n{{- end }}\n",
            1,
            1,
            "Helm",
            "helm template",
        ),
        (
            "x: 1\n---\na:\n  {{- toYaml .x | nindent 2 }}\n  b: c\n",
            4,
            3,
            "Helm",
            "helm template",
        ),
        ("a: b: c\n", 1, 5, "second `: `", "quotes"),
        ("a: \"x\" y\n", 1, 8, "after a closing quote", "whole value"),
        ("a: \"x\n", 1, 4, "does not end", "close the quotes"),
        ("{a: b", 1, 6, "braces", "`}`"),
        ("a: [b", 1, 6, "brackets", "`]`"),
        ("a: [\n", 1, 5, "no value", "close"),
        ("'a'\nb\n", 2, 1, "after the end of the document", "`---`"),
        ("{\"a\": 1} {\"b\"\n", 2, 1, "end of the text", "close"),
        ("a: @x\n", 1, 4, "character that cannot begin", "quotes"),
        ("a: \"\\ud83d\\ude00\"\n", 1, 4, "escape", "backslash"),
        ("a: .inf\n", 1, 4, "JSON cannot hold", "finite"),
        ("ä: [ö]]\n", 1, 7, "bracket", "remove"),
        ("a: 1\n- b\n", 2, 3, "not a key of the map above", "align"),
        ("a:\n  - b\n  c: d\n", 3, 3, "list", "`- `"),
        ("a: 1\nb\nc: 2\n", 3, 1, "key", "key: value"),
    ] {
        let documents = documents(text);
        let error = documents.last().unwrap().content.clone().unwrap_err();
        assert_eq!(
            (error.line, error.column),
            (line, column),
            "{text:?}: {error}"
        );
        assert!(error.found.contains(found), "{text:?}: {error}");
        assert!(error.expected.contains(expected), "{text:?}: {error}");
    }
    assert_eq!(
        error("a:\n\tb: 1\n").to_string(),
        "line 2, column 1: found a tab in the indentation; indent with spaces"
    );
}

/// JSON values, without the floats that the two readers hold apart (`1.0` is 1 in YAML) and without
/// the characters that YAML text may not contain.
pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let text = "[ -~äß€😀\t\n]{0,12}|yes|null|~|0x1f|1e3|<<|- a|a: b|#|\\{\\{ x \\}\\}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 8.0 + 0.0625)),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(text, inner, 0..6)
                .prop_map(|map| map.into_iter().collect::<Value>()),
        ]
    })
}

proptest! {
    #[test]
    fn json_text_is_read_back_by_both_readers(value in any_value()) {
        for text in [value.to_string(), format!("{value:#}")] {
            for documents in [stream(&text), json::documents(&text)] {
                prop_assert_eq!(documents.len(), 1);
                prop_assert_eq!(documents[0].content.as_ref(), Ok(&value));
            }
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC*", yaml in "([-?:,\\[\\]{}#&*!|>'\"%@`~<=a0. \t\r\n\u{feff}]|---|<<: ){0,80}") {
        for text in [text, yaml] {
            for document in documents(&text).into_iter().chain(stream(&text)).chain(json::documents(&text)) {
                prop_assert!(text.get(document.range).is_some());
                let lines = text.split(['\n', '\r']).count();
                prop_assert!(document.line <= lines);
                if let Err(error) = document.content {
                    prop_assert!(error.line <= lines && error.column >= 1);
                }
            }
        }
    }
}
