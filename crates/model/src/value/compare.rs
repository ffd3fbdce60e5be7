//! Equality and hashes of values, and comparison with plain ones.

use std::hash::{Hash, Hasher};

use super::{List, Map, Value};

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self[..] == other[..]
    }
}

impl Eq for List {}

impl Hash for List {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self[..].hash(state);
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.entries() == other.entries()
    }
}

impl Eq for Map {}

impl Hash for Map {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.entries().hash(state);
    }
}

impl List {
    fn is_same(&self, other: &Self) -> bool {
        self.as_ptr() == other.as_ptr() && self.len() == other.len()
    }

    /// True when somebody else holds it too.
    pub(super) fn is_shared(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|list| triomphe::ThinArc::strong_count(list) > 1)
    }
}

impl Map {
    fn is_same(&self, other: &Self) -> bool {
        self.entries().as_ptr() == other.entries().as_ptr() && self.len() == other.len()
    }

    /// True when somebody else holds it too.
    pub(super) fn is_shared(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|map| triomphe::ThinArc::strong_count(map) > 1)
    }
}

impl PartialEq<str> for Value {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Value {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(*other)
    }
}

impl PartialEq<String> for Value {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<bool> for Value {
    fn eq(&self, other: &bool) -> bool {
        self.as_bool() == Some(*other)
    }
}

macro_rules! equals_integer {
    ($($integer:ty),*) => {$(
        impl PartialEq<$integer> for Value {
            fn eq(&self, other: &$integer) -> bool {
                self.as_number() == Some(&serde_json::Number::from(*other))
            }
        }
    )*};
}

equals_integer!(i32, i64, u16, u32, u64, usize);

impl PartialEq<serde_json::Value> for Value {
    fn eq(&self, other: &serde_json::Value) -> bool {
        use serde_json::Value as Json;
        match (self, other) {
            (Value::Null, Json::Null) => true,
            (Value::Bool(one), Json::Bool(other)) => one == other,
            (Value::Number(one), Json::Number(other)) => one == other,
            (Value::String(one), Json::String(other)) => one.as_str() == other,
            (Value::Array(one), Json::Array(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one == other)
            }
            (Value::Object(one), Json::Object(other)) => {
                one.len() == other.len()
                    && one
                        .iter()
                        .all(|(key, value)| other.get(key.as_str()).is_some_and(|it| value == it))
            }
            _ => false,
        }
    }
}

impl PartialEq<Value> for serde_json::Value {
    fn eq(&self, other: &Value) -> bool {
        other == self
    }
}
