//! Writes one object as YAML the way people do.
//!
//! Objects are built as JSON values, since that says what they mean; how they look is a [`Style`]:
//! indent, quotes, flow or block, comments, order of keys. Every style of one object parses to the
//! same value. Keys are ordered here, whatever order the map holds, so that bytes do not depend on
//! a feature of `serde_json`.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::random::Random;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Only where YAML asks for them.
    Needed,
    Single,
    Double,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Typed by a person: `name` comes first, comments are left behind.
    Hand,
    /// Printed by `helm template`: as by hand, with a `# Source:` line.
    Helm,
    /// Printed by a tool: keys in alphabetical order, no comments.
    Tool,
}

/// How one file is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) origin: Origin,
    pub(super) indent: usize,
    /// Whether a list stands one indent deeper than its key.
    pub(super) deep_lists: bool,
    pub(super) quotes: Quotes,
    /// Whether short lists of scalars are written `[a, b]`.
    pub(super) flow: bool,
}

impl Style {
    pub(super) fn any(random: &mut Random) -> Self {
        let origin = random.weighted(&[(60, Origin::Hand), (25, Origin::Helm), (15, Origin::Tool)]);
        let by_hand = origin == Origin::Hand;
        Self {
            origin,
            indent: if by_hand && random.chance(12) { 4 } else { 2 },
            deep_lists: origin != Origin::Tool && random.chance(65),
            quotes: random.weighted(&[
                (7, Quotes::Needed),
                (2, Quotes::Double),
                (1, Quotes::Single),
            ]),
            flow: by_hand && random.chance(40),
        }
    }
}

/// The text of `object`, ending in a newline.
pub(super) fn render(object: &Value, style: Style, random: &mut Random) -> String {
    let mut writer = Writer {
        out: String::with_capacity(2048),
        style,
        random,
    };
    if let Value::Object(map) = object {
        writer.block_map(map, 0);
    }
    writer.out
}

/// What people put first; everything else follows in alphabetical order.
const FIRST: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "namespace",
    "image",
    "type",
    "schedule",
    "replicas",
    "selector",
    "serviceAccountName",
    "securityContext",
    "labels",
    "annotations",
    "command",
    "args",
    "containers",
];

/// Remarks found beside these keys in real repositories.
const REMARKS: &[(&str, &str)] = &[
    ("replicas", "TODO: raise before the sale"),
    ("image", "bumped by the release job"),
    ("privileged", "needed for iptables, see wiki"),
    ("type", "do not change, clients depend on it"),
    ("cpu", "measured under load"),
    ("memory", "OOMKilled with less"),
    ("initialDelaySeconds", "slow JVM start"),
    ("schedule", "UTC!"),
    ("hostNetwork", "FIXME"),
    ("path", "keep in sync with the client"),
    ("verbs", "least we got working"),
    ("port", "same as in the chart"),
];

struct Writer<'a> {
    out: String,
    style: Style,
    random: &'a mut Random,
}

impl Writer<'_> {
    /// Entries of `map`, the first one at the cursor, the others at column `column`.
    fn block_map(&mut self, map: &Map<String, Value>, column: usize) {
        let mut keys: Vec<&String> = map.keys().collect();
        match self.style.origin {
            Origin::Tool => keys.sort_unstable(),
            Origin::Hand | Origin::Helm => keys.sort_unstable_by_key(|key| (rank(key), *key)),
        }
        for (position, key) in keys.into_iter().enumerate() {
            if position > 0 {
                self.pad(column);
            }
            let key_text = self.scalar(key, Quotes::Needed);
            self.out.push_str(&key_text);
            self.out.push(':');
            self.value_of(key, &map[key], column);
        }
    }

    fn value_of(&mut self, key: &str, value: &Value, column: usize) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                self.out.push('\n');
                self.pad(column + self.style.indent);
                self.block_map(map, column + self.style.indent);
            }
            Value::Array(items) if !items.is_empty() => {
                if self.style.flow
                    && let Some(text) = flow_list(items)
                {
                    self.out.push(' ');
                    self.out.push_str(&text);
                    self.end_line(key);
                } else {
                    self.out.push('\n');
                    let deeper = if self.style.deep_lists {
                        self.style.indent
                    } else {
                        0
                    };
                    self.block_list(items, column + deeper);
                }
            }
            Value::String(text) if text.contains('\n') => {
                self.literal(text, column + self.style.indent);
            }
            Value::String(text) if text.len() > 90 && folds(text) => {
                self.folded(text, column + self.style.indent);
            }
            _ => {
                self.out.push(' ');
                self.plain_value(value);
                self.end_line(key);
            }
        }
    }

    fn block_list(&mut self, items: &[Value], column: usize) {
        for item in items {
            self.pad(column);
            // `- ` takes two columns; with an indent of four people write `-   name: x` or, like
            // here, `- name: x` with the entries two columns in.
            self.out.push_str("- ");
            match item {
                Value::Object(map) if !map.is_empty() => self.block_map(map, column + 2),
                Value::String(text) if text.contains('\n') => {
                    self.out.pop();
                    self.literal(text, column + self.style.indent);
                }
                _ => {
                    self.plain_value(item);
                    self.out.push('\n');
                }
            }
        }
    }

    /// `text` as `|`, which keeps its lines; texts here never start with a space.
    fn literal(&mut self, text: &str, column: usize) {
        self.out.push_str(if text.ends_with('\n') {
            " |\n"
        } else {
            " |-\n"
        });
        for line in text.lines() {
            if !line.is_empty() {
                self.pad(column);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }

    /// `text` as `>-`, which joins its lines with single spaces.
    fn folded(&mut self, text: &str, column: usize) {
        self.out.push_str(" >-");
        let mut width = usize::MAX;
        for word in text.split(' ') {
            if width > 72 {
                self.out.push('\n');
                self.pad(column);
                width = 0;
            } else {
                self.out.push(' ');
            }
            self.out.push_str(word);
            width += word.len() + 1;
        }
        self.out.push('\n');
    }

    fn plain_value(&mut self, value: &Value) {
        let text = match value {
            Value::String(text) => self.scalar(text, self.style.quotes),
            // Empty collections, numbers, booleans and null are written as in JSON.
            other => other.to_string(),
        };
        self.out.push_str(&text);
    }

    fn scalar(&mut self, text: &str, quotes: Quotes) -> String {
        let ascii_printable = text.chars().all(|c| !c.is_control());
        match quotes {
            Quotes::Needed if is_plain(text) => text.to_owned(),
            // Even those who love quotes leave enumerations and names bare now and then.
            Quotes::Double | Quotes::Single if is_plain(text) && self.random.chance(50) => {
                text.to_owned()
            }
            Quotes::Single if ascii_printable => format!("'{}'", text.replace('\'', "''")),
            _ => Value::from(text).to_string(),
        }
    }

    fn end_line(&mut self, key: &str) {
        if self.style.origin == Origin::Hand
            && let Some((_, remark)) = REMARKS.iter().find(|(at, _)| *at == key)
            && self.random.chance(6)
        {
            write!(self.out, " # {remark}").expect("a String takes every write");
        }
        self.out.push('\n');
    }

    fn pad(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }
}

fn rank(key: &str) -> usize {
    FIRST
        .iter()
        .position(|first| *first == key)
        .unwrap_or(FIRST.len())
}

fn folds(text: &str) -> bool {
    !text.starts_with(' ')
        && !text.ends_with(' ')
        && !text.contains("  ")
        && text.bytes().filter(|b| *b == b' ').count() > 6
}

/// `[a, b]`, unless the list is long or holds more than simple scalars.
fn flow_list(items: &[Value]) -> Option<String> {
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Value::String(text) if text.len() < 40 && !text.contains('\n') => {
                let bare = is_plain(text) && text.bytes().all(|b| b.is_ascii_alphanumeric());
                texts.push(if bare { text.clone() } else { item.to_string() });
            }
            Value::Number(number) => texts.push(number.to_string()),
            _ => return None,
        }
    }
    let joined = texts.join(", ");
    (joined.len() < 70).then(|| format!("[{joined}]"))
}

/// Whether `text` needs no quotes, in YAML 1.1 as in 1.2. Errs on the side of quotes.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.bytes().next() else {
        return false;
    };
    let word = text.to_ascii_lowercase();
    if matches!(
        word.as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
    ) {
        return false;
    }
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"_./-:@% +=$()".contains(&b);
    if !text.bytes().all(safe) || text.ends_with([':', ' ']) || text.contains(": ") {
        return false;
    }
    if first.is_ascii_digit() {
        return text.contains('/') || is_quantity(text);
    }
    first.is_ascii_alphabetic() || first == b'/'
}

/// `250m`, `128Mi`, `30s`: written bare by everyone, and never a YAML number.
fn is_quantity(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    matches!(
        unit,
        "m" | "k" | "Ki" | "Mi" | "Gi" | "Ti" | "s" | "h" | "d"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(object: &Value, quotes: Quotes, flow: bool) -> String {
        let style = Style {
            origin: Origin::Tool,
            indent: 2,
            deep_lists: true,
            quotes,
            flow,
        };
        render(object, style, &mut Random::new(0, 0))
    }

    #[test]
    fn words_that_yaml_reads_otherwise_are_quoted() {
        let words = [
            "",
            "true",
            "No",
            "1.10",
            "0x1f",
            "08",
            "1e3",
            "12:30",
            "*",
            "a: b",
            "2026-01-01",
        ];
        for word in words {
            assert!(!is_plain(word), "{word:?} must be quoted");
        }
        for word in ["250m", "10.0.0.0/8", "nginx:1.25", "/tmp", "ClusterIP"] {
            assert!(is_plain(word), "{word:?} is written bare");
        }
    }

    #[test]
    fn lists_maps_and_texts_take_their_yaml_form() {
        let object =
            json!({"a": [{"b": 1, "c": []}, "x y"], "t": "one\n\ntwo\n", "v": ["ALL", "a/b"]});
        let expected =
            "a:\n  - b: 1\n    c: []\n  - x y\nt: |\n  one\n\n  two\nv: [ALL, \"a/b\"]\n";
        assert_eq!(written(&object, Quotes::Needed, true), expected);
    }
}
