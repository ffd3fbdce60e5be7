//! The names in a certificate request, found without reading all of ASN.1.
//!
//! A subject is a sequence of attributes, each an object identifier followed by a string. Two of them
//! count for Kubernetes: organisation (groups) and common name (user).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// The ends of `2.5.4.3` (common name) and `2.5.4.10` (organisation) as DER writes them.
const ATTRIBUTES: [[u8; 5]; 2] = [
    [0x06, 0x03, 0x55, 0x04, 0x03],
    [0x06, 0x03, 0x55, 0x04, 0x0a],
];

/// The common name and organisations of `spec.request`: base64 of PEM, of base64 of DER.
pub(crate) fn names_in_request(request: &str) -> Vec<String> {
    let joined: String = request.split_whitespace().collect();
    let Ok(pem) = BASE64_STANDARD.decode(joined) else {
        return Vec::new();
    };
    let pem = String::from_utf8_lossy(&pem);
    let body: String = pem
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .flat_map(|line| line.trim().chars())
        .collect();
    let der = BASE64_STANDARD.decode(body).unwrap_or_default();
    let mut names = Vec::new();
    for (at, window) in der.windows(5).enumerate() {
        if ATTRIBUTES.iter().any(|attribute| attribute == window)
            && let Some(name) = string_at(&der, at + 5)
        {
            names.push(name);
        }
    }
    names
}

/// The string that begins at `at`: a tag, a short length, and that many bytes.
fn string_at(der: &[u8], at: usize) -> Option<String> {
    let (tag, length) = (*der.get(at)?, usize::from(*der.get(at + 1)?));
    // UTF8String, PrintableString, T61String, IA5String; names longer than 127 bytes are none of ours.
    let is_text = matches!(tag, 0x0c | 0x13 | 0x14 | 0x16);
    let bytes = der.get(at + 2..at + 2 + length)?;
    (is_text && length < 128).then(|| String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_read_from_der() {
        let mut der = vec![0x30, 0x20];
        der.extend([0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 14]);
        der.extend(b"system:masters");
        der.extend([0x06, 0x03, 0x55, 0x04, 0x03, 0x13, 3]);
        der.extend(b"red");
        let pem = format!(
            "-----BEGIN CERTIFICATE REQUEST-----\n{}\n-----END CERTIFICATE REQUEST-----\n",
            BASE64_STANDARD.encode(der)
        );
        let names = names_in_request(&BASE64_STANDARD.encode(pem));
        assert_eq!(names, ["system:masters", "red"]);
    }

    #[test]
    fn what_is_no_request_has_no_names() {
        for request in ["", "!", "AAAA", "VQQDVQQD"] {
            assert!(names_in_request(request).is_empty(), "{request}");
        }
    }
}
