//! One rule of a role, as written.

use catseye_model::Fields as _;
use catseye_model::Value;

use crate::request::Request;

/// One rule. A request must match verb, group, resource and name of the same rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rule {
    /// The verbs; `*` is every verb.
    pub verbs: Vec<String>,
    /// The API groups; empty is the core group, `*` every group.
    pub api_groups: Vec<String>,
    /// The resources: `pods`, `pods/exec`, `*/scale` (of every resource), `*` (with all
    /// sub-resources). `pods/*` is no wildcard and matches nothing.
    pub resources: Vec<String>,
    /// The names of objects; empty is every object, and requests that name none.
    pub resource_names: Vec<String>,
    /// The paths: `/healthz`, `/healthz/*`, `*`.
    pub non_resource_urls: Vec<String>,
}

impl Rule {
    /// Reads a rule; what is no text is passed over.
    pub fn read(value: &Value) -> Self {
        let texts = |field| value.texts(field).map(str::to_owned).collect();
        Rule {
            verbs: texts("verbs"),
            api_groups: texts("apiGroups"),
            resources: texts("resources"),
            resource_names: texts("resourceNames"),
            non_resource_urls: texts("nonResourceURLs"),
        }
    }

    /// True when this rule alone allows the request. Written as the API server says it; what must be
    /// fast asks the compiled tables.
    pub fn allows(&self, request: &Request) -> bool {
        let lists =
            |list: &[String], word: &str| list.iter().any(|held| held == "*" || held == word);
        if !lists(&self.verbs, request.verb()) {
            return false;
        }
        match request {
            Request::NonResource(request) => self.non_resource_urls.iter().any(|url| {
                let prefix = url.trim_end_matches('*');
                *url == request.path || prefix.len() < url.len() && request.path.starts_with(prefix)
            }),
            Request::Resource(request) => {
                let sub = request.subresource.as_str();
                let resources = self.resources.iter().any(|held| {
                    if held == "*" {
                        return true;
                    }
                    match held.split_once('/') {
                        None => sub.is_empty() && *held == request.resource,
                        Some((base, held)) => {
                            !sub.is_empty()
                                && held == sub
                                && (base == "*" || base == request.resource)
                        }
                    }
                });
                let names = &self.resource_names;
                resources
                    && lists(&self.api_groups, &request.group)
                    && (names.is_empty() || names.contains(&request.name))
            }
        }
    }
}
