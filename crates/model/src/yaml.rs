//! Manifests as text: a stream of YAML or JSON documents, read as `kubectl` reads it.
//!
//! `kubectl` hands YAML to sigs.k8s.io/yaml: goyaml v2 resolves YAML 1.1 scalars (`yes` is true, `007`
//! is 7), then the value goes through JSON (`2.0` is 2, keys are strings). A judgement is only worth
//! something when it sees the value that the API server would see, so the same rules hold here.
//!
//! ```text
//! text ─► split (at ---) ─► parser events ─► load (scalars, merge keys, bounded aliases) ─► Value
//!                                  └─► outline: where things stand, for `position`, only when asked
//! ```
//!
//! The stream is cut before it is parsed, so that one broken document does not hide the others.

mod explain;
mod load;
mod merge;
mod outline;
mod repair;
mod scalar;
mod split;

use std::ops::Range;

use crate::Value;
use serde::Serialize;

use crate::json;

pub(crate) use outline::outline;

/// How deep maps and lists may nest: as deep as the JSON reader goes, so that all that was read as
/// YAML can be written as JSON and read back.
pub const MAX_DEPTH: usize = 127;

/// One document of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its bytes in the text, with the comments above it and with a `---` line that carries content.
    pub range: Range<usize>,
    /// The line and column (in characters) of its first byte, from 1.
    pub start: (usize, usize),
    /// The line on which its content begins, from 1.
    pub line: usize,
    /// The value, or why there is none.
    pub content: Result<Value, SyntaxError>,
    /// What was read but is probably not meant, in order of appearance.
    pub warnings: Vec<SyntaxWarning>,
}

/// Text that is neither YAML nor JSON, or that cannot become JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("line {line}, column {column}: {found}; {expected}")]
pub struct SyntaxError {
    /// Line in the whole text, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What stands there.
    pub found: String,
    /// What to write instead.
    pub expected: String,
}

/// Something that `kubectl` accepts in silence and that a reader of the text would not expect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SyntaxWarning {
    /// Line in the whole text, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What it is and how it was read.
    pub message: String,
}

/// The documents of a YAML stream or of JSON text; empty ones are left out.
pub fn documents(text: &str) -> Vec<Document> {
    if !json::opens(text) {
        return stream(text);
    }
    let as_json = json::documents(text);
    if readable(&as_json) == as_json.len() || as_json.iter().any(json::is_too_deep) {
        return as_json;
    }
    let as_yaml = stream(text);
    let is_yaml = readable(&as_yaml) > readable(&as_json) || !json::opens_strictly(text);
    if is_yaml { as_yaml } else { as_json }
}

fn readable(documents: &[Document]) -> usize {
    documents
        .iter()
        .filter(|document| document.content.is_ok())
        .count()
}

/// The documents of a YAML stream, even where the text looks like JSON.
pub(crate) fn stream(text: &str) -> Vec<Document> {
    split::split(text)
        .map(|piece| {
            let (content, warnings) = load::load(&text[piece.range.clone()], piece.first_line);
            Document {
                range: piece.range,
                start: (piece.first_line, 1),
                line: piece.line,
                content,
                warnings,
            }
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests;
