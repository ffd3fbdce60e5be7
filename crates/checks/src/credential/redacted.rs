//! What may be shown of a secret: its length and, for a long one, its first characters.
//!
//! A reader needs to recognise *which* value is meant without learning it. Three characters are
//! enough for that (`AKI`, `ghp`), and a fifth of the value is the most that is ever given away.

use std::fmt;

const SHORTEST_WITH_PREFIX: usize = 12;
const LONGEST_PREFIX: usize = 3;

/// The length of a secret and at most its first three characters.
///
/// Invariant: `prefix` is empty when the value is shorter than twelve characters, and never more
/// than a fifth of it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Redacted {
    prefix: String,
    length: usize,
}

impl Redacted {
    /// The hint for `secret`; the secret itself is not kept.
    pub fn of(secret: &str) -> Self {
        let length = secret.chars().count();
        let shown = if length < SHORTEST_WITH_PREFIX {
            0
        } else {
            LONGEST_PREFIX.min(length / 5)
        };
        // Control and direction characters would let a value rewrite the terminal it is shown on.
        let prefix = secret
            .chars()
            .take(shown)
            .take_while(|c| c.is_alphanumeric() || c.is_ascii_punctuation())
            .collect();
        Self { prefix, length }
    }

    /// How many characters the secret has.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The characters that may be shown, often none.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let characters = if self.length == 1 {
            "character"
        } else {
            "characters"
        };
        if self.prefix.is_empty() {
            write!(f, "{} {characters}", self.length)
        } else {
            write!(f, "{}…, {} {characters}", self.prefix, self.length)
        }
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_values_show_their_length_only() {
        assert_eq!(Redacted::of("hunter2hunt").to_string(), "11 characters");
        assert_eq!(Redacted::of("").to_string(), "0 characters");
        assert_eq!(Redacted::of("é").to_string(), "1 character");
    }

    #[test]
    fn long_values_show_a_fifth_and_at_most_three_characters() {
        assert_eq!(
            Redacted::of("abcdefghijkl").to_string(),
            "ab…, 12 characters"
        );
        assert_eq!(
            format!("{:?}", Redacted::of(&"ab".repeat(20))),
            "aba…, 40 characters"
        );
        assert_eq!(
            Redacted::of(&"日本語".repeat(5)).to_string(),
            "日本語…, 15 characters"
        );
        assert_eq!(Redacted::of("\u{1b}[31mabcdefghijkl").prefix(), "");
    }

    proptest! {
        #[test]
        fn never_shows_more_than_allowed(secret in any::<String>()) {
            let hint = Redacted::of(&secret);
            let length = secret.chars().count();
            let shown = hint.prefix().chars().count();
            prop_assert!(shown <= 3 && shown * 5 <= length);
            prop_assert!(length >= 12 || shown == 0);
            prop_assert!(secret.starts_with(hint.prefix()));
            prop_assert_eq!(format!("{hint:?}"), hint.to_string());
            prop_assert!(hint.to_string().len() <= hint.prefix().len() + 40);
        }
    }
}
