//! Messages of the domain name system, as far as the sensor reads them: the question and addresses.
//!
//! A message may be cut: the kernel hands out 512 bytes. What is whole is read, the rest is left.
//! Compressed names are followed backwards only, so that no message can make the reader run forever.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use catseye_event::runtime::{Answer, Dns};

/// Why a message is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DnsError {
    /// It ends before its first question does.
    #[error("the message ends within its question")]
    Short,
    /// It asks nothing.
    #[error("the message holds no question")]
    NoQuestion,
    /// A name is longer than 255 bytes or points forward.
    #[error("a name in the message is not well formed")]
    Name,
}

/// How many records are kept of one answer.
const MOST_ANSWERS: usize = 32;

struct Message<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Message<'_> {
    fn u8(&mut self) -> Result<u8, DnsError> {
        let byte = *self.bytes.get(self.at).ok_or(DnsError::Short)?;
        self.at += 1;
        Ok(byte)
    }

    fn u16(&mut self) -> Result<u16, DnsError> {
        Ok(u16::from_be_bytes([self.u8()?, self.u8()?]))
    }

    fn u32(&mut self) -> Result<u32, DnsError> {
        let high = u32::from(self.u16()?);
        Ok(high << 16 | u32::from(self.u16()?))
    }

    /// A name in lower case without the dot at its end; the root is empty.
    fn name(&mut self) -> Result<String, DnsError> {
        let mut name = String::new();
        let mut at = self.at;
        let mut end = None;
        // A pointer must lead further back than the one before it.
        let mut before = self.at;
        loop {
            let size = usize::from(*self.bytes.get(at).ok_or(DnsError::Short)?);
            if size == 0 {
                at += 1;
                break;
            }
            if size & 0xc0 == 0xc0 {
                let low = usize::from(*self.bytes.get(at + 1).ok_or(DnsError::Short)?);
                end.get_or_insert(at + 2);
                let target = (size & 0x3f) << 8 | low;
                if target >= before {
                    return Err(DnsError::Name);
                }
                before = target;
                at = target;
                continue;
            }
            let label = self
                .bytes
                .get(at + 1..at + 1 + size)
                .ok_or(DnsError::Short)?;
            if size > 63 || name.len() + size > 255 {
                return Err(DnsError::Name);
            }
            if !name.is_empty() {
                name.push('.');
            }
            for byte in label {
                match byte {
                    b'!'..=b'~' if *byte != b'.' && *byte != b'\\' => {
                        name.push(char::from(byte.to_ascii_lowercase()));
                    }
                    // As zone files write what is no plain character.
                    other => {
                        let _ = write!(name, "\\{other:03}");
                    }
                }
            }
            at += 1 + size;
        }
        self.at = end.unwrap_or(at);
        Ok(name)
    }
}

/// Reads a message; `whole` is how long it was before the kernel cut it.
pub fn read(bytes: &[u8]) -> Result<Dns, DnsError> {
    let mut message = Message { bytes, at: 0 };
    let _id = message.u16()?;
    let flags = message.u16()?;
    let questions = message.u16()?;
    let answers = message.u16()?;
    message.u32()?;
    if questions == 0 {
        return Err(DnsError::NoQuestion);
    }
    let name = message.name()?;
    let qtype = type_name(message.u16()?);
    message.u16()?;
    let is_answer = flags & 0x8000 != 0;
    let mut read = Dns {
        name,
        qtype,
        rcode: is_answer.then(|| rcode_name(flags & 15)),
        ..Dns::default()
    };
    // With more than one question the answers stand further on; no resolver asks so.
    if is_answer && questions == 1 {
        for _ in 0..answers {
            if read.answers.len() == MOST_ANSWERS {
                break;
            }
            match answer(&mut message) {
                Ok(answer) => read.answers.push(answer),
                Err(_) => break,
            }
        }
    }
    Ok(read)
}

fn answer(message: &mut Message<'_>) -> Result<Answer, DnsError> {
    message.name()?;
    let kind = message.u16()?;
    message.u16()?;
    let ttl = message.u32()?;
    let size = usize::from(message.u16()?);
    let data_at = message.at;
    let data = message
        .bytes
        .get(data_at..data_at + size)
        .ok_or(DnsError::Short)?;
    let mut answer = Answer {
        ttl,
        ..Answer::default()
    };
    match kind {
        1 => {
            let octets: [u8; 4] = data.try_into().map_err(|_| DnsError::Short)?;
            answer.address = Some(IpAddr::V4(Ipv4Addr::from(octets)));
        }
        28 => {
            let octets: [u8; 16] = data.try_into().map_err(|_| DnsError::Short)?;
            answer.address = Some(IpAddr::V6(Ipv6Addr::from(octets)));
        }
        5 => answer.alias = Some(message.name()?),
        _ => {}
    }
    message.at = data_at + size;
    Ok(answer)
}

fn type_name(number: u16) -> String {
    let name = match number {
        1 => "A",
        2 => "NS",
        5 => "CNAME",
        6 => "SOA",
        12 => "PTR",
        15 => "MX",
        16 => "TXT",
        28 => "AAAA",
        33 => "SRV",
        35 => "NAPTR",
        64 => "SVCB",
        65 => "HTTPS",
        255 => "ANY",
        other => return format!("TYPE{other}"),
    };
    name.to_owned()
}

fn rcode_name(number: u16) -> String {
    let name = match number {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        other => return format!("RCODE{other}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `shop.example` asked for, with a CNAME to `web.shop.example` and two addresses.
    fn message() -> Vec<u8> {
        let mut bytes = vec![0, 7, 0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0];
        bytes.extend(b"\x04Shop\x07example\0\0\x01\0\x01");
        bytes.extend(b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x06\x03web\xc0\x0c");
        bytes.extend(b"\xc0\x2a\0\x01\0\x01\0\0\0\x1e\0\x04\xcb\0\x71\x09");
        bytes.extend(b"\xc0\x2a\0\x1c\0\x01\0\0\0\x1e\0\x10");
        bytes.extend("2001:db8::9".parse::<Ipv6Addr>().unwrap().octets());
        bytes
    }

    #[test]
    fn an_answer_tells_name_alias_and_addresses() {
        let read = read(&message()).unwrap();
        assert_eq!(read.name, "shop.example");
        assert_eq!(read.qtype, "A");
        assert_eq!(read.rcode.as_deref(), Some("NOERROR"));
        assert_eq!(read.answers[0].alias.as_deref(), Some("web.shop.example"));
        assert_eq!(read.answers[0].ttl, 60);
        let addresses: Vec<_> = read.answers.iter().filter_map(|it| it.address).collect();
        assert_eq!(
            addresses,
            [
                "203.0.113.9".parse::<IpAddr>().unwrap(),
                "2001:db8::9".parse().unwrap()
            ]
        );
    }

    #[test]
    fn a_cut_answer_keeps_what_is_whole() {
        let message = message();
        let read = read(&message[..message.len() - 1]).unwrap();
        assert_eq!(read.answers.len(), 2);
    }

    #[test]
    fn a_name_that_points_at_itself_is_refused() {
        let mut bytes = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        bytes.extend(b"\xc0\x0c\0\x01\0\x01");
        assert_eq!(read(&bytes), Err(DnsError::Name));
    }

    #[test]
    fn bytes_that_are_no_characters_are_written_as_numbers() {
        let mut bytes = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        bytes.extend(b"\x04a\x1b.b\0\0\x10\0\x01");
        assert_eq!(read(&bytes).unwrap().name, "a\\027\\046b");
    }

    proptest! {
        #[test]
        fn no_message_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = read(&bytes);
        }

        #[test]
        fn no_damage_to_a_message_makes_it_panic(at in 0_usize..70, byte: u8) {
            let mut bytes = message();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = read(&bytes);
        }
    }
}
