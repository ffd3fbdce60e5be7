//! How the checks of this area tell of a credential: how bad, in which words, at which path. The
//! value is in none of the three, also where a key or a name turns out to be the credential.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Severity};

use crate::credential::{Confidence, Credential, detect, detect_all};

/// A credential in a text of a manifest, and what stands beside it.
#[derive(Debug)]
pub(super) struct Disclosure {
    credential: Credential,
    /// The line, from 1, in a text of several lines.
    line: Option<usize>,
    /// Credentials in the same text, beside this one.
    others: usize,
}

impl Disclosure {
    /// The worst credential in `text`, which is called `name`.
    pub(super) fn in_text(name: Option<&str>, text: &str) -> Option<Self> {
        let is_one_line = !text.trim().contains('\n');
        if is_one_line {
            return detect(name, text).map(Self::of);
        }
        let all = detect_all(text);
        let others = all.len().saturating_sub(1);
        let (offset, credential) = all
            .into_iter()
            .min_by_key(|(offset, found)| (std::cmp::Reverse(found.confidence), *offset))?;
        let before = text.get(..offset).unwrap_or_default();
        let line = before.split('\n').count();
        Some(Disclosure {
            credential,
            line: Some(line),
            others,
        })
    }

    /// One credential by itself.
    pub(super) fn of(credential: Credential) -> Self {
        Disclosure {
            credential,
            line: None,
            others: 0,
        }
    }

    /// What was found.
    pub(super) fn credential(&self) -> &Credential {
        &self.credential
    }

    /// Keys that open more than one application are the worst; a masked value is hardly bad.
    pub(super) fn severity(&self) -> Severity {
        match self.credential.confidence {
            Confidence::Low => Severity::Low,
            Confidence::High if opens_much(self.credential.id) => Severity::Critical,
            Confidence::Medium | Confidence::High => Severity::High,
        }
    }

    /// `password in DB_PASSWORD (8 characters)`, `private key in line 3 (31 characters) and 1 more`.
    pub(super) fn message(&self, holder: Option<&str>) -> String {
        let holder = holder.filter(|name| may_be_shown(name));
        let place = match (holder, self.line) {
            (Some(holder), Some(line)) => format!(" in {holder}, line {line}"),
            (Some(holder), None) => format!(" in {holder}"),
            (None, Some(line)) => format!(" in line {line}"),
            (None, None) => String::new(),
        };
        let others = match self.others {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        let Credential { kind, hint, .. } = &self.credential;
        format!("{kind}{place} ({hint}){others}")
    }
}

/// Keys of clouds, and private keys.
fn opens_much(id: &str) -> bool {
    let clouds = [
        "aws-",
        "gcp-",
        "azure-",
        "alibaba-",
        "tencent-",
        "digitalocean-",
    ];
    let keys = [
        "private-key",
        "private-key-base64",
        "pgp-private-key",
        "putty-private-key",
        "jwk-private-key",
        "service-account-token",
        "vault-token",
    ];
    clouds.iter().any(|cloud| id.starts_with(cloud)) || keys.contains(&id)
}

/// A name is shown unless it is long, or a credential itself.
pub(super) fn may_be_shown(name: &str) -> bool {
    const LONGEST: usize = 253;
    name.len() <= LONGEST && detect(None, name).is_none()
}

/// Reports tell the members of a list apart by their names.
pub(super) fn may_be_named(member: &Value) -> bool {
    member.text("name").is_none_or(may_be_shown)
}

/// The path of an entry of a mapping, or of the mapping where the key must not be shown.
pub(super) fn entry(mapping: FieldPath, key: &str) -> FieldPath {
    if may_be_shown(key) {
        mapping.key(key)
    } else {
        mapping
    }
}

/// `authSecret: registry`: a field called secret whose value could name a Secret most likely does.
pub(super) fn names_a_secret(field: &str, found: &Credential, value: &str) -> bool {
    let ends = ["secret", "secrets", "credential", "credentials", "creds"];
    let field = field.to_ascii_lowercase();
    found.confidence < Confidence::High
        && ends.iter().any(|end| field.ends_with(end))
        && value.len() <= 253
        && value
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.')
}
