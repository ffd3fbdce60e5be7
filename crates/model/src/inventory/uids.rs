//! Uids to objects, in shards that are copied one at a time when an Inventory is patched.

use std::collections::HashMap;
use std::sync::Arc;

use super::ObjectId;

const SHARDS: usize = 64;

type Shard = HashMap<Box<str>, ObjectId>;

#[derive(Debug, Clone)]
pub(super) struct Uids(Vec<Arc<Shard>>);

impl Default for Uids {
    fn default() -> Self {
        Uids(vec![Arc::default(); SHARDS])
    }
}

impl Uids {
    pub(super) fn get(&self, uid: &str) -> Option<ObjectId> {
        self.0[shard_of(uid)].get(uid).copied()
    }

    pub(super) fn insert(&mut self, uid: &str, id: ObjectId) {
        Arc::make_mut(&mut self.0[shard_of(uid)]).insert(uid.into(), id);
    }

    /// Takes a uid away, unless it is another object's by now.
    pub(super) fn remove(&mut self, uid: &str, id: ObjectId) {
        let shard = &mut self.0[shard_of(uid)];
        if shard.get(uid) == Some(&id) {
            Arc::make_mut(shard).remove(uid);
        }
    }
}

/// Uids are random all over: a sum of their bytes spreads them well enough.
fn shard_of(uid: &str) -> usize {
    let sum = uid.bytes().fold(0_usize, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(usize::from(byte))
    });
    sum % SHARDS
}
