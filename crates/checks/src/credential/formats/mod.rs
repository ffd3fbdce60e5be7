//! Credentials that are recognised by their own form, whatever they are called.
//!
//! ```text
//!  text ──one pass──▶ keywords ──▶ (format, window around the keyword) ──regex──▶ inspection ──▶ hit
//! ```
//!
//! One automaton looks for the keywords of all formats and of sensitive names at once, so that
//! clean text costs one table look-up a byte. A regular expression is compiled when its keyword is
//! first seen, and only ever reads a window around it. The order of the tables is the precedence:
//! what is more specific stands first.

mod cloud;
mod context;
#[cfg(test)]
mod examples;
mod forge;
mod inspect;
mod material;
mod saas;

use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::Regex;

use super::{Confidence, Credential, Redacted};

pub(super) use context::by_context;

/// One form of credential. Group 1 of `pattern` is the secret.
#[derive(Clone, Copy)]
pub(super) struct Format {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    keywords: &'static [&'static str],
    pattern: &'static str,
    confidence: Confidence,
    accept: fn(&str) -> bool,
    multiline: bool,
}

const fn format(
    id: &'static str,
    title: &'static str,
    keywords: &'static [&'static str],
    pattern: &'static str,
) -> Format {
    let accept = |_: &str| true;
    Format {
        id,
        title,
        keywords,
        pattern,
        confidence: Confidence::High,
        accept,
        multiline: false,
    }
}

impl Format {
    const fn confidence(self, confidence: Confidence) -> Self {
        Self { confidence, ..self }
    }

    const fn accept(self, accept: fn(&str) -> bool) -> Self {
        Self { accept, ..self }
    }

    /// The form goes on after a line break.
    const fn multiline(self) -> Self {
        Self {
            multiline: true,
            ..self
        }
    }
}

/// A credential and where it stands in the text.
#[derive(Debug)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Position in the tables: lower is more specific. Names come after all formats.
    pub(super) rank: usize,
    pub(super) credential: Credential,
}

/// What the automaton found in a text, in one pass.
#[derive(Default)]
pub(super) struct Sweep {
    pub(super) hits: Vec<Hit>,
    /// Where words occur that make a name sensitive.
    pub(super) names: Vec<usize>,
}

/// Parts of names worth a closer look; `name` decides.
const NAME_KEYWORDS: [&str; 12] = [
    "pass", "pwd", "secret", "token", "key", "cred", "auth", "jwt", "bearer", "cookie", "salt",
    "_pw",
];

/// How far before and after its keyword a format may read: a service account token is about a
/// thousand characters, a service account file of Google Cloud three thousand.
const BEFORE: usize = 256;
const AFTER: usize = 2048;
const AFTER_MULTILINE: usize = 4096;

struct Engine {
    automaton: AhoCorasick,
    /// For each keyword the format it belongs to, or none for a part of a name.
    owners: Vec<Option<usize>>,
    formats: Vec<Format>,
    compiled: Vec<OnceLock<Regex>>,
}

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let formats: Vec<Format> = all().copied().collect();
    let mut keywords = Vec::new();
    let mut owners = Vec::new();
    for (rank, format) in formats.iter().enumerate() {
        keywords.extend_from_slice(format.keywords);
        owners.extend(format.keywords.iter().map(|_| Some(rank)));
    }
    keywords.extend_from_slice(&NAME_KEYWORDS);
    owners.extend(NAME_KEYWORDS.iter().map(|_| None));
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .build(keywords)
        .expect("a few hundred short keywords fit the automaton");
    let compiled = formats.iter().map(|_| OnceLock::new()).collect();
    Engine {
        automaton,
        owners,
        formats,
        compiled,
    }
});

/// Every format, in order of precedence.
pub(super) fn all() -> impl Iterator<Item = &'static Format> {
    [
        cloud::FORMATS,
        forge::FORMATS,
        saas::FORMATS,
        material::FORMATS,
    ]
    .into_iter()
    .flatten()
}

/// How many formats there are: the rank of a hit by name.
pub(super) fn count() -> usize {
    ENGINE.formats.len()
}

/// None of the words that make a name sensitive occurs in `name`.
pub(super) fn has_no_sensitive_part(name: &str) -> bool {
    let owners = &ENGINE.owners;
    ENGINE
        .automaton
        .find_overlapping_iter(name)
        .all(|part| owners[part.pattern().as_usize()].is_some())
}

/// A pattern of the tables, whose word boundaries are those of ASCII: Unicode ones are slow.
fn compile(pattern: &str) -> Regex {
    Regex::new(&pattern.replace(r"\b", r"(?-u:\b)")).expect("a test compiles every pattern")
}

/// All credentials in `text` that have a form of their own, and the places of sensitive names.
pub(super) fn sweep(text: &str) -> Sweep {
    let engine = &*ENGINE;
    let mut found = Sweep::default();
    let mut progress: Vec<Progress> = Vec::new();
    for keyword in engine.automaton.find_overlapping_iter(text) {
        let Some(rank) = engine.owners[keyword.pattern().as_usize()] else {
            found.names.push(keyword.start());
            continue;
        };
        if progress.is_empty() {
            progress.resize(engine.formats.len(), Progress::default());
        }
        let progress = &mut progress[rank];
        if keyword.end() <= progress.covered {
            continue;
        }
        let format = &engine.formats[rank];
        let window = Window::around(text, keyword.start(), keyword.end(), format.multiline);
        let regex = engine.compiled[rank].get_or_init(|| compile(format.pattern));
        let start = window.start.max(progress.matched);
        if let Some(end) = search(
            &text[..window.end],
            start,
            format,
            regex,
            rank,
            &mut found.hits,
        ) {
            progress.matched = end;
        }
        progress.covered = window.covers;
    }
    found
}

/// How far one format has read, so that a long line full of keywords stays linear.
#[derive(Clone, Copy, Default)]
struct Progress {
    /// Keywords that end here or before need no further search.
    covered: usize,
    /// End of the last match: what stands before is spoken for.
    matched: usize,
}

/// Adds the matches from `start` on; gives the end of the last one.
fn search(
    text: &str,
    start: usize,
    format: &Format,
    regex: &Regex,
    rank: usize,
    hits: &mut Vec<Hit>,
) -> Option<usize> {
    let mut from = start;
    let mut last = None;
    while from < text.len()
        && let Some(groups) = regex.captures_at(text, from)
        && let Some(whole) = groups.get(0)
    {
        let secret = groups.get(1).unwrap_or(whole);
        if (format.accept)(secret.as_str()) {
            let credential = Credential {
                kind: format.title,
                id: format.id,
                confidence: format.confidence,
                hint: Redacted::of(secret.as_str()),
            };
            hits.push(Hit {
                start: secret.start(),
                end: secret.end(),
                rank,
                credential,
            });
        }
        from = text.ceil_char_boundary(whole.end().max(from + 1));
        last = Some(from);
    }
    last
}

/// The part of the text around a keyword that its format reads.
struct Window {
    start: usize,
    end: usize,
    /// A match whose keyword ends here or before lies inside, as far as any match may reach.
    covers: usize,
}

impl Window {
    fn around(text: &str, start: usize, end: usize, multiline: bool) -> Self {
        let low = text.floor_char_boundary(start.saturating_sub(BEFORE));
        let reach = if multiline { AFTER_MULTILINE } else { AFTER };
        let high = text.ceil_char_boundary((end + reach).min(text.len()));
        let line_end = |bytes: &[u8]| bytes.iter().position(|&b| b == b'\n').map(|p| end + p);
        let line_end = if multiline {
            None
        } else {
            line_end(&text.as_bytes()[end..high])
        };
        let line_start =
            |bytes: &[u8]| bytes.iter().rposition(|&b| b == b'\n').map(|p| low + p + 1);
        let line_start = if multiline {
            None
        } else {
            line_start(&text.as_bytes()[low..start])
        };
        let high = line_end.unwrap_or(high);
        let whole = line_end.is_some() || high == text.len();
        let covers = if whole { high } else { end + reach / 2 };
        Self {
            start: line_start.unwrap_or(low),
            end: high,
            covers,
        }
    }
}
