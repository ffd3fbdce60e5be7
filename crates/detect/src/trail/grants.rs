//! Rules and subjects of RBAC as people say them.

use catseye_model::Fields as _;
use catseye_model::Value;

/// `get, list pods; create pods/exec`, or `everything`.
pub(super) fn rules_in_words(rules: &[Value]) -> String {
    if rules.is_empty() {
        return "nothing".to_owned();
    }
    let words: Vec<String> = rules.iter().map(rule).collect();
    words.join("; ")
}

fn rule(rule: &Value) -> String {
    let list = |field: &str| rule.texts(field).collect::<Vec<_>>();
    let verbs = list("verbs");
    let any = |texts: &[&str]| texts.contains(&"*");
    let verb = if any(&verbs) {
        "do anything to".to_owned()
    } else {
        verbs.join(", ")
    };
    let paths = list("nonResourceURLs");
    if !paths.is_empty() {
        return format!("{verb} {}", paths.join(", "));
    }
    let (groups, resources) = (list("apiGroups"), list("resources"));
    if any(&verbs) && any(&resources) && any(&groups) {
        return "everything".to_owned();
    }
    let things: Vec<String> = if any(&resources) {
        let groups: Vec<&str> = groups
            .iter()
            .map(|group| if group.is_empty() { "core" } else { group })
            .collect();
        vec![if any(&groups) {
            "all resources".to_owned()
        } else {
            format!("all of {}", groups.join(", "))
        }]
    } else {
        resources
            .iter()
            .map(|resource| (*resource).to_owned())
            .collect()
    };
    let names = list("resourceNames");
    let only = if names.is_empty() {
        String::new()
    } else {
        format!(" named {}", names.join(", "))
    };
    format!("{verb} {}{only}", things.join(", "))
}

/// `user alice, group sre, service account shop/cart`.
pub(super) fn subjects_in_words(subjects: &[Value]) -> String {
    if subjects.is_empty() {
        return "nobody".to_owned();
    }
    let words: Vec<String> = subjects
        .iter()
        .map(|subject| {
            let name = subject.text("name").unwrap_or("?");
            match subject.text("kind") {
                Some("ServiceAccount") => {
                    let namespace = subject.text("namespace").unwrap_or("?");
                    format!("service account {namespace}/{name}")
                }
                Some("Group") => match name {
                    "system:unauthenticated" => "everybody, without authentication".to_owned(),
                    "system:authenticated" => "everybody who is authenticated".to_owned(),
                    name => format!("group {name}"),
                },
                _ => match name {
                    "system:anonymous" => "everybody, without authentication".to_owned(),
                    name => format!("user {name}"),
                },
            }
        })
        .collect();
    words.join(", ")
}

/// Where a binding holds.
pub(super) fn scope(kind: &str, namespace: &str) -> String {
    if kind == "ClusterRoleBinding" {
        "in the whole cluster".to_owned()
    } else {
        format!("in namespace {namespace}")
    }
}
