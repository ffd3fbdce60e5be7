//! The history of objects: what every object was at any time.
//!
//! An object has versions one after the other, each valid from a time until the next one's. A deletion
//! is a version without a body. A version that says the same as the one before is not written, so a
//! list of everything after a reconnect costs nothing.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::body;
use crate::error::{Error, Result};
use crate::sql::{Row, Sql, Value, Where, beginning, values};
use crate::store::Store;

/// "Still valid".
pub(crate) const OPEN: i64 = i64::MAX;

/// Which object. Ordered by kind, namespace, name and group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// The API group without version; empty for the core group.
    pub group: String,
    /// The kind, such as `Deployment`.
    pub kind: String,
    /// The namespace; empty for objects of the cluster.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ObjectKey {
    fn order(&self) -> [&str; 4] {
        [&self.kind, &self.namespace, &self.name, &self.group]
    }
}

impl Ord for ObjectKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for ObjectKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        f.write_str(" ")?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

/// Which changes of an object are worth a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// Every change, that of the status too.
    Everything,
    /// Not those of `status`, `metadata.resourceVersion`, `metadata.generation` and
    /// `metadata.managedFields` alone: what controllers and kubelets report all day. The version that is
    /// written when something else changes holds the status of that moment.
    #[default]
    Intent,
}

/// An object as it was seen, or that it is gone.
#[derive(Clone)]
pub struct ObjectChange {
    /// Which one.
    pub key: ObjectKey,
    /// Its uid; a new one is another object of the same name.
    pub uid: String,
    /// Its resourceVersion.
    pub resource_version: String,
    /// When it was seen so. History goes forward: a time before the newest version's counts as just after it.
    pub at: Timestamp,
    /// The whole object, secrets redacted; `None` when it was deleted.
    pub body: Option<Json>,
    /// Which changes count.
    pub depth: Depth,
}

impl fmt::Debug for ObjectChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectChange")
            .field("key", &self.key)
            .field("at", &self.at)
            .field("deleted", &self.body.is_none())
            .finish_non_exhaustive()
    }
}

/// A version of an object.
#[derive(Clone, PartialEq, Serialize)]
pub struct ObjectVersion {
    /// Which object.
    pub key: ObjectKey,
    /// Its uid.
    pub uid: String,
    /// Its resourceVersion when it was written.
    pub resource_version: String,
    /// From when.
    pub valid_from: Timestamp,
    /// Until when; `None` is "still".
    pub valid_until: Option<Timestamp>,
    /// The object; `None` says that it was deleted, or that the query left bodies out.
    pub body: Option<Json>,
    /// It was deleted at `valid_from`.
    pub deleted: bool,
}

impl fmt::Debug for ObjectVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectVersion")
            .field("key", &self.key)
            .field("resource_version", &self.resource_version)
            .field("valid_from", &self.valid_from)
            .field("valid_until", &self.valid_until)
            .field("deleted", &self.deleted)
            .finish_non_exhaustive()
    }
}

/// Which objects; the default is all.
#[derive(Debug, Clone, Default)]
pub struct ObjectFilter {
    /// Only of this API group.
    pub group: Option<String>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only in this namespace; empty means objects of the cluster.
    pub namespace: Option<String>,
    /// Only names that begin so.
    pub name_prefix: Option<String>,
}

impl ObjectFilter {
    fn narrow(&self, condition: &mut Where) {
        let columns = [
            ("o.api_group = ?", &self.group),
            ("o.kind = ?", &self.kind),
            ("o.namespace = ?", &self.namespace),
        ];
        for (test, wanted) in columns {
            if let Some(wanted) = wanted {
                condition.and(test, values![wanted]);
            }
        }
        if let Some(prefix) = &self.name_prefix {
            condition.and("o.name LIKE ? ESCAPE '!'", &[beginning(prefix)]);
        }
    }
}

/// What became of an object between two times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Difference {
    /// It was not there before.
    Added,
    /// It says something else.
    Changed,
    /// It is not there any more.
    Removed,
}

/// An object that differs between two times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectDifference {
    /// Which object.
    pub key: ObjectKey,
    /// What became of it.
    pub difference: Difference,
    /// From when the first version was; ask [`Store::object_at`] for its body.
    pub before: Option<Timestamp>,
    /// From when the second version is.
    pub after: Option<Timestamp>,
}

/// The objects of a time, a few hundred at once; see [`Store::objects_at`].
///
/// Each part is a query of its own, so a slow reader holds nothing up. The past does not change, so the
/// parts fit together; a time in the future would not.
#[derive(Debug)]
pub struct ObjectStream {
    store: Store,
    at: Timestamp,
    filter: ObjectFilter,
    after: Option<i64>,
}

impl ObjectStream {
    /// The next objects, in the order in which they were first seen; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<ObjectVersion>>> {
        let Some(after) = self.after else {
            return Ok(None);
        };
        let (at, filter) = (self.at, self.filter.clone());
        let found = self
            .store
            .read(move |sql| objects_after(sql, at, &filter, after))
            .await?;
        let mut objects = Vec::with_capacity(found.len());
        self.after = found.last().map(|(id, _)| *id);
        for (_, object) in found {
            objects.push(object);
        }
        Ok(if objects.is_empty() {
            None
        } else {
            Some(objects)
        })
    }

    /// All that is left in one list: for small clusters and tests.
    pub async fn collect(mut self) -> Result<Vec<ObjectVersion>> {
        let mut all = Vec::new();
        while let Some(mut part) = self.next().await? {
            all.append(&mut part);
        }
        Ok(all)
    }
}

/// The versions of all objects in the order of time, a few hundred at once; see [`Store::versions_from`].
#[derive(Debug)]
pub struct VersionStream {
    store: Store,
    before: Timestamp,
    after: Option<(i64, i64)>,
}

impl VersionStream {
    /// The next versions; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<ObjectVersion>>> {
        let Some(after) = self.after else {
            return Ok(None);
        };
        let before = self.before;
        let found = self
            .store
            .read(move |sql| versions_after(sql, after, before))
            .await?;
        self.after = found
            .last()
            .map(|(id, version)| (version.valid_from.as_microsecond(), *id));
        let versions: Vec<ObjectVersion> = found.into_iter().map(|(_, version)| version).collect();
        Ok((!versions.is_empty()).then_some(versions))
    }
}

impl Store {
    /// Every version that began at or after a time and before another, oldest first; deletions are versions
    /// without a body.
    pub fn versions_from(&self, from: Timestamp, before: Timestamp) -> VersionStream {
        VersionStream {
            store: self.clone(),
            before,
            after: Some((from.as_microsecond(), -1)),
        }
    }

    /// Every object as it was at a time, which may not lie in the future.
    pub fn objects_at(&self, at: Timestamp, filter: ObjectFilter) -> ObjectStream {
        ObjectStream {
            store: self.clone(),
            at,
            filter,
            after: Some(0),
        }
    }

    /// One object as it was at a time; `None` when it was not there.
    pub async fn object_at(&self, key: ObjectKey, at: Timestamp) -> Result<Option<ObjectVersion>> {
        self.read(move |sql| {
            let row = sql.query_one(
                &format!(
                    "SELECT {COLUMNS}, v.body FROM object o JOIN object_version v ON v.object_id = o.id
                     WHERE o.kind = ?1 AND o.namespace = ?2 AND o.name = ?3 AND o.api_group = ?4
                       AND v.valid_from <= ?5 AND v.valid_until > ?5 AND v.deleted = 0"
                ),
                values![&key.kind, &key.namespace, &key.name, &key.group, at],
            )?;
            row.map(|row| Ok(version_of(row)?.1)).transpose()
        })
        .await
    }

    /// The versions of one object, newest first, at most `limit`; before `before` when it is given
    /// (the `valid_from` of the last one of the page before).
    pub async fn object_versions(
        &self,
        key: ObjectKey,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<ObjectVersion>> {
        self.read(move |sql| {
            let before = before.map_or(OPEN, Timestamp::as_microsecond);
            let rows = sql.query(
                &format!(
                    "SELECT {COLUMNS}, v.body FROM object o JOIN object_version v ON v.object_id = o.id
                     WHERE o.kind = ?1 AND o.namespace = ?2 AND o.name = ?3 AND o.api_group = ?4
                       AND v.valid_from < ?5
                     ORDER BY v.valid_from DESC LIMIT ?6"
                ),
                values![&key.kind, &key.namespace, &key.name, &key.group, before, limit as u64],
            )?;
            rows.into_iter().map(|row| Ok(version_of(row)?.1)).collect()
        })
        .await
    }

    /// How many versions began in each stretch of `step` microseconds from `from` on, before `to`: the number
    /// of the stretch and how many. Stretches without any are left out.
    pub async fn object_changes(
        &self,
        from: Timestamp,
        to: Timestamp,
        step: i64,
    ) -> Result<Vec<(u64, u64)>> {
        if step < 1 {
            return Err(Error::invalid("a stretch is at least a microsecond long"));
        }
        self.read(move |sql| {
            let rows = sql.query(
                "SELECT (v.valid_from - ?1) / ?3, COUNT(*) FROM object_version v
                 WHERE v.valid_from >= ?1 AND v.valid_from < ?2 GROUP BY 1 ORDER BY 1",
                values![from, to, step],
            )?;
            rows.into_iter()
                .map(|row| Ok((row.count(0)?, row.count(1)?)))
                .collect()
        })
        .await
    }

    /// What differs between two times, sorted by key. What changed and changed back is not there.
    pub async fn objects_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        filter: ObjectFilter,
    ) -> Result<Vec<ObjectDifference>> {
        if to < from {
            return Err(Error::invalid("the second time is before the first"));
        }
        self.read(move |sql| differences(sql, from, to, &filter))
            .await
    }
}

const COLUMNS: &str = "o.id, o.api_group, o.kind, o.namespace, o.name, v.uid, v.resource_version, \
                       v.valid_from, v.valid_until, v.deleted";

fn key_of(row: &mut Row, place: usize) -> Result<ObjectKey> {
    Ok(ObjectKey {
        group: row.text(place)?,
        kind: row.text(place + 1)?,
        namespace: row.text(place + 2)?,
        name: row.text(place + 3)?,
    })
}

fn version_of(mut row: Row) -> Result<(i64, ObjectVersion)> {
    let until = row.int(8)?;
    let object = ObjectVersion {
        key: key_of(&mut row, 1)?,
        uid: row.text(5)?,
        resource_version: row.text(6)?,
        valid_from: row.time(7)?,
        valid_until: if until == OPEN {
            None
        } else {
            Some(row.time(8)?)
        },
        body: row
            .bytes_or_null(10)?
            .map(|packed| body::unpack(&packed))
            .transpose()?,
        deleted: row.int(9)? != 0,
    };
    Ok((row.int(0)?, object))
}

fn objects_after(
    sql: &mut dyn Sql,
    at: Timestamp,
    filter: &ObjectFilter,
    after: i64,
) -> Result<Vec<(i64, ObjectVersion)>> {
    let mut condition = Where::default();
    condition.and("o.id > ?", values![after]);
    condition.and("v.valid_from <= ?", values![at]);
    condition.and("v.valid_until > ?", values![at]);
    condition.and("v.deleted = ?", values![0_i64]);
    filter.narrow(&mut condition);
    let rows = sql.query(
        &format!(
            "SELECT {COLUMNS}, v.body FROM object o JOIN object_version v ON v.object_id = o.id{}
             ORDER BY o.id LIMIT 500",
            condition.clause()
        ),
        &condition.values,
    )?;
    rows.into_iter().map(version_of).collect()
}

fn versions_after(
    sql: &mut dyn Sql,
    (time, id): (i64, i64),
    before: Timestamp,
) -> Result<Vec<(i64, ObjectVersion)>> {
    let rows = sql.query(
        &format!(
            "SELECT {COLUMNS}, v.body FROM object o JOIN object_version v ON v.object_id = o.id
             WHERE v.valid_from >= ?1 AND (v.valid_from > ?1 OR v.object_id > ?2) AND v.valid_from < ?3
             ORDER BY v.valid_from, v.object_id LIMIT 500"
        ),
        values![time, id, before],
    )?;
    rows.into_iter().map(version_of).collect()
}

fn differences(
    sql: &mut dyn Sql,
    from: Timestamp,
    to: Timestamp,
    filter: &ObjectFilter,
) -> Result<Vec<ObjectDifference>> {
    // Only objects with a version that began in between can differ.
    let mut condition = Where::default();
    condition.and("v.valid_from > ?", values![from]);
    condition.and("v.valid_from <= ?", values![to]);
    condition.and("v.valid_until > ?", values![to]);
    filter.narrow(&mut condition);
    let rows = sql.query(
        &format!(
            "SELECT o.api_group, o.kind, o.namespace, o.name, v.deleted, v.content_hash, v.valid_from,
                    b.deleted, b.content_hash, b.valid_from
             FROM object_version v JOIN object o ON o.id = v.object_id
             LEFT JOIN object_version b ON b.object_id = v.object_id
               AND b.valid_from <= ?1 AND b.valid_until > ?1{}",
            condition.clause()
        ),
        &condition.values,
    )?;
    let mut found = Vec::new();
    for mut row in rows {
        let there_after = row.int(4)? == 0;
        let there_before = row.int_or_null(7)? == Some(0);
        let same = row.bytes(5)? == row.bytes_or_null(8)?.unwrap_or_default();
        let difference = match (there_before, there_after) {
            (false, false) => continue,
            (true, true) if same => continue,
            (true, true) => Difference::Changed,
            (false, true) => Difference::Added,
            (true, false) => Difference::Removed,
        };
        found.push(ObjectDifference {
            before: if there_before {
                row.time_or_null(9)?
            } else {
                None
            },
            after: if there_after {
                Some(row.time(6)?)
            } else {
                None
            },
            key: key_of(&mut row, 0)?,
            difference,
        });
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(found)
}

/// A change made ready to be written, off the writer's thread.
pub(crate) struct Prepared {
    change: ObjectChange,
    content_hash: Vec<u8>,
    spec_hash: Vec<u8>,
    size: u64,
    packed: Option<Vec<u8>>,
}

/// Serialises, hashes and compresses.
pub(crate) fn prepare(mut change: ObjectChange) -> Result<Prepared> {
    let Some(object) = change.body.take() else {
        return Ok(Prepared {
            content_hash: Vec::new(),
            spec_hash: Vec::new(),
            size: 0,
            packed: None,
            change,
        });
    };
    let text = body::text(&object);
    let content_hash = body::hash(&[&text]);
    let spec_hash = body::hash(&[&body::text(&intent(object))]);
    let packed = body::compress(&text, 3)?;
    Ok(Prepared {
        size: packed.len() as u64,
        content_hash,
        spec_hash,
        packed: Some(packed),
        change,
    })
}

/// The object without what controllers report.
fn intent(mut object: Json) -> Json {
    if let Json::Object(fields) = &mut object {
        fields.remove("status");
        if let Some(Json::Object(metadata)) = fields.get_mut("metadata") {
            for field in ["resourceVersion", "generation", "managedFields"] {
                metadata.remove(field);
            }
        }
    }
    object
}

/// Writes a version when it says something new; answers whether it did.
pub(crate) fn write(sql: &mut dyn Sql, prepared: &Prepared) -> Result<bool> {
    let Prepared { change, .. } = prepared;
    let key = &change.key;
    let current = sql.query_one(
        "SELECT o.id, v.valid_from, v.deleted, v.content_hash, v.spec_hash, v.uid
         FROM object o LEFT JOIN object_version v ON v.object_id = o.id AND v.valid_until = ?5
         WHERE o.kind = ?1 AND o.namespace = ?2 AND o.name = ?3 AND o.api_group = ?4",
        values![&key.kind, &key.namespace, &key.name, &key.group, OPEN],
    )?;
    let deleted = prepared.packed.is_none();
    let mut from = change.at.as_microsecond();
    let id = match current {
        None => {
            if deleted {
                return Ok(false);
            }
            let row = sql.query_one(
                "INSERT INTO object (kind, namespace, name, api_group) VALUES (?1, ?2, ?3, ?4) RETURNING id",
                values![&key.kind, &key.namespace, &key.name, &key.group],
            )?;
            row.ok_or_else(|| Error::stored("object", "no id was given out"))?
                .int(0)?
        }
        Some(mut row) => {
            let id = row.int(0)?;
            if let Some(since) = row.int_or_null(1)? {
                let was_deleted = row.int(2)? != 0;
                let same = match change.depth {
                    Depth::Everything => row.bytes(3)? == prepared.content_hash,
                    Depth::Intent => row.bytes(4)? == prepared.spec_hash,
                };
                let same_object = row.text(5)? == change.uid;
                if (deleted && was_deleted) || (!deleted && !was_deleted && same && same_object) {
                    return Ok(false);
                }
                from = from.max(since.saturating_add(1));
                sql.execute(
                    "UPDATE object_version SET valid_until = ?3 WHERE object_id = ?1 AND valid_from = ?2",
                    values![id, since, from],
                )?;
            } else if deleted {
                return Ok(false);
            }
            id
        }
    };
    sql.execute(
        "INSERT INTO object_version (object_id, valid_from, valid_until, uid, resource_version,
           deleted, content_hash, spec_hash, size, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        values![
            id,
            from,
            OPEN,
            &change.uid,
            &change.resource_version,
            i64::from(deleted),
            prepared.content_hash.as_slice(),
            prepared.spec_hash.as_slice(),
            prepared.size,
            prepared.packed.as_deref().map_or(Value::Null, Value::from),
        ],
    )?;
    Ok(true)
}
