//! One document: parser events to a JSON value, with an explicit stack, so that neither deep nesting
//! nor aliases of aliases can exhaust the thread's stack or the memory.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use crate::value::{self, Text, Value};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::explain::{self, Source};
use super::merge::merge;
use super::repair::{Repaired, repair};
use super::scalar::{Refused, Scalar, is_merge};
use super::{MAX_DEPTH, SyntaxError, SyntaxWarning};

/// What aliases may add to a small document, in nodes.
const ALIAS_FLOOR: usize = 10_000;
/// What they may add to any document.
const ALIAS_CEILING: usize = 1_000_000;
/// Bytes of string that count as one node more.
const BYTES_PER_NODE: usize = 32;

/// Reads the document that is `text`, which begins on line `first_line` of the whole text.
pub(super) fn load(
    text: &str,
    first_line: usize,
) -> (Result<Value, SyntaxError>, Vec<SyntaxWarning>) {
    let (content, warnings) = read(&Source {
        text,
        first_line,
        padding: None,
    });
    if let Err(Refusal::Scan(_)) = content
        && let Some(Repaired { text, padding }) = repair(text)
    {
        let source = Source {
            text: &text,
            first_line,
            padding: Some(padding),
        };
        let (content, warnings) = read(&source);
        return (
            content.map_err(|refusal| refusal.explained(&source)),
            warnings,
        );
    }
    let source = Source {
        text,
        first_line,
        padding: None,
    };
    (
        content.map_err(|refusal| refusal.explained(&source)),
        warnings,
    )
}

/// Why a document has no value: what the parser says, or what the loader does.
enum Refusal {
    Scan(ScanError),
    Load(SyntaxError),
}

impl Refusal {
    fn explained(self, source: &Source<'_>) -> SyntaxError {
        match self {
            Refusal::Scan(error) => explain::scan_error(source, &error),
            Refusal::Load(error) => error,
        }
    }
}

impl From<SyntaxError> for Refusal {
    fn from(error: SyntaxError) -> Self {
        Refusal::Load(error)
    }
}

fn read(source: &Source<'_>) -> (Result<Value, Refusal>, Vec<SyntaxWarning>) {
    let mut loader = Loader {
        source,
        open: Vec::new(),
        root: None,
        anchors: Vec::new(),
        events: 0,
        copied: 0,
        warnings: Vec::new(),
    };
    let content = loader.run();
    (content, loader.warnings)
}

struct Loader<'t> {
    source: &'t Source<'t>,
    open: Vec<Open>,
    root: Option<Value>,
    /// By the parser's anchor id.
    anchors: Vec<Option<Anchored>>,
    events: usize,
    /// Nodes made by copying anchored values.
    copied: usize,
    warnings: Vec<SyntaxWarning>,
}

/// A collection whose end is yet to come.
struct Open {
    content: Content,
    /// 0 for none, as the parser has it.
    anchor: usize,
}

enum Content {
    List(Vec<Value>),
    Map {
        entries: BTreeMap<Text, Value>,
        /// The key whose value comes next.
        key: Option<Key>,
        /// Keys that came by `<<` and that the map may still set without a warning.
        merged: BTreeSet<Text>,
    },
}

enum Key {
    Name(Text, Marker),
    Merge(Marker),
}

struct Anchored {
    value: Value,
    nodes: usize,
    height: usize,
}

impl Loader<'_> {
    fn run(&mut self) -> Result<Value, Refusal> {
        let mut parser = Parser::new_from_str(self.source.text);
        while let Some(next) = parser.next_event() {
            let (event, span) = next.map_err(Refusal::Scan)?;
            let mark = span.start;
            self.events += 1;
            match event {
                Event::Scalar(text, style, anchor, tag) => {
                    if self.wants_key() {
                        self.key(text, style, anchor, tag.as_deref(), mark)?;
                    } else {
                        let value = Scalar::resolve(text, style, tag.as_deref())
                            .and_then(Scalar::into_value)
                            .map_err(|why| self.source.error(mark, why.found, why.expected))?;
                        self.place(value, anchor, mark)?;
                    }
                }
                Event::MappingStart(anchor, _) => {
                    let (entries, merged) = (BTreeMap::new(), BTreeSet::new());
                    self.enter(
                        Content::Map {
                            entries,
                            key: None,
                            merged,
                        },
                        anchor,
                        mark,
                    )?;
                }
                Event::SequenceStart(anchor, _) => {
                    self.enter(Content::List(Vec::new()), anchor, mark)?;
                }
                Event::MappingEnd | Event::SequenceEnd => {
                    if let Some(Open { content, anchor }) = self.open.pop() {
                        let value = match content {
                            Content::List(items) => Value::Array(items.into()),
                            Content::Map { entries, .. } => {
                                Value::Object(entries.into_iter().collect())
                            }
                        };
                        self.place(value, anchor, mark)?;
                    }
                }
                Event::Alias(id) => self.alias(id, mark)?,
                Event::StreamEnd => break,
                _ => {}
            }
        }
        Ok(self.root.take().unwrap_or_default())
    }

    fn wants_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open {
                content: Content::Map { key: None, .. },
                ..
            })
        )
    }

    fn key(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        mark: Marker,
    ) -> Result<(), SyntaxError> {
        let merges = is_merge(&text, style, tag);
        let refused =
            |source: &Source<'_>, why: Refused| source.error(mark, why.found, why.expected);
        let scalar = Scalar::resolve(text, style, tag).map_err(|why| refused(self.source, why))?;
        if anchor > 0 {
            let value = scalar
                .clone()
                .into_value()
                .map_err(|why| refused(self.source, why))?;
            self.remember(anchor, &value, mark)?;
        }
        let next = if merges {
            Key::Merge(mark)
        } else {
            let name = scalar.into_key().map_err(|why| refused(self.source, why))?;
            Key::Name(value::text(&name), mark)
        };
        if let Some(Open {
            content: Content::Map { key, .. },
            ..
        }) = self.open.last_mut()
        {
            *key = Some(next);
        }
        Ok(())
    }

    fn enter(&mut self, content: Content, anchor: usize, mark: Marker) -> Result<(), SyntaxError> {
        if self.wants_key() {
            return Err(explain::collection_key(self.source, mark));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(explain::too_deep(self.source, mark));
        }
        if anchor > 0 {
            // Until its end is read an alias to it would contain itself.
            self.slot(anchor);
        }
        self.open.push(Open { content, anchor });
        Ok(())
    }

    /// Puts a complete value where it belongs.
    fn place(&mut self, value: Value, anchor: usize, mark: Marker) -> Result<(), SyntaxError> {
        if anchor > 0 {
            self.remember(anchor, &value, mark)?;
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        match &mut parent.content {
            Content::List(items) => items.push(value),
            Content::Map {
                entries,
                key,
                merged,
            } => match key.take() {
                Some(Key::Name(name, at)) => match entries.entry(name) {
                    Entry::Vacant(entry) => {
                        entry.insert(value);
                    }
                    Entry::Occupied(mut entry) => {
                        if !merged.remove(entry.key()) {
                            let message = format!(
                                "key {:?} is set twice in one map; only the last value counts",
                                entry.key()
                            );
                            self.warnings.push(self.source.warning(at, message));
                        }
                        entry.insert(value);
                    }
                },
                Some(Key::Merge(at)) => {
                    merge(self.source, entries, merged, &value, at, &mut self.warnings)?;
                }
                None => return Err(explain::collection_key(self.source, mark)),
            },
        }
        Ok(())
    }

    fn slot(&mut self, anchor: usize) -> &mut Option<Anchored> {
        if self.anchors.len() <= anchor {
            self.anchors.resize_with(anchor + 1, || None);
        }
        &mut self.anchors[anchor]
    }

    fn remember(&mut self, anchor: usize, value: &Value, mark: Marker) -> Result<(), SyntaxError> {
        let (nodes, height) = measure(value);
        // Copies of separate values never exceed the document; nested ones could, level by level.
        if self.open.iter().any(|open| open.anchor > 0) {
            self.charge(nodes, mark)?;
        }
        *self.slot(anchor) = Some(Anchored {
            value: value.clone(),
            nodes,
            height,
        });
        Ok(())
    }

    fn charge(&mut self, nodes: usize, mark: Marker) -> Result<(), SyntaxError> {
        let size = self.events + self.source.text.len() / BYTES_PER_NODE;
        let limit = size.saturating_mul(10).clamp(ALIAS_FLOOR, ALIAS_CEILING);
        self.copied = self.copied.saturating_add(nodes);
        if self.copied > limit {
            return Err(self.source.error(
                mark,
                format!("found aliases that unfold to more than {limit} values"),
                "write the values out, or use fewer aliases",
            ));
        }
        Ok(())
    }

    fn alias(&mut self, id: usize, mark: Marker) -> Result<(), SyntaxError> {
        let Some(anchored) = self.slot(id).as_ref() else {
            return Err(self.source.error(
                mark,
                "found an alias inside the value that it stands for".to_owned(),
                "write the value out",
            ));
        };
        let (nodes, height) = (anchored.nodes, anchored.height);
        if self.open.len() + height > MAX_DEPTH {
            return Err(explain::too_deep(self.source, mark));
        }
        self.charge(nodes, mark)?;
        let value = self
            .slot(id)
            .as_ref()
            .map(|anchored| anchored.value.clone())
            .unwrap_or_default();
        if !self.wants_key() {
            return self.place(value, 0, mark);
        }
        let scalar = match value {
            Value::String(text) => Scalar::Text(text.to_string().into()),
            Value::Bool(value) => Scalar::Bool(value),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(value), ..) => Scalar::Int(value),
                (_, Some(value), _) => Scalar::Unsigned(value),
                (.., value) => Scalar::Float(value.unwrap_or_default()),
            },
            Value::Null => Scalar::Null,
            Value::Array(_) | Value::Object(_) => {
                return Err(explain::collection_key(self.source, mark));
            }
        };
        let name = scalar
            .into_key()
            .map_err(|why| self.source.error(mark, why.found, why.expected))?;
        if let Some(Open {
            content: Content::Map { key, .. },
            ..
        }) = self.open.last_mut()
        {
            *key = Some(Key::Name(value::text(&name), mark));
        }
        Ok(())
    }
}

/// How many nodes a value costs to copy, and how deep it nests. The recursion ends at [`MAX_DEPTH`].
fn measure(value: &Value) -> (usize, usize) {
    let add = |(nodes, height): (usize, usize), child: &Value| {
        let (more, below) = measure(child);
        (nodes + more, height.max(below + 1))
    };
    match value {
        Value::String(text) => (1 + text.len() / BYTES_PER_NODE, 0),
        Value::Array(items) => items.iter().fold((1, 1), add),
        Value::Object(map) => map.iter().fold((1, 1), |sum, (name, child)| {
            let (nodes, height) = add(sum, child);
            (nodes + name.len() / BYTES_PER_NODE, height)
        }),
        _ => (1, 0),
    }
}
