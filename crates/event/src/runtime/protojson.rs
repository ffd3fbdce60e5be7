//! Reading what protojson writes: long numbers as texts, names in either case, wrapped scalars.

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;

use crate::audit::parse_time;

/// Field access by the name in the `.proto` file.
pub(super) trait Proto {
    /// The field of that name, also where it is written in camel case; `Null` is none.
    fn get_field(&self, name: &str) -> Option<&Value>;

    /// The first field of a path that leads through objects.
    fn path(&self, path: &[&str]) -> Option<&Value>;

    /// A text; empty where there is none.
    fn text(&self, name: &str) -> &str {
        self.get_field(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A number that is not negative, written as number, text or wrapped in `{"value":…}`.
    fn number(&self, name: &str) -> Option<u64> {
        self.get_field(name).and_then(number)
    }

    /// A number of 32 bits.
    fn number32(&self, name: &str) -> Option<u32> {
        self.number(name).and_then(|it| u32::try_from(it).ok())
    }

    /// A port.
    fn port(&self, name: &str) -> Option<u16> {
        self.number(name).and_then(|it| u16::try_from(it).ok())
    }

    /// An address; an IPv4 address in IPv6 clothes is an IPv4 address.
    fn address(&self, name: &str) -> Option<IpAddr> {
        let address: IpAddr = self.text(name).parse().ok()?;
        Some(address.to_canonical())
    }

    /// A time.
    fn time(&self, name: &str) -> Option<Timestamp> {
        parse_time(self.text(name))
    }

    /// The entries of a list; none where there is no list.
    fn list(&self, name: &str) -> &[Value] {
        self.get_field(name)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// The texts of a list.
    fn texts(&self, name: &str) -> Vec<String> {
        self.list(name)
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }
}

impl Proto for Value {
    fn get_field(&self, name: &str) -> Option<&Value> {
        let fields = self.as_object()?;
        let found = fields.get(name).or_else(|| {
            if !name.contains('_') {
                return None;
            }
            let other = fields.iter().find(|(key, _)| is_camel_of(key, name));
            other.map(|(_, value)| value)
        });
        found.filter(|value| !value.is_null())
    }

    fn path(&self, path: &[&str]) -> Option<&Value> {
        path.iter()
            .try_fold(self, |value, name| value.get_field(name))
    }
}

pub(super) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        Value::Object(wrapped) => wrapped.get("value").and_then(|it| match it {
            Value::Object(_) => None,
            it => number(it),
        }),
        _ => None,
    }
}

/// True when `key` is `name` in camel case: `execId` for `exec_id`.
fn is_camel_of(key: &str, name: &str) -> bool {
    let mut key = key.bytes();
    let mut upper = false;
    for byte in name.bytes() {
        if byte == b'_' {
            upper = true;
            continue;
        }
        let expected = if upper {
            byte.to_ascii_uppercase()
        } else {
            byte
        };
        upper = false;
        if key.next() != Some(expected) {
            return false;
        }
    }
    key.next().is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_come_as_numbers_texts_and_wrapped() {
        let value = json!({"pid": 7, "bytes_sent": "18446744073709551615", "isReply": {"value": "3"},
            "none": null, "bad": "x", "deep": {"value": {"value": 1}}});
        assert_eq!(value.number("pid"), Some(7));
        assert_eq!(value.number("bytes_sent"), Some(u64::MAX));
        assert_eq!(value.number("is_reply"), Some(3));
        for absent in ["none", "bad", "deep", "absent"] {
            assert_eq!(value.number(absent), None, "{absent}");
        }
    }
}
