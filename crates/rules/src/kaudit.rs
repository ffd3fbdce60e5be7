//! kAudit policies: rules as lists of a field, an operator and a value.
//!
//! `=` and `!=` compare whole texts, `~` and `!~` search for a regular expression. An empty value with
//! `=` fits an event that does not have the field. A condition may refer to another rule instead.

use std::collections::BTreeMap;

use catseye_event::audit::Event;
use catseye_model::Severity;
use catseye_model::Value;
use catseye_model::path::FieldPath;

use crate::derived::Derived;
use crate::field::{Field, Who};
use crate::pattern;
use crate::place::Place;
use crate::predicate::{Check, Predicate, Test};
use crate::problem::{Level, Problem};
use crate::rule::{About, Language, Rule};

/// How deep rules may refer to each other.
const DEPTH: usize = 16;
/// How many parts a rule may have when those it refers to are put in.
const PARTS: usize = 10_000;

/// True for a document that is a list of kAudit's rules.
pub(crate) fn is_policy(document: &Value) -> bool {
    items(document).any(|item| {
        let conditions = item.get("conditions").and_then(Value::as_array);
        conditions
            .into_iter()
            .flatten()
            .any(|it| it.get("field").is_some() || it.get("ref-id").is_some())
    })
}

/// A policy is a list of rules, or a map that holds such a list.
fn items(document: &Value) -> impl Iterator<Item = &Value> {
    let list = document
        .as_array()
        .or_else(|| document.get("rules")?.as_array());
    list.into_iter().flatten()
}

/// All rules of all policies, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Policies {
    rules: Vec<Item>,
    by_id: BTreeMap<String, usize>,
    problems: Vec<Problem>,
}

#[derive(Debug)]
struct Item {
    id: String,
    name: String,
    file: String,
    line: u32,
    is_reported: bool,
    is_any: bool,
    severity: Severity,
    conditions: Vec<(u32, Value)>,
}

impl Policies {
    /// Reads the rules of one document.
    pub(crate) fn read(&mut self, place: &Place<'_>, document: &Value) {
        let root = if document.is_array() {
            FieldPath::root()
        } else {
            FieldPath::root().key("rules")
        };
        for (index, item) in items(document).enumerate() {
            let path = root.clone().index(index);
            let text = |key: &str| item.get(key).map(text_of).unwrap_or_default();
            let conditions = item.get("conditions").and_then(Value::as_array);
            let conditions = conditions
                .into_iter()
                .flatten()
                .enumerate()
                .map(|(at, it)| {
                    let path = path.clone().key("conditions").index(at);
                    (place.line(&path), it.clone())
                })
                .collect();
            let (id, name) = (text("id"), text("name"));
            let rule = Item {
                name: if name.is_empty() { id.clone() } else { name },
                file: place.file.to_owned(),
                line: place.line(&path),
                is_reported: item.get("status").is_none_or(|it| text_of(it) != "false"),
                is_any: text("combine-op").eq_ignore_ascii_case("or"),
                severity: text("severity").parse().unwrap_or(Severity::Medium),
                conditions,
                id,
            };
            if rule.id.is_empty() {
                self.problem(&rule, rule.line, "it has no `id`".to_owned());
                continue;
            }
            if self.by_id.contains_key(&rule.id) {
                let message = format!("the id {} is there twice", rule.id);
                self.problem(&rule, rule.line, message);
                continue;
            }
            self.by_id.insert(rule.id.clone(), self.rules.len());
            self.rules.push(rule);
        }
    }

    fn problem(&mut self, item: &Item, line: u32, message: String) {
        self.problems.push(Problem {
            file: item.file.clone(),
            line,
            level: Level::Error,
            rule: Some(item.name.clone()),
            message,
        });
    }

    /// The rules that are reported, and what is wrong with the others.
    pub(crate) fn compile(mut self) -> (Vec<Rule>, Vec<Problem>) {
        let mut rules = Vec::new();
        let mut problems = std::mem::take(&mut self.problems);
        for item in &self.rules {
            if !item.is_reported {
                continue;
            }
            match self.predicate(item, 0, &mut 0) {
                Ok(predicate) => {
                    let about = About {
                        id: item.id.clone(),
                        title: item.name.clone(),
                        language: Language::Kaudit,
                        severity: item.severity,
                        tactics: Vec::new(),
                        techniques: Vec::new(),
                        file: item.file.clone(),
                        line: item.line,
                    };
                    rules.push(Rule::new(about, predicate, None));
                }
                Err((line, message)) => problems.push(Problem {
                    file: item.file.clone(),
                    line,
                    level: Level::Error,
                    rule: Some(item.name.clone()),
                    message,
                }),
            }
        }
        (rules, problems)
    }

    fn predicate(
        &self,
        item: &Item,
        depth: usize,
        parts: &mut usize,
    ) -> Result<Predicate, (u32, String)> {
        if item.conditions.is_empty() {
            return Err((item.line, "it has no `conditions`".to_owned()));
        }
        let mut read = Vec::new();
        for (line, condition) in &item.conditions {
            *parts += 1;
            if depth > DEPTH || *parts > PARTS {
                return Err((
                    *line,
                    "its rules refer to each other in a circle".to_owned(),
                ));
            }
            if let Some(id) = condition.get("ref-id").map(text_of) {
                let other = self.by_id.get(&id).and_then(|at| self.rules.get(*at));
                let other =
                    other.ok_or_else(|| (*line, format!("there is no rule with the id {id}")))?;
                let inner = self.predicate(other, depth + 1, parts);
                read.push(inner.map_err(|(at, why)| {
                    let at = if other.file == item.file { at } else { *line };
                    let is_named = why.starts_with("rule ") || depth > 0;
                    let why = if is_named {
                        why
                    } else {
                        format!("rule {id}: {why}")
                    };
                    (at, why)
                })?);
                continue;
            }
            read.push(test(*line, condition).map_err(|why| (*line, why))?);
        }
        Ok(if item.is_any {
            Predicate::Any(read)
        } else {
            Predicate::All(read)
        })
    }
}

/// One field, operator and value.
fn test(line: u32, condition: &Value) -> Result<Predicate, String> {
    let text = |key: &str| condition.get(key).map(text_of).unwrap_or_default();
    let field = field(&text("field"))?;
    let value = text("match-value");
    let (negated, check) = match text("match-op").as_str() {
        "=" => (false, Check::text(&value, false)),
        "!=" => (true, Check::text(&value, false)),
        "~" => (false, Check::Regex(pattern::regex(&value)?)),
        "!~" => (true, Check::Regex(pattern::regex(&value)?)),
        other => return Err(format!("unknown match-op {other:?}; write =, !=, ~ or !~")),
    };
    let asked = Predicate::Test(Test {
        field,
        check,
        every: false,
        line,
    });
    Ok(if negated {
        Predicate::Not(Box::new(asked))
    } else {
        asked
    })
}

/// The vocabulary, in the order of kAudit's own list.
const FIELDS: [&str; 40] = [
    "principal",
    "user-id",
    "username",
    "user-groups",
    "impersonated-principal",
    "impersonated-user-id",
    "impersonated-username",
    "impersonated-groups",
    "access-type",
    "caller-ip",
    "api-group",
    "api-version",
    "resource-type",
    "resource-namespace",
    "resource-name",
    "subresource",
    "subresource-exec-command",
    "subresource-exec-container",
    "subresource-exec-tty",
    "subresource-exec-stdin",
    "subresource-exec-stdout",
    "subresource-logs-container",
    "unusual-uri",
    "verb",
    "role",
    "cluster-role",
    "non-authorized",
    "status",
    "status-code",
    "status-reason",
    "original-user-agent",
    "caller-supplied-user-agent",
    "ua-command",
    "ua-gcloud",
    "ua-python",
    "ua-term",
    "ua-mozilla",
    "ua-applewebkit",
    "ua-chrome",
    "ua-safari",
];

fn field(name: &str) -> Result<Field, String> {
    let parameter = |of, name| Field::Derived(Derived::Parameter(of, name));
    let agent = |product| Field::Derived(Derived::AgentProduct(product));
    Ok(match name {
        "principal" => Field::Derived(Derived::Principal(Who::User)),
        "user-id" => Field::Uid(Who::User),
        "username" => Field::Username(Who::User),
        "user-groups" => Field::Groups(Who::User),
        "impersonated-principal" => Field::Derived(Derived::Principal(Who::Impersonated)),
        "impersonated-user-id" => Field::Uid(Who::Impersonated),
        "impersonated-username" => Field::Username(Who::Impersonated),
        "impersonated-groups" => Field::Groups(Who::Impersonated),
        "access-type" => Field::Derived(Derived::AccessType),
        "caller-ip" => Field::SourceIps,
        "caller-ip-asn" | "caller-ip-country" => {
            return Err(format!(
                "{name} is not in an audit event, and Catseye has no table of addresses; write caller-ip"
            ));
        }
        "api-group" => Field::ApiGroup,
        "api-version" => Field::ApiVersion,
        "resource-type" => Field::Resource,
        "resource-namespace" => Field::Namespace,
        "resource-name" => Field::Name,
        "subresource" => Field::Subresource,
        "subresource-exec-command" => Field::Derived(Derived::ExecCommand),
        "subresource-exec-container" => parameter("exec", "container"),
        "subresource-exec-tty" => parameter("exec", "tty"),
        "subresource-exec-stdin" => parameter("exec", "stdin"),
        "subresource-exec-stdout" => parameter("exec", "stdout"),
        "subresource-logs-container" => parameter("log", "container"),
        "unusual-uri" => Field::Derived(Derived::UnusualUri),
        "verb" => Field::Verb,
        "role" => Field::Derived(Derived::GrantedBy("Role")),
        "cluster-role" => Field::Derived(Derived::GrantedBy("ClusterRole")),
        "non-authorized" => Field::Derived(Derived::Refused),
        "status" => Field::Status,
        "status-code" => Field::Code,
        "status-reason" => Field::Reason,
        "original-user-agent" | "caller-supplied-user-agent" => Field::UserAgent,
        "ua-command" => agent("command"),
        "ua-gcloud" => agent("gcloud"),
        "ua-python" => agent("python"),
        "ua-term" => agent("term"),
        "ua-mozilla" => agent("mozilla"),
        "ua-applewebkit" => agent("applewebkit"),
        "ua-chrome" => agent("chrome"),
        "ua-safari" => agent("safari"),
        _ => {
            return Err(format!(
                "unknown field {name:?}; the fields are {}",
                FIELDS.join(", ")
            ));
        }
    })
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// What the vocabulary says of an event, for tests and for people who learn it.
pub fn vocabulary(event: &Event<'_>) -> Vec<(&'static str, Vec<String>)> {
    FIELDS
        .iter()
        .filter_map(|name| Some((*name, field(name).ok()?.all(event))))
        .filter(|(_, values)| !values.is_empty())
        .collect()
}
