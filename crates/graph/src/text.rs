//! Texts that occur many times, kept once: field paths such as
//! `spec.template.spec.containers[0].securityContext.privileged`.

use std::collections::HashMap;

/// A text's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TextId(u32);

impl TextId {
    /// The empty text.
    pub const EMPTY: TextId = TextId(0);
}

/// The texts.
#[derive(Debug)]
pub struct Texts {
    numbers: HashMap<Box<str>, TextId, foldhash::fast::RandomState>,
    texts: Vec<Box<str>>,
}

impl Default for Texts {
    fn default() -> Self {
        Texts {
            numbers: std::iter::once(("".into(), TextId::EMPTY)).collect(),
            texts: vec!["".into()],
        }
    }
}

impl Texts {
    /// The number of a text, new or known.
    pub fn intern(&mut self, text: &str) -> TextId {
        if let Some(id) = self.numbers.get(text) {
            return *id;
        }
        let id = TextId(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(text.into());
        self.numbers.insert(text.into(), id);
        id
    }

    /// The text of a number that these texts gave out.
    pub fn get(&self, id: TextId) -> &str {
        self.texts.get(id.0 as usize).map_or("", |text| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once() {
        let mut texts = Texts::default();
        let spec = texts.intern("spec");
        assert_eq!(texts.intern("spec"), spec);
        assert_eq!(texts.intern(""), TextId::EMPTY);
        assert_eq!(texts.get(spec), "spec");
    }
}
