//! Texts and values that occur again become the same text and value.
//!
//! The keys of Kubernetes objects are a small vocabulary, and so are many of their values (`TCP`,
//! `IfNotPresent`, the names of images). While a value is read, its keys and short texts are looked up in
//! a table of the reading thread, which is bounded: a text that finds it full is simply its own.
//! [`Sharer`] goes further, for whoever keeps the objects of a whole cluster: equal lists and mappings
//! become one, and the pods of one template then cost little more than their names.

use std::cell::RefCell;
use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::{List, Map, Text, Value};

/// A longer text is seldom met again.
const SHORT: usize = 40;
/// Texts in the table of a thread, at most.
const TABLE: usize = 8192;

thread_local! {
    static TEXTS: RefCell<HashSet<Text, RandomState>> = RefCell::default();
}

/// The text, shared with an equal one that was met before where that is known.
pub fn text(text: &str) -> Text {
    if text.len() > SHORT {
        return Text::from(text);
    }
    if text.is_empty() {
        return Text::new();
    }
    TEXTS.with_borrow_mut(|texts| {
        if let Some(known) = texts.get(text) {
            return known.clone();
        }
        let new = Text::from(text);
        if texts.len() < TABLE {
            texts.insert(new.clone());
        }
        new
    })
}

/// Makes equal parts of many values one part. It holds what it has seen until [`Sharer::forget`].
#[derive(Debug, Default)]
pub struct Sharer {
    lists: HashSet<List, RandomState>,
    maps: HashSet<Map, RandomState>,
    texts: HashSet<Text, RandomState>,
}

impl Sharer {
    /// The same value, made of parts that values before it are made of where they are equal.
    pub fn share(&mut self, value: &Value) -> Value {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(list) => {
                if let Some(known) = self.lists.get(list) {
                    return Value::Array(known.clone());
                }
                let list: List = list.iter().map(|member| self.share(member)).collect();
                self.lists.insert(list.clone());
                Value::Array(list)
            }
            Value::Object(map) => {
                if let Some(known) = self.maps.get(map) {
                    return Value::Object(known.clone());
                }
                let entries = map.iter();
                let map = entries
                    .map(|(key, value)| (self.text(key), self.share(value)))
                    .collect();
                self.maps.insert(Map::clone(&map));
                Value::Object(map)
            }
        }
    }

    fn text(&mut self, text: &Text) -> Text {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        self.texts.insert(text.clone());
        text.clone()
    }

    /// How many lists and mappings it holds.
    pub fn parts(&self) -> usize {
        self.lists.len() + self.maps.len()
    }

    /// Forgets what only this table still holds.
    pub fn forget(&mut self) {
        // From the outside in: what a forgotten mapping held may be free only then.
        loop {
            let before = self.parts();
            self.maps.retain(Map::is_shared);
            self.lists.retain(List::is_shared);
            if self.parts() == before {
                break;
            }
        }
        self.texts
            .retain(|text| Text::strong_count(text).is_none_or(|count| count > 1));
    }
}
