//! Words as numbers: the verbs, groups, resources, names and namespaces that rules speak of.
//!
//! A word of a request that no rule and no binding uses has no number; it can be matched by
//! wildcards alone.

use std::collections::HashMap;

/// A word's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Token(u32);

impl Token {
    /// The wildcard `*`.
    pub(crate) const ANY: Token = Token(0);
    /// The empty word: the core group, and the name of no object.
    pub(crate) const EMPTY: Token = Token(1);
    /// A word that no rule uses; equal to nothing that a rule holds.
    pub(crate) const UNKNOWN: Token = Token(u32::MAX);

    /// The number.
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

/// The words, each once.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    tokens: HashMap<Box<str>, Token, foldhash::fast::RandomState>,
    by_number: Vec<Box<str>>,
    /// `pods` and `exec` to `pods/exec`, so that a request need not join them.
    joined: HashMap<(Token, Token), Token, foldhash::fast::RandomState>,
}

impl Words {
    pub(crate) fn new() -> Self {
        let mut words = Words {
            tokens: HashMap::default(),
            by_number: Vec::new(),
            joined: HashMap::default(),
        };
        words.intern("*");
        words.intern("");
        words
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_number.len()
    }

    /// The words that came first, so many of them.
    pub(crate) fn first(&self, count: usize) -> Self {
        let mut words = self.clone();
        for late in words.by_number.drain(count.min(self.len())..) {
            words.tokens.remove(&late);
        }
        let is_known = |token: Token| (token.number() as usize) < count;
        words
            .joined
            .retain(|_, whole| is_known(*whole) || *whole == Token::UNKNOWN);
        words
    }

    /// The number of a word, which it gets if it has none.
    pub(crate) fn intern(&mut self, word: &str) -> Token {
        if let Some(token) = self.tokens.get(word) {
            return *token;
        }
        // 2^32 distinct words do not fit any machine's memory.
        let token = u32::try_from(self.by_number.len()).map_or(Token::UNKNOWN, Token);
        self.by_number.push(word.into());
        self.tokens.insert(word.into(), token);
        token
    }

    /// The number of a resource with or without a sub-resource.
    pub(crate) fn intern_resource(&mut self, resource: &str) -> Token {
        let whole = self.intern(resource);
        if let Some((base, sub)) = resource.split_once('/') {
            let parts = (self.intern(base), self.intern(sub));
            self.joined.insert(parts, whole);
        }
        whole
    }

    /// The number of a word.
    pub(crate) fn find(&self, word: &str) -> Token {
        if word.is_empty() {
            return Token::EMPTY;
        }
        self.tokens.get(word).copied().unwrap_or(Token::UNKNOWN)
    }

    /// The number of `base/sub`.
    pub(crate) fn joined(&self, base: Token, sub: Token) -> Token {
        self.joined
            .get(&(base, sub))
            .copied()
            .unwrap_or(Token::UNKNOWN)
    }

    /// The word of a number.
    pub(crate) fn word(&self, token: Token) -> &str {
        self.word_at(token.0)
    }

    /// The word of a bare number.
    pub(crate) fn word_at(&self, number: u32) -> &str {
        self.by_number
            .get(number as usize)
            .map_or("", |word| word.as_ref())
    }
}
