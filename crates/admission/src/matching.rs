//! Which requests a policy or a binding is about.

use catseye_model::{Fields as _, Selector, Value};

use crate::policy::Problem;
use crate::request::Request;
use crate::surroundings::Surroundings;

/// `matchConstraints` of a policy, `matchResources` of a binding.
#[derive(Debug, Clone)]
pub struct MatchResources {
    /// Requests that one of these names; all, when there are none.
    pub rules: Vec<Rule>,
    /// Requests that none of these may name.
    pub excludes: Vec<Rule>,
    pub(crate) namespaces: Selector,
    pub(crate) objects: Selector,
    /// A request in another version of the same resource is met too.
    pub(crate) equivalent: bool,
}

/// One rule over requests.
#[derive(Debug, Clone)]
pub struct Rule {
    /// API groups, or `*`.
    pub groups: Vec<String>,
    /// API versions, or `*`.
    pub versions: Vec<String>,
    /// Resources, with sub-resources after a slash, or `*`.
    pub resources: Vec<String>,
    /// Operations, or `*`.
    pub operations: Vec<String>,
    /// Names of objects; all, when there are none.
    pub names: Vec<String>,
    /// `Cluster`, `Namespaced` or `*`.
    pub scope: String,
}

/// A request that is met, in the version that the rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Met {
    pub(crate) group: String,
    pub(crate) version: String,
}

impl MatchResources {
    pub(crate) fn read(value: &Value, field: &str, problems: &mut Vec<Problem>) -> Option<Self> {
        let before = problems.len();
        let mut selector = |name: &str| match Selector::of(value.at(name)) {
            Ok(selector) => selector,
            Err(err) => {
                problems.push(Problem::new(format!("{field}.{name}"), err.to_string()));
                Selector::default()
            }
        };
        let namespaces = selector("namespaceSelector");
        let objects = selector("objectSelector");
        let equivalent = match value.text("matchPolicy") {
            None | Some("Equivalent") => true,
            Some("Exact") => false,
            Some(other) => {
                let message = format!("{other}: write Exact or Equivalent");
                problems.push(Problem::new(format!("{field}.matchPolicy"), message));
                false
            }
        };
        let rules = Rule::read_all(value, field, "resourceRules", problems);
        let excludes = Rule::read_all(value, field, "excludeResourceRules", problems);
        (problems.len() == before).then_some(MatchResources {
            rules,
            excludes,
            namespaces,
            objects,
            equivalent,
        })
    }

    /// The version in which a request is met, if it is.
    pub(crate) fn meets(&self, request: &Request, surroundings: &Surroundings) -> Option<Met> {
        if !self.meets_namespace(request, surroundings) || !self.meets_objects(request) {
            return None;
        }
        if self.any(&self.excludes, request, surroundings).is_some() {
            return None;
        }
        if self.rules.is_empty() {
            return Some(Met {
                group: request.group.clone(),
                version: request.version.clone(),
            });
        }
        self.any(&self.rules, request, surroundings)
    }

    fn any(&self, rules: &[Rule], request: &Request, surroundings: &Surroundings) -> Option<Met> {
        let met = |group: &str, version: &str| {
            rules
                .iter()
                .any(|rule| rule.meets(request, group, version))
                .then(|| Met {
                    group: group.to_owned(),
                    version: version.to_owned(),
                })
        };
        if let Some(found) = met(&request.group, &request.version) {
            return Some(found);
        }
        if !self.equivalent {
            return None;
        }
        surroundings
            .served
            .others(&request.group, &request.version, &request.resource)
            .iter()
            .find_map(|(group, version)| met(group, version))
    }

    fn meets_namespace(&self, request: &Request, surroundings: &Surroundings) -> bool {
        if self.namespaces.selects_everything() {
            return true;
        }
        if request.is_namespace() {
            // A namespace is selected by its own labels: as it would be, or as it was.
            let object = if request.object.is_null() {
                &request.old_object
            } else {
                &request.object
            };
            return self.namespaces.matches(object.at("metadata.labels"));
        }
        // What lives in no namespace is never kept out by a selector of namespaces.
        request.namespace.is_empty()
            || self.namespaces.matches(
                surroundings
                    .namespace(&request.namespace)
                    .at("metadata.labels"),
            )
    }

    fn meets_objects(&self, request: &Request) -> bool {
        self.objects.selects_everything()
            || [&request.object, &request.old_object]
                .into_iter()
                .any(|object| {
                    !object.is_null() && self.objects.matches(object.at("metadata.labels"))
                })
    }
}

impl Rule {
    fn read_all(value: &Value, field: &str, name: &str, problems: &mut Vec<Problem>) -> Vec<Rule> {
        let mut rules = Vec::new();
        for (place, rule) in value.list(name).iter().enumerate() {
            let texts = |field: &str| rule.texts(field).map(str::to_owned).collect::<Vec<_>>();
            let rule = Rule {
                groups: texts("apiGroups"),
                versions: texts("apiVersions"),
                resources: texts("resources"),
                operations: texts("operations"),
                names: texts("resourceNames"),
                scope: rule.text("scope").unwrap_or("*").to_owned(),
            };
            let lists = [
                ("apiGroups", &rule.groups),
                ("apiVersions", &rule.versions),
                ("resources", &rule.resources),
                ("operations", &rule.operations),
            ];
            for (list, values) in lists {
                if values.is_empty() {
                    let field = format!("{field}.{name}[{place}].{list}");
                    problems.push(Problem::new(field, "must not be empty"));
                }
            }
            if !["*", "Cluster", "Namespaced"].contains(&rule.scope.as_str()) {
                let field = format!("{field}.{name}[{place}].scope");
                problems.push(Problem::new(field, "write Cluster, Namespaced or *"));
            }
            rules.push(rule);
        }
        rules
    }

    fn meets(&self, request: &Request, group: &str, version: &str) -> bool {
        let has = |list: &[String], wanted: &str| {
            list.iter().any(|value| value == "*" || value == wanted)
        };
        let namespaced = !request.namespace.is_empty() && !request.is_namespace();
        let scope = match self.scope.as_str() {
            "Namespaced" => namespaced,
            "Cluster" => !namespaced,
            _ => true,
        };
        scope
            && has(&self.operations, request.operation.name())
            && has(&self.groups, group)
            && has(&self.versions, version)
            && self.resources.iter().any(|wanted| {
                let (resource, subresource) = wanted.split_once('/').unwrap_or((wanted, ""));
                (resource == "*" || resource == request.resource)
                    && (subresource == "*" || subresource == request.subresource)
            })
            && (self.names.is_empty() || self.names.contains(&request.name))
    }
}
