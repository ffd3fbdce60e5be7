//! The role that a subject's calls need, and the proof: every call replayed against it.
//!
//! Calls become rules: one per namespace, API group, resource and verb, with the names where all calls
//! named their object. `create` never comes with names, for the API server does not know the name of a
//! new object when it authorizes (the rule would never allow anything); nor do `list`, `watch` and
//! `deletecollection`, which name nothing.

use std::collections::{BTreeMap, BTreeSet};

use catseye_event::Event;
use catseye_event::audit::Stage;
use serde::Serialize;
use serde_json::{Value, json};

/// A rule names at most so many objects; beyond that it is about all of them.
const MOST_NAMES: usize = 20;
/// At most so many different calls are remembered.
const MOST_CALLS: usize = 50_000;

/// One kind of call, as authorization sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Asked {
    /// The namespace; empty for what is cluster-wide.
    pub namespace: String,
    /// The API group.
    pub api_group: String,
    /// The resource with its subresource, `pods/exec`; empty for a path.
    pub resource: String,
    /// The path, for calls that name no resource.
    pub path: String,
    /// The verb.
    pub verb: String,
    /// The name; empty where the call names none.
    pub name: String,
}

/// What a subject has asked for.
#[derive(Debug, Default)]
pub struct Usage {
    allowed: BTreeMap<Asked, u64>,
    refused: BTreeMap<Asked, u64>,
    /// Kinds of calls that did not fit.
    overflow: u64,
}

/// A rule as RBAC writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rule {
    api_groups: BTreeSet<String>,
    resources: BTreeSet<String>,
    names: BTreeSet<String>,
    paths: BTreeSet<String>,
    verbs: BTreeSet<String>,
}

/// Roles with what proves them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestion {
    /// `Role`s and a `ClusterRole`, ready to apply.
    pub roles: Vec<Value>,
    /// Kinds of calls, and calls, that were allowed.
    pub kinds: usize,
    /// Calls that were replayed.
    pub calls: u64,
    /// Of these, calls that the roles allow.
    pub still_allowed: u64,
    /// Calls that were refused and are not in the roles, most frequent first; at most 20.
    pub refused: Vec<(Asked, u64)>,
    /// Kinds of calls that did not fit into memory: above zero the roles may be too narrow.
    pub overflow: u64,
}

impl Usage {
    /// Nothing asked yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a call of the subject.
    pub fn observe(&mut self, event: &Event<'_>) {
        // The start and the end of a long request ask for one thing; counting it twice does no harm to
        // the roles, but would to the number of calls.
        if event.stage() != Stage::ResponseComplete && event.stage() != Stage::Panic {
            return;
        }
        let resource = match (event.resource(), event.subresource()) {
            (resource, "") => resource.to_owned(),
            (resource, subresource) => format!("{resource}/{subresource}"),
        };
        let uri = event.request_uri();
        let path = uri.split_once('?').map_or(uri, |(path, _)| path);
        let asked = Asked {
            namespace: event.namespace().to_owned(),
            api_group: event.api_group().to_owned(),
            path: if resource.is_empty() {
                path.to_owned()
            } else {
                String::new()
            },
            resource,
            verb: event.verb().to_owned(),
            name: event
                .object()
                .map_or("", |object| object.name.as_str())
                .to_owned(),
        };
        let refused = event.is_forbidden() || event.code() == Some(401);
        let full = self.allowed.len() + self.refused.len() >= MOST_CALLS;
        let counts = if refused {
            &mut self.refused
        } else {
            &mut self.allowed
        };
        match counts.get_mut(&asked) {
            Some(count) => *count += 1,
            None if full => self.overflow += 1,
            None => drop(counts.insert(asked, 1)),
        }
    }

    /// True when the subject asked for nothing.
    pub fn is_empty(&self) -> bool {
        self.allowed.is_empty() && self.refused.is_empty()
    }

    /// The roles that the allowed calls need.
    pub fn suggest(&self, name: &str) -> Suggestion {
        let mut scopes: BTreeMap<&str, Vec<Rule>> = BTreeMap::new();
        for (namespace, rule) in rules_of(&self.allowed) {
            scopes.entry(namespace).or_default().push(rule);
        }
        let scopes: BTreeMap<&str, Vec<Rule>> = scopes
            .into_iter()
            .map(|(namespace, rules)| (namespace, merged(rules)))
            .collect();
        let calls = self.allowed.values().sum();
        let still_allowed = self
            .allowed
            .iter()
            .filter(|(asked, _)| is_allowed(&scopes, asked))
            .map(|(_, count)| count)
            .sum();
        let mut refused: Vec<(Asked, u64)> = self
            .refused
            .iter()
            .filter(|(asked, _)| !is_allowed(&scopes, asked))
            .map(|(asked, count)| (asked.clone(), *count))
            .collect();
        refused.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        refused.truncate(20);
        Suggestion {
            roles: scopes
                .iter()
                .map(|(namespace, rules)| manifest(name, namespace, rules))
                .collect(),
            kinds: self.allowed.len(),
            calls,
            still_allowed,
            refused,
            overflow: self.overflow,
        }
    }
}

/// Verbs whose requests name no object that could be in `resourceNames`.
fn names_nothing(verb: &str) -> bool {
    matches!(verb, "create" | "list" | "watch" | "deletecollection")
}

/// One rule per namespace, group, resource and verb.
fn rules_of(asked: &BTreeMap<Asked, u64>) -> Vec<(&str, Rule)> {
    type Key<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);
    let mut names: BTreeMap<Key<'_>, Option<BTreeSet<String>>> = BTreeMap::new();
    for call in asked.keys() {
        // Every authenticated client may ask for these already.
        if call.resource.is_empty() && is_for_everybody(&call.path) {
            continue;
        }
        let key = (
            call.namespace.as_str(),
            call.api_group.as_str(),
            call.resource.as_str(),
            call.path.as_str(),
            call.verb.as_str(),
        );
        let of_key = names.entry(key).or_insert_with(|| Some(BTreeSet::new()));
        // The subresource of an existing object is created under that object's name.
        let nameless = call.name.is_empty()
            || (names_nothing(&call.verb) && !call.resource.contains('/'))
            || call.verb == "create";
        if nameless {
            *of_key = None;
        } else if let Some(set) = of_key {
            set.insert(call.name.clone());
            if set.len() > MOST_NAMES {
                *of_key = None;
            }
        }
    }
    names
        .into_iter()
        .map(|((namespace, group, resource, path, verb), names)| {
            let one = |text: &str| BTreeSet::from([text.to_owned()]);
            let of_path = resource.is_empty();
            let rule = Rule {
                api_groups: if of_path { BTreeSet::new() } else { one(group) },
                resources: if of_path {
                    BTreeSet::new()
                } else {
                    one(resource)
                },
                names: names.unwrap_or_default(),
                paths: if of_path { one(path) } else { BTreeSet::new() },
                verbs: one(verb),
            };
            (namespace, rule)
        })
        .collect()
}

/// Rules that differ in verbs only become one, then rules that differ in resources only.
fn merged(rules: Vec<Rule>) -> Vec<Rule> {
    let mut by_thing: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for rule in rules {
        let thing = (rule.api_groups, rule.resources, rule.names, rule.paths);
        by_thing.entry(thing).or_default().extend(rule.verbs);
    }
    let mut by_verbs: BTreeMap<_, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for ((groups, resources, names, paths), verbs) in by_thing {
        // Names belong to their resource: two resources share a rule only when neither has any.
        let apart = if names.is_empty() {
            BTreeSet::new()
        } else {
            resources.clone()
        };
        let (all, all_paths) = by_verbs.entry((groups, names, apart, verbs)).or_default();
        all.extend(resources);
        all_paths.extend(paths);
    }
    by_verbs
        .into_iter()
        .map(|((api_groups, names, _, verbs), (resources, paths))| Rule {
            api_groups,
            resources,
            names,
            paths,
            verbs,
        })
        .collect()
}

/// The API server's own question, asked of the suggested rules.
fn is_allowed(scopes: &BTreeMap<&str, Vec<Rule>>, asked: &Asked) -> bool {
    if asked.resource.is_empty() && is_for_everybody(&asked.path) {
        return true;
    }
    let cluster_wide = scopes.get("").into_iter().flatten();
    let here = scopes.get(asked.namespace.as_str()).into_iter().flatten();
    let mut rules = here.chain(cluster_wide);
    rules.any(|rule| {
        if asked.resource.is_empty() {
            return rule.verbs.contains(&asked.verb) && rule.paths.contains(&asked.path);
        }
        // A create is authorized without a name, whatever the client sent.
        let name = if asked.verb == "create" {
            ""
        } else {
            asked.name.as_str()
        };
        rule.verbs.contains(&asked.verb)
            && rule.api_groups.contains(&asked.api_group)
            && rule.resources.contains(&asked.resource)
            && (rule.names.is_empty() || rule.names.contains(name))
    })
}

/// What `system:discovery` and `system:public-info-viewer` allow everybody.
fn is_for_everybody(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next();
    matches!(
        first.unwrap_or_default(),
        "api" | "apis" | "openapi" | "healthz" | "livez" | "readyz" | "version"
    )
}

fn manifest(name: &str, namespace: &str, rules: &[Rule]) -> Value {
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| {
            let mut written = json!({"verbs": rule.verbs});
            if rule.paths.is_empty() {
                written["apiGroups"] = json!(rule.api_groups);
                written["resources"] = json!(rule.resources);
            } else {
                written["nonResourceURLs"] = json!(rule.paths);
            }
            if !rule.names.is_empty() {
                written["resourceNames"] = json!(rule.names);
            }
            written
        })
        .collect();
    let (kind, mut metadata) = ("Role", json!({"name": name}));
    let kind = if namespace.is_empty() {
        "ClusterRole"
    } else {
        kind
    };
    if !namespace.is_empty() {
        metadata["namespace"] = namespace.into();
    }
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": metadata,
        "rules": rules,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(text: &str) -> Asked {
        let words: Vec<&str> = text.split(' ').collect();
        let word = |index: usize| words.get(index).copied().unwrap_or_default().to_owned();
        Asked {
            verb: word(0),
            resource: word(1),
            namespace: word(2).replace('-', ""),
            name: word(3),
            api_group: String::new(),
            path: String::new(),
        }
    }

    fn usage(calls: &[&str]) -> Usage {
        let mut usage = Usage::new();
        for call in calls {
            *usage.allowed.entry(asked(call)).or_default() += 1;
        }
        usage
    }

    #[test]
    fn calls_become_the_narrowest_roles() {
        let suggestion = usage(&[
            "get configmaps shop cart",
            "get configmaps shop flags",
            "list pods shop",
            "watch pods shop",
            "create pods shop web-1",
            "create pods/exec shop web-0",
            "list nodes -",
        ])
        .suggest("cart");
        let roles: Vec<String> = suggestion.roles.iter().map(Value::to_string).collect();
        insta::assert_snapshot!(roles.join("\n"), @r#"
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"cart"},"rules":[{"apiGroups":[""],"resources":["nodes"],"verbs":["list"]}]}
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"cart","namespace":"shop"},"rules":[{"apiGroups":[""],"resources":["pods/exec"],"verbs":["create"]},{"apiGroups":[""],"resources":["pods"],"verbs":["create","list","watch"]},{"apiGroups":[""],"resourceNames":["cart","flags"],"resources":["configmaps"],"verbs":["get"]}]}
        "#);
        assert_eq!((suggestion.calls, suggestion.still_allowed), (7, 7));
    }

    #[test]
    fn a_create_never_comes_with_names() {
        let suggestion =
            usage(&["create secrets shop db", "create pods/exec shop web-0"]).suggest("x");
        assert!(!suggestion.roles[0].to_string().contains("resourceNames"));
    }

    proptest! {
        /// Whatever was called is allowed, and a verb that was not called on a resource never is.
        #[test]
        fn the_roles_allow_what_was_called(
            calls in proptest::collection::vec(
                (0..4_usize, 0..3_usize, 0..3_usize, 0..4_usize), 1..40
            )
        ) {
            let verbs = ["get", "list", "create", "update"];
            let resources = ["pods", "secrets", "pods/exec"];
            let namespaces = ["shop", "mail", "-"];
            let texts: Vec<String> = calls
                .iter()
                .map(|(verb, resource, namespace, name)| {
                    format!("{} {} {} n{name}", verbs[*verb], resources[*resource], namespaces[*namespace])
                })
                .collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let suggestion = usage(&texts).suggest("x");
            prop_assert_eq!(suggestion.calls, suggestion.still_allowed);
            for role in &suggestion.roles {
                for rule in role["rules"].as_array().unwrap() {
                    for verb in rule["verbs"].as_array().unwrap() {
                        for resource in rule["resources"].as_array().unwrap() {
                            let (verb, resource) = (verb.as_str().unwrap(), resource.as_str().unwrap());
                            let called = format!("{verb} {resource} ");
                            prop_assert!(texts.iter().any(|text| text.starts_with(&called)));
                        }
                    }
                }
            }
        }
    }
}
