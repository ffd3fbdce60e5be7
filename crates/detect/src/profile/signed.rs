//! Profiles that are carried elsewhere, signed: an enforced profile decides what may run.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use super::Profiles;

/// Profiles with a signature over their written form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The written form of the profiles, as text, so that not a byte of it changes.
    pub profiles: String,
    /// The public key, in base64; whoever verifies has it from elsewhere.
    pub public_key: String,
    /// The Ed25519 signature, in base64.
    pub signature: String,
}

/// Why signed profiles are refused.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// The key is no Ed25519 key in PKCS#8.
    #[error("the key is no Ed25519 key in PKCS#8")]
    Key,
    /// Key or signature are no base64.
    #[error("the key or the signature is no base64")]
    Base64,
    /// The signature is not that of the key over these profiles.
    #[error("the signature does not fit the profiles and the key")]
    Mismatch,
    /// The profiles cannot be read or written.
    #[error("the profiles cannot be read")]
    Read(#[source] super::ReadError),
    /// The profiles cannot be written.
    #[error("the profiles cannot be written")]
    Write(#[source] serde_json::Error),
}

/// Signs profiles with an Ed25519 key in PKCS#8.
pub fn sign(profiles: &Profiles, key: &[u8]) -> Result<Signed, SignatureError> {
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(key).map_err(|_| SignatureError::Key)?;
    let text = profiles.to_json().map_err(SignatureError::Write)?;
    let signature = pair.sign(text.as_bytes());
    Ok(Signed {
        public_key: STANDARD.encode(pair.public_key().as_ref()),
        signature: STANDARD.encode(signature.as_ref()),
        profiles: text,
    })
}

/// The profiles, if they were signed by the owner of this public key (32 bytes).
pub fn verify(signed: &Signed, public_key: &[u8]) -> Result<Profiles, SignatureError> {
    let signature = STANDARD
        .decode(&signed.signature)
        .map_err(|_| SignatureError::Base64)?;
    UnparsedPublicKey::new(&ED25519, public_key)
        .verify(signed.profiles.as_bytes(), &signature)
        .map_err(|_| SignatureError::Mismatch)?;
    Profiles::from_json(&signed.profiles).map_err(SignatureError::Read)
}
