//! Browser sessions: a random cookie stands for a token, which stays here in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{HeaderMap, header};

use super::token::Token;

/// The cookie's name.
pub(crate) const COOKIE: &str = "catseye_session";

/// How long a session lasts without a request.
const IDLE: Duration = Duration::from_hours(12);
/// How many sessions one token may have; the one idle for the longest time makes room, and nobody else's.
const MOST_A_TOKEN: usize = 20;
/// How many sessions there are at most; then, too, the one idle for the longest time makes room.
const MOST: usize = 10_000;

/// The sessions.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    /// By hash of the cookie: who reads the memory of this map cannot use it.
    open: Mutex<BTreeMap<[u8; 32], Session>>,
}

#[derive(Debug)]
struct Session {
    token: Token,
    used: Instant,
}

impl Sessions {
    /// Opens a session and answers the cookie's value.
    pub(crate) fn open(&self, token: Token) -> Result<Token, getrandom::Error> {
        let id = Token::random()?;
        let now = Instant::now();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, session| now.duration_since(session.used) < IDLE);
        let own = open.values().filter(|session| session.token.is(&token));
        let within = match (own.count() >= MOST_A_TOKEN, open.len() >= MOST) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        };
        if let Some(own) = within {
            let oldest = open
                .iter()
                .filter(|(_, session)| !own || session.token.is(&token))
                .min_by_key(|(_, session)| session.used);
            if let Some(hash) = oldest.map(|(hash, _)| *hash) {
                open.remove(&hash);
            }
        }
        open.insert(id.hash(), Session { token, used: now });
        Ok(id)
    }

    /// The token of a session that is still open.
    pub(crate) fn token(&self, id: &Token) -> Option<Token> {
        let now = Instant::now();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let session = open.get_mut(&id.hash())?;
        if now.duration_since(session.used) >= IDLE {
            open.remove(&id.hash());
            return None;
        }
        session.used = now;
        Some(session.token.clone())
    }

    /// Ends a session.
    pub(crate) fn close(&self, id: &Token) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(&id.hash());
    }
}

/// The session cookie of a request.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<Token> {
    for value in headers.get_all(header::COOKIE) {
        let Ok(value) = value.to_str() else {
            continue;
        };
        for pair in value.split(';') {
            if let Some((name, value)) = pair.trim().split_once('=')
                && name == COOKIE
            {
                return Token::from_client(value);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_opens_many_sessions_ends_only_its_own() {
        let sessions = Sessions::default();
        let other = sessions.open(Token::known("other")).unwrap();
        let first = sessions.open(Token::known("one")).unwrap();
        for _ in 0..MOST_A_TOKEN {
            sessions.open(Token::known("one")).unwrap();
        }
        assert!(sessions.token(&other).is_some());
        assert!(sessions.token(&first).is_none());
        assert_eq!(sessions.open.lock().unwrap().len(), MOST_A_TOKEN + 1);
    }
}
