//! Where the nodes of a YAML document stand. A broken document is outlined as far as it goes.

use std::borrow::Cow;

use saphyr_parser::{Event, Marker, Parser};

use super::MAX_DEPTH;
use super::repair::{Padding, repair};
use super::scalar::{Scalar, is_merge};
use crate::position::{NodeId, Outline, Spot};

/// Fills the outline from the document.
pub(crate) fn outline<'t>(text: &'t str, outline: &mut Outline<'t>) {
    if fill(text, None, outline, |name| name) {
        return;
    }
    // Only text that does not parse is worth the search for a repair.
    if let Some(repaired) = repair(text) {
        outline.clear();
        fill(&repaired.text, Some(&repaired.padding), outline, |name| {
            Cow::Owned(name.into_owned())
        });
    }
}

/// Fills the outline as far as the text goes; false if the parser refuses it somewhere.
fn fill<'s, 't>(
    text: &'s str,
    padding: Option<&Padding>,
    outline: &mut Outline<'t>,
    kept: impl Fn(Cow<'s, str>) -> Cow<'t, str>,
) -> bool {
    let mut parser = Parser::new_from_str(text);
    let mut anchors: Vec<Option<NodeId>> = Vec::new();
    let mut open_anchors: Vec<usize> = Vec::new();
    while let Some(event) = parser.next_event() {
        let Ok((event, span)) = event else {
            return false;
        };
        let (start, end) = (spot(span.start, padding), spot(span.end, padding));
        let wants_key = outline.wants_key();
        match event {
            Event::Scalar(text, style, _, tag) if wants_key => {
                if is_merge(&text, style, tag.as_deref()) {
                    outline.merge_key(start, end);
                    continue;
                }
                let name = Scalar::resolve(text, style, tag.as_deref()).and_then(Scalar::into_key);
                let Ok(name) = name else { return true };
                outline.key(kept(name), start, end);
            }
            Event::Scalar(.., anchor, _) => {
                let node = outline.scalar(start, end);
                remember(&mut anchors, anchor, node);
            }
            Event::Alias(id) => {
                // A key that is an alias is rare, and its name is not kept here.
                if wants_key {
                    return true;
                }
                outline.alias(start, end, anchors.get(id).copied().flatten());
            }
            Event::MappingStart(..) | Event::SequenceStart(..)
                if wants_key || open_anchors.len() >= MAX_DEPTH =>
            {
                return true;
            }
            Event::MappingStart(anchor, _) => {
                outline.open_map(start, end);
                open_anchors.push(anchor);
            }
            Event::SequenceStart(anchor, _) => {
                outline.open_list(start, end);
                open_anchors.push(anchor);
            }
            Event::MappingEnd | Event::SequenceEnd => {
                if let (Some(node), Some(anchor)) = (outline.close(), open_anchors.pop()) {
                    remember(&mut anchors, anchor, node);
                }
            }
            Event::StreamEnd => return true,
            _ => {}
        }
    }
    true
}

fn remember(anchors: &mut Vec<Option<NodeId>>, anchor: usize, node: NodeId) {
    if anchor > 0 {
        if anchors.len() <= anchor {
            anchors.resize(anchor + 1, None);
        }
        anchors[anchor] = Some(node);
    }
}

fn spot(mark: Marker, padding: Option<&Padding>) -> Spot {
    let column = padding.map_or(mark.col(), |padding| {
        padding.column(mark.line(), mark.col())
    });
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Spot {
        line: count(mark.line()),
        column: count(column.saturating_add(1)),
    }
}
