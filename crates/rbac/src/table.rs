//! What a set of rules allows, compiled: one sorted table from (resource, group) to verbs and names.
//!
//! A question touches at most six rows: the resource, `*/sub` and `*`, each in the group and in `*`.

use std::collections::BTreeMap;

use crate::rule::Rule;
use crate::token::{Token, Words};

/// A set of verbs: the first 63 that occur as bits, any further ones as a sorted list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Verbs {
    frequent: u64,
    rare: Vec<VerbId>,
}

/// A verb's number among verbs; 0 is the wildcard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct VerbId(pub(crate) u32);

impl VerbId {
    pub(crate) const ANY: VerbId = VerbId(0);

    fn bit(self) -> Option<u64> {
        (self.0 < 64).then(|| 1 << self.0)
    }
}

impl Verbs {
    fn insert(&mut self, verb: VerbId) {
        match verb.bit() {
            Some(bit) => self.frequent |= bit,
            None => {
                if let Err(place) = self.rare.binary_search(&verb) {
                    self.rare.insert(place, verb);
                }
            }
        }
    }

    fn allow(&self, verb: VerbId) -> bool {
        let any = self.frequent & 1 == 1;
        any || match verb.bit() {
            Some(bit) => self.frequent & bit != 0,
            None => self.rare.binary_search(&verb).is_ok(),
        }
    }

    fn is_empty(&self) -> bool {
        self.frequent == 0 && self.rare.is_empty()
    }

    /// The verbs.
    pub(crate) fn iter(&self) -> impl Iterator<Item = VerbId> {
        (0..64)
            .map(VerbId)
            .filter(|verb| verb.bit().is_some_and(|bit| self.frequent & bit != 0))
            .chain(self.rare.iter().copied())
    }
}

/// The verbs on one resource pattern in one group pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Row {
    pub(crate) resource: Token,
    pub(crate) group: Token,
    /// On every object.
    pub(crate) every: Verbs,
    /// On objects of these names only, sorted by name.
    pub(crate) named: Vec<(Token, Verbs)>,
}

/// A path, or the beginning of paths.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Urls {
    /// `*`, and whatever else is nothing but stars.
    All,
    /// One path.
    Exact(Box<str>),
    /// Every path that begins so.
    Prefix(Box<str>),
}

impl Urls {
    fn read(url: &str) -> Self {
        // All trailing stars count as one, and the pattern also matches itself, stars and all: that
        // is a path with this prefix.
        let prefix = url.trim_end_matches('*');
        if prefix.len() == url.len() {
            Urls::Exact(url.into())
        } else if prefix.is_empty() {
            Urls::All
        } else {
            Urls::Prefix(prefix.into())
        }
    }

    pub(crate) fn contains(&self, path: &str) -> bool {
        match self {
            Urls::All => true,
            Urls::Exact(url) => **url == *path,
            Urls::Prefix(prefix) => path.starts_with(&**prefix),
        }
    }
}

impl std::fmt::Display for Urls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Urls::All => f.write_str("*"),
            Urls::Exact(url) => f.write_str(url),
            Urls::Prefix(prefix) => write!(f, "{prefix}*"),
        }
    }
}

/// A compiled set of rules. Equal tables allow the same, however their rules were written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Table {
    rows: Box<[Row]>,
    urls: Box<[(Urls, Verbs)]>,
    /// One bit for every resource of a row, by its number modulo 64: most questions end here.
    sieve: u64,
}

/// The words of a question about a resource, as numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    pub(crate) verb: VerbId,
    pub(crate) group: Token,
    /// With its sub-resource.
    pub(crate) resource: Token,
    /// The pattern `*/sub`; unknown without a sub-resource.
    pub(crate) any_with_sub: Token,
}

fn sieve_bit(resource: Token) -> u64 {
    1 << (resource.number() % 64)
}

impl Table {
    pub(crate) fn compile<'r>(
        rules: impl IntoIterator<Item = &'r Rule>,
        words: &mut Words,
        verbs: &mut Words,
    ) -> Self {
        let mut rows: BTreeMap<(Token, Token), Row> = BTreeMap::new();
        let mut urls: BTreeMap<Urls, Verbs> = BTreeMap::new();
        for rule in rules {
            let rule_verbs: Vec<VerbId> = rule
                .verbs
                .iter()
                .map(|verb| VerbId(verbs.intern(verb).number()))
                .collect();
            if rule_verbs.is_empty() {
                continue;
            }
            let names: Vec<Token> = rule
                .resource_names
                .iter()
                .map(|name| words.intern(name))
                .collect();
            for resource in &rule.resources {
                let resource = words.intern_resource(resource);
                for group in &rule.api_groups {
                    let group = words.intern(group);
                    let row = rows.entry((resource, group)).or_insert_with(|| Row {
                        resource,
                        group,
                        every: Verbs::default(),
                        named: Vec::new(),
                    });
                    for verb in &rule_verbs {
                        row.add(*verb, &names);
                    }
                }
            }
            for url in &rule.non_resource_urls {
                let allowed = urls.entry(Urls::read(url)).or_default();
                for verb in &rule_verbs {
                    allowed.insert(*verb);
                }
            }
        }
        let sieve = rows
            .keys()
            .fold(0, |sieve, (resource, _)| sieve | sieve_bit(*resource));
        Table {
            rows: rows.into_values().collect(),
            urls: urls.into_iter().collect(),
            sieve,
        }
    }

    /// The rows, by resource and group.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The paths and the verbs on them.
    pub(crate) fn urls(&self) -> &[(Urls, Verbs)] {
        &self.urls
    }

    /// True when nothing is allowed.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.urls.is_empty()
    }

    /// The rows that speak of the question's group and resource.
    fn rows_about(&self, question: &Question) -> impl Iterator<Item = &Row> {
        let Question {
            group,
            resource,
            any_with_sub,
            ..
        } = *question;
        [resource, any_with_sub, Token::ANY]
            .into_iter()
            .filter(|resource| self.sieve & sieve_bit(*resource) != 0)
            .flat_map(move |resource| [(resource, group), (resource, Token::ANY)])
            .filter_map(|key| {
                let place = self
                    .rows
                    .binary_search_by_key(&key, |row| (row.resource, row.group));
                place.ok().and_then(|place| self.rows.get(place))
            })
    }

    /// True when the verb is allowed on the object of that name; the empty name is no object. Most
    /// tables do not care for names, so that it is looked up when one does.
    pub(crate) fn allows(&self, question: &Question, name: impl Fn() -> Token) -> bool {
        self.rows_about(question).any(|row| {
            row.every.allow(question.verb)
                || !row.named.is_empty() && {
                    let name = name();
                    row.named
                        .binary_search_by_key(&name, |(named, _)| *named)
                        .is_ok_and(|place| row.named[place].1.allow(question.verb))
                }
        })
    }

    /// True when the verb is allowed on every object.
    pub(crate) fn allows_every(&self, question: &Question) -> bool {
        self.rows_about(question)
            .any(|row| row.every.allow(question.verb))
    }

    /// The names on which the verb is allowed by name.
    pub(crate) fn names(&self, question: &Question) -> impl Iterator<Item = Token> {
        self.rows_about(question).flat_map(|row| {
            row.named
                .iter()
                .filter(|(_, verbs)| verbs.allow(question.verb))
                .map(|(name, _)| *name)
        })
    }

    /// True when the verb is allowed on the path.
    pub(crate) fn allows_path(&self, verb: VerbId, path: &str) -> bool {
        self.urls
            .iter()
            .any(|(urls, verbs)| verbs.allow(verb) && urls.contains(path))
    }
}

impl Row {
    fn add(&mut self, verb: VerbId, names: &[Token]) {
        if names.is_empty() {
            self.every.insert(verb);
        }
        for name in names {
            match self.named.binary_search_by_key(name, |(named, _)| *named) {
                Ok(place) => self.named[place].1.insert(verb),
                Err(place) => {
                    let mut verbs = Verbs::default();
                    verbs.insert(verb);
                    self.named.insert(place, (*name, verbs));
                }
            }
        }
    }

    /// True when some verb is allowed on every object.
    pub(crate) fn has_every(&self) -> bool {
        !self.every.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_beyond_the_word_size_are_kept() {
        let mut verbs = Verbs::default();
        for number in [1, 63, 64, 65, 200, 64] {
            verbs.insert(VerbId(number));
        }
        let held: Vec<u32> = verbs.iter().map(|verb| verb.0).collect();
        assert_eq!(held, [1, 63, 64, 65, 200]);
        assert!(verbs.allow(VerbId(200)) && !verbs.allow(VerbId(199)));
        assert!(!verbs.allow(VerbId(2)));
        verbs.insert(VerbId::ANY);
        assert!(verbs.allow(VerbId(199)) && verbs.allow(VerbId(u32::MAX)));
    }

    #[test]
    fn rules_written_differently_make_equal_tables() {
        let rule = |verbs: &[&str], resources: &[&str]| Rule {
            verbs: verbs.iter().map(|&text| text.to_owned()).collect(),
            api_groups: vec![String::new()],
            resources: resources.iter().map(|&text| text.to_owned()).collect(),
            ..Rule::default()
        };
        let (mut words, mut verbs) = (Words::new(), Words::new());
        let whole = [rule(&["get", "list"], &["pods", "secrets"])];
        let split = [
            rule(&["list"], &["secrets", "pods"]),
            rule(&["get"], &["pods"]),
            rule(&["get", "get"], &["secrets"]),
        ];
        let whole = Table::compile(&whole, &mut words, &mut verbs);
        assert_eq!(whole, Table::compile(&split, &mut words, &mut verbs));
        let less = [rule(&["get"], &["pods", "secrets"])];
        assert_ne!(whole, Table::compile(&less, &mut words, &mut verbs));
    }

    #[test]
    fn trailing_stars_of_a_path_are_one_wildcard() {
        for (url, path, expected) in [
            ("*", "/x", true),
            ("/healthz", "/healthz", true),
            ("/healthz", "/healthz/etcd", false),
            ("/healthz/*", "/healthz", false),
            ("/healthz/*", "/healthz/", true),
            ("/healthz*", "/healthzzz", true),
            ("/a/**", "/a/b", true),
            ("/a/*/b", "/a/x/b", false),
        ] {
            assert_eq!(Urls::read(url).contains(path), expected, "{url} {path}");
        }
    }
}
