//! Texts that rules look for: whole, in part, or with wildcards.

use regex::{Regex, RegexBuilder};

/// How a text must stand in a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The value is the text.
    Whole,
    /// The text is in the value.
    Inside,
    /// The value begins with the text.
    Start,
    /// The value ends with the text.
    End,
}

/// A text to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    place: Place,
    /// Literal texts with anything between them; more than one where the rule has wildcards.
    parts: Vec<Part>,
    fold: bool,
    written: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// Any one character: `?`.
    One,
    /// Any number of characters: `*`.
    Many,
}

impl Pattern {
    /// A literal text; `fold` to pass over upper and lower case.
    pub fn literal(place: Place, text: &str, fold: bool) -> Self {
        let written = text.to_owned();
        let text = if fold {
            text.to_lowercase()
        } else {
            text.to_owned()
        };
        Pattern {
            place,
            parts: vec![Part::Text(text)],
            fold,
            written,
        }
    }

    /// A text in which `*` and `?` are wildcards; `\` before either, or before itself, takes it literally.
    pub fn wild(place: Place, text: &str, fold: bool) -> Self {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text.chars().peekable();
        while let Some(next) = rest.next() {
            match next {
                '\\' => match rest.peek() {
                    Some('*' | '?' | '\\') => literal.extend(rest.next()),
                    _ => literal.push('\\'),
                },
                '*' | '?' => {
                    push_text(&mut parts, &mut literal);
                    let part = if next == '*' { Part::Many } else { Part::One };
                    if part != Part::Many || parts.last() != Some(&Part::Many) {
                        parts.push(part);
                    }
                }
                _ if fold => literal.extend(next.to_lowercase()),
                _ => literal.push(next),
            }
        }
        push_text(&mut parts, &mut literal);
        Pattern {
            place,
            parts,
            fold,
            written: text.to_owned(),
        }
    }

    /// The text, when the pattern asks for exactly one.
    pub fn as_whole(&self) -> Option<&str> {
        match (self.place, self.parts.as_slice()) {
            (Place::Whole, []) => Some(""),
            (Place::Whole, [Part::Text(text)]) => Some(text),
            _ => None,
        }
    }

    /// The text of the rule.
    pub(crate) fn written(&self) -> &str {
        &self.written
    }

    /// True when upper and lower case are the same.
    pub fn folds(&self) -> bool {
        self.fold
    }

    /// The literal texts in it.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// True when every value that fits begins with another character than `first`.
    pub(crate) fn begins_without(&self, first: char) -> bool {
        matches!(self.place, Place::Whole | Place::Start)
            && matches!(self.parts.first(), Some(Part::Text(text)) if !text.starts_with(first))
    }

    /// True when it fits every text, the empty one too.
    pub fn is_any(&self) -> bool {
        self.parts.iter().all(|part| *part == Part::Many)
            && (!self.parts.is_empty() || self.place != Place::Whole)
    }

    /// True when the value fits.
    pub fn matches(&self, value: &str) -> bool {
        if !self.fold {
            return self.fits(value);
        }
        if self.parts.len() == 1
            && value.is_ascii()
            && let Some(Part::Text(text)) = self.parts.first()
        {
            return fits_folded(self.place, text.as_bytes(), value.as_bytes());
        }
        self.fits(&value.to_lowercase())
    }

    fn fits(&self, value: &str) -> bool {
        if let [Part::Text(text)] = self.parts.as_slice() {
            return match self.place {
                Place::Whole => value == text,
                Place::Inside => value.contains(text.as_str()),
                Place::Start => value.starts_with(text.as_str()),
                Place::End => value.ends_with(text.as_str()),
            };
        }
        let open_start = matches!(self.place, Place::Inside | Place::End);
        let open_end = matches!(self.place, Place::Inside | Place::Start);
        let before = open_start.then_some(&Part::Many);
        let after = open_end.then_some(&Part::Many);
        let parts: Vec<&Part> = before.into_iter().chain(&self.parts).chain(after).collect();
        glob(&parts, value)
    }
}

/// Compiles a regular expression of bounded size; says what to do about one that is not understood.
pub(crate) fn regex(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text)
        .size_limit(1 << 20)
        .build()
        .map_err(|err| match err {
            regex::Error::CompiledTooBig(_) => {
                format!("the regular expression `{text}` is too big; write several rules")
            }
            _ => format!(
                "cannot read the regular expression `{text}`: look-around and back-references are not known; write it without, or as two tests"
            ),
        })
}

fn push_text(parts: &mut Vec<Part>, literal: &mut String) {
    if !literal.is_empty() {
        parts.push(Part::Text(std::mem::take(literal)));
    }
}

/// `text` is in lower case.
fn fits_folded(place: Place, text: &[u8], value: &[u8]) -> bool {
    let same = |part: Option<&[u8]>| part.is_some_and(|part| part.eq_ignore_ascii_case(text));
    match place {
        Place::Whole => value.eq_ignore_ascii_case(text),
        Place::Start => same(value.get(..text.len())),
        Place::End => same(
            value
                .len()
                .checked_sub(text.len())
                .and_then(|at| value.get(at..)),
        ),
        Place::Inside => {
            text.is_empty()
                || value
                    .windows(text.len())
                    .any(|window| window.eq_ignore_ascii_case(text))
        }
    }
}

/// Goes back to the last `*` only, which is enough: an earlier one can take no more than it needs.
fn glob(parts: &[&Part], value: &str) -> bool {
    let (mut part, mut rest) = (0, value);
    let mut retry: Option<(usize, &str)> = None;
    loop {
        let step = match parts.get(part) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Part::Many) => {
                retry = Some((part, rest));
                part += 1;
                continue;
            }
            Some(Part::One) => {
                let mut chars = rest.chars();
                chars.next().map(|_| chars.as_str())
            }
            Some(Part::Text(text)) => rest.strip_prefix(text.as_str()),
        };
        if let Some(after) = step {
            (part, rest) = (part + 1, after);
            continue;
        }
        let Some((star, from)) = retry else {
            return false;
        };
        let mut chars = from.chars();
        if chars.next().is_none() {
            return false;
        }
        let from = chars.as_str();
        retry = Some((star, from));
        (part, rest) = (star + 1, from);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_stands_where_it_must() {
        for (place, value, fits) in [
            (Place::Whole, "kube-system", false),
            (Place::Inside, "my-kube-x", true),
            (Place::Start, "kube-system", true),
            (Place::Start, "my-kube", false),
            (Place::End, "my-kube", true),
            (Place::End, "ube", false),
        ] {
            for fold in [false, true] {
                let pattern = Pattern::literal(place, "kube", fold);
                assert_eq!(pattern.matches(value), fits, "{place:?} {value} {fold}");
            }
        }
        assert!(Pattern::literal(Place::Inside, "Kube", true).matches("my-kUBE"));
        assert!(!Pattern::literal(Place::Inside, "Kube", false).matches("my-kUBE"));
        assert!(Pattern::literal(Place::End, "Ü", true).matches("ü"));
    }

    #[test]
    fn wildcards_can_be_taken_literally() {
        assert!(Pattern::wild(Place::Whole, r"a\*b", false).matches("a*b"));
        assert!(!Pattern::wild(Place::Whole, r"a\*b", false).matches("axb"));
        assert!(Pattern::wild(Place::Whole, r"C:\x", false).matches(r"C:\x"));
        assert_eq!(
            Pattern::wild(Place::Whole, r"a\\b", true).as_whole(),
            Some(r"a\b")
        );
        assert!(Pattern::wild(Place::Whole, "*", false).is_any());
    }

    /// The obvious way, which takes exponential time.
    fn naive(pattern: &[char], value: &[char]) -> bool {
        match pattern {
            [] => value.is_empty(),
            ['*', rest @ ..] => (0..=value.len()).any(|at| naive(rest, &value[at..])),
            ['?', rest @ ..] => !value.is_empty() && naive(rest, &value[1..]),
            [first, rest @ ..] => value.first() == Some(first) && naive(rest, &value[1..]),
        }
    }

    proptest! {
        #[test]
        fn wildcards_fit_as_the_obvious_way_does(pattern in "[ab*?]{0,6}", value in "[ab]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            let wild = Pattern::wild(Place::Whole, &pattern, false);
            prop_assert_eq!(wild.matches(&value), naive(&chars(&pattern), &chars(&value)));
            let inside = Pattern::wild(Place::Inside, &pattern, true);
            let around = format!("*{pattern}*");
            prop_assert_eq!(inside.matches(&value), naive(&chars(&around), &chars(&value)));
        }
    }
}
