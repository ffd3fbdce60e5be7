//! Bodies: JSON as it is stored, compressed, and the hash by which equal ones are told.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use zstd::bulk::{Compressor, Decompressor};

use crate::error::{Error, Result};

/// Bytes above which a body is refused, written or read: no object of Kubernetes comes near.
pub const LARGEST: usize = 64 << 20;

/// The level at which compressing costs about as much as writing what it saves.
const LEVEL: i32 = 3;

thread_local! {
    // Their tables are larger than most bodies: making them anew would cost more than the compressing.
    static COMPRESSORS: RefCell<BTreeMap<i32, Compressor<'static>>> = const { RefCell::new(BTreeMap::new()) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Compresses bytes.
pub(crate) fn compress(bytes: &[u8], level: i32) -> Result<Vec<u8>> {
    if bytes.len() > LARGEST {
        return Err(Error::invalid(format!(
            "a body of {} bytes is too large: the limit is {LARGEST}",
            bytes.len()
        )));
    }
    COMPRESSORS.with_borrow_mut(|compressors| {
        let known = match compressors.entry(level) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let new = Compressor::new(level).map_err(|err| Error::invalid(err.to_string()))?;
                entry.insert(new)
            }
        };
        known
            .compress(bytes)
            .map_err(|err| Error::invalid(err.to_string()))
    })
}

/// Takes compressed bytes apart; bounded, whatever they say of their size.
pub(crate) fn expand(bytes: &[u8]) -> Result<Vec<u8>> {
    let size = zstd::zstd_safe::get_frame_content_size(bytes)
        .ok()
        .flatten()
        .and_then(|size| usize::try_from(size).ok())
        .filter(|size| *size <= LARGEST)
        .ok_or_else(|| Error::stored("body", "it is not a compressed body"))?;
    DECOMPRESSOR.with_borrow_mut(|decompressor| {
        if decompressor.is_none() {
            *decompressor = Decompressor::new().ok();
        }
        match decompressor {
            Some(decompressor) => decompressor.decompress(bytes, size),
            None => zstd::bulk::decompress(bytes, size),
        }
        .map_err(|err| Error::stored("body", err))
    })
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
