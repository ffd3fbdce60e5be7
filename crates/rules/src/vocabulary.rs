//! What the fields of audit events can hold, and why a value that a rule asks for is none of it.

use catseye_event::audit::{Level, Stage};

use crate::field::Field;
use crate::pattern::Pattern;
use crate::predicate::{Check, Order};

/// The annotation with the decision of authorization.
pub(crate) const DECISION: &str = "authorization.k8s.io/decision";

/// The verbs of calls for resources, then the methods of calls for anything else.
const VERBS: [&str; 14] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "post",
    "put",
    "head",
    "options",
    // Before Kubernetes 1.10, for what is now the subresource.
    "proxy",
    "connect",
];

/// Values that a field can have; none where they cannot be listed.
pub(crate) fn closed(field: &Field) -> Option<Vec<String>> {
    let words: Vec<&str> = match field {
        Field::Verb => VERBS.to_vec(),
        Field::Stage => vec![
            Stage::RequestReceived.name(),
            Stage::ResponseStarted.name(),
            Stage::ResponseComplete.name(),
            Stage::Panic.name(),
        ],
        Field::Level => vec![
            Level::Metadata.name(),
            Level::Request.name(),
            Level::RequestResponse.name(),
        ],
        Field::Annotation(name) if name == DECISION => vec!["allow", "forbid"],
        Field::Status => vec!["Success", "Failure"],
        Field::Code => return Some((100..600).map(|code: u16| code.to_string()).collect()),
        _ => return None,
    };
    Some(words.into_iter().map(str::to_owned).collect())
}

/// True for a character that can stand in the field.
fn allows(field: &Field, it: char) -> bool {
    let plain = it.is_ascii_lowercase() || it.is_ascii_digit();
    match field {
        Field::Resource | Field::ApiGroup => plain || "-.".contains(it),
        Field::Subresource => plain || "-./".contains(it),
        Field::Namespace => plain || it == '-',
        Field::ApiVersion => plain,
        Field::SourceIps | Field::SourceIp(_) => it.is_ascii_hexdigit() || ".:".contains(it),
        _ => true,
    }
}

/// What is impossible about a check of a field.
#[derive(Debug, Default)]
pub(crate) struct Impossible {
    /// Why, for each value that can never be there.
    pub(crate) why: Vec<String>,
    /// No value is left.
    pub(crate) entirely: bool,
}

/// Looks for values that the field never has.
pub(crate) fn impossible(field: &Field, check: &Check) -> Impossible {
    let mut found = Impossible::default();
    let closed = closed(field);
    match check {
        Check::Exists | Check::SameAs(..) => return found,
        Check::OneOf { values, fold } => {
            let mut left = 0;
            for (value, written) in values {
                let literal = Pattern::literal(crate::pattern::Place::Whole, value, *fold);
                match why_not(field, closed.as_deref(), &literal, written) {
                    Some(why) if !value.is_empty() => found.why.push(why),
                    _ => left += 1,
                }
            }
            found.entirely = left == 0;
        }
        Check::Fits(patterns) => {
            let mut left = 0;
            for pattern in patterns {
                match why_not(field, closed.as_deref(), pattern, pattern.written()) {
                    Some(why) if !pattern.is_any() => found.why.push(why),
                    _ => left += 1,
                }
            }
            found.entirely = left == 0;
        }
        Check::Regex(regex) => {
            if let Some(words) = &closed
                && !words.iter().any(|word| regex.is_match(word))
            {
                found.why.push(format!(
                    "no audit event has a {field} that matches `{regex}`; {}",
                    advice(field, regex.as_str())
                ));
            }
            found.entirely = !found.why.is_empty();
        }
        Check::Number(order, bound) => {
            let numbers = closed.map(|words| {
                words
                    .iter()
                    .filter_map(|word| word.parse::<f64>().ok())
                    .any(|number| order.holds(number, *bound))
            });
            let is_text = matches!(
                field,
                Field::Resource | Field::Namespace | Field::SourceIps | Field::Username(_)
            );
            if numbers == Some(false) || (is_text && *order != Order::Unequal) {
                found.why.push(format!(
                    "{field} is never {} {bound}; {}",
                    order.symbol(),
                    advice(field, &bound.to_string())
                ));
            }
            found.entirely = !found.why.is_empty();
        }
        Check::Within(_) => {
            let holds_addresses = matches!(
                field,
                Field::SourceIps
                    | Field::SourceIp(_)
                    | Field::Body(..)
                    | Field::Annotation(_)
                    | Field::Extra(..)
                    | Field::Anything
            );
            if !holds_addresses {
                found.why.push(format!(
                    "{field} holds no addresses; the addresses of the caller are in sourceIPs"
                ));
                found.entirely = true;
            }
        }
    }
    found
}

fn why_not(
    field: &Field,
    closed: Option<&[String]>,
    pattern: &Pattern,
    shown: &str,
) -> Option<String> {
    if let Some(words) = closed {
        let fits = words.iter().any(|word| pattern.matches(word));
        return (!fits).then(|| {
            format!(
                "no audit event has the {field} `{shown}`; {}",
                advice(field, shown)
            )
        });
    }
    let odd = pattern.literals().flat_map(str::chars).find(|it| {
        let lower = it.to_lowercase().next().unwrap_or(*it);
        let upper = it.to_uppercase().next().unwrap_or(*it);
        let fits = allows(field, *it)
            || (pattern.folds() && (allows(field, lower) || allows(field, upper)));
        !fits
    });
    let is_no_group = *field == Field::ApiGroup && matches!(shown, "core" | "v1");
    let is_no_path = *field == Field::RequestUri && pattern.begins_without('/');
    (odd.is_some() || is_no_group || is_no_path).then(|| {
        format!(
            "no audit event has the {field} `{shown}`; {}",
            advice(field, shown)
        )
    })
}

/// What to write instead.
fn advice(field: &Field, value: &str) -> String {
    let lower = value.to_ascii_lowercase();
    match field {
        Field::Verb => {
            let instead = match lower.as_str() {
                "replace" | "edit" | "modify" | "apply" => "write update or patch",
                "read" | "describe" | "view" => "write get, list or watch",
                "remove" | "erase" => "write delete or deletecollection",
                "deleteall" => "write deletecollection",
                "add" | "run" => "write create",
                "exec" | "attach" | "portforward" | "port-forward" => {
                    "write objectRef.subresource with verb create or get"
                }
                "scale" | "evict" | "approve" | "log" | "logs" => "write objectRef.subresource",
                "impersonate" => "look whether impersonatedUser.username is there",
                "bind" | "escalate" | "use" | "sign" | "*" => {
                    "roles grant this verb, but no call is made with it"
                }
                _ => {
                    "verbs are get, list, watch, create, update, patch, delete, deletecollection, in lower case"
                }
            };
            instead.to_owned()
        }
        Field::Stage => {
            "stages are RequestReceived, ResponseStarted, ResponseComplete and Panic".to_owned()
        }
        Field::Level if lower.starts_with("response") => {
            format!("`{value}` is a stage: write it for stage; levels are Metadata, Request and RequestResponse")
        }
        Field::Level => "levels are Metadata, Request and RequestResponse".to_owned(),
        Field::Code if matches!(lower.as_str(), "allow" | "allowed" | "forbid" | "deny" | "denied" | "forbidden") => {
            "it is a number such as 403; what authorization decided is annotations.authorization.k8s.io/decision: allow or forbid".to_owned()
        }
        Field::Code => "it is a number such as 200 or 403".to_owned(),
        Field::Annotation(_) => "write allow or forbid".to_owned(),
        Field::Status => "write Success or Failure, or ask for responseStatus.code".to_owned(),
        Field::Resource => match value.split_once('/') {
            Some((resource, subresource)) => format!(
                "write objectRef.resource `{}` and objectRef.subresource `{subresource}`",
                plural(resource)
            ),
            None => format!("resources are plural and in lower case: write `{}`", plural(value)),
        },
        Field::ApiGroup if matches!(lower.as_str(), "core" | "v1") => {
            "the core group has no name: ask whether objectRef.apiGroup is absent".to_owned()
        }
        Field::ApiGroup => match value.split_once('/') {
            Some((group, version)) => format!(
                "write objectRef.apiGroup `{group}` and objectRef.apiVersion `{version}`"
            ),
            None => "groups are in lower case, such as rbac.authorization.k8s.io".to_owned(),
        },
        Field::ApiVersion => match value.split_once('/') {
            Some((group, version)) => format!(
                "write objectRef.apiGroup `{group}` and objectRef.apiVersion `{version}`"
            ),
            None => "versions are in lower case, such as v1".to_owned(),
        },
        Field::Namespace => "names of namespaces are lower-case letters, digits and dashes".to_owned(),
        Field::Subresource => "subresources are in lower case, such as exec".to_owned(),
        Field::SourceIps | Field::SourceIp(_) => {
            "it holds addresses such as 192.0.2.7, no names; networks are asked for by CIDR".to_owned()
        }
        Field::RequestUri => "paths begin with /, such as /api/v1/pods".to_owned(),
        _ => "write a value that it can have".to_owned(),
    }
}

/// The plural under which the API server serves a kind.
fn plural(kind: &str) -> String {
    let lower = kind.to_ascii_lowercase();
    match lower.as_str() {
        "endpoints" | "ingressclasses" => lower,
        "networkpolicy" => "networkpolicies".to_owned(),
        "ingress" | "ingressclass" | "storageclass" | "priorityclass" | "runtimeclass" => {
            format!("{lower}es")
        }
        word if word.ends_with('s') || word.is_empty() => lower,
        word => match word.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None => format!("{word}s"),
        },
    }
}

/// A singular that somebody wrote for the plural of a built-in kind; the plural.
pub(crate) fn singular(value: &str) -> Option<String> {
    const KINDS: [&str; 24] = [
        "pod",
        "deployment",
        "daemonset",
        "statefulset",
        "replicaset",
        "job",
        "cronjob",
        "secret",
        "configmap",
        "service",
        "serviceaccount",
        "namespace",
        "node",
        "role",
        "clusterrole",
        "rolebinding",
        "clusterrolebinding",
        "ingress",
        "networkpolicy",
        "endpoint",
        "persistentvolume",
        "persistentvolumeclaim",
        "certificatesigningrequest",
        "event",
    ];
    KINDS.contains(&value).then(|| plural(value))
}

/// The fields at the top of a body, beside those that every object has; none for other resources.
pub(crate) fn body_fields(resource: &str) -> Option<&'static [&'static str]> {
    Some(match resource {
        "rolebindings" | "clusterrolebindings" => &["subjects", "roleRef"],
        "roles" | "clusterroles" => &["rules", "aggregationRule"],
        "configmaps" => &["data", "binaryData", "immutable"],
        "secrets" => &["data", "stringData", "type", "immutable"],
        "endpoints" => &["subsets"],
        "serviceaccounts" => &[
            "secrets",
            "imagePullSecrets",
            "automountServiceAccountToken",
            "spec",
            "status",
        ],
        "pods" => &[
            "spec",
            "status",
            "target",
            "deleteOptions",
            "stdin",
            "stdout",
            "stderr",
            "tty",
            "container",
            "command",
            "ephemeralContainers",
        ],
        "deployments"
        | "daemonsets"
        | "statefulsets"
        | "replicasets"
        | "jobs"
        | "cronjobs"
        | "services"
        | "ingresses"
        | "networkpolicies"
        | "namespaces"
        | "nodes"
        | "persistentvolumes"
        | "persistentvolumeclaims" => &["spec", "status", "ports"],
        _ => return None,
    })
}

/// Fields that any body can have: of every object, and of the options of a deletion.
pub(crate) const EVERY_BODY: [&str; 9] = [
    "apiVersion",
    "kind",
    "metadata",
    "gracePeriodSeconds",
    "preconditions",
    "orphanDependents",
    "propagationPolicy",
    "dryRun",
    "items",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn why(field: &Field, value: &str, fold: bool) -> Option<String> {
        let found = impossible(field, &Check::text(value, fold));
        found.entirely.then(|| found.why.join("; "))
    }

    #[test]
    fn values_that_never_occur_are_told_with_what_to_write() {
        for (field, value, advice) in [
            (Field::Verb, "replace", "write update or patch"),
            (
                Field::Code,
                "ALLOW",
                "annotations.authorization.k8s.io/decision",
            ),
            (Field::Level, "ResponseComplete", "is a stage"),
            (Field::Resource, "pods/exec", "objectRef.subresource `exec`"),
            (Field::ApiVersion, "apps/v1", "objectRef.apiGroup `apps`"),
            (Field::SourceIps, "evil.example", "CIDR"),
        ] {
            let said = why(&field, value, true).unwrap_or_default();
            assert!(said.contains(advice), "{field} {value}: {said}");
        }
    }

    #[test]
    fn case_matters_only_where_the_language_says_so() {
        assert!(why(&Field::Resource, "Pods", false).is_some_and(|it| it.contains("`pods`")));
        assert_eq!(why(&Field::Resource, "Pods", true), None);
        assert!(why(&Field::Verb, "Create", false).is_some());
        assert_eq!(why(&Field::Verb, "Create", true), None);
        assert_eq!(why(&Field::Code, "403", false), None);
    }
}
