//! Where in an object something stands: `spec.template.spec.containers[1].image`.
//!
//! A path is made only when a finding needs one, so it favours clarity over speed. Map keys that are
//! not plain words are written in brackets, as Kubernetes' own field errors do:
//! `metadata.annotations[container.apparmor.security.beta.kubernetes.io/app]`.

use std::fmt;
use std::str::FromStr;

use crate::Value;

/// One step of a [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A key of a mapping.
    Key(String),
    /// An index into a list, from 0.
    Index(usize),
}

/// The way from an object's root to one of its fields; the empty path is the object itself.
///
/// The field need not exist: a finding about something missing names the place where it belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FieldPath {
    steps: Vec<Step>,
}

/// Text that is not a field path, with the byte offset of the first character that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid field path {text:?} at offset {offset}: expected {expected}")]
pub struct PathError {
    text: String,
    offset: usize,
    expected: &'static str,
}

impl FieldPath {
    /// The object itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// True for the object itself.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// Appends one map key, taken literally even where it holds dots.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.steps.push(Step::Key(key.into()));
        self
    }

    /// Appends a list index.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.steps.push(Step::Index(index));
        self
    }

    /// Appends plain field names separated by dots: `join("securityContext.privileged")`.
    #[must_use]
    pub fn join(mut self, fields: &str) -> Self {
        self.steps.extend(
            fields
                .split('.')
                .filter(|field| !field.is_empty())
                .map(|f| Step::Key(f.to_owned())),
        );
        self
    }

    /// Appends another path.
    #[must_use]
    pub fn concat(mut self, tail: &FieldPath) -> Self {
        self.steps.extend_from_slice(&tail.steps);
        self
    }

    /// The value at this path, if every step exists.
    pub fn get<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        self.steps.iter().try_fold(root, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        })
    }

    /// The path with members of lists told by their name rather than their place, so that it stays the
    /// same when a neighbour is added: `spec.containers[name=app].image`.
    pub fn by_name(&self, root: &Value) -> String {
        let mut text = String::new();
        let mut at = Some(root);
        for step in &self.steps {
            at = at.and_then(|value| match step {
                Step::Key(key) => value.get(key),
                Step::Index(index) => value.get(index),
            });
            let name = at
                .and_then(|member| member.get("name"))
                .and_then(Value::as_str);
            match (step, name) {
                (Step::Index(_), Some(name)) => {
                    text.push_str("[name=");
                    text.push_str(name);
                    text.push(']');
                }
                (Step::Key(key), _) if is_plain(key) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(key);
                }
                _ => {
                    let one = FieldPath {
                        steps: vec![step.clone()],
                    };
                    text.push_str(&one.to_string());
                }
            }
        }
        text
    }

    /// True when `self` is `other` or stands above it.
    pub fn contains(&self, other: &FieldPath) -> bool {
        other.steps.starts_with(&self.steps)
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                Step::Key(key) if is_plain(key) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    f.write_str(key)?;
                }
                // A key that brackets alone would not delimit is quoted as JSON.
                Step::Key(key) if key.is_empty() || key.contains(['[', ']', '"']) => {
                    write!(f, "[{}]", Value::from(key.as_str()))?;
                }
                Step::Key(key) => write!(f, "[{key}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for FieldPath {
    type Err = PathError;

    /// Reads what [`fmt::Display`] writes.
    fn from_str(text: &str) -> Result<Self, PathError> {
        let error = |offset, expected| PathError {
            text: text.to_owned(),
            offset,
            expected,
        };
        let mut path = FieldPath::root();
        let mut rest = text;
        while !rest.is_empty() {
            let offset = text.len() - rest.len();
            if let Some(quoted) = rest.strip_prefix("[\"") {
                let end = closing_quote(quoted).ok_or_else(|| error(offset, "a closing \"]"))?;
                let literal = &rest[1..end + 3];
                let key: String = serde_json::from_str(literal)
                    .map_err(|_| error(offset, "a quoted key such as [\"a\"]"))?;
                path = path.key(key);
                rest = rest[end + 3..]
                    .strip_prefix(']')
                    .ok_or_else(|| error(offset, "a closing ]"))?;
            } else if let Some(inner) = rest.strip_prefix('[') {
                let end = inner
                    .find(']')
                    .ok_or_else(|| error(offset, "a closing ]"))?;
                let content = &inner[..end];
                path = match content.parse::<usize>() {
                    Ok(index) if content.bytes().all(|b| b.is_ascii_digit()) => path.index(index),
                    _ if content.is_empty() => {
                        return Err(error(offset, "an index or a key between [ and ]"));
                    }
                    _ => path.key(content),
                };
                rest = &inner[end + 1..];
            } else {
                let field = if path.is_root() {
                    rest
                } else {
                    rest.strip_prefix('.')
                        .ok_or_else(|| error(offset, "'.' or '['"))?
                };
                let end = field.find(['.', '[']).unwrap_or(field.len());
                if end == 0 {
                    return Err(error(offset, "a field name"));
                }
                path = path.key(&field[..end]);
                rest = &field[end..];
            }
        }
        Ok(path)
    }
}

/// The offset of the quote that ends a JSON string whose opening quote is already consumed.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(offset),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_and_reads_back() {
        for text in [
            "",
            "spec",
            "spec.template.spec.containers[1].image",
            "metadata.annotations[a.b/c-d]",
            "data.12",
            "data[\"\"]",
            "data[\"a]b\"].x",
            "data[tls.crt][0][1]",
        ] {
            let path: FieldPath = text.parse().unwrap();
            assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn wrong_paths_say_where() {
        for (text, offset) in [
            ("a..b", 1),
            ("a[", 1),
            ("a[]", 1),
            ("a[0]b", 4),
            ("[\"x", 0),
        ] {
            let error = text.parse::<FieldPath>().unwrap_err();
            assert_eq!(error.offset, offset, "{text}: {error}");
        }
    }

    #[test]
    fn list_members_are_told_by_name() {
        let value = crate::json!({"containers": [{"name": "app", "args": ["x"]}]});
        let named = |text: &str| text.parse::<FieldPath>().unwrap().by_name(&value);
        assert_eq!(
            named("containers[0].args[0]"),
            "containers[name=app].args[0]"
        );
        assert_eq!(named("containers[1].image"), "containers[1].image");
        assert_eq!(
            named("metadata.annotations[a.b/c]"),
            "metadata.annotations[a.b/c]"
        );
    }

    #[test]
    fn finds_the_value() {
        let value = crate::json!({"a": [{"b.c": 7}]});
        let path = FieldPath::root().join("a").index(0).key("b.c");
        assert_eq!(path.get(&value), Some(&crate::json!(7)));
        assert_eq!(path.join("x").get(&value), None);
    }
}
