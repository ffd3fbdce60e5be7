//! What a rule has found in a call, before it becomes a [`Detection`](crate::Detection).

use std::fmt;

use catseye_model::Severity;

use crate::detection::Evidence;

/// The words and the evidence of one match.
#[derive(Debug, Default)]
pub struct Found {
    pub(crate) messages: Vec<String>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) severity: Option<Severity>,
}

impl Found {
    /// Says what happened; completes "ACTOR …". Said twice, both stand.
    pub(crate) fn say(&mut self, message: impl Into<String>) -> &mut Self {
        let message = message.into();
        if !self.messages.contains(&message) {
            self.messages.push(message);
        }
        self
    }

    /// Names a field of the event that shows it.
    pub(crate) fn with(&mut self, field: impl Into<String>, value: impl Into<String>) -> &mut Self {
        /// Long enough for a command line, short enough for a table of evidence.
        const LONGEST: usize = 400;
        let mut value = value.into();
        if value.len() > LONGEST {
            let cut = (0..=LONGEST)
                .rev()
                .find(|at| value.is_char_boundary(*at))
                .unwrap_or_default();
            value.truncate(cut);
            value.push('…');
        }
        self.evidence.push(Evidence {
            field: field.into(),
            value,
        });
        self
    }

    /// Names a field of the object that was sent.
    pub(crate) fn body(&mut self, path: impl fmt::Display, value: impl Into<String>) -> &mut Self {
        self.with(format!("requestObject.{path}"), value)
    }

    /// Gives this match a severity of its own; of several the worst counts.
    pub(crate) fn at(&mut self, severity: Severity) -> &mut Self {
        self.severity = Some(self.severity.map_or(severity, |known| known.max(severity)));
        self
    }

    /// Gives this match a lower severity than the rule's.
    pub(crate) fn lower_to(&mut self, severity: Severity) -> &mut Self {
        self.severity = Some(severity);
        self
    }

    /// True when something was said.
    pub(crate) fn is_match(&self) -> bool {
        !self.messages.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.messages.clear();
        self.evidence.clear();
        self.severity = None;
    }
}

#[cfg(test)]
mod tests {
    use super::Found;

    #[test]
    fn long_evidence_is_cut_between_characters() {
        let mut found = Found::default();
        found.with("f", "ä".repeat(300));
        let value = &found.evidence[0].value;
        assert_eq!(value.len(), 400 + '…'.len_utf8());
        assert!(value.ends_with("ä…"));
    }
}
