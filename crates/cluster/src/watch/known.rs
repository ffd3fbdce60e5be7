//! What the reader has been told of one kind: enough to tell it the difference to a new list.
//!
//! A key and two hashes an object. Uids and versions are opaque texts of the server; equal hashes of
//! 64 bits under a seed of this process stand for equal texts.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};

use catseye_model::Value;

use super::Key;

/// The objects of a kind that the reader holds.
#[derive(Debug, Default)]
pub(super) struct Known {
    objects: BTreeMap<Key, Entry>,
    round: u32,
    hash: RandomState,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    uid: u64,
    version: u64,
    round: u32,
}

/// The state of an object, as far as it matters whether it is still the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    uid: u64,
    version: u64,
}

/// How an object differs from what the reader holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Difference {
    /// It is new.
    New,
    /// It has changed.
    Changed,
    /// Another object of the same name stood there: that one was deleted.
    Replaced,
    /// The reader holds it so.
    Same,
}

impl Known {
    /// A list begins: what it does not name is gone when it ends.
    pub(super) fn begin(&mut self) {
        self.round = self.round.wrapping_add(1);
    }

    /// Compares an object with what the reader holds; it counts as listed.
    pub(super) fn compare(&mut self, key: &Key, object: &Value) -> Difference {
        let (uid, version) = self.hashes(object);
        let round = self.round;
        let Some(entry) = self.objects.get_mut(key) else {
            return Difference::New;
        };
        entry.round = round;
        if entry.uid != uid {
            Difference::Replaced
        } else if entry.version == version {
            Difference::Same
        } else {
            Difference::Changed
        }
    }

    /// By what an object is known again.
    pub(super) fn mark(&self, object: &Value) -> Mark {
        let (uid, version) = self.hashes(object);
        Mark { uid, version }
    }

    /// The reader holds the object of this mark.
    pub(super) fn told(&mut self, key: Key, mark: Mark) {
        let Mark { uid, version } = mark;
        let round = self.round;
        let entry = Entry {
            uid,
            version,
            round,
        };
        self.objects.insert(key, entry);
    }

    /// True when the reader holds an object of this key.
    pub(super) fn holds(&self, key: &Key) -> bool {
        self.objects.contains_key(key)
    }

    /// The reader does not hold it any more.
    pub(super) fn gone(&mut self, key: &Key) {
        self.objects.remove(key);
    }

    /// What the list that ended did not name.
    pub(super) fn unlisted(&self) -> Vec<Key> {
        let stale = |entry: &Entry| entry.round != self.round;
        self.objects
            .iter()
            .filter(|(_, entry)| stale(entry))
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// Everything the reader holds.
    pub(super) fn all(&self) -> Vec<Key> {
        self.objects.keys().cloned().collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    fn hashes(&self, object: &Value) -> (u64, u64) {
        let text = |field| object["metadata"][field].as_str().unwrap_or_default();
        (
            self.hash.hash_one(text("uid")),
            self.hash.hash_one(text("resourceVersion")),
        )
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::json;

    use super::*;

    fn object(uid: &str, version: &str) -> Value {
        json!({"metadata": {"name": "web", "uid": uid, "resourceVersion": version}})
    }

    #[test]
    fn an_object_is_new_then_the_same_then_changed_then_replaced() {
        let mut known = Known::default();
        let key = Key::of(&object("a", "1")).expect("it has a name");
        assert_eq!(known.compare(&key, &object("a", "1")), Difference::New);
        known.told(key.clone(), known.mark(&object("a", "1")));
        assert_eq!(known.compare(&key, &object("a", "1")), Difference::Same);
        assert_eq!(known.compare(&key, &object("a", "2")), Difference::Changed);
        assert_eq!(known.compare(&key, &object("b", "3")), Difference::Replaced);
    }

    #[test]
    fn what_a_list_does_not_name_is_gone() {
        let mut known = Known::default();
        let key = Key::of(&object("a", "1")).expect("it has a name");
        known.told(key.clone(), known.mark(&object("a", "1")));
        known.begin();
        assert_eq!(known.unlisted(), std::slice::from_ref(&key));
        known.compare(&key, &object("a", "1"));
        assert_eq!(known.unlisted(), []);
    }
}
