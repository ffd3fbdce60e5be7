//! Why the store could not do something.

use std::path::PathBuf;

/// Why the store could not do something.
///
/// What a caller can act on has a variant: [`Error::Full`] and [`Error::Unavailable`] pass, and the same
/// call may be made again; [`Error::Conflict`] wants a fresh read; the others want a person.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address names no back end that there is.
    #[error("no store at {url:?}: write a folder, sqlite:PATH or postgres://USER@HOST/NAME")]
    Address {
        /// What was written.
        url: String,
    },
    /// The file is a database, or another file, of someone else.
    #[error("{path} is not a catseye store ({found}); it was left as it is")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        found: String,
    },
    /// The database is damaged.
    #[error("the store {path} is damaged: restore it from a backup")]
    Corrupt {
        /// The file, or the address of the server.
        path: PathBuf,
        /// What the back end said.
        #[source]
        source: Cause,
    },
    /// The schema was written by a newer program.
    #[error(
        "the store has schema version {found}, this program knows up to {known}: use a newer catseye"
    )]
    Newer {
        /// The version of the schema.
        found: i64,
        /// The newest version known.
        known: i64,
    },
    /// No space is left, or a quota is used up. Nothing of the call was kept; it may be made again.
    #[error("no space left for the store")]
    Full {
        /// What the back end said.
        #[source]
        source: Cause,
    },
    /// The database does not answer or hung up. Whether the call was kept is unknown, unless it was a
    /// batch with a position, which may be applied again.
    #[error("the database does not answer")]
    Unavailable {
        /// What the back end said.
        #[source]
        source: Cause,
    },
    /// Somebody else changed the row in between.
    #[error("{what} was changed in between: version {expected} was expected, it is {found}")]
    Conflict {
        /// What row.
        what: String,
        /// The version that the caller knew; 0 is "not there".
        expected: u64,
        /// The version that it has; 0 is "not there".
        found: u64,
    },
    /// There is no such row.
    #[error("there is no {what}")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The call makes no sense.
    #[error("{reason}")]
    Invalid {
        /// Why, and what to do instead.
        reason: String,
    },
    /// The database refused a statement.
    #[error("the database failed to {operation}")]
    Database {
        /// What was to be done.
        operation: &'static str,
        /// What the back end said.
        #[source]
        source: Cause,
    },
    /// A file could not be read or written.
    #[error("failed to {operation} {path}")]
    Io {
        /// What was to be done.
        operation: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A segment of events cannot be read.
    #[error("the event segment {path} is unreadable")]
    Segment {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: Cause,
    },
    /// What is stored does not have the form that this program writes.
    #[error("a stored {what} has an unknown form")]
    Stored {
        /// What kind of row.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: Cause,
    },
    /// The store was closed, or its thread ended.
    #[error("the store is closed")]
    Closed,
}

/// What lies under an error.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The result of every call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error that passes by itself: the same call may be made again.
    pub fn is_passing(&self) -> bool {
        matches!(self, Error::Full { .. } | Error::Unavailable { .. })
    }

    pub(crate) fn invalid(reason: impl Into<String>) -> Error {
        Error::Invalid {
            reason: reason.into(),
        }
    }

    pub(crate) fn stored(what: &'static str, source: impl Into<Cause>) -> Error {
        Error::Stored {
            what,
            source: source.into(),
        }
    }

    pub(crate) fn io(
        operation: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.into();
        move |source| {
            let full = matches!(
                source.kind(),
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
            );
            if full {
                return Error::Full {
                    source: source.into(),
                };
            }
            Error::Io {
                operation,
                path,
                source,
            }
        }
    }
}
