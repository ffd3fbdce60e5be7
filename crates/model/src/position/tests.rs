//! Where fields of YAML and JSON text stand, told by tables and properties.

#![expect(clippy::format_push_string, reason = "the inputs of tests are small")]

use proptest::prelude::*;

use super::*;
use crate::yaml::documents;

/// `line:column-end_line:end_column`, with `~` before what is only the nearest thing above.
fn place(text: &str, document: usize, path: &str) -> String {
    let range = documents(text)[document].range.clone();
    let p = locate(text, range, &path.parse().unwrap());
    let nearest = if p.exact { "" } else { "~" };
    format!(
        "{nearest}{}:{}-{}:{}",
        p.line, p.column, p.end_line, p.end_column
    )
}

#[test]
fn keys_and_items_of_block_style() {
    let text = "\
# a comment with ä
apiVersion: v1
kind: Pod
---
# another
kind: Pod # ö
spec:
  containers:
  - name: app
    image: 'nginx:1'
    args: [a, \"b c\", {d: e}]
    command:
      - sh
      -
        - deep
  empty:
  text: |
    one
    two

  \"quoted key\": x
  ? complex
  : value
";
    for (path, expected) in [
        ("", "6:1-6:10"),
        ("kind", "6:1-6:10"),
        ("spec", "7:1-7:5"),
        ("spec.containers", "8:3-8:13"),
        ("spec.containers[0]", "9:5-9:14"),
        ("spec.containers[0].name", "9:5-9:14"),
        ("spec.containers[0].image", "10:5-10:21"),
        ("spec.containers[0].args", "11:5-11:9"),
        ("spec.containers[0].args[1]", "11:15-11:20"),
        ("spec.containers[0].args[2]", "11:22-11:27"),
        ("spec.containers[0].args[2].d", "11:23-11:27"),
        ("spec.containers[0].command[0]", "13:9-13:11"),
        ("spec.containers[0].command[1][0]", "15:11-15:15"),
        ("spec.empty", "16:3-16:8"),
        ("spec.text", "17:3-19:8"),
        ("spec[quoted key]", "21:3-21:18"),
        ("spec.complex", "22:5-23:10"),
        ("spec.containers[0].securityContext.privileged", "~9:5-9:14"),
        ("spec.containers[7].name", "~8:3-8:13"),
        ("spec.containers.name", "~8:3-8:13"),
        ("spec.hostPID", "~7:1-7:5"),
        ("metadata.name", "~6:1-6:10"),
    ] {
        assert_eq!(place(text, 1, path), expected, "{path}");
    }
    assert_eq!(place(text, 0, "kind"), "3:1-3:10");
}

#[test]
fn the_value_that_counts_is_the_one_shown() {
    let text = "\
a: 1
b: &b {x: 1, v: {z: 2}}
a: 2
c: *b
d:
  <<: *b
  x: 3
e:
  x: 3
  <<: [*b, {w: 4}]
f: [*b]
";
    for (path, expected) in [
        ("a", "3:1-3:5"),
        ("b", "2:1-2:2"),
        ("b.v.z", "2:18-2:22"),
        ("c", "4:1-4:6"),
        ("c.v.z", "4:1-4:6"),
        ("c.v.w", "~4:1-4:6"),
        ("d.x", "7:3-7:7"),
        ("d.v", "6:3-6:9"),
        ("d.v.z", "6:3-6:9"),
        ("d.w", "~5:1-5:2"),
        ("e.x", "10:3-10:5"),
        ("e.w", "10:3-10:5"),
        ("f[0]", "11:5-11:7"),
        ("f[0].v.z", "11:5-11:7"),
    ] {
        assert_eq!(place(text, 0, path), expected, "{path}");
    }
}

#[test]
fn json_and_other_line_ends() {
    let text =
        "{\"a\": 1} {\n  \"ä\": \"é\", \"b\\u0063\": [\n    {\"d\": null},\n    -1.5\n  ]\n}";
    for (path, expected) in [
        ("", "1:10-2:11"),
        ("ä", "2:3-2:11"),
        ("bc", "2:13-2:22"),
        ("bc[0]", "3:5-3:15"),
        ("bc[0].d", "3:6-3:15"),
        ("bc[1]", "4:5-4:9"),
        ("bc[2]", "~2:13-2:22"),
    ] {
        assert_eq!(place(text, 1, path), expected, "{path}");
    }
    assert_eq!(place(text, 0, "a"), "1:2-1:8");
    let text = "\u{feff}a: 1\r\nb:\r\n  c: |\r\n    x\r\n---\r\nd: [1,\r\n e]\r\n";
    assert_eq!(place(text, 0, "a"), "1:1-1:5");
    assert_eq!(place(text, 0, "b.c"), "3:3-4:6");
    assert_eq!(place(text, 1, "d[1]"), "7:2-7:3");
    assert_eq!(place("--- {a: b}", 0, "a"), "1:6-1:10");
}

#[test]
fn broken_documents_are_located_as_far_as_they_go() {
    let text = "x: 1\n---\na:\n  b: c\n  d: [\n";
    assert_eq!(place(text, 1, "a.b"), "4:3-4:7");
    assert_eq!(place(text, 1, "z"), "~3:1-3:2");
    let text = "a:\n  b: [\n\tx,\n\t'y\nz'\n\t]\n  c: d\n";
    assert_eq!(place(text, 0, "a.b[1]"), "4:2-5:3");
    assert_eq!(place(text, 0, "a.c"), "7:3-7:7");
    assert_eq!(locate("", 0..0, &FieldPath::root()).line, 1);
    assert_eq!(locate("a", 5..9, &FieldPath::root()).line, 1);
}

#[test]
fn merge_keys_cannot_stall_a_lookup() {
    let mut text = "a0: &a0 {x: 1}\n".to_owned();
    for level in 1..40 {
        let below = level - 1;
        text += &format!("a{level}: &a{level} {{<<: [*a{below}, *a{below}]}}\n");
    }
    assert_eq!(place(&text, 0, "a39.x"), "40:12-40:14");
    assert_eq!(place(&text, 0, "a39.y"), "~40:1-40:4");
    let mut chain = "a0: &a0 {x: 1}\n".to_owned();
    for level in 1..5000 {
        chain += &format!("a{level}: &a{level} {{<<: *a{}}}\n", level - 1);
    }
    assert_eq!(place(&chain, 0, "a4999.y"), "~5000:1-5000:6");
}

/// The paths of all values below one.
fn paths(value: &crate::Value, at: &FieldPath, all: &mut Vec<FieldPath>) {
    all.push(at.clone());
    match value {
        crate::Value::Object(map) => {
            for (key, child) in map {
                paths(child, &at.clone().key(key.as_str()), all);
            }
        }
        crate::Value::Array(items) => {
            for (index, child) in items.iter().enumerate() {
                paths(child, &at.clone().index(index), all);
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn every_field_is_found(value in crate::yaml::tests::any_value()) {
        let mut all = Vec::new();
        paths(&value, &FieldPath::root(), &mut all);
        for text in [value.to_string(), format!("# c\n---\n{value:#}")] {
            let document = crate::yaml::stream(&text).remove(0);
            let outline = Outline::read(&text, document.range);
            for path in &all {
                prop_assert!(outline.locate(path).exact, "{} in {}", path, text);
            }
        }
    }

    #[test]
    fn no_text_panics(
        text in "([-?:,\\[\\]{}#&*!|>'\"%@<a0ä. \t\r\n\u{feff}]|---|<<: |&a |\\*a|a: |\n ){0,80}",
        start in 0usize..90,
        length in 0usize..90,
    ) {
        let path = FieldPath::root().key("a").index(0).key("");
        for document in documents(&text) {
            let outline = Outline::read(&text, document.range.clone());
            let lines = text.split(['\n', '\r']).count();
            let mut all = vec![path.clone()];
            if let Ok(value) = &document.content {
                paths(value, &FieldPath::root(), &mut all);
            }
            for path in all {
                let found = outline.locate(&path);
                prop_assert!(found.line >= 1 && found.end_line as usize <= lines.max(1));
                prop_assert!((found.line, found.column) <= (found.end_line, found.end_column));
            }
        }
        locate(&text, start..start + length, &path);
    }
}

#[test]
fn a_known_start_gives_the_places_that_counting_gives() {
    for text in [
        "# a\n---\nx: 1\n---\n# b\ny: {z: é}\n",
        "\u{feff}a: 1\r\n---\r\nb: |\r\n  c\r\n\r\nd: e\r\n",
        "{\"a\": 1} {\"b\": [2,\n 3]}\n {\"c\": 4}",
    ] {
        for document in crate::yaml::documents(text) {
            let value = document.content.expect("the text is sound");
            let counted = Outline::read(text, document.range.clone());
            let known = Outline::read_from(text, document.range, document.start);
            for key in value.as_object().expect("a mapping").keys() {
                let path = FieldPath::root().key(key.as_str());
                assert_eq!(known.locate(&path), counted.locate(&path), "{text:?} {key}");
            }
        }
    }
}
