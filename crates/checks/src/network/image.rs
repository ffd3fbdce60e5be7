//! What an image reference says of the program in it: the repository, and the release in its tag.

/// The reference without tag and digest.
pub(crate) fn repository(image: &str) -> &str {
    split(image).0
}

/// The release that the tag names.
pub(crate) fn release(image: &str) -> Option<Release> {
    split(image).1.and_then(Release::of)
}

fn split(image: &str) -> (&str, Option<&str>) {
    let image = image.split('@').next().unwrap_or_default();
    match image.rsplit_once(':') {
        // A colon before a slash belongs to the registry's port.
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (image, None),
    }
}

/// A release number, `major.minor.patch`; pre-releases and variants count as the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Release(pub(crate) u32, pub(crate) u32, pub(crate) u32);

impl Release {
    /// Reads `1.9.4`, `v1.9.4`, `controller-v1.9.4`, `1.9.4-distroless`; a minor release alone reads
    /// as its first patch.
    pub(crate) fn of(tag: &str) -> Option<Self> {
        let start = tag.find(|c: char| c.is_ascii_digit())?;
        let text = tag.get(start..)?;
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let mut numbers = text.get(..end)?.split('.');
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next()?.parse().ok()?;
        let patch = match numbers.next() {
            Some(patch) => patch.parse().ok()?,
            None => 0,
        };
        Some(Release(major, minor, patch))
    }

    /// `major.minor`.
    pub(crate) fn minor(self) -> (u32, u32) {
        (self.0, self.1)
    }
}

impl std::fmt::Display for Release {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_of_tags() {
        for (image, expected) in [
            (
                "registry.k8s.io/ingress-nginx/controller:v1.9.4@sha256:ab",
                Some(Release(1, 9, 4)),
            ),
            (
                "a:5000/istio/pilot:1.30.4-distroless",
                Some(Release(1, 30, 4)),
            ),
            ("a/b:controller-v1.10.1", Some(Release(1, 10, 1))),
            ("a/b:1.20", Some(Release(1, 20, 0))),
            ("a:5000/b", None),
            ("a/b:latest", None),
            ("a/b:20240101", None),
        ] {
            assert_eq!(release(image), expected, "{image}");
        }
        assert_eq!(repository("a:5000/b/c:1@sha256:x"), "a:5000/b/c");
    }
}
