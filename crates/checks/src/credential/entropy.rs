//! Whether a value looks generated rather than written: long enough, one run of characters, and
//! close to the entropy that its alphabet allows. It is evidence beside a suggestive name, never
//! a verdict alone, because digests, identifiers and certificates are random as well.

const SHORTEST: usize = 20;
const LONGEST: usize = 512;

/// Bits per character that random text of this length and alphabet nearly always exceeds: a
/// sample of 20 hex digits has about 3.3, of 20 base64 digits about 4.1 bits.
const HEX_BITS: f64 = 2.9;
const BASE64_BITS: f64 = 3.7;

/// Looks generated, and is nothing public that only looks so.
pub(super) fn looks_random(value: &str) -> bool {
    if !(SHORTEST..=LONGEST).contains(&value.len()) || is_public_by_shape(value) {
        return false;
    }
    let body = value.trim_end_matches('=');
    let digits = body.bytes().any(|b| b.is_ascii_digit());
    if body.bytes().all(|b| b.is_ascii_hexdigit()) {
        let letters = body.bytes().any(|b| b.is_ascii_alphabetic());
        return digits && letters && bits_per_character(body) >= HEX_BITS;
    }
    let in_alphabet = |b: u8| b.is_ascii_alphanumeric() || b"+/-_.~!@%^&*".contains(&b);
    if !body.bytes().all(in_alphabet) {
        return false;
    }
    // Words joined by dashes reach the threshold too; generated text mixes digits in, inside a run.
    digits && mixed_run(body) && bits_per_character(body) >= BASE64_BITS
}

/// One unbroken run of letters and digits, long and changing class often, as no identifier made
/// of words and version numbers does.
fn mixed_run(body: &str) -> bool {
    body.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| {
        let class = |b: u8| (b.is_ascii_digit(), b.is_ascii_uppercase());
        let changes = run
            .as_bytes()
            .windows(2)
            .filter(|w| class(w[0]) != class(w[1]))
            .count();
        run.len() >= 12 && changes * 5 >= run.len()
    })
}

/// Digests, identifiers, certificates and public keys: random to look at, and no secret.
pub(super) fn is_public_by_shape(value: &str) -> bool {
    #[rustfmt::skip]
    const PREFIXES: [&str; 15] = [
        "sha256:", "sha512:", "sha1:", "sha256-", "sha384-", "sha512-", "h1:", "md5:",
        "ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-", "LS0tLS1CRUdJTiBDRVJ", "LS0tLS1CRUdJTiBQVUJ",
        "-----BEGIN CERT", "-----BEGIN PUBLIC",
    ];
    PREFIXES.iter().any(|p| value.starts_with(p)) || value.contains("@sha256:") || is_uuid(value)
}

fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

fn bits_per_character(text: &str) -> f64 {
    let mut counts = [0_u16; 256];
    for b in text.bytes() {
        counts[usize::from(b)] += 1;
    }
    let total: f64 = counts.iter().map(|&n| f64::from(n)).sum();
    counts
        .iter()
        .filter(|&&n| n > 0)
        .map(|&n| f64::from(n) / total)
        .map(|share| -share * share.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::looks_random;

    #[test]
    fn generated_values_look_random() {
        for value in [
            "9f86d081884c7d659a2feaa0c55ad015",
            "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5",
            "kX9vQ2mN7pL4wR8tY1uB",
            "q7Ww+8xz/E2rT5yU1iO9pA==",
            "3fXk2-9dLqP0aZs7Yt4Rm1Vb",
        ] {
            assert!(looks_random(value), "{value}");
        }
    }

    #[test]
    fn public_and_written_values_do_not() {
        for value in [
            "short1A",
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "registry.example.com/app@sha256:9f86d081884c7d659a2feaa0c55ad015",
            "123e4567-e89b-12d3-a456-426614174000",
            "my-very-long-service-name-v2",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJl3dIeudNqd0DPMRD6OIh65",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "00000000000000000000000000000001",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "io.example.SomeLongJavaClassName",
            "a sentence with spaces and 1 number",
        ] {
            assert!(!looks_random(value), "{value}");
        }
    }
}
