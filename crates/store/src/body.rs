//! Bodies: JSON as it is stored, compressed, and the hash by which equal ones are told.

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// A body is refused above this size, written or read: no object of Kubernetes comes near.
pub(crate) const LARGEST: usize = 64 << 20;

/// The level at which compressing costs about as much as writing what it saves.
const LEVEL: i32 = 3;

/// Compresses bytes.
pub(crate) fn compress(bytes: &[u8], level: i32) -> Result<Vec<u8>> {
    if bytes.len() > LARGEST {
        return Err(Error::invalid(format!(
            "a body of {} bytes is too large: the limit is {LARGEST}",
            bytes.len()
        )));
    }
    zstd::bulk::compress(bytes, level).map_err(|err| Error::invalid(err.to_string()))
}

/// Takes compressed bytes apart; bounded, whatever they say of their size.
pub(crate) fn expand(bytes: &[u8]) -> Result<Vec<u8>> {
    let size = zstd::zstd_safe::get_frame_content_size(bytes)
        .ok()
        .flatten()
        .and_then(|size| usize::try_from(size).ok())
        .filter(|size| *size <= LARGEST)
        .ok_or_else(|| Error::stored("body", "it is not a compressed body"))?;
    zstd::bulk::decompress(bytes, size).map_err(|err| Error::stored("body", err))
}

/// JSON as text, compressed.
pub(crate) fn pack(body: &Json) -> Result<Vec<u8>> {
    compress(&text(body), LEVEL)
}

/// What [`pack`] packed.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Json> {
    serde_json::from_slice(&expand(bytes)?).map_err(|err| Error::stored("body", err))
}

/// JSON as text; keys are sorted, so equal bodies have equal texts.
pub(crate) fn text(body: &Json) -> Vec<u8> {
    body.to_string().into_bytes()
}

/// Half a SHA-256 is enough to tell bodies apart.
pub(crate) fn hash(parts: &[&[u8]]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize()[..16].to_vec()
}
