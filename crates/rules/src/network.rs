//! Networks in CIDR notation.

use std::net::IpAddr;

/// A network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: u128,
    mask: u128,
    is_v4: bool,
}

impl Network {
    /// `10.0.0.0/8`, `fd00::/8`, or a single address.
    pub fn read(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let (address, is_v4) = bits(address)?;
        let width = if is_v4 { 32 } else { 128 };
        let length = length.unwrap_or(width);
        if length > width {
            return None;
        }
        let hosts = width - length;
        let mask = u128::MAX.checked_shl(hosts).unwrap_or(0);
        Some(Network {
            address: address & mask,
            mask,
            is_v4,
        })
    }

    /// True when the text is an address in the network.
    pub fn has(&self, address: &str) -> bool {
        bits(address)
            .is_some_and(|(bits, is_v4)| is_v4 == self.is_v4 && bits & self.mask == self.address)
    }
}

fn bits(address: &str) -> Option<(u128, bool)> {
    let address: IpAddr = address.parse().ok()?;
    Some(match address.to_canonical() {
        IpAddr::V4(address) => (u128::from(address.to_bits()), true),
        IpAddr::V6(address) => (address.to_bits(), false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_its_addresses() {
        for (network, address, has) in [
            ("10.0.0.0/8", "10.200.1.1", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("10.1.2.3/8", "10.9.9.9", true),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "::1", true),
            ("fd00::/8", "fd12::1", true),
            ("192.0.2.1", "192.0.2.1", true),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
            ("10.0.0.0/8", "cart", false),
        ] {
            let read = Network::read(network).expect(network);
            assert_eq!(read.has(address), has, "{network} {address}");
        }
        for wrong in ["10.0.0.0/33", "10.0.0.0/x", "cart", ""] {
            assert_eq!(Network::read(wrong), None, "{wrong}");
        }
    }
}
