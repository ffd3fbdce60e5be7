//! Named documents with a version: settings, exceptions, baselines; and cursors.
//!
//! A document is bytes with a name in a collection. Whoever writes one says which version was read, so
//! that two writers never undo each other unseen. A cursor is where a source was read up to; it is
//! written by a [`crate::Batch`] together with what was made of it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;

use crate::body;
use crate::error::{Error, Result};
use crate::sql::{Row, Sql, values};
use crate::store::Store;

/// A kind of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Collection(pub &'static str);

impl Collection {
    /// Settings that people change while the hub runs.
    pub const SETTINGS: Collection = Collection("settings");
    /// Exceptions to checks and detections.
    pub const EXCEPTIONS: Collection = Collection("exceptions");
    /// What the detectors have learned.
    pub const BASELINES: Collection = Collection("baselines");
    /// Alerts that could not be delivered.
    pub const DEAD_LETTERS: Collection = Collection("dead_letters");
}

/// A document to be written.
#[derive(Clone, PartialEq)]
pub struct DocumentPut {
    /// In which collection.
    pub collection: Collection,
    /// Its name there.
    pub name: String,
    /// The version that was read; 0 when it is new; `None` writes over whatever is there.
    pub expected: Option<u64>,
    /// Who writes it.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// When it stops to count, if it does: [`Store::documents`] shows it still.
    pub expires: Option<Timestamp>,
    /// The document.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for DocumentPut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DocumentPut")
            .field("collection", &self.collection)
            .field("name", &self.name)
            .field("expected", &self.expected)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A document.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name in the collection.
    pub name: String,
    /// Grows by one with every write.
    pub version: u64,
    /// When it was written.
    pub at: Timestamp,
    /// By whom.
    pub author: String,
    /// When it stops to count.
    pub expires: Option<Timestamp>,
    /// The document.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Document {
    /// The body as JSON.
    pub fn json(&self) -> Result<Json> {
        serde_json::from_slice(&self.body).map_err(|err| Error::stored("document", err))
    }
}

/// Where a source was read up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cursor {
    /// The source, such as `audit-file:/var/log/audit.log`.
    pub name: String,
    /// The place, in the words of the source.
    pub position: String,
    /// When it was written.
    pub at: Timestamp,
}

impl Store {
    /// Writes a document; answers its new version. Another one in between is an [`Error::Conflict`].
    pub async fn put_document(&self, put: DocumentPut) -> Result<u64> {
        let packed = body::compress(&put.body, 3)?;
        self.write(move |sql| write(sql, &put, &packed)).await
    }

    /// One document.
    pub async fn document(
        &self,
        collection: Collection,
        name: impl Into<String>,
    ) -> Result<Option<Document>> {
        let name = name.into();
        self.read(move |sql| {
            let row = sql.query_one(
                &format!("SELECT {COLUMNS} FROM document WHERE collection = ?1 AND name = ?2"),
                values![collection.0, &name],
            )?;
            row.map(document_of).transpose()
        })
        .await
    }

    /// All documents of a collection, sorted by name.
    pub async fn documents(&self, collection: Collection) -> Result<Vec<Document>> {
        self.read(move |sql| {
            let rows = sql.query(
                &format!("SELECT {COLUMNS} FROM document WHERE collection = ?1"),
                values![collection.0],
            )?;
            let documents: Result<Vec<Document>> = rows.into_iter().map(document_of).collect();
            let mut documents = documents?;
            // Sorted here: the servers' collations differ.
            documents.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(documents)
        })
        .await
    }

    /// Removes a document; answers whether it was there.
    pub async fn delete_document(
        &self,
        collection: Collection,
        name: impl Into<String>,
        expected: Option<u64>,
    ) -> Result<bool> {
        let name = name.into();
        self.write(move |sql| {
            let found = version(sql, collection, &name)?;
            agree(collection, &name, expected, found)?;
            let removed = sql.execute(
                "DELETE FROM document WHERE collection = ?1 AND name = ?2",
                values![collection.0, &name],
            )?;
            Ok(removed > 0)
        })
        .await
    }

    /// Where a source was read up to.
    pub async fn cursor(&self, name: impl Into<String>) -> Result<Option<Cursor>> {
        let name = name.into();
        self.read(move |sql| {
            let row = sql.query_one(
                "SELECT position, at FROM progress WHERE name = ?1",
                values![&name],
            )?;
            let cursor = |mut row: Row| {
                Ok(Cursor {
                    position: row.text(0)?,
                    at: row.time(1)?,
                    name,
                })
            };
            row.map(cursor).transpose()
        })
        .await
    }
}

const COLUMNS: &str = "name, version, at, author, expires, body";

fn document_of(mut row: Row) -> Result<Document> {
    Ok(Document {
        name: row.text(0)?,
        version: row.count(1)?,
        at: row.time(2)?,
        author: row.text(3)?,
        expires: row.time_or_null(4)?,
        body: body::expand(&row.bytes(5)?)?,
    })
}

fn version(sql: &mut dyn Sql, collection: Collection, name: &str) -> Result<u64> {
    let row = sql.query_one(
        "SELECT version FROM document WHERE collection = ?1 AND name = ?2",
        values![collection.0, name],
    )?;
    row.map_or(Ok(0), |row| row.count(0))
}

fn agree(collection: Collection, name: &str, expected: Option<u64>, found: u64) -> Result<()> {
    match expected {
        Some(expected) if expected != found => Err(Error::Conflict {
            what: format!("{} {name:?}", collection.0),
            expected,
            found,
        }),
        _ => Ok(()),
    }
}

pub(crate) fn write(sql: &mut dyn Sql, put: &DocumentPut, packed: &[u8]) -> Result<u64> {
    let found = version(sql, put.collection, &put.name)?;
    agree(put.collection, &put.name, put.expected, found)?;
    sql.execute(
        "INSERT INTO document (collection, name, version, at, author, expires, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (collection, name) DO UPDATE SET version = excluded.version, at = excluded.at,
           author = excluded.author, expires = excluded.expires, body = excluded.body",
        values![
            put.collection.0,
            &put.name,
            found + 1,
            put.at,
            &put.author,
            put.expires,
            packed,
        ],
    )?;
    Ok(found + 1)
}

pub(crate) fn write_cursor(sql: &mut dyn Sql, cursor: &Cursor) -> Result<()> {
    sql.execute(
        "INSERT INTO progress (name, position, at) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET position = excluded.position, at = excluded.at",
        values![&cursor.name, &cursor.position, cursor.at],
    )?;
    Ok(())
}
