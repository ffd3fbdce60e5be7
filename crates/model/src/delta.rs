//! What a watcher says of a cluster: objects that came, changed or went, and kinds that it cannot see.
//!
//! A stream of deltas is all that the hub knows of live objects. Whoever makes one has taken the values
//! of Secrets out before ([`crate::redact()`]).

use std::fmt;

use crate::value::Value;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kind::{Kind, Scope};
use crate::object::Object;

/// Names one object of a cluster, over all its versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind, as in the field `kind`.
    pub kind: String,
    /// The namespace; empty for what belongs to the whole cluster.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ObjectKey {
    /// The key of an object.
    pub fn of(object: &Object) -> Self {
        // Of kinds that we do not know, the written namespace is the only sign of their scope.
        let namespace = match object.kind().scope() {
            Some(Scope::Cluster) => "",
            Some(Scope::Namespaced) => object.namespace(),
            None => object.explicit_namespace().unwrap_or_default(),
        };
        ObjectKey {
            group: object.group().to_owned(),
            kind: object.kind_name().to_owned(),
            namespace: namespace.to_owned(),
            name: object.name().to_owned(),
        }
    }

    /// The kind, where it is one that judgements know.
    pub fn known_kind(&self) -> Kind {
        Kind::of(&self.group, &self.kind)
    }
}

impl fmt::Display for ObjectKey {
    /// `Deployment shop/cart`, as objects are shown everywhere.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ", self.kind)?;
        if !self.namespace.is_empty() {
            write!(out, "{}/", self.namespace)?;
        }
        out.write_str(&self.name)
    }
}

/// One thing that a watcher says.
#[derive(Clone, PartialEq)]
pub struct Delta {
    /// When it was seen.
    pub time: Timestamp,
    /// What was seen.
    pub change: DeltaChange,
}

/// What a watcher saw.
#[derive(Clone, PartialEq)]
pub enum DeltaChange {
    /// An object is there, as it is now: whole, redacted, with `apiVersion` and `kind`.
    Upsert(Value),
    /// An object is gone.
    Delete(ObjectKey),
    /// Every object of a kind has been said: of this kind, those not said since `Restart` (or the
    /// beginning) are gone.
    Synced {
        /// The API group.
        group: String,
        /// The kind.
        kind: String,
    },
    /// The list of a kind begins again; what is known stays until `Synced`.
    Restart {
        /// The API group.
        group: String,
        /// The kind.
        kind: String,
    },
    /// A kind cannot be seen, or no more; what was known of it is kept, as old as it is.
    Gap {
        /// The API group.
        group: String,
        /// The kind, or the plural where the kind is not known.
        kind: String,
        /// Why, in words.
        reason: String,
    },
}

impl fmt::Debug for Delta {
    /// The identity only: the value may hold a secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.change {
            DeltaChange::Upsert(value) => {
                let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or("?");
                let name = value
                    .get("metadata")
                    .and_then(|metadata| metadata.get("name"))
                    .and_then(Value::as_str)
                    .unwrap_or("?");
                write!(out, "Upsert({} {name})", text("kind"))
            }
            DeltaChange::Delete(key) => write!(out, "Delete({key})"),
            DeltaChange::Synced { kind, .. } => write!(out, "Synced({kind})"),
            DeltaChange::Restart { kind, .. } => write!(out, "Restart({kind})"),
            DeltaChange::Gap { kind, reason, .. } => write!(out, "Gap({kind}: {reason})"),
        }
    }
}
