//! A secret word: compared in constant time, never shown.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The longest token that is looked at: service-account tokens are about 1 KiB.
const LONGEST: usize = 16 << 10;

/// A token.
#[derive(Clone)]
pub struct Token {
    text: String,
    hash: [u8; 32],
}

impl Token {
    /// A new token of 256 random bits.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Token::known(&hex(&bytes)))
    }

    /// A token that was given out before, or by others.
    pub fn known(text: &str) -> Self {
        Token {
            text: text.to_owned(),
            hash: Sha256::digest(text.as_bytes()).into(),
        }
    }

    /// A token as a client sent it; `None` when it cannot be one.
    pub(crate) fn from_client(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        (!text.is_empty() && text.len() <= LONGEST && is_plain).then(|| Token::known(text))
    }

    /// Whether two tokens are the same. Hashes are compared, so that the time tells nothing.
    pub fn is(&self, other: &Token) -> bool {
        let mut difference = 0;
        for (one, two) in self.hash.iter().zip(&other.hash) {
            difference |= one ^ two;
        }
        difference == 0
    }

    /// The word itself, to show once or send to the API server.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What stands for the token in maps.
    pub(crate) fn hash(&self) -> [u8; 32] {
        self.hash
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string never fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn a_token_is_itself_and_never_shown() {
        let one = Token::random().unwrap();
        let two = Token::random().unwrap();
        assert!(one.is(&Token::known(one.reveal())));
        assert!(!one.is(&two));
        assert_eq!(format!("{one:?}"), "Token(redacted)");
        assert_eq!(one.reveal().len(), 64);
    }

    #[test]
    fn what_cannot_be_a_token_is_none() {
        for text in ["", "with space", "new\nline", "ü", &"x".repeat(20_000)] {
            assert!(Token::from_client(text).is_none());
        }
    }
}
