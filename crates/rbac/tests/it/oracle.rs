//! A naive evaluator, written from the sentences of the Kubernetes documentation ("Using RBAC
//! Authorization") on plain JSON: it reads every binding and every rule anew for each request.

use std::collections::BTreeMap;

use serde_json::Value;

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) user: String,
    pub(crate) groups: Vec<String>,
}

/// What is asked; a path when it is not empty, else a resource.
#[derive(Debug, Clone, Default)]
pub(crate) struct What {
    pub(crate) verb: String,
    pub(crate) group: String,
    pub(crate) resource: String,
    pub(crate) subresource: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) path: String,
}

/// The objects of a cluster, aggregated cluster roles filled in.
#[derive(Debug)]
pub(crate) struct Oracle {
    objects: Vec<Value>,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

fn list<'a>(value: &'a Value, field: &str) -> Vec<&'a str> {
    let members = value[field].as_array();
    members
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

impl Oracle {
    pub(crate) fn new(objects: Vec<Value>) -> Self {
        let mut oracle = Oracle { objects };
        oracle.aggregate();
        oracle
    }

    /// The objects.
    pub(crate) fn objects(&self) -> &[Value] {
        &self.objects
    }

    /// "The control plane overwrites any values that you manually specify in the rules field of an
    /// aggregate ClusterRole": until nothing changes any more.
    fn aggregate(&mut self) {
        let is_aggregating = |role: &Value| role.get("aggregationRule").is_some();
        for role in self.objects.iter_mut().filter(|role| is_aggregating(role)) {
            role["rules"] = Value::Array(Vec::new());
        }
        loop {
            let before = self.objects.clone();
            for role in self.objects.iter_mut().filter(|role| is_aggregating(role)) {
                let mut rules: Vec<Value> = Vec::new();
                let selectors = role["aggregationRule"]["clusterRoleSelectors"].clone();
                for selector in selectors.as_array().into_iter().flatten() {
                    let wanted: BTreeMap<String, Value> =
                        serde_json::from_value(selector["matchLabels"].clone()).unwrap_or_default();
                    for other in &before {
                        let selected = other["kind"] == "ClusterRole"
                            && other["metadata"]["name"] != role["metadata"]["name"]
                            && wanted
                                .iter()
                                .all(|(key, value)| other["metadata"]["labels"][key] == *value);
                        if selected {
                            for rule in other["rules"].as_array().into_iter().flatten() {
                                if !rules.contains(rule) {
                                    rules.push(rule.clone());
                                }
                            }
                        }
                    }
                }
                role["rules"] = Value::Array(rules);
            }
            let rule_count = |objects: &[Value]| {
                let lengths = objects
                    .iter()
                    .map(|role| role["rules"].as_array().map_or(0, Vec::len));
                lengths.sum::<usize>()
            };
            if rule_count(&before) == rule_count(&self.objects) {
                return;
            }
        }
    }

    /// "Permissions are purely additive (there are no "deny" rules)."
    pub(crate) fn allows(&self, who: &Who, what: &What) -> bool {
        if who.groups.iter().any(|group| group == "system:masters") {
            return true;
        }
        self.objects.iter().any(|binding| {
            let namespace = text(&binding["metadata"]["namespace"]);
            let counts = match text(&binding["kind"]) {
                "ClusterRoleBinding" => true,
                // "A RoleBinding grants permissions within a specific namespace."
                "RoleBinding" => what.path.is_empty() && what.namespace == namespace,
                _ => false,
            };
            counts
                && binding["subjects"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|subject| names(subject, namespace, who))
                && self
                    .rules(&binding["roleRef"], namespace)
                    .any(|rule| allows(rule, what))
        })
    }

    fn rules<'a>(
        &'a self,
        reference: &'a Value,
        namespace: &'a str,
    ) -> impl Iterator<Item = &'a Value> {
        self.objects
            .iter()
            .filter(move |role| {
                let same = role["kind"] == reference["kind"]
                    && role["metadata"]["name"] == reference["name"];
                match text(&role["kind"]) {
                    "ClusterRole" => same,
                    "Role" => {
                        same && !namespace.is_empty()
                            && text(&role["metadata"]["namespace"]) == namespace
                    }
                    _ => false,
                }
            })
            .flat_map(|role| role["rules"].as_array().into_iter().flatten())
    }
}

/// "Service accounts have names prefixed with system:serviceaccount:, and belong to groups that have
/// names prefixed with system:serviceaccounts:."
fn names(subject: &Value, binding_namespace: &str, who: &Who) -> bool {
    let name = text(&subject["name"]);
    match text(&subject["kind"]) {
        "User" => who.user == name,
        "Group" => who.groups.iter().any(|group| group == name),
        "ServiceAccount" => {
            let own = text(&subject["namespace"]);
            let namespace = if own.is_empty() {
                binding_namespace
            } else {
                own
            };
            !namespace.is_empty() && who.user == format!("system:serviceaccount:{namespace}:{name}")
        }
        _ => false,
    }
}

fn allows(rule: &Value, what: &What) -> bool {
    let verbs = list(rule, "verbs");
    if !verbs.contains(&"*") && !verbs.contains(&what.verb.as_str()) {
        return false;
    }
    if !what.path.is_empty() {
        // "Rules can use '*' suffix as a wildcard for URL paths." The documentation does not say what
        // two stars are; the API server trims them all.
        return list(rule, "nonResourceURLs").iter().any(|url| {
            let beginning = url.trim_end_matches('*');
            *url == what.path || url.ends_with('*') && what.path.starts_with(beginning)
        });
    }
    let groups = list(rule, "apiGroups");
    if !groups.contains(&"*") && !groups.contains(&what.group.as_str()) {
        return false;
    }
    // "To represent this in an RBAC role, use a slash (/) to delimit the resource and subresource."
    let asked = if what.subresource.is_empty() {
        what.resource.clone()
    } else {
        format!("{}/{}", what.resource, what.subresource)
    };
    let of_any = format!("*/{}", what.subresource);
    let resources = list(rule, "resources");
    let resource = resources.contains(&"*")
        || resources.contains(&asked.as_str())
        || !what.subresource.is_empty() && resources.contains(&of_any.as_str());
    // "When specified, requests can be restricted to individual instances of a resource. [...] You
    // cannot restrict create or deletecollection requests by their resource name": they name none.
    let only = list(rule, "resourceNames");
    resource && (only.is_empty() || only.contains(&what.name.as_str()))
}
