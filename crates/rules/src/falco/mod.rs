//! Falco rules files, unchanged: lists, macros, rules, their appends, overrides and exceptions, for the
//! source `k8s_audit`.
//!
//! All files together make one book, as Falco reads them: what a later file says of a list, a macro or a
//! rule adds to what an earlier one said, or takes its place.

mod condition;
mod fields;
mod lower;

use std::collections::BTreeMap;

use catseye_model::Severity;
use catseye_model::Value;
use catseye_model::path::FieldPath;

use crate::field::Field;
use crate::output::Output;
use crate::place::Place;
use crate::problem::{Level, Problem};
use crate::rule::{About, Language, Rule, attack_tags};

use condition::{Comparison, Expression, FieldName, Operator};
use fields::Known;

/// The source that audit events come from.
const SOURCE: &str = "k8s_audit";

/// True for a document that is a list of Falco's items.
pub(crate) fn is_rules(document: &Value) -> bool {
    let keys = [
        "rule",
        "macro",
        "list",
        "required_engine_version",
        "required_plugin_versions",
    ];
    document.as_array().is_some_and(|items| {
        items
            .iter()
            .any(|item| keys.iter().any(|key| item.get(key).is_some()))
    })
}

/// Everything that the files say.
#[derive(Debug, Default)]
pub(crate) struct Book {
    lists: BTreeMap<String, Vec<String>>,
    macros: BTreeMap<String, Macro>,
    rules: Vec<RuleItem>,
    problems: Vec<Problem>,
}

#[derive(Debug, Clone)]
struct Macro {
    condition: String,
    file: String,
    line: u32,
}

#[derive(Debug)]
struct RuleItem {
    name: String,
    file: String,
    line: u32,
    condition: String,
    condition_line: u32,
    output: String,
    priority: String,
    source: String,
    tags: Vec<String>,
    is_enabled: bool,
    exceptions: Vec<Exception>,
}

#[derive(Debug, Default)]
struct Exception {
    name: String,
    fields: Vec<String>,
    /// The fields were one name, so that values are one list.
    is_single: bool,
    operators: Vec<String>,
    values: Vec<Value>,
}

impl Book {
    /// Reads the items of one document.
    pub(crate) fn read(&mut self, place: &Place<'_>, document: &Value) {
        for (index, item) in document.as_array().into_iter().flatten().enumerate() {
            let path = FieldPath::root().index(index);
            let line = place.line(&path);
            let text = |key: &str| item.get(key).map(text_of);
            if let Some(name) = text("list") {
                self.list(place, line, &name, item);
            } else if let Some(name) = text("macro") {
                let at = place.line(&path.key("condition"));
                self.macro_(place, at, name, item);
            } else if let Some(name) = text("rule") {
                self.rule(place, line, &path, name, item);
            } else if !item.is_null()
                && item.get("required_engine_version").is_none()
                && item.get("required_plugin_versions").is_none()
            {
                let message = "an item is a `rule`, a `macro` or a `list`".to_owned();
                self.problem(place.file, line, Level::Error, None, message);
            }
        }
    }

    fn problem(
        &mut self,
        file: &str,
        line: u32,
        level: Level,
        rule: Option<&str>,
        message: String,
    ) {
        self.problems.push(Problem {
            file: file.to_owned(),
            line,
            level,
            rule: rule.map(str::to_owned),
            message,
        });
    }

    fn list(&mut self, place: &Place<'_>, line: u32, name: &str, item: &Value) {
        let items: Vec<String> = texts(item.get("items"));
        if !appends(item, "items") {
            self.lists.insert(name.to_owned(), items);
            return;
        }
        if !self.lists.contains_key(name) {
            let message = format!(
                "list {name} is added to before it is there; it begins empty (load the file that has it first)"
            );
            self.problem(place.file, line, Level::Warning, None, message);
        }
        self.lists.entry(name.to_owned()).or_default().extend(items);
    }

    fn macro_(&mut self, place: &Place<'_>, line: u32, name: String, item: &Value) {
        let condition = item.get("condition").map(text_of).unwrap_or_default();
        match self.macros.get_mut(&name) {
            Some(known) if appends(item, "condition") => {
                known.condition = format!("{} {condition}", known.condition);
            }
            _ => {
                let file = place.file.to_owned();
                self.macros.insert(
                    name,
                    Macro {
                        condition,
                        file,
                        line,
                    },
                );
            }
        }
    }

    fn rule(&mut self, place: &Place<'_>, line: u32, path: &FieldPath, name: String, item: &Value) {
        let known = self.rules.iter().position(|rule| rule.name == name);
        let is_switch = item.get("condition").is_none() && item.get("enabled").is_some();
        let changes =
            item.get("append").is_some_and(is_true) || item.get("override").is_some() || is_switch;
        let condition_line = place.line(&path.clone().key("condition"));
        if changes {
            let Some(rule) = known.and_then(|at| self.rules.get_mut(at)) else {
                let message =
                    "it changes a rule that is not there; load the file that has it first"
                        .to_owned();
                self.problem(place.file, line, Level::Error, Some(&name), message);
                return;
            };
            rule.change(item, condition_line);
            return;
        }
        let text = |key: &str| item.get(key).map(text_of).unwrap_or_default();
        let rule = RuleItem {
            file: place.file.to_owned(),
            line,
            condition: text("condition"),
            condition_line,
            output: text("output"),
            priority: text("priority"),
            source: item
                .get("source")
                .map_or_else(|| "syscall".to_owned(), text_of),
            tags: texts(item.get("tags")),
            is_enabled: item.get("enabled").is_none_or(is_true),
            exceptions: item
                .get("exceptions")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(Exception::read)
                .collect(),
            name,
        };
        // A rule that comes again takes the place of the first.
        match known.and_then(|at| self.rules.get_mut(at)) {
            Some(known) => *known = rule,
            None => self.rules.push(rule),
        }
    }

    /// The rules for audit events, and what is wrong with the others.
    pub(crate) fn compile(mut self) -> (Vec<Rule>, Vec<Problem>) {
        let mut rules = Vec::new();
        for item in std::mem::take(&mut self.rules) {
            match self.compiled(&item) {
                Ok(rule) => rules.push(rule),
                Err((level, line, message)) => {
                    self.problem(&item.file, line, level, Some(&item.name), message);
                }
            }
        }
        (rules, self.problems)
    }

    fn compiled(&mut self, item: &RuleItem) -> Result<Rule, (Level, u32, String)> {
        let note = |message: &str| (Level::Note, item.line, message.to_owned());
        if item.source != SOURCE {
            let message = format!("passed over: it is for the source {}", item.source);
            return Err(note(&message));
        }
        if !item.is_enabled {
            return Err(note("passed over: it is not enabled"));
        }
        let failed = |message: String| (Level::Error, item.condition_line, message);
        if item.condition.trim().is_empty() {
            return Err(failed("it has no condition".to_owned()));
        }
        let mut predicate =
            lower::condition(self, &item.condition, &item.file, item.condition_line)
                .map_err(failed)?;
        let exceptions = item.excepted().map_err(failed)?;
        if !exceptions.is_empty() {
            let excepted = lower::expression(
                self,
                &Expression::Any(exceptions),
                &item.file,
                item.condition_line,
            )
            .map_err(failed)?;
            predicate = crate::predicate::Predicate::All(vec![
                predicate,
                crate::predicate::Predicate::Not(Box::new(excepted)),
            ]);
        }
        let severity = if let Some(severity) = severity(&item.priority) {
            severity
        } else {
            let message = format!(
                "unknown priority {:?}, taken for WARNING: write EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFORMATIONAL or DEBUG",
                item.priority
            );
            let level = Level::Warning;
            self.problem(&item.file, item.line, level, Some(&item.name), message);
            Severity::Medium
        };
        let (tactics, techniques) = attack_tags(item.tags.iter().map(String::as_str));
        let about = About {
            id: item.name.clone(),
            title: item.name.clone(),
            language: Language::Falco,
            severity,
            tactics,
            techniques,
            file: item.file.clone(),
            line: item.line,
        };
        let output = Output::read(item.output.trim(), &output_field);
        Ok(Rule::new(about, predicate, Some(output)))
    }

    /// The items of a list, with the lists among them expanded; none where there is no such list.
    fn expanded(&self, name: &str) -> Option<Vec<String>> {
        let mut into = Vec::new();
        self.expand(name, 0, &mut into).then_some(into)
    }

    fn expand(&self, name: &str, depth: usize, into: &mut Vec<String>) -> bool {
        const DEPTH: usize = 16;
        const ITEMS: usize = 100_000;
        let Some(items) = self.lists.get(name).filter(|_| depth < DEPTH) else {
            return false;
        };
        for item in items {
            if into.len() >= ITEMS {
                break;
            }
            if !self.expand(item, depth + 1, into) {
                into.push(item.clone());
            }
        }
        true
    }
}

impl RuleItem {
    /// An `append`, an `override`, or a switch.
    fn change(&mut self, item: &Value, condition_line: u32) {
        let replaces = |key: &str| {
            item.get("override")
                .and_then(|keys| keys.get(key))
                .is_some_and(|how| how == "replace")
        };
        let added = |known: &mut String, key: &str| {
            if let Some(new) = item.get(key).map(text_of) {
                if replaces(key) {
                    *known = new;
                } else {
                    *known = format!("{known} {new}");
                }
            }
        };
        if replaces("condition") {
            self.condition_line = condition_line;
        }
        added(&mut self.condition, "condition");
        added(&mut self.output, "output");
        if let Some(priority) = item.get("priority") {
            self.priority = text_of(priority);
        }
        if let Some(enabled) = item.get("enabled") {
            self.is_enabled = is_true(enabled);
        }
        if item.get("tags").is_some() {
            if replaces("tags") {
                self.tags.clear();
            }
            self.tags.extend(texts(item.get("tags")));
        }
        if let Some(exceptions) = item.get("exceptions").and_then(Value::as_array) {
            if replaces("exceptions") {
                self.exceptions.clear();
            }
            for new in exceptions.iter().map(Exception::read) {
                let known = self
                    .exceptions
                    .iter_mut()
                    .find(|known| known.name == new.name);
                match known {
                    Some(known) => known.values.extend(new.values),
                    None => self.exceptions.push(new),
                }
            }
        }
    }

    /// What the exceptions except.
    fn excepted(&self) -> Result<Vec<Expression>, String> {
        let mut all = Vec::new();
        for exception in &self.exceptions {
            if exception.values.is_empty() {
                continue;
            }
            if exception.is_single {
                let field = exception.fields.first().map_or("", String::as_str);
                let operator = exception.operators.first().map_or("in", String::as_str);
                let values = Value::from(exception.values.clone());
                all.push(exception.comparison(field, operator, &values)?);
                continue;
            }
            for row in &exception.values {
                let values = row.as_array().ok_or_else(|| {
                    format!(
                        "exception {}: each value is a list with one item a field",
                        exception.name
                    )
                })?;
                if values.len() != exception.fields.len() {
                    return Err(format!(
                        "exception {}: {} values for {} fields",
                        exception.name,
                        values.len(),
                        exception.fields.len()
                    ));
                }
                let mut parts = Vec::new();
                for (at, (field, value)) in exception.fields.iter().zip(values).enumerate() {
                    let operator = exception.operators.get(at).map_or("=", String::as_str);
                    parts.push(exception.comparison(field, operator, value)?);
                }
                all.push(Expression::All(parts));
            }
        }
        Ok(all)
    }
}

impl Exception {
    fn read(item: &Value) -> Self {
        let fields = item.get("fields");
        Exception {
            name: item.get("name").map(text_of).unwrap_or_default(),
            is_single: fields.is_some_and(Value::is_string),
            fields: texts(fields),
            operators: texts(item.get("comps")),
            values: item
                .get("values")
                .and_then(Value::as_array)
                .unwrap_or_default()
                .to_vec(),
        }
    }

    fn comparison(&self, field: &str, operator: &str, value: &Value) -> Result<Expression, String> {
        let operator = Operator::named(operator)
            .ok_or_else(|| format!("exception {}: unknown operator {operator}", self.name))?;
        Ok(Expression::Comparison(Comparison {
            transformers: Vec::new(),
            field: split_argument(field),
            operator,
            values: texts(Some(value))
                .into_iter()
                .map(|text| condition::Value {
                    // Falco writes lists in exceptions as `(name)`.
                    text: text.trim_matches(['(', ')']).to_owned(),
                    is_quoted: false,
                })
                .collect(),
        }))
    }
}

fn split_argument(field: &str) -> FieldName {
    match field.split_once('[') {
        Some((name, argument)) => FieldName {
            name: name.to_owned(),
            argument: Some(argument.trim_end_matches(']').to_owned()),
        },
        None => FieldName {
            name: field.to_owned(),
            argument: None,
        },
    }
}

/// The field that a name in an output stands for.
fn output_field(name: &str) -> Option<Field> {
    match fields::look_up(&split_argument(name)) {
        Ok(Known::Field(field)) => Some(field),
        Ok(Known::Clock) => Some(Field::ReceivedAt),
        _ => None,
    }
}

fn severity(priority: &str) -> Option<Severity> {
    Some(match priority.to_ascii_uppercase().as_str() {
        "EMERGENCY" | "ALERT" | "CRITICAL" => Severity::Critical,
        "ERROR" => Severity::High,
        "WARNING" => Severity::Medium,
        "NOTICE" => Severity::Low,
        "INFORMATIONAL" | "INFO" | "DEBUG" => Severity::Info,
        _ => return None,
    })
}

/// True when the item adds to what is known under its name.
fn appends(item: &Value, key: &str) -> bool {
    let by_override = item
        .get("override")
        .and_then(|keys| keys.get(key))
        .is_some_and(|how| how == "append");
    item.get("append").is_some_and(is_true) || by_override
}

fn is_true(value: &Value) -> bool {
    value == &Value::Bool(true) || value == "true"
}

/// A scalar as it was meant: Falco takes all of them for text.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().map(text_of).collect(),
        None | Some(Value::Null) => Vec::new(),
        Some(one) => vec![text_of(one)],
    }
}
