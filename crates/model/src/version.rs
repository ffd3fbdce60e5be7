//! Kubernetes minor versions.

use std::fmt;
use std::str::FromStr;

/// A Kubernetes version, `major.minor`; patch releases do not change the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 1, so far.
    pub major: u16,
    /// The minor release.
    pub minor: u16,
}

impl Version {
    /// The newest minor release whose rules this program knows.
    pub const LATEST: Version = Version::minor(37);

    /// Version 1.`minor`.
    pub const fn minor(minor: u16) -> Self {
        Version { major: 1, minor }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Text that is no Kubernetes version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a Kubernetes version: write 1.31, v1.31.4 or latest")]
pub struct InvalidVersion(String);

impl FromStr for Version {
    type Err = InvalidVersion;

    /// Reads `1.31`, `v1.31.4`, `v1.31.4-gke.100`, `1.31+` and `latest`.
    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        if text.eq_ignore_ascii_case("latest") {
            return Ok(Version::LATEST);
        }
        let invalid = || InvalidVersion(text.to_owned());
        let (major, rest) = text
            .strip_prefix('v')
            .unwrap_or(text)
            .split_once('.')
            .ok_or_else(invalid)?;
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (minor, tail) = rest.split_at(digits);
        if !tail.is_empty() && !tail.starts_with(['.', '-', '+']) {
            return Err(invalid());
        }
        Ok(Version {
            major: major.parse().map_err(|_| invalid())?,
            minor: minor.parse().map_err(|_| invalid())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_usual_spellings() {
        for text in ["1.31", "v1.31", "v1.31.4", "1.31+", "v1.31.4-gke.100"] {
            assert_eq!(text.parse(), Ok(Version::minor(31)), "{text}");
        }
        for text in ["", "1", "31", "one.two", "1.x", "1.3x"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
        assert!(Version::minor(9) < Version::minor(10));
    }
}
