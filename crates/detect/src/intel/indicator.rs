//! One entry of a list: an address, a prefix, or a domain; of a URL its host.

use std::net::{IpAddr, SocketAddr};

use crate::audit::address::is_public;

/// What an entry says is bad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Indicator {
    /// A prefix, in 128 bits; IPv4 in its IPv6 clothes.
    Address {
        /// The first address.
        bits: u128,
        /// The length of the prefix, out of 128.
        length: u32,
    },
    /// A domain, in lower case.
    Domain(String),
}

/// What a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// An indicator.
    Taken(Indicator),
    /// An address or a name that would match too much.
    PassedOver,
    /// Neither.
    Unreadable,
}

pub(super) fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// Reads an entry, also where its dots were taken away so that nobody clicks on it.
pub(super) fn read(text: &str) -> Entry {
    let text = text.trim().trim_matches(['"', '\'']).trim();
    let text = text
        .replace("[.]", ".")
        .replace("(.)", ".")
        .replace("[:]", ":");
    let text = text.trim_start_matches("*.").trim_end_matches('.');
    if let Some((scheme, rest)) = text.split_once("://") {
        let known = ["http", "https", "hxxp", "hxxps", "ftp", "tcp", "udp"];
        if !known.contains(&scheme.to_ascii_lowercase().as_str()) {
            return Entry::Unreadable;
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        return host_entry(host);
    }
    if let Some((address, length)) = text.split_once('/') {
        let (Ok(address), Ok(length)) = (address.trim().parse(), length.trim().parse()) else {
            return Entry::Unreadable;
        };
        return prefix(address, length);
    }
    host_entry(text)
}

/// A host with or without a port.
fn host_entry(host: &str) -> Entry {
    if let Ok(address) = host.parse::<IpAddr>() {
        return whole(address);
    }
    if let Ok(socket) = host.parse::<SocketAddr>() {
        return whole(socket.ip());
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return whole(address);
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        _ => host,
    };
    domain(name)
}

fn whole(address: IpAddr) -> Entry {
    let length = if address.is_ipv4() { 32 } else { 128 };
    prefix(address, length)
}

fn prefix(address: IpAddr, length: u32) -> Entry {
    let (widest, offset, shortest) = match address {
        IpAddr::V4(_) => (32, 96, 8),
        IpAddr::V6(_) => (128, 0, 16),
    };
    if length > widest {
        return Entry::Unreadable;
    }
    let mask = u128::MAX.checked_shl(128 - offset - length).unwrap_or(0);
    let first = bits(address) & mask;
    let first_address = match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            IpAddr::from((v4.to_bits() & mask).to_be_bytes())
        }
        IpAddr::V6(_) => IpAddr::from(first.to_be_bytes()),
    };
    if length < shortest || !is_public(first_address.to_canonical()) {
        return Entry::PassedOver;
    }
    Entry::Taken(Indicator::Address {
        bits: first,
        length: offset + length,
    })
}

fn domain(name: &str) -> Entry {
    let name = name.to_ascii_lowercase();
    let plausible = name.len() <= 253
        && name.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .bytes()
                    .all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_')
        });
    if !plausible {
        return Entry::Unreadable;
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    if !name.contains('.') || matches!(last, "localhost" | "local" | "localdomain" | "internal") {
        return Entry::PassedOver;
    }
    if last.bytes().all(|it| it.is_ascii_digit()) {
        return Entry::Unreadable;
    }
    Entry::Taken(Indicator::Domain(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_in_every_form_that_lists_write() {
        let domain = |name: &str| Entry::Taken(Indicator::Domain(name.to_owned()));
        for (text, expected) in [
            ("Bad.Example.", domain("bad.example")),
            ("*.bad.example", domain("bad.example")),
            ("hxxp://bad[.]example/x", domain("bad.example")),
            (
                "https://user:pw@bad.example:8443/a?b",
                domain("bad.example"),
            ),
            ("bad.example:443", domain("bad.example")),
            ("10.0.0.1", Entry::PassedOver),
            ("0.0.0.0/0", Entry::PassedOver),
            ("localhost", Entry::PassedOver),
            ("203.0.113.0/33", Entry::Unreadable),
            ("not a domain", Entry::Unreadable),
            ("1.2.3", Entry::Unreadable),
            ("", Entry::Unreadable),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        for text in [
            "203.0.113.9",
            "203.0.113.9:443",
            "http://203.0.113.9/",
            "203[.]0[.]113[.]9",
        ] {
            let Entry::Taken(Indicator::Address { length, .. }) = read(text) else {
                panic!("{text}");
            };
            assert_eq!(length, 128, "{text}");
        }
    }
}
