//! What a rule says of itself: its name, and which objects it judges.

use std::fs;
use std::path::Path;

use catseye_model::{Fields, Object};
use serde_json::Value;

use crate::conformance::name;

/// A rule, as far as it matters here.
#[derive(Debug, Default)]
pub(super) struct Rule {
    /// The name of its folder.
    pub(super) folder: String,
    /// The name that it has itself, which may be another one.
    pub(super) name: String,
    /// The objects of the API that it judges.
    matches: Vec<Match>,
    /// What it judges beside them: reports of a node agent, or of a cloud.
    described: Vec<Match>,
}

/// Kinds of objects; `*` stands for any.
#[derive(Debug)]
struct Match {
    groups: Vec<String>,
    versions: Vec<String>,
    kinds: Vec<String>,
}

impl Rule {
    /// Reads `rule.metadata.json`; without it the rule has the name of its folder and judges all kinds.
    pub(super) fn read(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join("rule.metadata.json")).unwrap_or_default();
        let metadata: Value = serde_json::from_str(&text).unwrap_or_default();
        let folder = name(folder);
        Rule {
            name: metadata.text("name").unwrap_or(&folder).to_owned(),
            folder,
            matches: Match::all(metadata.list("match")),
            described: Match::all(metadata.list("dynamicMatch")),
        }
    }

    /// True for the objects that it judges.
    pub(super) fn judges(&self, object: &Object) -> bool {
        let mut all = self.matches.iter().chain(&self.described).peekable();
        all.peek().is_none() || all.any(|one| one.takes(object))
    }

    /// True when it judges no object of the API, only reports about hosts and clouds.
    pub(super) fn judges_reports_alone(&self) -> bool {
        self.matches.is_empty() && !self.described.is_empty()
    }

    /// True when it judges objects of that group alone, reports aside.
    pub(super) fn judges_group_alone(&self, group: &str) -> bool {
        !self.matches.is_empty()
            && self
                .matches
                .iter()
                .all(|one| one.groups.iter().all(|candidate| candidate == group))
    }

    /// True when it judges objects of that kind alone.
    pub(super) fn judges_kind_alone(&self, kind: &str) -> bool {
        !self.matches.is_empty()
            && self
                .matches
                .iter()
                .all(|one| one.kinds.iter().all(|candidate| candidate == kind))
    }
}

impl Match {
    /// The matches that name a kind; others are empty on purpose.
    fn all(list: &[Value]) -> Vec<Match> {
        let owned = |value: &Value, field| value.texts(field).map(str::to_owned).collect();
        list.iter()
            .map(|value| Match {
                groups: owned(value, "apiGroups"),
                versions: owned(value, "apiVersions"),
                kinds: owned(value, "resources"),
            })
            .filter(|one| !one.kinds.is_empty())
            .collect()
    }

    fn takes(&self, object: &Object) -> bool {
        let holds = |list: &[String], text: &str| list.iter().any(|one| one == "*" || one == text);
        holds(&self.kinds, object.kind_name())
            && holds(&self.groups, object.group())
            && holds(&self.versions, object.version())
    }
}
