//! Cutting JSON that does not keep to one value a line, without holding more than one record of it.
//!
//! Exports of cloud consoles are one array, or one object with one array in it, of any size, pretty
//! printed or on a single line. The walker follows brackets and strings only, finds the records in
//! there, and notices where a broken value cannot be followed any more:
//!
//! ```text
//! {"kind":"EventList","items":[ {…}, {…} ]}      two elements
//! { "kind": "Event", … }                         one element, the root itself
//! ```

use memchr::memchr3;

use crate::source::Source;

/// Keys of a root object under which an array holds records, and what they say of the source.
const BATCHES: [(&[u8], Source); 8] = [
    (b"items", Source::ApiServer),
    (b"records", Source::ApiServer),
    (b"Records", Source::ApiServer),
    (b"events", Source::Eks),
    (b"logEvents", Source::Eks),
    (b"entries", Source::Gke),
    (b"receivedMessages", Source::Gke),
    (b"streams", Source::ApiServer),
];

/// Deeper than this no audit event goes, and no parser follows.
const DEEPEST: usize = 256;

/// The batch of a walker whose batch is over: a depth that is never reached.
const OVER: usize = DEEPEST + 2;

/// Follows one root value through bytes that come piece by piece. All positions are relative to the
/// slice given to [`Walker::step`]; [`Walker::forget`] moves them when its head is dropped.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the state of a scanner, not a configuration"
)]
pub(super) struct Walker {
    at: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
    string_start: usize,
    after_newline: bool,
    root_is_object: bool,
    /// What the last key of the root object says of the source, if it is one of [`BATCHES`].
    key: Option<Source>,
    source: Source,
    /// The depth inside the array that holds the records.
    batch: Option<usize>,
    /// Where the record begins that has not ended yet.
    element: Option<usize>,
    is_done: bool,
}

/// What the walker came upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The bytes end here, the value does not.
    More,
    /// A record.
    Element {
        /// Its first byte.
        start: usize,
        /// Behind its last byte.
        end: usize,
    },
    /// The root value ends here.
    Done {
        /// Behind its last byte.
        end: usize,
    },
    /// What came before is no JSON; something new may begin here.
    Broken {
        /// Where to go on.
        at: usize,
    },
}

impl Walker {
    /// Goes on until something is found. The slice begins with the root value, or where
    /// [`Walker::forget`] left it.
    pub(super) fn step(&mut self, bytes: &[u8]) -> Step {
        if self.is_done {
            return Step::Done { end: self.at };
        }
        while let Some(byte) = bytes.get(self.at).copied() {
            let here = self.at;
            if self.in_string {
                if let Some(step) = self.string(bytes) {
                    return step;
                }
                continue;
            }
            self.at += 1;
            let begins_line = std::mem::replace(&mut self.after_newline, byte == b'\n');
            let between_records = self.element.is_none() && self.batch == Some(self.depth);
            match byte {
                b'"' => {
                    self.in_string = true;
                    self.string_start = here;
                    if between_records {
                        self.element = Some(here);
                    }
                }
                b'{' | b'[' => {
                    // A record at the start of a line inside another record: that one was cut.
                    let inside = self.depth > 0 && !between_records;
                    if (byte == b'{' && begins_line && inside) || self.depth == DEEPEST {
                        return Step::Broken { at: here };
                    }
                    self.open(byte, here);
                }
                b'}' | b']' => {
                    let Some(depth) = self.depth.checked_sub(1) else {
                        return Step::Broken { at: self.at };
                    };
                    self.depth = depth;
                    self.is_done = depth == 0;
                    if self.batch == Some(depth + 1) {
                        self.batch = Some(OVER);
                    }
                    if depth == self.batch.unwrap_or(0)
                        && let Some(start) = self.element.take()
                    {
                        return Step::Element {
                            start,
                            end: self.at,
                        };
                    }
                    if self.is_done {
                        return Step::Done { end: self.at };
                    }
                }
                _ => {}
            }
        }
        Step::More
    }

    fn open(&mut self, byte: u8, here: usize) {
        let batch_begins = byte == b'['
            && self.batch.is_none()
            && (self.depth == 0 || (self.depth == 1 && self.root_is_object && self.key.is_some()));
        if self.depth == 0 {
            self.root_is_object = byte == b'{';
        }
        self.depth += 1;
        if batch_begins {
            self.batch = Some(self.depth);
            self.source = self.key.unwrap_or_default();
            self.element = None;
        } else if self.element.is_none() && self.batch.is_none_or(|batch| batch + 1 == self.depth) {
            self.element = Some(here);
        }
    }

    /// Goes through a string as far as the bytes go.
    fn string(&mut self, bytes: &[u8]) -> Option<Step> {
        loop {
            if std::mem::take(&mut self.escaped) {
                self.at += 1;
            }
            let Some(end) = special_in_string(bytes, self.at) else {
                self.at = bytes.len();
                return None;
            };
            self.at = end + 1;
            match bytes.get(end) {
                Some(b'\\') if self.at < bytes.len() => self.at += 1,
                Some(b'\\') => {
                    self.escaped = true;
                    return None;
                }
                // JSON has no line breaks in strings: the line was cut.
                Some(b'\n') => return Some(Step::Broken { at: end + 1 }),
                _ => return self.string_ends(bytes, end),
            }
        }
    }

    fn string_ends(&mut self, bytes: &[u8], end: usize) -> Option<Step> {
        self.in_string = false;
        if self.depth == 1 && self.batch.is_none() {
            let key = bytes.get(self.string_start + 1..end).unwrap_or_default();
            let batch = BATCHES.iter().find(|(name, _)| *name == key);
            self.key = batch.map(|(_, source)| *source);
        }
        let is_record = self.element == Some(self.string_start) && self.batch == Some(self.depth);
        if !is_record {
            return None;
        }
        self.element = None;
        Some(Step::Element {
            start: self.string_start,
            end: end + 1,
        })
    }

    /// From where bytes are needed again.
    pub(super) fn needs_from(&self) -> usize {
        match self.element {
            Some(start) => start,
            None if self.in_string => self.string_start,
            None => self.at,
        }
    }

    /// The first `count` bytes are dropped; at most [`Walker::needs_from`].
    pub(super) fn forget(&mut self, count: usize) {
        self.at = self.at.saturating_sub(count);
        self.string_start = self.string_start.saturating_sub(count);
        self.element = self.element.map(|start| start.saturating_sub(count));
    }

    /// True when a record has begun and not ended.
    pub(super) fn is_in_record(&self) -> bool {
        self.element.is_some()
    }

    /// What the batch says of where its records come from.
    pub(super) fn source(&self) -> Source {
        self.source
    }

    /// True when the value in `text` does not end in it.
    pub(super) fn stops_early(text: &[u8]) -> bool {
        !matches!(Walker::default().last_step(text), Step::Done { .. })
    }

    /// True when the value in `text` does not end in it and could go on on the next line.
    pub(super) fn stops_between_tokens(text: &[u8]) -> bool {
        let mut walker = Walker::default();
        walker.last_step(text) == Step::More && !walker.in_string
    }

    fn last_step(&mut self, text: &[u8]) -> Step {
        loop {
            match self.step(text) {
                Step::Element { .. } => {}
                step => return step,
            }
        }
    }
}

/// Where the next quote, backslash or line break stands. Strings of keys and of JSON in JSON have one
/// every few bytes, for which a vector search is too much of an effort.
fn special_in_string(bytes: &[u8], from: usize) -> Option<usize> {
    const NEAR: usize = 24;
    let near = bytes.iter().enumerate().skip(from).take(NEAR);
    for (at, byte) in near {
        if matches!(byte, b'"' | b'\\' | b'\n') {
            return Some(at);
        }
    }
    let rest = bytes.get(from + NEAR..)?;
    memchr3(b'"', b'\\', b'\n', rest).map(|found| from + NEAR + found)
}

/// The records of a complete text: the elements of its batch, or the whole.
pub(super) fn elements(text: &str) -> impl Iterator<Item = &str> {
    let mut walker = Walker::default();
    std::iter::from_fn(move || match walker.step(text.as_bytes()) {
        Step::Element { start, end } => text.get(start..end),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str) -> Vec<&str> {
        elements(text).collect()
    }

    #[test]
    fn records_are_found_in_arrays_batches_and_alone() {
        for (text, expected) in [
            (r#"[{"a":1},{"b":[2]}]"#, vec![r#"{"a":1}"#, r#"{"b":[2]}"#]),
            (
                r#"{"kind":"EventList","items":[{"a":{}}, {"b":"]}"}]}"#,
                vec![r#"{"a":{}}"#, r#"{"b":"]}"}"#],
            ),
            (r#"{"a":{"items":[1]}}"#, vec![r#"{"a":{"items":[1]}}"#]),
            (r#"["x\"y",{}]"#, vec![r#""x\"y""#, "{}"]),
            (r#"{"records":[]}"#, vec![]),
            (
                r#"{"items":[{"a":1}],"metadata":{"b":[{"c":{}}]}}"#,
                vec![r#"{"a":1}"#],
            ),
            ("[1, 2]", vec![]),
        ] {
            assert_eq!(all(text), expected, "{text}");
        }
    }

    #[test]
    fn a_record_that_begins_inside_another_is_where_to_go_on() {
        let text = b"{\"a\": {\n{\"b\":1}";
        let mut walker = Walker::default();
        assert_eq!(walker.step(text), Step::Broken { at: 8 });
        let text = b"{\"a\": \"x\n{\"b\":1}";
        let mut walker = Walker::default();
        assert_eq!(walker.step(text), Step::Broken { at: 9 });
    }

    #[test]
    fn elements_of_an_array_may_begin_lines() {
        assert_eq!(
            all("[\n{\"a\":1},\n{\"b\":2}\n]"),
            [r#"{"a":1}"#, r#"{"b":2}"#]
        );
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(cuts in prop::collection::vec(1..9_usize, 0..40)) {
            let text = br#" {"kind":"EventList","items":[{"a":"\\\"","b":[{}]},"s",{"c":{"items":[]}}]} "#;
            let mut walker = Walker::default();
            let mut found = Vec::new();
            let (mut dropped, mut seen) = (0, 0);
            let mut ends = cuts;
            ends.push(text.len());
            for cut in ends {
                seen = (seen + cut).min(text.len());
                loop {
                    match walker.step(&text[dropped..seen]) {
                        Step::Element { start, end } => found.push(text[dropped + start..dropped + end].to_vec()),
                        Step::More | Step::Done { .. } => break,
                        Step::Broken { .. } => panic!("broken"),
                    }
                }
                let unneeded = walker.needs_from();
                walker.forget(unneeded);
                dropped += unneeded;
            }
            let whole: Vec<_> = elements(std::str::from_utf8(text).unwrap()).map(|e| e.as_bytes().to_vec()).collect();
            prop_assert_eq!(whole.len(), 3);
            prop_assert_eq!(found, whole);
        }
    }
}
