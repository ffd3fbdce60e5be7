//! Where in the text a field stands, found only when a finding asks.
//!
//! Reading manifests must be fast and most objects pass every check, so values carry no positions. The
//! one document that a finding is about is read again, into an [`Outline`]: an arena of nodes with the
//! places of their keys. It follows the same rules as the reader: the last of two equal keys counts,
//! and what an alias or a merge key brings stands where the alias or the `<<` is written.

use std::borrow::Cow;
use std::ops::Range;

use serde::Serialize;

use crate::path::{FieldPath, Step};
use crate::{json, yaml};

/// A region of text: from the start of a key to the end of its value if that is a scalar, else to the
/// end of the key; for an item of a list, the item or its first entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Position {
    /// First line, from 1.
    pub line: u32,
    /// First column in characters, from 1.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// The column after the last character.
    pub end_column: u32,
    /// False if the field does not exist and this is the nearest thing above it that does.
    pub exact: bool,
}

/// Where the field at `path` stands, or the nearest thing above it.
///
/// For more than one path in the same document, read the [`Outline`] once.
pub fn locate(text: &str, document: Range<usize>, path: &FieldPath) -> Position {
    Outline::read(text, document).locate(path)
}

/// The places of all keys and items of one document.
#[derive(Debug, Clone)]
pub struct Outline<'t> {
    document: &'t str,
    /// The byte at which each line of the document begins.
    lines: Vec<usize>,
    /// Where the document begins in the whole text.
    origin: Spot,
    nodes: Vec<Node<'t>>,
    /// The collections that are not closed yet.
    open: Vec<(NodeId, Option<PendingKey<'t>>)>,
}

/// A place, counted from 1; within the document until it is given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

pub(crate) type NodeId = usize;

#[derive(Debug, Clone)]
struct Node<'t> {
    start: Spot,
    end: Spot,
    content: Content<'t>,
}

#[derive(Debug, Clone)]
enum Content<'t> {
    Scalar,
    /// Nothing for an alias whose value is not complete.
    Alias(Option<NodeId>),
    List(Vec<NodeId>),
    Map(Vec<Entry<'t>>),
}

#[derive(Debug, Clone)]
struct Entry<'t> {
    key: PendingKey<'t>,
    value: NodeId,
}

#[derive(Debug, Clone)]
struct PendingKey<'t> {
    /// Nothing for the merge key.
    name: Option<Cow<'t, str>>,
    start: Spot,
    end: Spot,
}

/// How often a lookup may follow merge keys; maps that merge each other pairwise double each time.
const MERGE_LOOKUPS: usize = 10_000;
const MERGE_DEPTH: usize = 128;

impl<'t> Outline<'t> {
    /// Reads the places of the document at these bytes of the text.
    pub fn read(text: &'t str, document: Range<usize>) -> Self {
        let before = text.get(..document.start).unwrap_or_default();
        Self::read_at(text, document, end_of(before))
    }

    /// The same for a document whose first line and column are known ([`yaml::Document::start`]);
    /// spares counting the lines before it.
    pub fn read_from(text: &'t str, document: Range<usize>, start: (usize, usize)) -> Self {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let origin = Spot {
            line: count(start.0),
            column: count(start.1),
        };
        Self::read_at(text, document, origin)
    }

    fn read_at(text: &'t str, document: Range<usize>, origin: Spot) -> Self {
        let document = text.get(document).unwrap_or_default();
        let mut outline = Outline {
            document,
            lines: line_starts(document),
            origin,
            nodes: Vec::new(),
            open: Vec::new(),
        };
        if !json::outline(document, &mut outline) {
            yaml::outline(document, &mut outline);
        }
        outline
    }

    /// Where the field at `path` stands, or the nearest thing above it.
    pub fn locate(&self, path: &FieldPath) -> Position {
        let Some(root) = self.nodes.first() else {
            let start = Spot { line: 1, column: 1 };
            return self.position(start, start, false);
        };
        let mut node = 0;
        let mut region = (root.start, self.item_end(0));
        let mut is_alias = false;
        for step in path.steps() {
            is_alias |= matches!(self.nodes[node].content, Content::Alias(_));
            let Some((child, written)) = self.child(node, step) else {
                return self.position(region.0, region.1, false);
            };
            // What stands behind an alias is shown where the alias is.
            if !is_alias {
                region = written.region;
                is_alias = written.is_merged;
            }
            node = child;
        }
        self.position(region.0, region.1, true)
    }

    fn child(&self, node: NodeId, step: &Step) -> Option<(NodeId, Written)> {
        match (step, &self.nodes[self.resolved(node)?].content) {
            (Step::Index(index), Content::List(items)) => {
                let item = *items.get(*index)?;
                let region = (self.nodes[item].start, self.item_end(item));
                Some((
                    item,
                    Written {
                        region,
                        is_merged: false,
                    },
                ))
            }
            (Step::Key(name), Content::Map(entries)) => {
                let mut lookups = MERGE_LOOKUPS;
                let (entry, value) = self.find(entries, name, &mut lookups, MERGE_DEPTH)?;
                let is_merged = entry.key.name.is_none();
                let region = (entry.key.start, self.entry_end(entry));
                Some((value, Written { region, is_merged }))
            }
            _ => None,
        }
    }

    /// The entry of a map that sets `name`, by its key or by merging, and the value.
    fn find<'m>(
        &'m self,
        entries: &'m [Entry<'t>],
        name: &str,
        lookups: &mut usize,
        depth: usize,
    ) -> Option<(&'m Entry<'t>, NodeId)> {
        *lookups = lookups.checked_sub(1)?;
        let depth = depth.checked_sub(1)?;
        // The last one counts, be it a key or a merge key.
        entries.iter().rev().find_map(|entry| {
            if let Some(key) = &entry.key.name {
                return (key == name).then_some((entry, entry.value));
            }
            let merged = self.resolved(entry.value)?;
            let single = [merged];
            let maps = match &self.nodes[merged].content {
                Content::List(items) => items.as_slice(),
                _ => &single,
            };
            maps.iter()
                .find_map(|&map| match &self.nodes[self.resolved(map)?].content {
                    Content::Map(inner) => self
                        .find(inner, name, lookups, depth)
                        .map(|(_, value)| (entry, value)),
                    _ => None,
                })
        })
    }

    /// The node that an alias stands for. The parser names the node itself, never another alias.
    fn resolved(&self, node: NodeId) -> Option<NodeId> {
        match self.nodes[node].content {
            Content::Alias(target) => target,
            _ => Some(node),
        }
    }

    fn entry_end(&self, entry: &Entry) -> Spot {
        let value = &self.nodes[entry.value];
        match value.content {
            // An empty value has no place of its own.
            Content::Scalar | Content::Alias(_) if value.start < value.end => {
                self.without_blank_end(value.start, value.end)
            }
            _ => entry.key.end,
        }
    }

    fn item_end(&self, item: NodeId) -> Spot {
        let node = &self.nodes[item];
        match &node.content {
            Content::Map(entries) => entries
                .first()
                .map_or(node.end, |entry| self.entry_end(entry)),
            Content::List(_) => node.end,
            _ => self.without_blank_end(node.start, node.end),
        }
    }

    /// A block scalar ends where the next token starts; its region ends with its last word.
    fn without_blank_end(&self, start: Spot, end: Spot) -> Spot {
        let Some(from) = self.offset(start) else {
            return end;
        };
        let Some(to) = self.offset(end).filter(|&to| to >= from) else {
            return end;
        };
        let kept = self.document[from..to].trim_end();
        if kept.len() == to - from {
            return end;
        }
        let last = end_of(kept);
        if last.line == 1 {
            return Spot {
                line: start.line,
                column: start.column + last.column - 1,
            };
        }
        Spot {
            line: start.line + last.line - 1,
            column: last.column,
        }
    }

    /// The byte at which a place of this document is.
    fn offset(&self, spot: Spot) -> Option<usize> {
        let line = usize::try_from(spot.line.checked_sub(1)?).ok()?;
        let from = *self.lines.get(line)?;
        let mut at = Spot {
            line: spot.line,
            column: 1,
        };
        let mut characters = self.document.get(from..)?.char_indices().peekable();
        while at < spot {
            let (_, character) = characters.next()?;
            let next = characters.peek().map(|(_, character)| *character);
            at.pass(character, next);
        }
        Some(
            characters
                .peek()
                .map_or(self.document.len(), |(offset, _)| from + offset),
        )
    }

    fn position(&self, start: Spot, end: Spot, exact: bool) -> Position {
        let (start, end) = (self.in_text(start), self.in_text(end.max(start)));
        Position {
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            exact,
        }
    }

    fn in_text(&self, spot: Spot) -> Spot {
        let column = if spot.line == 1 {
            self.origin.column - 1
        } else {
            0
        };
        Spot {
            line: spot.line.saturating_add(self.origin.line - 1),
            column: spot.column.saturating_add(column),
        }
    }
}

/// How the readers fill an outline, in the order of the text.
impl<'t> Outline<'t> {
    /// Forgets what was read, to read again.
    pub(crate) fn clear(&mut self) {
        self.nodes.clear();
        self.open.clear();
    }

    pub(crate) fn open_map(&mut self, start: Spot, end: Spot) {
        let node = self.add(start, end, Content::Map(Vec::new()));
        self.open.push((node, None));
    }

    pub(crate) fn open_list(&mut self, start: Spot, end: Spot) {
        let node = self.add(start, end, Content::List(Vec::new()));
        self.open.push((node, None));
    }

    /// Ends the innermost open collection and names it.
    pub(crate) fn close(&mut self) -> Option<NodeId> {
        self.open.pop().map(|(node, _)| node)
    }

    pub(crate) fn scalar(&mut self, start: Spot, end: Spot) -> NodeId {
        self.add(start, end, Content::Scalar)
    }

    pub(crate) fn alias(&mut self, start: Spot, end: Spot, target: Option<NodeId>) {
        self.add(start, end, Content::Alias(target));
    }

    /// True if a key comes next, not a value.
    pub(crate) fn wants_key(&self) -> bool {
        self.open.last().is_some_and(|(node, key)| {
            key.is_none() && matches!(self.nodes[*node].content, Content::Map(_))
        })
    }

    pub(crate) fn key(&mut self, name: Cow<'t, str>, start: Spot, end: Spot) {
        self.set_key(PendingKey {
            name: Some(name),
            start,
            end,
        });
    }

    pub(crate) fn merge_key(&mut self, start: Spot, end: Spot) {
        self.set_key(PendingKey {
            name: None,
            start,
            end,
        });
    }

    fn set_key(&mut self, key: PendingKey<'t>) {
        if let Some((_, pending)) = self.open.last_mut() {
            *pending = Some(key);
        }
    }

    fn add(&mut self, start: Spot, end: Spot, content: Content<'t>) -> NodeId {
        let value = self.nodes.len();
        self.nodes.push(Node {
            start,
            end,
            content,
        });
        if let Some((parent, pending)) = self.open.last_mut() {
            match &mut self.nodes[*parent].content {
                Content::List(items) => items.push(value),
                Content::Map(entries) => {
                    entries.extend(pending.take().map(|key| Entry { key, value }));
                }
                Content::Scalar | Content::Alias(_) => {}
            }
        }
        value
    }
}

/// What a step leads to: where it is written, and whether by a merge key.
struct Written {
    region: (Spot, Spot),
    is_merged: bool,
}

impl Spot {
    fn pass(&mut self, character: char, next: Option<char>) {
        match character {
            '\r' if next == Some('\n') => {}
            '\n' | '\r' => {
                *self = Spot {
                    line: self.line.saturating_add(1),
                    column: 1,
                }
            }
            // A byte order mark is no column that an editor would show.
            '\u{feff}' if self.column == 1 => {}
            _ => self.column = self.column.saturating_add(1),
        }
    }
}

/// The byte at which each line begins; `\n`, `\r\n` and `\r` end a line.
fn line_starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let ends_line = |(offset, byte): (usize, &u8)| {
        let ends = *byte == b'\n' || (*byte == b'\r' && bytes.get(offset + 1) != Some(&b'\n'));
        ends.then_some(offset + 1)
    };
    std::iter::once(0)
        .chain(bytes.iter().enumerate().filter_map(ends_line))
        .collect()
}

/// The place just after a text that begins at line 1, column 1.
fn end_of(text: &str) -> Spot {
    let mut spot = Spot { line: 1, column: 1 };
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        spot.pass(character, characters.peek().copied());
    }
    spot
}

#[cfg(test)]
mod tests;
