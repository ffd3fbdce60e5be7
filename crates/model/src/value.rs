//! A JSON value as an Inventory keeps it: never changed, small, and shared.
//!
//! `serde_json::Value` is made for building: every map is a tree whose nodes have room for eleven
//! entries, and every key its own allocation. Objects of a cluster have thousands of small maps with the
//! same few keys, so here a map is one sorted slice, a text that occurs again is the same text, and a
//! clone is a reference:
//!
//! ```text
//!  Value 16 bytes ── Array ──► count, [Value]
//!                 ── Object ─► count, [(Text, Value)] by key
//!                 ── String ─► count, text          (keys and short texts: interned while reading)
//! ```
//!
//! It reads like `serde_json::Value`, and converts from and to it where a value is built or changed.

mod compare;
mod intern;
mod read;
mod write;

use std::fmt;
use std::ops::{Deref, Index};

use arcstr::ArcStr;
use triomphe::ThinArc;

pub use serde_json::Number;

pub use intern::{Sharer, text};

/// A text of a [`Value`]: one pointer, cloned by counting.
pub type Text = ArcStr;

#[doc(hidden)]
pub use serde_json;

/// A [`Value`] written as JSON, with expressions in it: `json!({"name": name})`.
#[macro_export]
macro_rules! json {
    ($($json:tt)+) => {
        $crate::Value::from($crate::value::serde_json::json!($($json)+))
    };
}

/// Any JSON value. Equal values are equal whatever they share.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, kept as it was written.
    Number(Number),
    /// A text.
    String(Text),
    /// A list.
    Array(List),
    /// A mapping.
    Object(Map),
}

static NULL: Value = Value::Null;

/// The members of a list.
#[derive(Clone, Default)]
pub struct List(Option<ThinArc<(), Value>>);

/// The entries of a mapping, sorted by key, each key once.
#[derive(Clone, Default)]
pub struct Map(Option<ThinArc<(), (Text, Value)>>);

impl Value {
    /// The member at a position of a list, or of a key of a mapping.
    pub fn get(&self, at: impl At) -> Option<&Value> {
        at.within(self)
    }

    /// The value at a JSON pointer (RFC 6901).
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        if pointer.is_empty() {
            return Some(self);
        }
        let mut value = self;
        for step in pointer.strip_prefix('/')?.split('/') {
            let step = step.replace("~1", "/").replace("~0", "~");
            value = match value {
                Value::Object(map) => map.get(&step)?,
                Value::Array(list) => {
                    let written = !step.starts_with('+') && (step == "0" || !step.starts_with('0'));
                    list.get(step.parse::<usize>().ok().filter(|_| written)?)?
                }
                _ => return None,
            };
        }
        Some(value)
    }

    /// The text, of a text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, of an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::as_i64)
    }

    /// The number, of an integer that fits and is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        self.as_number().and_then(Number::as_u64)
    }

    /// The number, of any number.
    pub fn as_f64(&self) -> Option<f64> {
        self.as_number().and_then(Number::as_f64)
    }

    /// The number, of a number.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The members, of a list.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Value::Array(list) => Some(list),
            _ => None,
        }
    }

    /// The entries, of a mapping.
    pub fn as_object(&self) -> Option<&Map> {
        match self {
            Value::Object(map) => Some(map),
            _ => None,
        }
    }

    /// True for `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// True for a boolean.
    pub fn is_boolean(&self) -> bool {
        matches!(self, Value::Bool(_))
    }

    /// True for a number.
    pub fn is_number(&self) -> bool {
        matches!(self, Value::Number(_))
    }

    /// True for a text.
    pub fn is_string(&self) -> bool {
        matches!(self, Value::String(_))
    }

    /// True for a list.
    pub fn is_array(&self) -> bool {
        matches!(self, Value::Array(_))
    }

    /// True for a mapping.
    pub fn is_object(&self) -> bool {
        matches!(self, Value::Object(_))
    }

    /// The value, leaving `null`.
    #[must_use]
    pub fn take(&mut self) -> Value {
        std::mem::take(self)
    }

    /// Changes the value of a key, of a mapping that has it; copies the mapping's entries, not what they
    /// hold.
    pub fn update(&mut self, key: &str, change: impl FnOnce(&mut Value)) {
        if let Value::Object(map) = self
            && let Ok(place) = map.place(key)
        {
            let mut entries = map.to_vec();
            change(&mut entries[place].1);
            *map = Map::sorted(entries);
        }
    }

    /// Sets the value of a key, of a mapping; what is no mapping stays as it is.
    pub fn set(&mut self, key: &str, value: Value) {
        if let Value::Object(map) = self {
            let mut entries = map.to_vec();
            match map.place(key) {
                Ok(place) => entries[place].1 = value,
                Err(place) => entries.insert(place, (intern::text(key), value)),
            }
            *map = Map::sorted(entries);
        }
    }

    /// Sets the value of a key that a mapping lacks.
    pub fn complete(&mut self, key: &str, value: impl Into<Value>) {
        if self.get(key).is_none() {
            self.set(key, value.into());
        }
    }

    /// Changes every member of a list, or every value of a mapping.
    pub fn each(&mut self, mut change: impl FnMut(&mut Value)) {
        match self {
            Value::Array(list) => {
                let mut members = list.to_vec();
                members.iter_mut().for_each(change);
                *list = members.into();
            }
            Value::Object(map) => {
                let mut entries = map.to_vec();
                for (_, value) in &mut entries {
                    change(value);
                }
                *map = Map::sorted(entries);
            }
            _ => {}
        }
    }

    /// Takes a key out of a mapping.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let Value::Object(map) = self else {
            return None;
        };
        let place = map.place(key).ok()?;
        let mut entries = map.to_vec();
        let (_, value) = entries.remove(place);
        *map = Map::sorted(entries);
        Some(value)
    }
}

impl List {
    /// The members, which may be empty.
    pub fn as_slice(&self) -> &[Value] {
        self
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        self.0.as_ref().map_or(&[], |list| &list.slice)
    }
}

impl From<Vec<Value>> for List {
    fn from(members: Vec<Value>) -> Self {
        List((!members.is_empty()).then(|| ThinArc::from_header_and_iter((), members.into_iter())))
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(members: I) -> Self {
        members.into_iter().collect::<Vec<_>>().into()
    }
}

impl<'a> IntoIterator for &'a List {
    type Item = &'a Value;
    type IntoIter = std::slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Map {
    fn entries(&self) -> &[(Text, Value)] {
        self.0.as_ref().map_or(&[], |map| &map.slice)
    }

    /// Entries that are sorted, each key once.
    fn sorted(entries: Vec<(Text, Value)>) -> Self {
        debug_assert!(entries.is_sorted_by(|one, next| one.0 < next.0));
        Map((!entries.is_empty()).then(|| ThinArc::from_header_and_iter((), entries.into_iter())))
    }

    fn to_vec(&self) -> Vec<(Text, Value)> {
        self.entries().to_vec()
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        self.entries()
            .binary_search_by(|(name, _)| name.as_str().cmp(key))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let place = self.place(key).ok()?;
        Some(&self.entries()[place].1)
    }

    /// True when the key is there, whatever its value.
    pub fn contains_key(&self, key: &str) -> bool {
        self.place(key).is_ok()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// True for `{}`.
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// The entries, by key.
    pub fn iter(&self) -> Entries<'_> {
        Entries(self.entries().iter())
    }

    /// The keys in their order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Text> + ExactSizeIterator {
        self.entries().iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.entries().iter().map(|(_, value)| value)
    }
}

/// The entries of a [`Map`], by key.
#[derive(Debug, Clone)]
pub struct Entries<'a>(std::slice::Iter<'a, (Text, Value)>);

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a Text, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Entries<'_> {}

impl DoubleEndedIterator for Entries<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, value)| (key, value))
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a Text, &'a Value);
    type IntoIter = Entries<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<(Text, Value)> for Map {
    /// Of a key that comes twice, the later value counts.
    fn from_iter<I: IntoIterator<Item = (Text, Value)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        if !entries.is_sorted_by(|one, next| one.0 < next.0) {
            entries.sort_by(|one, next| one.0.cmp(&next.0));
            entries.dedup_by(|later, kept| {
                let again = later.0 == kept.0;
                if again {
                    std::mem::swap(later, kept);
                }
                again
            });
        }
        Map::sorted(entries)
    }
}

/// What a member of a value is asked for by: a key or a position.
pub trait At {
    /// The member of the value.
    fn within(self, value: &Value) -> Option<&Value>;
}

impl At for &str {
    fn within(self, value: &Value) -> Option<&Value> {
        value.as_object()?.get(self)
    }
}

impl At for &String {
    fn within(self, value: &Value) -> Option<&Value> {
        value.as_object()?.get(self)
    }
}

impl At for &Text {
    fn within(self, value: &Value) -> Option<&Value> {
        value.as_object()?.get(self)
    }
}

impl<A: At + Copy> At for &A {
    fn within(self, value: &Value) -> Option<&Value> {
        (*self).within(value)
    }
}

impl At for usize {
    fn within(self, value: &Value) -> Option<&Value> {
        value.as_array()?.get(self)
    }
}

impl<A: At> Index<A> for Value {
    type Output = Value;

    /// The member, or `null`: a judgement must not fall over what is absent.
    fn index(&self, at: A) -> &Value {
        at.within(self).unwrap_or(&NULL)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => out.write_str("Null"),
            Value::Bool(value) => write!(out, "Bool({value})"),
            Value::Number(number) => write!(out, "Number({number})"),
            Value::String(text) => write!(out, "String({text:?})"),
            Value::Array(list) => {
                out.write_str("Array ")?;
                out.debug_list().entries(list).finish()
            }
            Value::Object(map) => {
                out.write_str("Object ")?;
                out.debug_map().entries(map).finish()
            }
        }
    }
}

impl fmt::Debug for List {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self).finish()
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self).finish()
    }
}

#[cfg(test)]
mod tests;
