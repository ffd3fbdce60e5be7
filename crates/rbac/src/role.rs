//! Roles and cluster roles with their rules.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use catseye_model::{Fields as _, Inventory, Kind, Object, ObjectId};

use crate::aggregation;
use crate::bootstrap;
use crate::permission_set::SetId;
use crate::problem::{Problem, ProblemKind};
use crate::rule::Rule;
use crate::table::Table;
use crate::token::Words;

/// A role's place among those of an [`Rbac`](crate::Rbac).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleId(pub(crate) u32);

/// The two kinds of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleKind {
    /// Of one namespace.
    Role,
    /// Of the cluster.
    ClusterRole,
}

impl fmt::Display for RoleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RoleKind::Role => "Role",
            RoleKind::ClusterRole => "ClusterRole",
        })
    }
}

/// A rule of a role.
#[derive(Debug, Clone)]
pub struct RoleRule {
    /// The rule.
    pub rule: Arc<Rule>,
    /// The role that holds it, and its place there; for an aggregated rule that is another role.
    pub from: (RoleId, usize),
}

/// A Role or a `ClusterRole`.
#[derive(Debug, Clone)]
pub struct Role {
    /// The object; `None` for a role of the bootstrap policy that the Inventory does not hold.
    pub object: Option<ObjectId>,
    /// Which of the two kinds.
    pub kind: RoleKind,
    /// Its namespace; empty for a `ClusterRole`.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its rules, aggregated ones included.
    pub rules: Vec<RoleRule>,
    /// What they allow together.
    pub set: SetId,
    /// It belongs to the bootstrap policy, which the API server itself writes and mends.
    pub is_default: bool,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{} {}", self.kind, self.name)
        } else {
            write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
        }
    }
}

/// Roles by kind, namespace and name; a folder may hold several variants of one.
pub(crate) type RoleNames = BTreeMap<(RoleKind, String, String), Vec<RoleId>>;

/// A role before its rules are known: aggregation needs all of them.
pub(crate) struct Draft<'a> {
    pub(crate) object: &'a Object,
    pub(crate) id: Option<ObjectId>,
    pub(crate) kind: RoleKind,
}

/// All roles: those of the Inventory, then those of the bootstrap policy that it lacks.
pub(crate) struct Roles {
    pub(crate) all: Vec<Role>,
    pub(crate) names: RoleNames,
    pub(crate) tables: Vec<Table>,
}

fn role_kind(object: &Object) -> Option<RoleKind> {
    match object.kind() {
        Kind::Role => Some(RoleKind::Role),
        Kind::ClusterRole => Some(RoleKind::ClusterRole),
        _ => None,
    }
}

impl Roles {
    pub(crate) fn read(
        inventory: &Inventory,
        bootstrap: &[Object],
        words: &mut Words,
        verbs: &mut Words,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let drafts = drafts(inventory, bootstrap);
        let rules = aggregation::resolve(&drafts, inventory.completeness(), problems);
        let mut read = Roles {
            all: Vec::with_capacity(drafts.len()),
            names: RoleNames::new(),
            tables: Vec::new(),
        };
        let mut sets: BTreeMap<Table, SetId> = BTreeMap::new();
        for (draft, rules) in drafts.iter().zip(rules) {
            let written = rules.iter().map(|rule| &*rule.rule);
            let table = Table::compile(written, words, verbs);
            let next = SetId(number(read.tables.len()));
            let set = *sets.entry(table.clone()).or_insert_with(|| {
                read.tables.push(table);
                next
            });
            let object = draft.object;
            if draft.kind == RoleKind::Role
                && rules.iter().any(|r| !r.rule.non_resource_urls.is_empty())
            {
                problems.push(Problem::new(draft.id, ProblemKind::PathsInARole));
            }
            let id = RoleId(number(read.all.len()));
            let key = (
                draft.kind,
                object.namespace().to_owned(),
                object.name().to_owned(),
            );
            read.names.entry(key).or_default().push(id);
            read.all.push(Role {
                object: draft.id,
                kind: draft.kind,
                namespace: object.namespace().to_owned(),
                name: object.name().to_owned(),
                rules,
                set,
                is_default: draft.id.is_none() || bootstrap::is_default_role(object),
            });
        }
        read
    }
}

fn drafts<'a>(inventory: &'a Inventory, bootstrap: &'a [Object]) -> Vec<Draft<'a>> {
    let mut drafts: Vec<Draft<'a>> = inventory
        .objects()
        .filter_map(|(id, object)| {
            Some(Draft {
                object,
                id: Some(id),
                kind: role_kind(object)?,
            })
        })
        .collect();
    drafts.extend(bootstrap.iter().filter_map(|object| {
        let held = inventory.find(object.kind(), object.namespace(), object.name());
        let kind = role_kind(object)?;
        held.is_none().then_some(Draft {
            object,
            id: None,
            kind,
        })
    }));
    drafts
}

impl Draft<'_> {
    /// The rules as written.
    pub(crate) fn rules(&self) -> Vec<Arc<Rule>> {
        self.object
            .value()
            .list("rules")
            .iter()
            .map(|rule| Arc::new(Rule::read(rule)))
            .collect()
    }
}

/// A place as a number; 2^32 objects do not fit any machine's memory.
pub(crate) fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
