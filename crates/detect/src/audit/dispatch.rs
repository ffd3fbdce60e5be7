//! Which rules can match a call, by its verb, resource and subresource.
//!
//! Each clause of each rule's `on` is a bit. The verb, the resource and the subresource each give the
//! clauses that they satisfy; the intersection names the few rules that are asked.

use std::collections::HashMap;

use super::rule::Rule;
use super::verbs::{ANY_VERB, OTHER, Verbs};

/// Room for 512 clauses.
type Set = [u64; 8];

/// One clause of a rule: `deployments.apps/scale`, taken apart.
#[derive(Debug)]
struct Clause {
    rule: u16,
    group: &'static str,
}

/// The table.
#[derive(Debug)]
pub(super) struct Dispatch {
    clauses: Vec<Clause>,
    by_verb: [Set; Verbs::BITS],
    by_resource: HashMap<&'static str, Set>,
    any_resource: Set,
    by_subresource: HashMap<&'static str, Set>,
    any_subresource: Set,
}

impl Dispatch {
    pub(super) fn new(rules: &[&'static Rule]) -> Self {
        let mut table = Dispatch {
            clauses: Vec::new(),
            by_verb: [Set::default(); Verbs::BITS],
            by_resource: HashMap::new(),
            any_resource: Set::default(),
            by_subresource: HashMap::new(),
            any_subresource: Set::default(),
        };
        for (index, rule) in rules.iter().enumerate() {
            for (verbs, resources) in rule.on {
                for resource in *resources {
                    table.add(u16::try_from(index).unwrap_or(u16::MAX), *verbs, resource);
                }
            }
        }
        table
    }

    fn add(&mut self, rule: u16, verbs: Verbs, spec: &'static str) {
        let bit = self.clauses.len();
        let (resource, subresource) = match spec.split_once('/') {
            _ if spec == "*" => ("*", "*"),
            Some((resource, subresource)) => (resource, subresource),
            None => (spec, ""),
        };
        let (resource, group) = resource.split_once('.').unwrap_or((resource, ""));
        let group = if resource == "*" { "*" } else { group };
        self.clauses.push(Clause { rule, group });
        for index in 0..Verbs::BITS {
            if verbs.0 & (1 << index) != 0 {
                set(&mut self.by_verb[index], bit);
            }
        }
        match resource {
            "*" => set(&mut self.any_resource, bit),
            resource => set(self.by_resource.entry(resource).or_default(), bit),
        }
        match subresource {
            "*" => set(&mut self.any_subresource, bit),
            subresource => set(self.by_subresource.entry(subresource).or_default(), bit),
        }
    }

    /// The rules that look at such a call, in ascending order, each once.
    pub(super) fn rules(
        &self,
        verb: Verbs,
        resource: &str,
        subresource: &str,
        group: &str,
    ) -> impl Iterator<Item = usize> {
        debug_assert!(ANY_VERB.meets(verb));
        let verbs = &self.by_verb[verb.index().min(OTHER.index())];
        let empty = Set::default();
        let resources = self.by_resource.get(resource).unwrap_or(&empty);
        let subresources = self.by_subresource.get(subresource).unwrap_or(&empty);
        let mut candidates = Set::default();
        for (word, candidate) in candidates.iter_mut().enumerate() {
            *candidate = verbs[word]
                & (resources[word] | self.any_resource[word])
                & (subresources[word] | self.any_subresource[word]);
        }
        let mut last = None;
        bits(candidates).filter_map(move |bit| {
            let clause = self.clauses.get(bit)?;
            // Logs may leave out the group; the core group has none of the names that others have.
            let fits = clause.group == "*" || clause.group == group || group.is_empty();
            let rule = usize::from(clause.rule);
            (fits && last != Some(rule)).then(|| {
                last = Some(rule);
                rule
            })
        })
    }
}

fn set(set: &mut Set, bit: usize) {
    set[bit / 64] |= 1 << (bit % 64);
}

fn bits(set: Set) -> impl Iterator<Item = usize> {
    set.into_iter().enumerate().flat_map(|(word, mut rest)| {
        std::iter::from_fn(move || {
            if rest == 0 {
                return None;
            }
            let bit = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            Some(word * 64 + bit)
        })
    })
}
