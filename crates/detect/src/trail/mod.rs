//! Who changed which role or binding: every change of RBAC in words, with before and after.
//!
//! ```text
//!  create RoleBinding shop/debug by alice ─► "gave group sre: create pods/exec, get pods/log in shop"
//! ```
//!
//! What a role says is learned from the events that pass: writes carry the object in request or answer,
//! reads in the answer. What was before the log is unknown and said to be.

mod grants;
mod known;
#[cfg(test)]
mod tests;

use catseye_event::Event;
use catseye_event::audit::Stage;
use catseye_model::Fields as _;
use catseye_model::Value;
use jiff::Timestamp;
use serde::Serialize;

use self::grants::{rules_in_words, scope, subjects_in_words};
use self::known::Known;
use crate::baseline::actor_name;

/// The API group of roles and bindings.
const RBAC: &str = "rbac.authorization.k8s.io";

/// One change of a role or a binding, or an attempt at one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// When.
    pub time: Timestamp,
    /// Who: whoever authenticated.
    pub actor: String,
    /// As whom, where that is somebody else.
    pub acting_as: Option<String>,
    /// From where.
    pub source: String,
    /// With what.
    pub agent: String,
    /// `Role`, `ClusterRole`, `RoleBinding` or `ClusterRoleBinding`.
    pub kind: &'static str,
    /// The namespace; empty for what is cluster-wide.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// What was done: completes "ACTOR …".
    pub words: String,
    /// What the object said before, one line a rule or subject; none when that is unknown.
    pub before: Option<Vec<String>>,
    /// What it says now; none after a deletion, and when the log does not show it.
    pub after: Option<Vec<String>>,
    /// Whether it took place; else why not.
    pub refused: Option<String>,
    /// The event.
    pub event: String,
}

/// What is known of roles and bindings while a log passes by.
#[derive(Debug, Default)]
pub struct Trail {
    known: Known,
}

impl Trail {
    /// A trail that knows no role yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The change that an event makes, if it makes one.
    pub fn observe(&mut self, event: &Event<'_>) -> Option<Change> {
        // Long-running requests change no role, so the last stage is the only one.
        let done = matches!(event.stage(), Stage::ResponseComplete | Stage::Panic);
        if event.api_group() != RBAC || !event.subresource().is_empty() || !done {
            return None;
        }
        let kind = kind_of(event.resource())?;
        let verb = event.verb();
        if matches!(verb, "get" | "list" | "watch") {
            self.known.read(kind, event);
            return None;
        }
        let (namespace, name) = (event.namespace(), event.name());
        let refused = refusal(event);
        let before = self.known.get(kind, namespace, name).cloned();
        let after = match verb {
            "delete" | "deletecollection" => None,
            _ if refused.is_some() => event
                .request_body()
                .cloned()
                .filter(catseye_model::Value::is_object),
            _ => written(event),
        };
        let words = self.words(kind, event, before.as_ref(), after.as_ref());
        let change = Change {
            time: event.time().unwrap_or(Timestamp::UNIX_EPOCH),
            actor: actor_name(event).into_owned(),
            acting_as: event
                .impersonated_user()
                .map(|user| user.username.as_str().to_owned()),
            source: event.claimed_ip().unwrap_or_default().to_owned(),
            agent: event.user_agent().to_owned(),
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            words,
            before: before.as_ref().map(|object| lines(kind, object)),
            after: after.as_ref().map(|object| lines(kind, object)),
            refused,
            event: event.audit_id().to_owned(),
        };
        if change.refused.is_none() {
            match (verb, after) {
                ("delete", _) => self.known.forget(kind, namespace, name),
                (_, Some(object)) => self.known.learn(kind, namespace, name, &object),
                _ => {}
            }
        }
        Some(change)
    }

    fn words(
        &self,
        kind: &'static str,
        event: &Event<'_>,
        before: Option<&Value>,
        after: Option<&Value>,
    ) -> String {
        let tried = if event.is_forbidden() {
            "tried to "
        } else {
            ""
        };
        let what = match (event.namespace(), event.name()) {
            ("", "") => format!("all {}", event.resource()),
            (namespace, "") => format!("all {} in {namespace}", event.resource()),
            ("", name) => format!("{kind} {name}"),
            (namespace, name) => format!("{kind} {namespace}/{name}"),
        };
        let verb =
            |past: &'static str, base: &'static str| if tried.is_empty() { past } else { base };
        if kind.ends_with("Binding") {
            let object = after.or(before);
            let Some(object) = object else {
                let did = match event.verb() {
                    "delete" | "deletecollection" => verb("deleted", "delete"),
                    "create" => verb("created", "create"),
                    _ => verb("changed", "change"),
                };
                return format!("{tried}{did} {what}; what it says is not in the log");
            };
            let what_for = self.rights(object, event.namespace());
            let place = scope(kind, event.namespace());
            let through = format!("(through {what} → {})", role_name(object));
            return match (before, after) {
                (_, None) => format!(
                    "{tried}{} {} {what_for} {place} {through}",
                    verb("took from", "take from"),
                    subjects_in_words(object.list("subjects"))
                ),
                (None, Some(_)) => format!(
                    "{tried}{} {} {what_for} {place} {through}",
                    verb("gave", "give"),
                    subjects_in_words(object.list("subjects"))
                ),
                (Some(before), Some(after)) => {
                    let (old, new) = (before.list("subjects"), after.list("subjects"));
                    let gone: Vec<Value> = missing(old, new);
                    let come: Vec<Value> = missing(new, old);
                    match (come.as_slice(), gone.as_slice()) {
                        ([], []) => {
                            format!("{tried}{} {what} without effect", verb("changed", "change"))
                        }
                        (come, []) => format!(
                            "{tried}{} {} {what_for} {place} {through}",
                            verb("gave", "give"),
                            subjects_in_words(come)
                        ),
                        ([], gone) => format!(
                            "{tried}{} {} {what_for} {place} {through}",
                            verb("took from", "take from"),
                            subjects_in_words(gone)
                        ),
                        (come, gone) => format!(
                            "{tried}{} {} {what_for} {place} and {} {} the same {through}",
                            verb("gave", "give"),
                            subjects_in_words(come),
                            verb("took from", "take from"),
                            subjects_in_words(gone)
                        ),
                    }
                }
            };
        }
        match (before, after) {
            (_, None) => match event.verb() {
                "delete" | "deletecollection" => {
                    format!("{tried}{} {what}", verb("deleted", "delete"))
                }
                _ => format!(
                    "{tried}{} {what}; what it says is not in the log",
                    verb("changed", "change")
                ),
            },
            (None, Some(after)) if event.verb() == "create" => {
                let allows = rules_in_words(after.list("rules"));
                format!(
                    "{tried}{} {what}, which allows {allows}",
                    verb("created", "create")
                )
            }
            (None, Some(after)) => {
                let allows = rules_in_words(after.list("rules"));
                format!(
                    "{tried}{} {what}, which now allows {allows}",
                    verb("changed", "change")
                )
            }
            (Some(before), Some(after)) => {
                let come = missing(after.list("rules"), before.list("rules"));
                let gone = missing(before.list("rules"), after.list("rules"));
                match (come.as_slice(), gone.as_slice()) {
                    ([], []) => {
                        format!("{tried}{} {what} without effect", verb("changed", "change"))
                    }
                    (come, []) => format!(
                        "{tried}{} to {what}: {}",
                        verb("added", "add"),
                        rules_in_words(come)
                    ),
                    ([], gone) => {
                        format!(
                            "{tried}{} from {what}: {}",
                            verb("removed", "remove"),
                            rules_in_words(gone)
                        )
                    }
                    (come, gone) => format!(
                        "{tried}{} in {what}: {} instead of {}",
                        verb("allowed", "allow"),
                        rules_in_words(come),
                        rules_in_words(gone)
                    ),
                }
            }
        }
    }

    /// What a binding's role allows, as far as the log has shown.
    fn rights(&self, binding: &Value, namespace: &str) -> String {
        let name = binding.text("roleRef.name").unwrap_or_default();
        let (kind, namespace) = match binding.text("roleRef.kind") {
            Some("Role") => ("Role", namespace),
            _ => ("ClusterRole", ""),
        };
        match (name, self.known.get(kind, namespace, name)) {
            ("cluster-admin", _) => "everything".to_owned(),
            (_, Some(role)) => rules_in_words(role.list("rules")),
            (_, None) => format!("the rights of {kind} {name}"),
        }
    }
}

fn kind_of(resource: &str) -> Option<&'static str> {
    match resource {
        "roles" => Some("Role"),
        "clusterroles" => Some("ClusterRole"),
        "rolebindings" => Some("RoleBinding"),
        "clusterrolebindings" => Some("ClusterRoleBinding"),
        _ => None,
    }
}

fn role_name(binding: &Value) -> String {
    format!(
        "{} {}",
        binding.text("roleRef.kind").unwrap_or("role"),
        binding.text("roleRef.name").unwrap_or("?")
    )
}

/// The object after a write: what was answered, or a whole object that was sent. A patch alone does
/// not tell.
fn written(event: &Event<'_>) -> Option<Value> {
    let is_object = |body: &&Value| body.is_object() && body.text("kind") != Some("Status");
    if let Some(body) = event.response_body().filter(is_object) {
        return Some(body.clone());
    }
    let whole = matches!(event.verb(), "create" | "update");
    event
        .request_body()
        .filter(|body| whole && is_object(body))
        .cloned()
}

fn refusal(event: &Event<'_>) -> Option<String> {
    if event.is_forbidden() {
        return Some("forbidden".to_owned());
    }
    let code = event.code().filter(|code| *code >= 400)?;
    let reason = event.status().reason.as_str();
    Some(if reason.is_empty() {
        format!("status {code}")
    } else {
        reason.to_owned()
    })
}

/// What is in `some` but not in `others`.
fn missing(some: &[Value], others: &[Value]) -> Vec<Value> {
    some.iter()
        .filter(|it| !others.contains(it))
        .cloned()
        .collect()
}

fn lines(kind: &str, object: &Value) -> Vec<String> {
    if kind.ends_with("Binding") {
        let mut lines = vec![role_name(object)];
        let subjects = object.list("subjects").iter();
        lines.extend(subjects.map(|subject| subjects_in_words(std::slice::from_ref(subject))));
        lines
    } else {
        let rules = object.list("rules").iter();
        rules
            .map(|rule| rules_in_words(std::slice::from_ref(rule)))
            .collect()
    }
}
