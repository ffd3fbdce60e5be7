//! Which rules can match a call, by its verb, resource and subresource.
//!
//! Each distinct clause of the rules' `on` is a bit. The verb, the resource and the subresource each
//! give the clauses that they satisfy; the intersection names the few rules that are asked.

use std::collections::HashMap;

use super::rule::{End, Rule};
use super::verbs::Verbs;

/// A set of clauses, as bits; as many words as there is need.
type Set = Vec<u64>;

/// One clause, such as `patch` on `deployments.apps/scale`, and the rules that have it.
#[derive(Debug)]
struct Clause {
    verbs: Verbs,
    spec: &'static str,
    group: &'static str,
    rules: Vec<usize>,
}

/// The table.
#[derive(Debug)]
pub(super) struct Dispatch {
    clauses: Vec<Clause>,
    by_verb: Vec<Set>,
    by_resource: HashMap<&'static str, Set>,
    any_resource: Set,
    by_subresource: HashMap<&'static str, Set>,
    any_subresource: Set,
    rules: Vec<&'static Rule>,
    /// What was asked before: a cluster has a few hundred kinds of calls.
    routes: HashMap<Box<[u8]>, Route, foldhash::fast::RandomState>,
    key: Vec<u8>,
}

/// The rules that look at one kind of call, by how it ended.
type Route = [Box<[usize]>; End::ALL.len()];

/// How many kinds of calls are remembered; names of resources come from clients.
const MOST: usize = 4096;

impl Dispatch {
    /// The table of the rules that are `wanted`; the others keep their numbers.
    pub(super) fn new(rules: &[&'static Rule], wanted: impl Fn(&'static Rule) -> bool) -> Self {
        let mut table = Dispatch {
            clauses: Vec::new(),
            by_verb: vec![Set::new(); Verbs::BITS],
            by_resource: HashMap::new(),
            any_resource: Set::new(),
            by_subresource: HashMap::new(),
            any_subresource: Set::new(),
            rules: rules.to_vec(),
            routes: HashMap::default(),
            key: Vec::new(),
        };
        for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| wanted(rule)) {
            for (verbs, resources) in rule.on {
                for spec in *resources {
                    table.add(index, *verbs, spec);
                }
            }
        }
        table
    }

    fn add(&mut self, rule: usize, verbs: Verbs, spec: &'static str) {
        let known = self
            .clauses
            .iter_mut()
            .find(|it| it.verbs == verbs && it.spec == spec);
        if let Some(clause) = known {
            clause.rules.push(rule);
            return;
        }
        let (resource, subresource) = match spec.split_once('/') {
            _ if spec == "*" => ("*", "*"),
            Some((resource, subresource)) => (resource, subresource),
            None => (spec, ""),
        };
        let (resource, group) = resource.split_once('.').unwrap_or((resource, ""));
        let group = if resource == "*" { "*" } else { group };
        let bit = self.clauses.len();
        self.clauses.push(Clause {
            verbs,
            spec,
            group,
            rules: vec![rule],
        });
        for (index, clauses) in self.by_verb.iter_mut().enumerate() {
            if verbs.has(index) {
                set(clauses, bit);
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
        &mut self,
        verb: Verbs,
        (resource, subresource, group): (&str, &str, &str),
        end: End,
    ) -> &[usize] {
        let mut key = std::mem::take(&mut self.key);
        key.clear();
        key.push(u8::try_from(verb.index()).unwrap_or(u8::MAX));
        for part in [resource, subresource, group] {
            key.extend_from_slice(part.as_bytes());
            // No byte of a text in UTF-8.
            key.push(0xff);
        }
        if !self.routes.contains_key(key.as_slice()) {
            if self.routes.len() >= MOST {
                self.routes.clear();
            }
            let mut all = Vec::new();
            self.find(verb, (resource, subresource, group), &mut all);
            let route = End::ALL.map(|end| {
                let admits = |index: &usize| self.rules[*index].when.admits(end);
                all.iter().copied().filter(admits).collect()
            });
            self.routes.insert(key.as_slice().into(), route);
        }
        self.key = key;
        let route = self.routes.get(self.key.as_slice());
        route.map_or(&[], |route| &route[end as usize])
    }

    /// Puts the rules that look at such a call into `rules`, however it ended.
    fn find(
        &self,
        verb: Verbs,
        (resource, subresource, group): (&str, &str, &str),
        rules: &mut Vec<usize>,
    ) {
        rules.clear();
        let Some(by_verb) = self.by_verb.get(verb.index()) else {
            return;
        };
        let by_resource = self.by_resource.get(resource);
        let by_subresource = self.by_subresource.get(subresource);
        for (word, verbs) in by_verb.iter().enumerate() {
            let resources = at(by_resource, word) | at(Some(&self.any_resource), word);
            let subresources = at(by_subresource, word) | at(Some(&self.any_subresource), word);
            let mut rest = verbs & resources & subresources;
            while rest != 0 {
                let bit = word * 64 + rest.trailing_zeros() as usize;
                rest &= rest - 1;
                // Logs may leave out the group; the core group has none of the names that others have.
                if let Some(clause) = self.clauses.get(bit)
                    && (clause.group == "*" || clause.group == group || group.is_empty())
                {
                    rules.extend(&clause.rules);
                }
            }
        }
        rules.sort_unstable();
        rules.dedup();
    }
}

fn at(set: Option<&Set>, word: usize) -> u64 {
    set.and_then(|set| set.get(word)).copied().unwrap_or(0)
}

fn set(set: &mut Set, bit: usize) {
    let word = bit / 64;
    if set.len() <= word {
        set.resize(word + 1, 0);
    }
    set[word] |= 1 << (bit % 64);
}

#[cfg(test)]
mod tests {
    use super::super::all;
    use super::super::verbs::{CREATE, GET};
    use super::*;

    /// What the table answers, told by asking each clause of each rule.
    fn naive(
        rules: &[&'static Rule],
        verb: Verbs,
        (resource, subresource, group): (&str, &str, &str),
    ) -> Vec<usize> {
        let fits = |spec: &str| {
            let (named, sub) = spec.split_once('/').unwrap_or((spec, ""));
            let (named, of) = named.split_once('.').unwrap_or((named, ""));
            spec == "*"
                || ((named == resource || named == "*")
                    && (sub == subresource || sub == "*")
                    && (of == "*" || of == group || group.is_empty() || named == "*"))
        };
        let meets = |rule: &Rule| {
            rule.on
                .iter()
                .any(|(verbs, specs)| verbs.meets(verb) && specs.iter().any(|spec| fits(spec)))
        };
        (0..rules.len())
            .filter(|index| meets(rules[*index]))
            .collect()
    }

    #[test]
    fn the_table_answers_as_each_rule_would() {
        let rules: Vec<&'static Rule> = all().collect();
        let table = Dispatch::new(&rules, |_| true);
        let mut found = Vec::new();
        for verb in [
            "get",
            "list",
            "watch",
            "create",
            "update",
            "patch",
            "delete",
            "deletecollection",
            "post",
        ] {
            for (resource, group) in [
                ("pods", ""),
                ("secrets", ""),
                ("deployments", "apps"),
                ("deployments", ""),
                ("services", "serving.knative.dev"),
                ("clusterroles", "rbac.authorization.k8s.io"),
                ("cronjobs", "batch"),
                ("nodes", ""),
                ("events", "events.k8s.io"),
                ("", ""),
                ("unheard-of", "x.example"),
            ] {
                for subresource in ["", "exec", "scale", "proxy", "token", "status"] {
                    let (verb, target) = (Verbs::of(verb), (resource, subresource, group));
                    table.find(verb, target, &mut found);
                    assert_eq!(found, naive(&rules, verb, target), "{verb} {target:?}");
                }
            }
        }
    }

    #[test]
    fn an_event_meets_the_few_rules_that_can_match() {
        let rules: Vec<&'static Rule> = all().collect();
        let table = Dispatch::new(&rules, |_| true);
        let mut found = Vec::new();
        table.find(GET, ("configmaps", "", ""), &mut found);
        let everywhere = rules
            .iter()
            .filter(|rule| rule.on.iter().any(|(_, specs)| specs.contains(&"*")))
            .count();
        assert!(found.len() <= everywhere + 1, "{}", found.len());
        table.find(CREATE, ("pods", "", ""), &mut found);
        assert!(found.len() < rules.len() / 2, "{}", found.len());
    }
}
