//! Credentials inside longer texts: files in a `ConfigMap`, scripts, argument lists.

use super::assignment::{self, Assignment};
use super::formats::{self, Hit, sweep};
use super::{Credential, detect, detect_named, program};

/// Every credential in `text`, with the byte offset of its value, in order.
///
/// For long texts of any syntax: properties, YAML, ini, JSON, shell, XML, `.env`. The name on the
/// same line gives context. A text in a programming language must quote its literals.
pub fn detect_all(text: &str) -> Vec<(usize, Credential)> {
    let swept = sweep(text);
    let mut hits = swept.hits;
    hits.extend(named(text, &swept.names));
    // The more specific of two readings of one place stays.
    hits.sort_by_key(|hit| (hit.rank, hit.start));
    let mut kept: std::collections::BTreeMap<usize, Hit> = std::collections::BTreeMap::new();
    for hit in hits {
        let before = kept.range(..hit.end).next_back();
        if before.is_none_or(|(_, other)| other.end <= hit.start) {
            kept.insert(hit.start, hit);
        }
    }
    kept.into_iter()
        .map(|(start, hit)| (start, hit.credential))
        .collect()
}

/// Every credential in a command line, with the index of the argument that holds it.
///
/// `--token=abc` and `--token abc` are read as names and values; an argument of several lines or
/// words, as behind `sh -c`, is read as a text. An argument may be named more than once.
pub fn detect_args<S: AsRef<str>>(args: &[S]) -> Vec<(usize, Credential)> {
    let mut found = Vec::new();
    let mut flag: Option<&str> = None;
    for (index, arg) in args.iter().map(AsRef::as_ref).enumerate() {
        let named = flag.take().filter(|_| !arg.starts_with('-'));
        let dashed = arg
            .strip_prefix('-')
            .map(|rest| rest.trim_start_matches('-'));
        let is_text = arg.contains(char::is_whitespace);
        let credential = match (dashed.map(|d| d.split_once('=')), named) {
            (Some(Some((name, value))), _) if !is_text => detect(Some(name), value),
            (Some(None), _) if !is_text => {
                flag = dashed;
                detect(None, arg)
            }
            (None, Some(name)) => detect(Some(name), arg),
            _ if is_text => {
                found.extend(
                    detect_all(arg)
                        .into_iter()
                        .map(|(_, credential)| (index, credential)),
                );
                None
            }
            _ => detect(None, arg),
        };
        found.extend(credential.map(|credential| (index, credential)));
        if is_text {
            let inside = program::passwords_in(arg);
            found.extend(inside.into_iter().map(|credential| (index, credential)));
        }
    }
    found.extend(program::passwords(args.iter().map(AsRef::as_ref)));
    found
}

/// Credentials by the names at `places`, as the automaton found them.
pub(super) fn named(text: &str, places: &[usize]) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    if places.is_empty() {
        return hits;
    }
    let language = std::cell::LazyCell::new(|| Language::of(text));
    let mut seen = None;
    for &place in places {
        let Some(found) = assignment::around(text, place) else {
            continue;
        };
        if seen.replace(found.start) == Some(found.start) || !may_be_literal(&found, *language) {
            continue;
        }
        if let Some(credential) = detect_named(found.name, found.value) {
            let end = found.start + found.value.len();
            hits.push(Hit {
                start: found.start,
                end,
                rank: formats::count(),
                credential,
            });
        }
    }
    hits
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Data,
    Shell,
    Program,
}

impl Language {
    /// A guess from the first screens of the text.
    fn of(text: &str) -> Self {
        const MARKS: [&str; 9] = [
            "import ",
            "from ",
            "def ",
            "func ",
            "function ",
            "package ",
            "const ",
            "local ",
            "var ",
        ];
        let head = &text[..text.floor_char_boundary(text.len().min(8192))];
        if let Some(interpreter) = head.strip_prefix("#!") {
            let first = interpreter.lines().next().unwrap_or_default();
            return if first.contains("sh") {
                Self::Shell
            } else {
                Self::Program
            };
        }
        if head
            .lines()
            .any(|line| MARKS.iter().any(|mark| line.starts_with(mark)))
        {
            return Self::Program;
        }
        let shell = |line: &str| ["set -e", "fi", "done", "esac"].contains(&line.trim());
        if head.lines().any(shell) {
            Self::Shell
        } else {
            Self::Data
        }
    }
}

/// A bare word in a program is a variable, in a shell only a tight `=` assigns, and a sentence
/// after `token:` explains.
fn may_be_literal(found: &Assignment<'_>, language: Language) -> bool {
    if found.quoted {
        return true;
    }
    let value = found.value;
    let bare = !value.contains(|c: char| c.is_whitespace() || "(){}<>|`".contains(c));
    let yaml_mark = value.starts_with(['*', '&', '!', '|']) && value.len() < 24;
    bare && !yaml_mark
        && match language {
            Language::Data => true,
            Language::Shell => found.tight && !value.starts_with('$'),
            Language::Program => {
                found.name.contains('_')
                    && found.tight
                    && found.whole_line
                    && found.name.bytes().all(|b| !b.is_ascii_lowercase())
            }
        }
}
