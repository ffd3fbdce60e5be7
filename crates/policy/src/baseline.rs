//! A baseline: the findings of an earlier scan, so that a pipeline fails only on what is new.
//!
//! A finding is recognised by its check, its object and its field told by names, never by line or
//! place in a list, so that moving text or adding a container does not bring it back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What makes a finding the same finding in the next scan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The check's id.
    pub check: String,
    /// The object, as displayed: `Deployment shop/cart`.
    pub object: String,
    /// The field, with list members told by name.
    pub path: String,
}

impl Identity {
    /// A short, stable name for the identity: 128 bits of FNV-1a, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
        for part in [&self.check, &self.object, &self.path] {
            for byte in part.bytes().chain([0]) {
                hash ^= u128::from(byte);
                hash = hash.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
            }
        }
        format!("{hash:032x}")
    }
}

/// The findings of an earlier scan; a file may hold several variants of one object, so they are counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Baseline {
    counts: BTreeMap<Identity, u32>,
}

/// A file that is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum InvalidBaseline {
    /// It is not the JSON of a baseline.
    #[error("not a baseline; write one with --write-baseline")]
    Json(#[source] serde_json::Error),
    /// It was written by a newer program.
    #[error("version {0} is not known; write it again with --write-baseline")]
    Version(u32),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    findings: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    check: String,
    object: String,
    path: String,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: u32,
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_one(count: &u32) -> bool {
    *count == 1
}

impl Baseline {
    /// Reads a baseline file.
    pub fn from_json(text: &str) -> Result<Self, InvalidBaseline> {
        let file: File = serde_json::from_str(text).map_err(InvalidBaseline::Json)?;
        if file.version != 1 {
            return Err(InvalidBaseline::Version(file.version));
        }
        let mut baseline = Baseline::default();
        for Entry {
            check,
            object,
            path,
            count,
        } in file.findings
        {
            *baseline
                .counts
                .entry(Identity {
                    check,
                    object,
                    path,
                })
                .or_default() += count;
        }
        Ok(baseline)
    }

    /// The file of this baseline.
    pub fn to_json(&self) -> String {
        // Strings and numbers under fixed keys always make JSON: the default below is never taken.
        let findings = self
            .counts
            .iter()
            .map(|(identity, count)| Entry {
                check: identity.check.clone(),
                object: identity.object.clone(),
                path: identity.path.clone(),
                count: *count,
            })
            .collect();
        let mut text = serde_json::to_string_pretty(&File {
            version: 1,
            findings,
        })
        .unwrap_or_default();
        text.push('\n');
        text
    }

    /// The number of findings.
    pub fn len(&self) -> usize {
        self.counts.values().map(|count| *count as usize).sum()
    }

    /// True without findings.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Adds one finding.
    pub fn add(&mut self, identity: Identity) {
        *self.counts.entry(identity).or_default() += 1;
    }

    /// True when the finding was there before, however often; nothing is counted.
    pub fn holds(&self, identity: &Identity) -> bool {
        self.counts.contains_key(identity)
    }

    /// True when the finding was there before; each entry excuses as many findings as it counts.
    pub fn take(&mut self, identity: &Identity) -> bool {
        match self.counts.get_mut(identity) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(check: &str) -> Identity {
        Identity {
            check: check.into(),
            object: "Pod a".into(),
            path: "spec".into(),
        }
    }

    #[test]
    fn a_second_variant_of_a_known_finding_is_new() {
        let mut baseline = Baseline::default();
        baseline.add(identity("A"));
        let mut read = Baseline::from_json(&baseline.to_json()).unwrap();
        assert_eq!(read, baseline);
        assert!(read.take(&identity("A")));
        assert!(!read.take(&identity("A")));
        assert!(!read.take(&identity("B")));
    }

    #[test]
    fn version_one_stays_readable() {
        let text = include_str!("../test-data/baseline-v1.json");
        let baseline = Baseline::from_json(text).unwrap();
        assert_eq!(baseline.to_json(), text);
    }

    #[test]
    fn other_files_are_refused() {
        assert!(Baseline::from_json("{}").is_err());
        assert!(Baseline::from_json(r#"{"version": 9, "findings": []}"#).is_err());
    }

    #[test]
    fn fingerprints_are_stable_and_separate_their_parts() {
        assert_eq!(identity("A").fingerprint(), identity("A").fingerprint());
        let shifted = Identity {
            check: "AP".into(),
            object: "od a".into(),
            path: "spec".into(),
        };
        assert_ne!(
            Identity {
                check: "A".into(),
                object: "Pod a".into(),
                path: "spec".into()
            }
            .fingerprint(),
            shifted.fingerprint()
        );
    }
}
