//! The sentence that a Falco rule brings, with fields to fill in.

use catseye_event::Event;

use crate::field::Field;

/// A sentence with fields in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
    /// A field that no audit event has.
    Absent,
}

/// What stands for a field that the event does not have.
const ABSENT: &str = "<NA>";

/// No sentence of evidence needs more.
const LONGEST: usize = 400;

impl Output {
    /// Reads `text`, in which `%name` stands for what `field` makes of the name.
    pub(crate) fn read(text: &str, field: &dyn Fn(&str) -> Option<Field>) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            // `*%field` marks a field that may be absent; here all may.
            push_text(&mut parts, before.strip_suffix('*').unwrap_or(before));
            let name = field_name(after);
            rest = after.get(name.len()..).unwrap_or_default();
            if name.is_empty() {
                push_text(&mut parts, "%");
            } else {
                parts.push(field(name).map_or(Part::Absent, Part::Field));
            }
        }
        push_text(&mut parts, rest);
        Output { parts }
    }

    /// The sentence for an event.
    pub fn fill(&self, event: &Event<'_>) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Absent => text.push_str(ABSENT),
                Part::Field(field) => {
                    let values = field.all(event);
                    match values.as_slice() {
                        [] => text.push_str(ABSENT),
                        [one] => text.push_str(one),
                        several => {
                            text.push('(');
                            text.push_str(&several.join(","));
                            text.push(')');
                        }
                    }
                }
            }
        }
        if text.len() > LONGEST {
            let cut = (0..=LONGEST)
                .rev()
                .find(|at| text.is_char_boundary(*at))
                .unwrap_or_default();
            text.truncate(cut);
            text.push('…');
        }
        text
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
}

/// The field name at the start of the text, with its argument: `jevt.value[/spec/x]`.
fn field_name(text: &str) -> &str {
    let word = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '.';
    let end = text.find(|it| !word(it)).unwrap_or(text.len());
    let argument = text
        .get(end..)
        .filter(|rest| rest.starts_with('['))
        .and_then(|rest| rest.find(']'))
        .map_or(0, |at| at + 1);
    let name = text.get(..end + argument).unwrap_or_default();
    // A full stop after the name ends a sentence.
    if argument == 0 {
        name.trim_end_matches('.')
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_from_text() {
        assert_eq!(field_name("ka.user.name pod"), "ka.user.name");
        assert_eq!(field_name("ka.user.name."), "ka.user.name");
        assert_eq!(field_name("jevt.value[/a/b])"), "jevt.value[/a/b]");
        assert_eq!(field_name(" of"), "");
        let output = Output::read("100% of %a by *%b", &|name| {
            (name == "a").then_some(Field::Verb)
        });
        let text = |it: &str| Part::Text(it.into());
        assert_eq!(
            output.parts,
            [
                text("100"),
                text("%"),
                text(" of "),
                Part::Field(Field::Verb),
                text(" by "),
                Part::Absent
            ]
        );
    }
}
