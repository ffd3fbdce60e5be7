//! Image references: `registry.example.com:5000/team/app:1.2@sha256:…`, read as the container runtimes
//! read them (the grammar of `distribution/reference`).
//!
//! ```text
//!  nginx                        docker.io / library/nginx
//!  bitnami/redis:7              docker.io / bitnami/redis : 7
//!  localhost:5000/app@sha256:…  localhost:5000 / app       @ sha256:…
//! ```
//!
//! A reference borrows its text and allocates nothing, because checks read one for every container.

use std::borrow::Cow;
use std::fmt;

/// The registry of images that name none.
pub const DOCKER_HUB: &str = "docker.io";

/// Other hosts under which Docker Hub serves the same images.
const DOCKER_HUB_ALIASES: [&str; 4] = [
    DOCKER_HUB,
    "index.docker.io",
    "registry-1.docker.io",
    DOCKER_HUB_SITE,
];

const DOCKER_HUB_SITE: &str = "registry.hub.docker.com";

/// The port that a registry has when none is written.
const HTTPS: u32 = 443;

/// An image reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImageReference<'a> {
    registry: &'a str,
    path: &'a str,
    tag: Option<&'a str>,
    digest: Option<Digest<'a>>,
}

/// The digest of an image: it names one content for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest<'a> {
    /// The algorithm, normally `sha256`.
    pub algorithm: &'a str,
    /// The digest itself, in the algorithm's encoding.
    pub encoded: &'a str,
}

/// Why a text is no image reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidImage {
    /// No repository is named.
    #[error("it names no repository")]
    NoRepository,
    /// The host of the registry is malformed.
    #[error("the registry is malformed")]
    Registry,
    /// The repository holds characters that none may hold, such as capitals.
    #[error("the repository is malformed: write lower case letters, digits, . _ - and /")]
    Repository,
    /// The tag is malformed.
    #[error("the tag is malformed")]
    Tag,
    /// The digest is malformed, or has not the length of its algorithm.
    #[error("the digest is malformed: write sha256: and 64 hexadecimal digits, lower case")]
    Digest,
}

impl<'a> ImageReference<'a> {
    /// Reads a reference as written in `image`.
    pub fn parse(text: &'a str) -> Result<Self, InvalidImage> {
        let (name_and_tag, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(Digest::parse(digest)?)),
            None => (text, None),
        };
        let (registry, rest) = split_registry(name_and_tag);
        if !is_registry(registry) {
            return Err(InvalidImage::Registry);
        }
        let (path, tag) = match rest.split_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (rest, None),
        };
        if path.is_empty() {
            return Err(InvalidImage::NoRepository);
        }
        // 64 hexadecimal digits alone are the id of a local image.
        let is_id = path.len() == 64 && registry == DOCKER_HUB && path.bytes().all(is_lower_hex);
        if is_id || path.len() > 255 || !path.split('/').all(is_path_component) {
            return Err(InvalidImage::Repository);
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(InvalidImage::Tag);
        }
        let registry = without_default_port(registry);
        // One image, one reading: `nginx` and `docker.io/library/nginx` are the same.
        let path = match path.strip_prefix("library/") {
            Some(name) if is_docker_hub(registry) && !name.is_empty() && !name.contains('/') => {
                name
            }
            _ => path,
        };
        Ok(ImageReference {
            registry,
            path,
            tag,
            digest,
        })
    }

    /// The host of the registry, with its port unless that is 443, as written; `docker.io` where none is.
    pub fn registry(&self) -> &'a str {
        if is_docker_hub(self.registry) {
            DOCKER_HUB
        } else {
            self.registry
        }
    }

    /// The repository in its registry: `library/nginx` for `nginx`.
    pub fn repository(&self) -> Cow<'a, str> {
        if self.is_official() {
            Cow::Owned(format!("library/{}", self.path))
        } else {
            Cow::Borrowed(self.path)
        }
    }

    /// The tag, as written.
    pub fn tag(&self) -> Option<&'a str> {
        self.tag
    }

    /// The digest. Where there is a tag beside it, runtimes pull by digest and ignore the tag.
    pub fn digest(&self) -> Option<Digest<'a>> {
        self.digest
    }

    /// The tag that is pulled: `latest` where neither tag nor digest is written, and none where a
    /// digest decides.
    pub fn effective_tag(&self) -> Option<&'a str> {
        match self.digest {
            Some(_) => None,
            None => Some(self.tag.unwrap_or("latest")),
        }
    }

    /// The last word of the repository: `nginx` of `library/nginx`.
    pub fn name(&self) -> &'a str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// The segments of the repository, `library` and `nginx` for `nginx`.
    pub fn segments(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.is_official()
            .then_some("library")
            .into_iter()
            .chain(self.path.split('/'))
    }

    /// True when the image lies in that registry or repository: `registry.example.com`,
    /// `ghcr.io/example`, `docker.io`, `bitnami`, `nginx`.
    ///
    /// The host must be the whole host (`gcr.io` is not `gcr.io.example.com`) unless the place begins
    /// with `*.`, which stands for its subdomains, and the path ends between segments
    /// (`ghcr.io/team` is not `ghcr.io/team-b`). A place without host is one of Docker Hub.
    pub fn is_in(&self, place: &str) -> bool {
        let place = place.trim_end_matches('/');
        let (host, path) = match place.split_once('/') {
            Some((host, path)) if is_host(host) => (host, path),
            None if is_host(place) => (place, ""),
            _ => (DOCKER_HUB, place),
        };
        if place.is_empty() || !self.is_on_host(host) {
            return false;
        }
        let on_hub = is_docker_hub(without_default_port(host));
        path.is_empty()
            || starts_with_segments(self.segments(), path)
            // Docker Hub's official images are known by one word.
            || on_hub && self.is_official() && starts_with_segments(self.path.split('/'), path)
    }

    fn is_on_host(&self, host: &str) -> bool {
        if let Some(domain) = host.strip_prefix("*.") {
            let registry = self.registry();
            let end = registry.len().checked_sub(domain.len());
            return end
                .and_then(|end| Some((registry.get(..end)?, registry.get(end..)?)))
                .is_some_and(|(sub, tail)| {
                    sub.len() > 1 && sub.ends_with('.') && tail.eq_ignore_ascii_case(domain)
                });
        }
        let host = without_default_port(host);
        // Who names the host of the site means images that are fetched by this name.
        if host.eq_ignore_ascii_case(DOCKER_HUB_SITE) {
            return without_default_port(self.registry).eq_ignore_ascii_case(host);
        }
        let host = if is_docker_hub(host) {
            DOCKER_HUB
        } else {
            host
        };
        let (ours, theirs) = (split_port(self.registry()), split_port(host));
        ours.0.eq_ignore_ascii_case(theirs.0) && ours.1 == theirs.1
    }

    fn is_official(&self) -> bool {
        is_docker_hub(self.registry) && !self.path.contains('/')
    }
}

impl<'a> Digest<'a> {
    fn parse(text: &'a str) -> Result<Self, InvalidImage> {
        let (algorithm, encoded) = text.split_once(':').ok_or(InvalidImage::Digest)?;
        let hex = |length| encoded.len() == length && encoded.bytes().all(is_lower_hex);
        // https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
        let valid = match algorithm {
            "sha256" | "blake3" => hex(64),
            "sha512" => hex(128),
            _ => {
                let is_word = |word: &str| {
                    !word.is_empty()
                        && word
                            .bytes()
                            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                };
                algorithm.split(['+', '.', '_', '-']).all(is_word)
                    && !encoded.is_empty()
                    && encoded
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'=' | b'_' | b'-'))
            }
        };
        valid
            .then_some(Digest { algorithm, encoded })
            .ok_or(InvalidImage::Digest)
    }
}

impl fmt::Display for Digest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.encoded)
    }
}

impl fmt::Display for ImageReference<'_> {
    /// The full form: `docker.io/library/nginx:1.27`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry(), self.repository())?;
        if let Some(tag) = self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// True for text that a tool fills in before it reaches a cluster: `{{ .Values.image }}`, `${IMAGE}`,
/// `<image>`; nothing can be said of such an image.
pub fn is_placeholder(image: &str) -> bool {
    image.contains("{{")
        || image.contains("${")
        || image.contains("$(")
        || image.contains(['<', '>', '%'])
}

fn split_registry(text: &str) -> (&str, &str) {
    match text.split_once('/') {
        Some((first, rest)) if is_host(first) => (first, rest),
        _ => (DOCKER_HUB, text),
    }
}

/// A first segment is a host when it could not be the name of a repository: it holds a dot, a port or
/// capitals, or is `localhost`.
fn is_host(segment: &str) -> bool {
    segment.contains(['.', ':'])
        || segment == "localhost"
        || segment.bytes().any(|b| b.is_ascii_uppercase())
}

/// A registry's host, and its port as a number: `05000` is 5000.
fn split_port(registry: &str) -> (&str, Option<u32>) {
    match registry.rsplit_once(':') {
        // The last colon of `[::1]` is within the brackets.
        Some((host, port)) if !port.contains(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (registry, None),
        },
        _ => (registry, None),
    }
}

/// The registry without `:443`, unless it would be no host without a port.
fn without_default_port(registry: &str) -> &str {
    match split_port(registry) {
        (host, Some(HTTPS)) if is_host(host) => host,
        _ => registry,
    }
}

fn is_docker_hub(registry: &str) -> bool {
    DOCKER_HUB_ALIASES
        .iter()
        .any(|alias| registry.eq_ignore_ascii_case(alias))
}

fn is_registry(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            if !address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':') {
                return false;
            }
            ("", rest)
        }
        None => match text.split_once(':') {
            Some((host, _)) => (host, &text[host.len()..]),
            None => (text, ""),
        },
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let host_is_sound = text.starts_with('[') || host.split('.').all(is_label);
    let port_is_sound = match port.strip_prefix(':') {
        Some(digits) => !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()),
        None => port.is_empty(),
    };
    host_is_sound && port_is_sound
}

/// `[a-z0-9]+` joined by `.`, `_`, `__` or any number of `-`.
fn is_path_component(text: &str) -> bool {
    let is_alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    is_alphanumeric(*first)
        && is_alphanumeric(*last)
        && bytes
            .iter()
            .all(|b| is_alphanumeric(*b) || matches!(b, b'.' | b'_' | b'-'))
        && bytes.split(|b| is_alphanumeric(*b)).all(|separator| {
            matches!(separator, b"" | b"." | b"_" | b"__") || separator.iter().all(|b| *b == b'-')
        })
}

fn is_tag(text: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|b| is_word(b) || matches!(b, b'.' | b'-'))
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn starts_with_segments<'a>(mut segments: impl Iterator<Item = &'a str>, prefix: &str) -> bool {
    prefix
        .split('/')
        .all(|wanted| segments.next() == Some(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn references_are_normalised_as_runtimes_do() {
        for (text, full, tag) in [
            ("nginx", "docker.io/library/nginx", Some("latest")),
            ("nginx:1.27", "docker.io/library/nginx:1.27", Some("1.27")),
            ("bitnami/redis", "docker.io/bitnami/redis", Some("latest")),
            (
                "index.docker.io/nginx",
                "docker.io/library/nginx",
                Some("latest"),
            ),
            ("library/nginx:1", "docker.io/library/nginx:1", Some("1")),
            ("ghcr.io:443/a:1", "ghcr.io/a:1", Some("1")),
            ("host:443/a:1", "host:443/a:1", Some("1")),
            ("localhost/a", "localhost/a", Some("latest")),
            ("localhost:5000/a:b", "localhost:5000/a:b", Some("b")),
            (
                "r.example.com:5000/a",
                "r.example.com:5000/a",
                Some("latest"),
            ),
            ("[fe80::1]:5000/a", "[fe80::1]:5000/a", Some("latest")),
            ("Registry/a", "Registry/a", Some("latest")),
            (
                "a/b__c/d.e--f:V1_x",
                "docker.io/a/b__c/d.e--f:V1_x",
                Some("V1_x"),
            ),
        ] {
            let image = ImageReference::parse(text).unwrap();
            assert_eq!(
                (image.to_string().as_str(), image.effective_tag()),
                (full, tag)
            );
        }
        let pinned = format!("ghcr.io/a/b:1@{SHA}");
        let image = ImageReference::parse(&pinned).unwrap();
        assert_eq!((image.tag(), image.effective_tag()), (Some("1"), None));
        assert_eq!(image.digest().unwrap().to_string(), SHA);
        assert_eq!(image.to_string(), pinned);
    }

    #[test]
    fn malformed_references_are_told_apart() {
        for (text, error) in [
            ("", InvalidImage::NoRepository),
            (":1", InvalidImage::NoRepository),
            ("ghcr.io/", InvalidImage::NoRepository),
            ("Nginx", InvalidImage::Repository),
            ("a//b", InvalidImage::Repository),
            ("a/-b", InvalidImage::Repository),
            ("a/b._c", InvalidImage::Repository),
            ("a/ b", InvalidImage::Repository),
            ("nginx:", InvalidImage::Tag),
            ("nginx:-1", InvalidImage::Tag),
            ("nginx:1:2", InvalidImage::Tag),
            ("-a.b/c", InvalidImage::Registry),
            ("a.b:x/c", InvalidImage::Registry),
            ("nginx@sha256", InvalidImage::Digest),
            ("nginx@sha256:abc", InvalidImage::Digest),
            ("nginx@:abc", InvalidImage::Digest),
        ] {
            assert_eq!(ImageReference::parse(text), Err(error), "{text}");
        }
        let capitals = format!("nginx@{}", SHA.to_uppercase().replace("SHA", "sha"));
        assert_eq!(ImageReference::parse(&capitals), Err(InvalidImage::Digest));
        // An algorithm that is not registered is taken at its word.
        assert!(ImageReference::parse("nginx@sha256+b64u:LCa0a2j_xo").is_ok());
    }

    #[test]
    fn places_match_whole_hosts_and_whole_segments() {
        for (image, place, expected) in [
            ("gcr.io/a/b", "gcr.io", true),
            ("GCR.IO/a/b", "gcr.io/", true),
            ("gcr.io.example.com/a", "gcr.io", false),
            ("eu.gcr.io/a", "gcr.io", false),
            ("eu.gcr.io/a", "*.gcr.io", true),
            ("gcr.io/a", "*.gcr.io", false),
            ("evilgcr.io/a", "*.gcr.io", false),
            ("ghcr.io/team/app", "ghcr.io/team", true),
            ("ghcr.io/team-b/app", "ghcr.io/team", false),
            ("ghcr.io/team", "ghcr.io/team/app", false),
            ("r.example.com:5000/a", "r.example.com", false),
            ("r.example.com:5000/a", "r.example.com:5000", true),
            ("nginx", "docker.io", true),
            ("nginx", "docker.io/library", true),
            ("nginx", "docker.io/nginx", true),
            ("nginx", "nginx", true),
            ("nginx", "library/nginx", true),
            ("evil/nginx", "nginx", false),
            ("bitnami/redis", "bitnami", true),
            ("bitnami-evil/redis", "bitnami", false),
            ("quay.io/bitnami/redis", "bitnami", false),
            ("registry-1.docker.io/library/nginx", "docker.io", true),
            ("docker.io.example.com/nginx", "docker.io", false),
            ("library/nginx", "nginx", true),
            ("docker.io/library/nginx", "nginx", true),
            ("index.docker.io:443/library/nginx", "docker.io/nginx", true),
            ("registry.hub.docker.com/library/nginx", "nginx", true),
            ("registry.hub.docker.com/library/nginx", "docker.io", true),
            (
                "registry.hub.docker.com/nginx",
                "registry.hub.docker.com",
                true,
            ),
            ("nginx", "registry.hub.docker.com", false),
            ("nginx", "docker.io:443/library/nginx", true),
            ("nginx", "registry-1.docker.io/library/nginx", true),
            ("library/nginx/evil", "nginx", false),
            ("quay.io/library/nginx", "nginx", false),
            ("ghcr.io:443/team/app", "ghcr.io/team", true),
            ("ghcr.io:0443/team/app", "ghcr.io/team", true),
            ("ghcr.io/team/app", "ghcr.io:443/team", true),
            ("ghcr.io:80/team/app", "ghcr.io/team", false),
            ("eu.gcr.io:443/a", "*.gcr.io", true),
            ("r.example.com:05000/a", "r.example.com:5000", true),
            ("[fe80::1]:443/a", "[fe80::1]", true),
            ("nginx", "", false),
        ] {
            let image = ImageReference::parse(image).unwrap();
            assert_eq!(image.is_in(place), expected, "{image} in {place}");
        }
    }

    #[test]
    fn placeholders_are_seen() {
        assert!(is_placeholder("{{ .Values.image }}:1"));
        assert!(is_placeholder("${REGISTRY}/app"));
        assert!(!is_placeholder("nginx:1"));
    }
}
