//! What an identity may do, put together for people: the rules of all its roles merged per scope,
//! without what a wider rule says already.

use std::collections::{BTreeMap, BTreeSet};

use crate::effective::Holding;
use crate::identity::Identity;
use crate::permission_set::SetId;
use crate::rbac::Rbac;
use crate::subject::Scope;
use crate::table::{Urls, VerbId, Verbs};
use crate::token::Token;

/// Permissions that count in one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scoped {
    /// Where they count.
    pub scope: Scope,
    /// The permissions, sorted.
    pub permissions: Vec<Permission>,
}

/// Verbs on resources, or on paths: every combination of the words here is allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Permission {
    /// The API groups; empty for paths.
    pub api_groups: Vec<String>,
    /// The resources; empty for paths.
    pub resources: Vec<String>,
    /// The objects; empty for all.
    pub names: Vec<String>,
    /// The paths; empty for resources.
    pub non_resource_urls: Vec<String>,
    /// The verbs.
    pub verbs: Vec<String>,
}

/// A resource pattern, a group pattern, and a name or all names.
type Cell = (Token, Token, Option<Token>);
/// The verbs on each cell of a scope.
type Cells = BTreeMap<Cell, BTreeSet<VerbId>>;
/// The names with equal resource, group and verbs; none for every object.
type ByNames<'a> = BTreeMap<(Token, Token, Vec<String>), BTreeSet<Option<&'a str>>>;
/// The resources with equal group, names and verbs.
type ByResources<'a> = BTreeMap<(Token, Vec<String>, Vec<String>), BTreeSet<&'a str>>;
/// The groups with equal resources, names and verbs.
type ByGroups<'a> = BTreeMap<(Vec<&'a str>, Vec<String>, Vec<String>), BTreeSet<&'a str>>;

impl Rbac {
    /// What an identity may do by RBAC, by scope, the cluster first. What is granted everywhere is not
    /// repeated for namespaces.
    pub fn permissions(&self, identity: &Identity) -> Vec<Scoped> {
        self.permissions_by(identity, |_| true)
    }

    /// The same, of those roles it holds that are wanted.
    pub fn permissions_by(
        &self,
        identity: &Identity,
        wanted: impl Fn(&Holding) -> bool,
    ) -> Vec<Scoped> {
        let effective = self.effective(identity);
        let held = effective.holdings().iter().filter(|held| wanted(held));
        let sets: BTreeSet<(Scope, SetId)> =
            held.map(|held| (held.scope.clone(), held.set)).collect();
        let mut scopes: BTreeMap<Scope, Cells> = BTreeMap::new();
        let mut paths: BTreeMap<Urls, BTreeSet<VerbId>> = BTreeMap::new();
        for (scope, set) in sets {
            let table = self.table(set);
            if scope == Scope::Cluster {
                for (urls, verbs) in table.urls() {
                    let allowed = paths.entry(urls.clone()).or_default();
                    allowed.extend(verbs.iter());
                }
            }
            let cells = scopes.entry(scope).or_default();
            for row in table.rows() {
                let mut add = |name, verbs: &Verbs| {
                    let cell = (row.resource, row.group, name);
                    cells.entry(cell).or_default().extend(verbs.iter());
                };
                if row.has_every() {
                    add(None, &row.every);
                }
                for (name, verbs) in &row.named {
                    add(Some(*name), verbs);
                }
            }
        }
        let everywhere = scopes.get(&Scope::Cluster).cloned().unwrap_or_default();
        let mut merged: Vec<Scoped> = scopes
            .into_iter()
            .map(|(scope, cells)| {
                let wider = (scope != Scope::Cluster).then_some(&everywhere);
                let mut permissions = self.merged(&cells, wider);
                if scope == Scope::Cluster {
                    permissions.extend(self.merged_paths(&paths));
                }
                Scoped { scope, permissions }
            })
            .collect();
        merged.retain(|scoped| !scoped.permissions.is_empty());
        merged
    }

    fn merged(&self, cells: &Cells, everywhere: Option<&Cells>) -> Vec<Permission> {
        let mut by_names = ByNames::new();
        for (cell, verbs) in cells {
            let verbs: BTreeSet<VerbId> = without_redundant(verbs)
                .filter(|verb| !self.is_covered(*cell, *verb, cells, everywhere))
                .collect();
            if verbs.is_empty() {
                continue;
            }
            let (resource, group, object) = *cell;
            by_names
                .entry((resource, group, self.verb_words(&verbs)))
                .or_default()
                .insert(object.map(|name| self.words.word(name)));
        }
        let mut by_resources = ByResources::new();
        for ((resource, group, verbs), objects) in by_names {
            let resource = self.words.word(resource);
            let mut add = |names: Vec<String>| {
                let key = (group, names, verbs.clone());
                by_resources.entry(key).or_default().insert(resource);
            };
            // What holds for every object and what holds for some are two permissions.
            if objects.contains(&None) {
                add(Vec::new());
            }
            let names: Vec<String> = objects.into_iter().flatten().map(str::to_owned).collect();
            if !names.is_empty() {
                add(names);
            }
        }
        let mut by_groups = ByGroups::new();
        for ((group, names, verbs), resources) in by_resources {
            by_groups
                .entry((resources.into_iter().collect(), names, verbs))
                .or_default()
                .insert(self.words.word(group));
        }
        let mut permissions: Vec<Permission> = by_groups
            .into_iter()
            .map(|((resources, names, verbs), groups)| Permission {
                api_groups: groups.into_iter().map(str::to_owned).collect(),
                resources: resources.into_iter().map(str::to_owned).collect(),
                names,
                verbs,
                non_resource_urls: Vec::new(),
            })
            .collect();
        permissions.sort();
        permissions
    }

    /// True when a wider cell allows the verb too, here or everywhere.
    fn is_covered(
        &self,
        cell: Cell,
        verb: VerbId,
        cells: &Cells,
        everywhere: Option<&Cells>,
    ) -> bool {
        let (resource, group, name) = cell;
        let word = self.words.word(resource);
        let any_with_sub = word
            .split_once('/')
            .map(|(_, sub)| self.words.joined(Token::ANY, self.words.find(sub)));
        let wider = [Some(resource), any_with_sub, Some(Token::ANY)]
            .into_iter()
            .flatten()
            .flat_map(|resource| [(resource, group), (resource, Token::ANY)])
            .flat_map(|(resource, group)| [(resource, group, name), (resource, group, None)]);
        let allows = |cells: &Cells, wide: Cell| {
            cells
                .get(&wide)
                .is_some_and(|verbs| verbs.contains(&VerbId::ANY) || verbs.contains(&verb))
        };
        wider.into_iter().any(|wide| {
            wide != cell && allows(cells, wide)
                || everywhere.is_some_and(|everywhere| allows(everywhere, wide))
        })
    }

    fn merged_paths(&self, paths: &BTreeMap<Urls, BTreeSet<VerbId>>) -> Vec<Permission> {
        let mut by_verbs: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        for (urls, verbs) in paths {
            let verbs: BTreeSet<VerbId> = without_redundant(verbs)
                .filter(|verb| {
                    let covers = |(other, verbs): (&Urls, &BTreeSet<VerbId>)| {
                        other != urls
                            && other.covers(urls)
                            && (verbs.contains(&VerbId::ANY) || verbs.contains(verb))
                    };
                    !paths.iter().any(covers)
                })
                .collect();
            if !verbs.is_empty() {
                let urls = urls.to_string();
                by_verbs
                    .entry(self.verb_words(&verbs))
                    .or_default()
                    .push(urls);
            }
        }
        by_verbs
            .into_iter()
            .map(|(verbs, mut urls)| {
                urls.sort();
                Permission {
                    non_resource_urls: urls,
                    verbs,
                    ..Permission::default()
                }
            })
            .collect()
    }

    fn verb_words(&self, verbs: &BTreeSet<VerbId>) -> Vec<String> {
        let mut words: Vec<String> = verbs
            .iter()
            .map(|verb| self.verb_word(*verb).to_owned())
            .collect();
        words.sort();
        words
    }
}

/// The wildcard alone where it is among them.
fn without_redundant(verbs: &BTreeSet<VerbId>) -> impl Iterator<Item = VerbId> {
    let any = verbs.contains(&VerbId::ANY);
    verbs
        .iter()
        .copied()
        .filter(move |verb| !any || *verb == VerbId::ANY)
}

impl Urls {
    /// True when every path of the other is one of these.
    fn covers(&self, other: &Urls) -> bool {
        match (self, other) {
            (Urls::All, _) => true,
            (Urls::Prefix(prefix), Urls::Exact(text) | Urls::Prefix(text)) => {
                text.starts_with(&**prefix)
            }
            (_, _) => self == other,
        }
    }
}
