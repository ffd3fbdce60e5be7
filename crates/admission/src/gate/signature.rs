//! Cosign signatures with given keys, without asking anybody.
//!
//! What is signed is a small JSON text, the simple-signing payload, which names the digest of an image.
//! `cosign download signature IMAGE` prints payload and signature, one JSON object a line; whoever keeps
//! these lines in a file can check them where no registry is reached. Certificates and transparency logs
//! are not asked: only a key that the team gave counts.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use catseye_model::{Fields as _, Value};
use ring::signature::{ECDSA_P256_SHA256_ASN1, ED25519, UnparsedPublicKey};

/// What a DER `SubjectPublicKeyInfo` of an uncompressed P-256 point begins with.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// The same of an Ed25519 key.
const EDWARDS: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// The type that cosign writes into its payloads.
const TYPE: &str = "cosign container image signature";

/// Why a key or a signature cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The text is no PEM of a public key.
    #[error("no public key: write the PEM that begins with -----BEGIN PUBLIC KEY-----")]
    NoPem,
    /// The key is of another kind.
    #[error("the key is neither ECDSA P-256 nor Ed25519")]
    OtherKey,
    /// A line is not what cosign prints.
    #[error("line {line}: {message}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: &'static str,
    },
}

/// A public key that signs images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// A point of P-256, uncompressed.
    P256(Vec<u8>),
    /// An Ed25519 key.
    Ed25519(Vec<u8>),
}

impl PublicKey {
    /// Reads the PEM that `cosign public-key` prints.
    pub fn read(pem: &str) -> Result<Self, SignatureError> {
        let body = pem
            .split_once("-----BEGIN PUBLIC KEY-----")
            .and_then(|(_, rest)| rest.split_once("-----END PUBLIC KEY-----"))
            .map(|(body, _)| body.split_whitespace().collect::<String>())
            .ok_or(SignatureError::NoPem)?;
        let der = BASE64_STANDARD
            .decode(body)
            .map_err(|_| SignatureError::NoPem)?;
        if let Some(point) = der.strip_prefix(&P256)
            && point.len() == 65
        {
            return Ok(PublicKey::P256(point.to_vec()));
        }
        if let Some(key) = der.strip_prefix(&EDWARDS)
            && key.len() == 32
        {
            return Ok(PublicKey::Ed25519(key.to_vec()));
        }
        Err(SignatureError::OtherKey)
    }

    fn verifies(&self, payload: &[u8], signature: &[u8]) -> bool {
        match self {
            PublicKey::P256(key) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key)
                .verify(payload, signature)
                .is_ok(),
            PublicKey::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key)
                .verify(payload, signature)
                .is_ok(),
        }
    }
}

/// Digests that one of the keys has signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signed {
    digests: BTreeSet<String>,
    /// Lines whose signature none of the keys made.
    pub foreign: usize,
}

impl Signed {
    /// Reads lines of `cosign download signature` and keeps what one of the keys has signed.
    pub fn add(&mut self, lines: &str, keys: &[PublicKey]) -> Result<(), SignatureError> {
        for (index, text) in lines.lines().enumerate() {
            if text.trim().is_empty() {
                continue;
            }
            let fail = |message| SignatureError::Line {
                line: index + 1,
                message,
            };
            let value: Value =
                serde_json::from_str(text).map_err(|_| fail("no JSON object of cosign"))?;
            let decoded = |field: &str| {
                value
                    .text(field)
                    .and_then(|text| BASE64_STANDARD.decode(text).ok())
            };
            let payload = decoded("Payload").ok_or_else(|| fail("no Payload in base64"))?;
            let signature = decoded("Base64Signature").ok_or_else(|| fail("no Base64Signature"))?;
            // What is not signed is not read.
            if !keys.iter().any(|key| key.verifies(&payload, &signature)) {
                self.foreign += 1;
                continue;
            }
            let payload: Value =
                serde_json::from_slice(&payload).map_err(|_| fail("the payload is no JSON"))?;
            if payload.text("critical.type") != Some(TYPE) {
                return Err(fail("the payload is of another type than cosign's"));
            }
            let digest = payload
                .at("critical.image")
                .get("docker-manifest-digest")
                .and_then(Value::as_str)
                .ok_or_else(|| fail("the payload names no digest"))?;
            self.digests.insert(digest.to_owned());
        }
        Ok(())
    }

    /// True for a digest, such as `sha256:…`, that one of the keys has signed.
    pub fn has(&self, digest: &str) -> bool {
        self.digests.contains(digest)
    }

    /// How many digests are signed.
    pub fn len(&self) -> usize {
        self.digests.len()
    }

    /// True when nothing is signed.
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
    };

    const DIGEST: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

    fn payload() -> String {
        format!(
            r#"{{"critical":{{"identity":{{"docker-reference":"ghcr.io/shop/web"}},"image":{{"docker-manifest-digest":"{DIGEST}"}},"type":"{TYPE}"}},"optional":null}}"#
        )
    }

    fn line(payload: &str, signature: &[u8]) -> String {
        format!(
            "{{\"Base64Signature\":\"{}\",\"Payload\":\"{}\",\"Cert\":null}}\n",
            BASE64_STANDARD.encode(signature),
            BASE64_STANDARD.encode(payload)
        )
    }

    fn pem(prefix: &[u8], key: &[u8]) -> String {
        let der: Vec<u8> = prefix.iter().chain(key).copied().collect();
        format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            BASE64_STANDARD.encode(der)
        )
    }

    #[test]
    fn a_digest_is_signed_by_either_kind_of_key_and_by_no_other() {
        let random = SystemRandom::new();
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let point =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random)
                .unwrap();
        let document = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let edwards = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let text = payload();
        let by_point = line(
            &text,
            point.sign(&random, text.as_bytes()).unwrap().as_ref(),
        );
        let by_edwards = line(&text, edwards.sign(text.as_bytes()).as_ref());
        let p256 = PublicKey::read(&pem(&P256, point.public_key().as_ref())).unwrap();
        let ed25519 = PublicKey::read(&pem(&EDWARDS, edwards.public_key().as_ref())).unwrap();
        for (lines, keys, signed) in [
            (&by_point, vec![p256.clone()], true),
            (&by_edwards, vec![ed25519.clone()], true),
            (&by_point, vec![ed25519.clone(), p256.clone()], true),
            (&by_point, vec![ed25519], false),
            (&by_edwards, vec![p256.clone()], false),
        ] {
            let mut found = Signed::default();
            found.add(lines, &keys).unwrap();
            assert_eq!(found.has(DIGEST), signed);
            assert_eq!(found.foreign, usize::from(!signed));
        }
        let changed = text.replace("1111", "2222");
        let forged = line(
            &changed,
            point.sign(&random, text.as_bytes()).unwrap().as_ref(),
        );
        let mut found = Signed::default();
        found.add(&forged, &[p256]).unwrap();
        assert!(
            found.is_empty(),
            "a payload that was changed is signed by nobody"
        );
    }

    #[test]
    fn what_is_no_key_and_no_line_of_cosign_is_refused() {
        assert_eq!(PublicKey::read("hello"), Err(SignatureError::NoPem));
        assert_eq!(
            PublicKey::read(&pem(&[1, 2], &[3])),
            Err(SignatureError::OtherKey)
        );
        let err = Signed::default().add("\n{}\n", &[]).unwrap_err();
        assert_eq!(err.to_string(), "line 2: no Payload in base64");
    }
}
