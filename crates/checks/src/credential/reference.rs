//! Values that say where a credential is, or configure it, rather than being one: paths, URLs
//! without a password, host and file names, durations, switches, prose.

/// How readily a value counts as a reference. A password may be a word or a number; a token, key
/// or secret that reads like an object name most likely names an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    Password,
    Opaque,
}

/// Points at something else, or is a setting.
pub(super) fn is_reference(value: &str, strictness: Strictness) -> bool {
    let value = value.trim();
    if is_switch_or_duration(value) || is_path(value) || is_url(value) || is_file_name(value) {
        return true;
    }
    if is_host(value) || super::entropy::is_public_by_shape(value) && !is_hyphenated_hex(value) {
        return true;
    }
    match strictness {
        Strictness::Password => value.bytes().all(|b| b.is_ascii_digit()) && value.len() < 4,
        Strictness::Opaque => {
            value.contains(char::is_whitespace)
                || is_number(value)
                || is_object_name(value)
                || is_call_or_member(value)
        }
    }
}

/// A UUID: public by its shape alone, but a common form of API key under a plain name.
fn is_hyphenated_hex(value: &str) -> bool {
    value.len() == 36 && value.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

fn is_switch_or_duration(value: &str) -> bool {
    #[rustfmt::skip]
    const UNITS: [&str; 16] = [
        "ns", "us", "ms", "s", "sec", "m", "min", "h", "d", "w", "y", "%", "mi", "gi", "ki",
        "mb",
    ];
    let unit = value.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let compound = value
        .bytes()
        .all(|b| b.is_ascii_digit() || b"hms".contains(&b))
        && value.starts_with(|c: char| c.is_ascii_digit())
        && value.ends_with(['h', 'm', 's']);
    compound
        || unit.len() < value.len() && UNITS.iter().any(|u| unit.eq_ignore_ascii_case(u))
        || ["true", "false", "yes", "no"]
            .iter()
            .any(|w| value.eq_ignore_ascii_case(w))
}

fn is_number(value: &str) -> bool {
    value
        .bytes()
        .all(|b| b.is_ascii_digit() || b"._,-+".contains(&b))
}

fn is_path(value: &str) -> bool {
    let rooted = ["/", "./", "../", "~/", "\\\\"]
        .iter()
        .any(|p| value.starts_with(p))
        || value
            .as_bytes()
            .get(1..3)
            .is_some_and(|b| b == b":\\" || b == b":/");
    if rooted {
        // Base64 may begin with a slash; a path repeats it or spells words.
        return !super::entropy::looks_random(value);
    }
    let segments = || value.split('/');
    segments().count() > 1 && segments().all(is_word_like) && !super::entropy::looks_random(value)
}

/// Letters in one case with dots, dashes and a few digits: a directory, an image, a package.
fn is_word_like(segment: &str) -> bool {
    segment
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._-:*".contains(&b))
        && !(segment.bytes().any(|b| b.is_ascii_uppercase())
            && segment.bytes().any(|b| b.is_ascii_digit()))
}

/// A URL; one that carries a password is found by its format before names are asked.
fn is_url(value: &str) -> bool {
    value.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+.-:".contains(&b))
    })
}

fn is_file_name(value: &str) -> bool {
    #[rustfmt::skip]
    const EXTENSIONS: [&str; 34] = [
        "pem", "key", "crt", "cer", "csr", "pub", "json", "yaml", "yml", "txt", "conf", "cfg",
        "ini", "properties", "jks", "p12", "pfx", "env", "toml", "xml", "sh", "py", "js", "ts",
        "go", "rb", "jwt", "token", "keytab", "gpg", "asc", "der", "keystore", "kubeconfig",
    ];
    !value.contains(char::is_whitespace)
        && value.rsplit_once('.').is_some_and(|(stem, extension)| {
            is_word_like(stem) && EXTENSIONS.iter().any(|e| extension.eq_ignore_ascii_case(e))
        })
}

fn is_host(value: &str) -> bool {
    #[rustfmt::skip]
    const TOP: [&str; 16] = [
        "local", "svc", "com", "org", "net", "io", "dev", "internal", "cluster", "test",
        "cloud", "example", "eu", "de", "uk", "app",
    ];
    let host = value.split_once(':').map_or(value, |(host, _)| host);
    let labels = || host.split('.');
    let lower = |l: &str| {
        !l.is_empty()
            && l.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    labels().count() > 1
        && labels().all(lower)
        && labels().next_back().is_some_and(|top| TOP.contains(&top))
}

/// Lower-case words joined by dashes or dots, as Kubernetes objects and settings are named.
fn is_object_name(value: &str) -> bool {
    let joined = value.contains(['-', '.', ',', ':', '/', '_']);
    let wordy = value
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b"-.,:/_".contains(&b));
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let named = value
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-./:".contains(&b));
    joined && (wordy || named && digits <= 2 && value.contains('-'))
}

/// Source code: `os.getenv("X")`, `self.token`.
fn is_call_or_member(value: &str) -> bool {
    value.contains(['(', ')', '{', '}', '<', '>'])
        || value.contains('.')
            && value.split('.').all(|part| {
                !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
            })
}

#[cfg(test)]
mod tests {
    use super::{Strictness::*, is_reference};

    #[test]
    fn references_are_recognised() {
        for value in [
            "/etc/secrets/password",
            "./token",
            "~/.aws/credentials",
            "my/secret/file/path",
            "C:\\keys\\id",
            "https://example.com/token",
            "jdbc:mysql://db/app",
            "tls.key",
            "config.json",
            "db.default.svc.cluster.local",
            "vault.example.com:8200",
            "30s",
            "1h30m",
            "true",
            "250ms",
            "50%",
            "sha256:0011",
        ] {
            assert!(is_reference(value, Password), "{value}");
        }
    }

    #[test]
    fn opaque_values_have_more_ways_to_be_references() {
        for value in [
            "my-tls-secret",
            "regcred-v2",
            "3600",
            "self.token",
            "os.getenv('T')",
            "two words",
            "apiKey.read.write",
            "cluster.default",
        ] {
            assert!(is_reference(value, Opaque), "{value}");
        }
        for value in [
            "abc123",
            "mytoken",
            "Zm9vYmFy",
            "123e4567-e89b-12d3-a456-426614174000",
        ] {
            assert!(!is_reference(value, Opaque), "{value}");
        }
    }

    #[test]
    fn passwords_may_be_words_and_numbers() {
        for value in [
            "123456",
            "correct-horse",
            "a.b-c",
            "hi",
            "p@ss/w0rD",
            "/Q7w+8xzE2rT5yU1iO9pA",
        ] {
            assert!(!is_reference(value, Password), "{value}");
        }
    }
}
