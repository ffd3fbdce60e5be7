//! Ways into a body: by dotted names as Sigma writes them, or by JSON pointer as Falco does.

use std::fmt;

use catseye_model::Value;

/// A way from a body's root to values in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Path {
    /// Names with dots between; a list on the way stands for all its items, and a number takes one
    /// item. A name may itself hold dots: `metadata.labels.app.kubernetes.io/name`.
    Dotted(Dotted),
    /// The steps of a JSON pointer, each taken literally.
    Pointer(Vec<String>),
}

/// A dotted path with the places of its names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dotted {
    text: String,
    /// Where each name begins; the end of a name is one before the next one's begin.
    starts: Vec<usize>,
}

impl Path {
    /// A dotted path; empty for the whole body. `containers[0].image` is `containers.0.image`.
    pub fn dotted(text: &str) -> Self {
        let text = text.replace('[', ".").replace(']', "");
        let text = text.trim_matches('.').to_owned();
        let mut starts = Vec::new();
        if !text.is_empty() {
            starts.push(0);
            starts.extend(text.match_indices('.').map(|(at, _)| at + 1));
        }
        Path::Dotted(Dotted { text, starts })
    }

    /// A JSON pointer below the body: `/spec/volumes/0`, with `~1` for `/` and `~0` for `~`.
    pub fn pointer(text: &str) -> Self {
        let steps = text.split('/').skip(1).map(unescaped).collect();
        Path::Pointer(steps)
    }

    /// The first name, which tells what kind of object can have it.
    pub(crate) fn first(&self) -> Option<&str> {
        match self {
            Path::Dotted(path) => (!path.starts.is_empty()).then(|| path.name(0, 0)),
            Path::Pointer(steps) => steps.first().map(String::as_str),
        }
    }

    /// True for a way to a field of an object, rather than to the steps of a JSON patch. No object of
    /// Kubernetes has the fields of a step at its root.
    pub(crate) fn is_of_object(&self) -> bool {
        self.first().is_some_and(|first| {
            !matches!(first, "op" | "path" | "value" | "from") && first.parse::<usize>().is_err()
        })
    }

    /// Hands the values at the path to `each`, until it answers `false`. Scalars are given as they
    /// read, lists and objects as JSON.
    pub(crate) fn visit(&self, body: &Value, each: &mut dyn FnMut(&str) -> bool) {
        match self {
            Path::Dotted(path) => {
                path.descend(body, 0, &mut |value| leaf(value, true, each));
            }
            Path::Pointer(steps) => {
                let mut at = body;
                for step in steps {
                    let next = match at {
                        Value::Object(fields) => fields.get(step),
                        Value::Array(items) => {
                            step.parse().ok().and_then(|at: usize| items.get(at))
                        }
                        _ => None,
                    };
                    let Some(next) = next else { return };
                    at = next;
                }
                leaf(at, false, each);
            }
        }
    }
}

impl Dotted {
    /// The names from `first` to `last`, with the dots between them.
    fn name(&self, first: usize, last: usize) -> &str {
        let start = self.starts.get(first).copied().unwrap_or_default();
        let end = self
            .starts
            .get(last + 1)
            .map_or(self.text.len(), |next| next - 1);
        self.text.get(start..end).unwrap_or_default()
    }

    /// Answers `false` once `each` has seen enough.
    fn descend<'v>(
        &self,
        value: &'v Value,
        from: usize,
        each: &mut dyn FnMut(&'v Value) -> bool,
    ) -> bool {
        if from >= self.starts.len() {
            return each(value);
        }
        match value {
            Value::Object(fields) => {
                // Shortest name first: names with dots in them are the exception.
                for last in from..self.starts.len() {
                    if let Some(child) = fields.get(self.name(from, last)) {
                        return self.descend(child, last + 1, each);
                    }
                }
                true
            }
            Value::Array(items) => {
                if let Ok(index) = self.name(from, from).parse::<usize>() {
                    return items
                        .get(index)
                        .is_none_or(|item| self.descend(item, from + 1, each));
                }
                items.iter().all(|item| self.descend(item, from, each))
            }
            _ => true,
        }
    }
}

/// Hands out what stands at the end of a path.
fn leaf(value: &Value, flatten: bool, each: &mut dyn FnMut(&str) -> bool) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => each(text),
        Value::Bool(true) => each("true"),
        Value::Bool(false) => each("false"),
        Value::Number(number) => each(&number.to_string()),
        Value::Array(items) if flatten => items.iter().all(|item| leaf(item, flatten, each)),
        Value::Array(_) | Value::Object(_) => each(&value.to_string()),
    }
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Dotted(path) if path.text.is_empty() => Ok(()),
            Path::Dotted(path) => write!(out, ".{}", path.text),
            Path::Pointer(steps) => steps.iter().try_for_each(|step| write!(out, ".{step}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::json;

    use super::*;

    fn at(path: &Path, body: &Value) -> Vec<String> {
        let mut found = Vec::new();
        path.visit(body, &mut |text| {
            found.push(text.to_owned());
            true
        });
        found
    }

    #[test]
    fn a_list_stands_for_all_its_items() {
        let body = json!({"spec": {"containers": [{"image": "a"}, {"image": "b"}, {}]}});
        assert_eq!(
            at(&Path::dotted("spec.containers.image"), &body),
            ["a", "b"]
        );
        assert_eq!(at(&Path::dotted("spec.containers[1].image"), &body), ["b"]);
        assert!(at(&Path::dotted("spec.containers.7.image"), &body).is_empty());
    }

    #[test]
    fn names_may_hold_dots() {
        let body = json!({"metadata": {"labels": {"app.kubernetes.io/name": "cart"}}});
        let path = Path::dotted("metadata.labels.app.kubernetes.io/name");
        assert_eq!(at(&path, &body), ["cart"]);
    }

    #[test]
    fn a_way_to_the_steps_of_a_patch_is_told_from_one_to_a_field() {
        for (path, of_object) in [
            (Path::pointer("/spec/replicas"), true),
            (Path::dotted("spec.template.spec.hostPID"), true),
            (Path::pointer("/0/value/privileged"), false),
            (Path::dotted("path"), false),
            (Path::dotted(""), false),
        ] {
            assert_eq!(path.is_of_object(), of_object, "{path:?}");
        }
    }

    #[test]
    fn a_pointer_is_taken_literally() {
        let body = json!({"a": {"x/y": [1, {"b": true}]}, "n": null});
        assert_eq!(at(&Path::pointer("/a/x~1y/1/b"), &body), ["true"]);
        assert_eq!(at(&Path::pointer("/a/x~1y"), &body), [r#"[1,{"b":true}]"#]);
        assert!(at(&Path::pointer("/n"), &body).is_empty());
        assert!(at(&Path::pointer("/a/x"), &body).is_empty());
    }
}
