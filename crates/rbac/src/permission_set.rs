//! A set of permissions that one or more roles grant, and questions to it.

use std::collections::BTreeSet;

use crate::decide::{Asked, Numbers};
use crate::table::Table;
use crate::token::Words;

/// A permission set's place among those of an [`Rbac`](crate::Rbac).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetId(pub(crate) u32);

/// On which objects something is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names<'a> {
    /// On none.
    Nothing,
    /// On every object, and for requests that name none.
    All,
    /// On the objects of these names alone, sorted. A request that names no object, such as a `list`
    /// without a field selector or a `create`, is refused, unless the empty name is among them.
    Some(Vec<&'a str>),
}

impl Names<'_> {
    /// True unless nothing is allowed.
    pub fn is_any(&self) -> bool {
        *self != Names::Nothing
    }

    /// True when every object is allowed.
    pub fn is_all(&self) -> bool {
        *self == Names::All
    }

    /// True when this object is allowed.
    pub fn contain(&self, name: &str) -> bool {
        match self {
            Names::Nothing => false,
            Names::All => true,
            Names::Some(names) => names.binary_search(&name).is_ok(),
        }
    }
}

/// What some role allows; roles that allow the same share one.
#[derive(Debug, Clone, Copy)]
pub struct PermissionSet<'a> {
    pub(crate) words: &'a Words,
    pub(crate) table: &'a Table,
}

impl<'a> PermissionSet<'a> {
    /// On which objects the set allows what was [`ask`](crate::Rbac::ask)ed, whatever name the
    /// question holds; for a path, all or nothing.
    pub fn names(&self, asked: &Asked<'_>) -> Names<'a> {
        names_in([self.table], self.words, asked)
    }

    /// True when nothing is allowed.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}

/// On which objects any of the tables allows what was asked.
pub(crate) fn names_in<'a>(
    tables: impl IntoIterator<Item = &'a Table>,
    words: &'a Words,
    asked: &Asked<'_>,
) -> Names<'a> {
    let mut names = BTreeSet::new();
    for table in tables {
        match &asked.0 {
            Numbers::Path { verb, path } => {
                if table.allows_path(*verb, path) {
                    return Names::All;
                }
            }
            Numbers::Resource { question, .. } => {
                if table.allows_every(question) {
                    return Names::All;
                }
                names.extend(table.names(question).map(|name| words.word(name)));
            }
        }
    }
    if names.is_empty() {
        Names::Nothing
    } else {
        Names::Some(names.into_iter().collect())
    }
}
