//! The part of Helm's template language that our chart keeps to.
//!
//! `{{ .Values.a.b }}`, `{{ … | toJson }}`, `{{ … | sha256sum }}`, `if`, `if not`, `else`, `range`, `end`,
//! `fail "…"`, and the trim marks `{{-` and `-}}`. The chart is the one source of what is installed: Helm renders it, and so does this, to the
//! same objects. A test holds the two together.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What is done with a value before it is written.
#[derive(Debug, Clone, Copy)]
enum Filter {
    /// Texts as they are, all else as JSON.
    Plain,
    /// As JSON.
    Json,
    /// The hash of a text, in hexadecimal digits.
    Sha256,
}

/// A piece of a template.
#[derive(Debug)]
enum Node {
    Text(String),
    Value {
        path: String,
        filter: Filter,
    },
    /// Nothing is made, for this reason.
    Fail(String),
    If {
        path: String,
        negated: bool,
        then: Vec<Node>,
        otherwise: Vec<Node>,
    },
    Range {
        path: String,
        body: Vec<Node>,
    },
}

/// What ended a run of nodes.
enum End {
    Text,
    Else,
    Close,
}

/// Renders a template over `{"Values": …, "Release": …}`.
pub(super) fn render(template: &str, data: &Value) -> Result<String, String> {
    let mut rest = template;
    let (nodes, end) = parse(&mut rest)?;
    if !matches!(end, End::Text) {
        return Err("an `end` or `else` without its beginning".to_owned());
    }
    let mut out = String::new();
    write(&nodes, data, &mut out)?;
    Ok(out)
}

fn parse(rest: &mut &str) -> Result<(Vec<Node>, End), String> {
    let mut nodes = Vec::new();
    loop {
        let Some((text, after)) = rest.split_once("{{") else {
            nodes.push(Node::Text((*rest).to_owned()));
            *rest = "";
            return Ok((nodes, End::Text));
        };
        let (action, after) = after.split_once("}}").ok_or("a `{{` without its `}}`")?;
        let trims_before = action.starts_with('-');
        let text = if trims_before { text.trim_end() } else { text };
        nodes.push(Node::Text(text.to_owned()));
        let trims_after = action.ends_with('-');
        *rest = if trims_after {
            after.trim_start()
        } else {
            after
        };
        let action = action.trim_matches('-').trim();
        if action.starts_with("/*") {
            continue;
        }
        match action.split_once(' ').unwrap_or((action, "")) {
            ("end", _) => return Ok((nodes, End::Close)),
            ("else", "") => return Ok((nodes, End::Else)),
            ("if", condition) => {
                let (negated, path) = match condition.trim().strip_prefix("not ") {
                    Some(path) => (true, path),
                    None => (false, condition),
                };
                let (then, end) = parse(rest)?;
                let otherwise = match end {
                    End::Else => parse(rest)?.0,
                    End::Close => Vec::new(),
                    End::Text => return Err("an `if` without its `end`".to_owned()),
                };
                nodes.push(Node::If {
                    path: path.trim().to_owned(),
                    negated,
                    then,
                    otherwise,
                });
            }
            ("fail", why) => {
                let why = why.trim().trim_matches('"');
                nodes.push(Node::Fail(why.to_owned()));
            }
            ("range", path) => {
                let (body, _) = parse(rest)?;
                nodes.push(Node::Range {
                    path: path.trim().to_owned(),
                    body,
                });
            }
            _ => {
                let (path, filter) = action.split_once('|').unwrap_or((action, ""));
                let filter = match filter.trim() {
                    "" => Filter::Plain,
                    "toJson" => Filter::Json,
                    "sha256sum" => Filter::Sha256,
                    other => return Err(format!("unknown function {other:?}")),
                };
                nodes.push(Node::Value {
                    path: path.trim().to_owned(),
                    filter,
                });
            }
        }
    }
}

fn write(nodes: &[Node], dot: &Value, out: &mut String) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Value { path, filter } => match (filter, find(dot, path)?) {
                (Filter::Plain, Value::String(text)) => out.push_str(text),
                (Filter::Plain | Filter::Json, value) => out.push_str(&value.to_string()),
                (Filter::Sha256, Value::String(text)) => {
                    for byte in Sha256::digest(text.as_bytes()) {
                        // Writing to a string never fails.
                        let _ = std::fmt::Write::write_fmt(out, format_args!("{byte:02x}"));
                    }
                }
                (Filter::Sha256, _) => return Err(format!("{path} is no text")),
            },
            Node::Fail(why) => return Err(why.clone()),
            Node::If {
                path,
                negated,
                then,
                otherwise,
            } => {
                let holds = is_true(find(dot, path)?) != *negated;
                write(if holds { then } else { otherwise }, dot, out)?;
            }
            Node::Range { path, body } => {
                let list = find(dot, path)?;
                for element in list.as_array().ok_or(format!("{path} is no list"))? {
                    write(body, element, out)?;
                }
            }
        }
    }
    Ok(())
}

fn find<'a>(dot: &'a Value, path: &str) -> Result<&'a Value, String> {
    let names = path
        .strip_prefix('.')
        .ok_or(format!("unknown word {path:?}"))?;
    (names.split('.').filter(|name| !name.is_empty()))
        .try_fold(dot, |value, name| value.get(name))
        .ok_or(format!("there is no value {path}"))
}

/// Truth as Go's templates have it.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::render;

    #[test]
    fn values_conditions_and_lists() {
        let data = json!({"Values": {"word": "abc", "a": "x\"y", "on": true, "off": {}, "list": [{"n": 1}, {"n": 2}]}});
        for (template, expected) in [
            ("a: {{ .Values.a | toJson }}", r#"a: "x\"y""#),
            ("a: {{ .Values.a }}", "a: x\"y"),
            ("1\n{{- if .Values.on }}\n2\n{{- end }}\n3", "1\n2\n3"),
            (
                "1\n{{- if not .Values.on }}\n2\n{{- else }}\n0\n{{- end }}",
                "1\n0",
            ),
            ("{{ if .Values.off }}1{{ else }}2{{ end }}", "2"),
            ("l:{{ range .Values.list }} {{ .n }}{{ end }}.", "l: 1 2."),
            (
                "{{ range .Values.list }}{{ . | toJson }}{{ end }}",
                r#"{"n":1}{"n":2}"#,
            ),
            ("a{{- /* said to nobody */}}b", "ab"),
            (
                "{{ .Values.word | sha256sum }}",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            ("{{ if .Values.off }}{{ fail \"no\" }}{{ end }}1", "1"),
        ] {
            assert_eq!(
                render(template, &data).as_deref(),
                Ok(expected),
                "{template}"
            );
        }
        for template in [
            "{{ .Values.b }}",
            "{{ if .Values.a }}",
            "{{ end }}",
            "{{ nope }}",
            "{{ .Values.a",
            "{{ .Values.on | sha256sum }}",
            "{{ fail \"no\" }}",
        ] {
            assert!(render(template, &data).is_err(), "{template}");
        }
    }
}
