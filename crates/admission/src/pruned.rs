//! JSON that nests deeper than any judgement looks: read to a depth, and what lies below is left out.
//!
//! The API server stores objects that nest up to 10,000 levels deep. Reading them whole would need as much
//! stack, here and in everything that walks a value; refusing them would let whoever writes such an object
//! decide that nobody judges it.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Levels that are read; what the reader itself can take is 128.
pub(crate) const LEVELS: usize = 100;

/// Reads JSON to [`LEVELS`]; true where something below was left out, in whose place null stands.
pub(crate) fn read(text: &[u8]) -> Result<(Value, bool), serde_json::Error> {
    let pruned = Cell::new(false);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Level {
        left: LEVELS,
        pruned: &pruned,
    }
    .deserialize(&mut reader)?;
    reader.end()?;
    Ok((value, pruned.get()))
}

#[derive(Clone, Copy)]
struct Level<'p> {
    left: usize,
    pruned: &'p Cell<bool>,
}

impl Level<'_> {
    fn below(self) -> Self {
        Level {
            left: self.left.saturating_sub(1),
            ..self
        }
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.left == 0 {
            // Passed over without recursion, however deep it goes.
            deserializer.deserialize_ignored_any(IgnoredAny)?;
            self.pruned.set(true);
            return Ok(Value::Null);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self.below())? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            map.insert(key, entries.next_value_seed(self.below())?);
        }
        Ok(map.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_deeper_is_left_out_and_what_does_not_is_read_as_it_is() {
        let text = r#"{"a": [1, -2, 1.5, "x", null, true], "b": {"c": {}}}"#;
        let whole: Value = serde_json::from_str(text).unwrap();
        assert_eq!(read(text.as_bytes()).unwrap(), (whole, false));
        for levels in [LEVELS + 1, 10_000, 1_000_000] {
            let deep = format!(
                r#"{{"deep": {}1{}, "after": 2}}"#,
                "[".repeat(levels),
                "]".repeat(levels)
            );
            let (value, pruned) = read(deep.as_bytes()).unwrap();
            assert_eq!(
                (pruned, &value["after"]),
                (true, &Value::from(2)),
                "{levels}"
            );
        }
        for wrong in ["{", "[1", "{} x", "", &"[".repeat(100_000)] {
            assert!(read(wrong.as_bytes()).is_err(), "{wrong:.10}");
        }
    }
}
