//! The repository and version that an image reference names.

use std::fmt;

/// A release, or a candidate for it, by its tag. Candidates stand before their release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Release {
    numbers: (u32, u32, u32),
    is_final: bool,
}

impl Release {
    /// A final release.
    pub(super) const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Release {
            numbers: (major, minor, patch),
            is_final: true,
        }
    }

    /// The first thing that was ever called by that number.
    pub(super) const fn first(major: u32, minor: u32) -> Self {
        Release {
            numbers: (major, minor, 0),
            is_final: false,
        }
    }

    /// Reads `v2.3.4`, `2.3.4-ubuntu`, `v2.3.0-rc1`. A tag of fewer than three numbers moves and says
    /// nothing of the version; a build with a security fix on top (`11.0.5-security-01`) is no
    /// release that a table knows.
    pub(super) fn of_tag(tag: &str) -> Option<Self> {
        let tag = tag.strip_prefix('v').unwrap_or(tag);
        let end = tag
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(tag.len());
        let (numbers, suffix) = tag.split_at_checked(end)?;
        let mut numbers = numbers.split('.').map(|number| number.parse::<u32>().ok());
        let release = (numbers.next()??, numbers.next()??, numbers.next()??);
        if numbers.next().is_some() || suffix.contains("security") {
            return None;
        }
        let candidate = ["rc", "alpha", "beta", "pre", "dev"]
            .iter()
            .any(|word| suffix.contains(word));
        Some(Release {
            numbers: release,
            is_final: !candidate,
        })
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor, patch) = self.numbers;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// The repository of an image, without registry port confusion, tag or digest.
pub(super) fn repository(image: &str) -> &str {
    split(image).0
}

/// The tag of an image.
pub(super) fn tag(image: &str) -> Option<&str> {
    split(image).1
}

fn split(image: &str) -> (&str, Option<&str>) {
    let name = image.split('@').next().unwrap_or_default();
    match name.rsplit_once(':') {
        // A colon before a slash is the registry's port.
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    }
}

/// True when the repository ends with `suffix`, in whole path segments.
pub(super) fn ends_with(repository: &str, suffix: &str) -> bool {
    repository
        .strip_suffix(suffix)
        .is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_name_releases() {
        assert_eq!(Release::of_tag("v2.3.4"), Some(Release::new(2, 3, 4)));
        assert_eq!(Release::of_tag("9.2.0-ubuntu"), Some(Release::new(9, 2, 0)));
        for moving in ["latest", "2.3", "v2", "", "1.2.3.4", "11.0.5-security-01"] {
            assert_eq!(Release::of_tag(moving), None, "{moving}");
        }
        let candidate = Release::of_tag("v2.3.0-rc1").unwrap();
        assert!(candidate < Release::new(2, 3, 0));
        assert!(candidate > Release::first(2, 3) || candidate == Release::first(2, 3));
    }

    #[test]
    fn images_split_into_repository_and_tag() {
        assert_eq!(split("localhost:5000/a/b"), ("localhost:5000/a/b", None));
        assert_eq!(split("a/b:1@sha256:00"), ("a/b", Some("1")));
        assert!(ends_with("quay.io/argoproj/argocd", "argoproj/argocd"));
        assert!(ends_with("grafana/grafana", "grafana/grafana"));
        assert!(!ends_with("x/grafana/grafana-oncall", "grafana/grafana"));
        assert!(!ends_with("evilgrafana/grafana", "grafana/grafana"));
    }
}
