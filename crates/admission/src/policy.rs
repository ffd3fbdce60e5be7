//! `ValidatingAdmissionPolicy`, read and compiled: what the API server would refuse to store is refused
//! here, with the field and the place in the expression.

use std::fmt;

use catseye_cel::{Environment, Program, Record, Type};
use catseye_model::{Fields as _, Value};

use crate::matching::MatchResources;

/// What happens to a request that cannot be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailurePolicy {
    /// It is refused.
    Fail,
    /// It passes.
    Ignore,
}

/// Something in a policy or binding that the API server would refuse.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The field, such as `spec.validations[0].expression`.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Problem {
            field: field.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// The kind of a policy's parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamKind {
    /// Such as `v1` or `rules.example.com/v1`.
    pub api_version: String,
    /// Such as `ConfigMap`.
    pub kind: String,
    /// Whether its objects live in namespaces, where that is known.
    pub namespaced: Option<bool>,
}

/// A condition that objects must meet.
#[derive(Debug)]
pub struct Validation {
    /// The condition.
    pub(crate) expression: Program,
    pub(crate) message_expression: Option<Program>,
    /// What is said when it fails; empty when the policy does not say.
    pub message: String,
    /// Such as `Forbidden`; `Invalid` when the policy does not say.
    pub reason: String,
}

impl Validation {
    /// The source of the condition.
    pub fn source(&self) -> &str {
        self.expression.source()
    }
}

/// A policy.
#[derive(Debug)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// What happens to a request that cannot be judged.
    pub failure_policy: FailurePolicy,
    /// Which requests it is about.
    pub matches: MatchResources,
    /// The kind of its parameters.
    pub param_kind: Option<ParamKind>,
    pub(crate) conditions: Vec<(String, Program)>,
    pub(crate) variables: Vec<(String, Program)>,
    /// What must hold.
    pub validations: Vec<Validation>,
    pub(crate) annotations: Vec<(String, Program)>,
    /// With all names, for conditions and validations.
    pub(crate) environment: Environment,
}

/// The places of variables in every environment of a policy.
pub(crate) mod place {
    pub(crate) const OBJECT: usize = 0;
    pub(crate) const OLD_OBJECT: usize = 1;
    pub(crate) const REQUEST: usize = 2;
    pub(crate) const NAMESPACE: usize = 3;
    pub(crate) const AUTHORIZER: usize = 4;
    pub(crate) const REQUEST_RESOURCE: usize = 5;
    pub(crate) const PARAMS: usize = 6;
}

/// What expressions may read of a request and of its namespace, as the API server declares it.
const RECORDS: &[Record] = &[
    Record {
        name: "kubernetes.GroupVersionKind",
        fields: &[
            ("group", "string"),
            ("version", "string"),
            ("kind", "string"),
        ],
    },
    Record {
        name: "kubernetes.GroupVersionResource",
        fields: &[
            ("group", "string"),
            ("version", "string"),
            ("resource", "string"),
        ],
    },
    Record {
        name: "kubernetes.UserInfo",
        fields: &[
            ("username", "string"),
            ("uid", "string"),
            ("groups", "list(string)"),
            ("extra", "map(string, list(string))"),
        ],
    },
    Record {
        name: "kubernetes.AdmissionRequest",
        fields: &[
            ("kind", "kubernetes.GroupVersionKind"),
            ("resource", "kubernetes.GroupVersionResource"),
            ("subResource", "string"),
            ("requestKind", "kubernetes.GroupVersionKind"),
            ("requestResource", "kubernetes.GroupVersionResource"),
            ("requestSubResource", "string"),
            ("name", "string"),
            ("namespace", "string"),
            ("operation", "string"),
            ("userInfo", "kubernetes.UserInfo"),
            ("dryRun", "bool"),
            ("options", "dyn"),
        ],
    },
    Record {
        name: "kubernetes.NamespaceSpec",
        fields: &[("finalizers", "list(string)")],
    },
    Record {
        name: "kubernetes.NamespaceCondition",
        fields: &[
            ("status", "string"),
            ("type", "string"),
            ("lastTransitionTime", "timestamp"),
            ("message", "string"),
            ("reason", "string"),
        ],
    },
    Record {
        name: "kubernetes.NamespaceStatus",
        fields: &[
            ("conditions", "list(kubernetes.NamespaceCondition)"),
            ("phase", "string"),
        ],
    },
    Record {
        name: "kubernetes.NamespaceMetadata",
        fields: &[
            ("name", "string"),
            ("generateName", "string"),
            ("namespace", "string"),
            ("labels", "map(string, string)"),
            ("annotations", "map(string, string)"),
            ("UID", "string"),
            ("creationTimestamp", "timestamp"),
            ("deletionGracePeriodSeconds", "int"),
            ("deletionTimestamp", "timestamp"),
            ("generation", "int"),
            ("resourceVersion", "string"),
            ("finalizers", "list(string)"),
        ],
    },
    Record {
        name: "kubernetes.Namespace",
        fields: &[
            ("metadata", "kubernetes.NamespaceMetadata"),
            ("spec", "kubernetes.NamespaceSpec"),
            ("status", "kubernetes.NamespaceStatus"),
        ],
    },
];

/// What an expression may be read for, and so which types it may have.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    /// A condition.
    Bool,
    /// A message.
    Text,
    /// An audit annotation, which null leaves out.
    TextOrNull,
    /// A variable.
    Anything,
}

impl Wanted {
    /// What is wrong with an expression of this type.
    fn refuses(self, kind: &Type) -> Option<String> {
        let wanted = match (self, kind) {
            (Wanted::Anything, _)
            | (Wanted::Bool, Type::Bool)
            | (Wanted::Text | Wanted::TextOrNull, Type::String)
            | (Wanted::TextOrNull, Type::Null) => return None,
            (Wanted::Bool, _) => "bool",
            (Wanted::Text, _) => "string",
            (Wanted::TextOrNull, _) => "one of [string null_type]",
        };
        Some(format!("must evaluate to {wanted} but got {kind}"))
    }
}

fn environment(with_params: bool) -> Environment {
    let environment = Environment::default()
        .with_records(RECORDS)
        .with("object")
        .with("oldObject")
        .with_typed("request", "kubernetes.AdmissionRequest")
        .with_typed("namespaceObject", "kubernetes.Namespace")
        .with_typed("authorizer", "kubernetes.authorization.Authorizer")
        .with_typed(
            "authorizer.requestResource",
            "kubernetes.authorization.ResourceCheck",
        );
    if with_params {
        environment.with("params")
    } else {
        environment
    }
}

const REASONS: &[&str] = &[
    "Unauthorized",
    "Forbidden",
    "Invalid",
    "RequestEntityTooLarge",
];

impl Policy {
    /// Reads and compiles a policy.
    pub fn read(value: &Value) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let name = value.text("metadata.name").unwrap_or_default().to_owned();
        let failure_policy = match value.text("spec.failurePolicy") {
            None | Some("Fail") => FailurePolicy::Fail,
            Some("Ignore") => FailurePolicy::Ignore,
            Some(other) => {
                let message = format!("{other}: write Fail or Ignore");
                problems.push(Problem::new("spec.failurePolicy", message));
                FailurePolicy::Fail
            }
        };
        let constraints = value.at("spec.matchConstraints");
        let matches = MatchResources::read(constraints, "spec.matchConstraints", &mut problems);
        if let Some(matches) = &matches
            && matches.rules.is_empty()
        {
            problems.push(Problem::new(
                "spec.matchConstraints.resourceRules",
                "say which requests the policy is about",
            ));
        }
        let param_kind = match value.at("spec.paramKind") {
            Value::Null => None,
            kind => {
                let api_version = kind.text("apiVersion").unwrap_or_default().to_owned();
                let kind = kind.text("kind").unwrap_or_default().to_owned();
                if api_version.is_empty() || kind.is_empty() {
                    let message = "write apiVersion and kind";
                    problems.push(Problem::new("spec.paramKind", message));
                }
                let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
                let scope = catseye_model::Kind::of(group, &kind).scope();
                Some(ParamKind {
                    api_version,
                    kind,
                    namespaced: scope.map(|scope| scope == catseye_model::kind::Scope::Namespaced),
                })
            }
        };

        let mut environment = environment(param_kind.is_some());
        let mut reader = Reader {
            problems: &mut problems,
        };
        // Conditions are evaluated before there are variables.
        let conditions = reader.named(
            value,
            ["matchConditions", "name", "expression"],
            Wanted::Bool,
            &environment,
        );
        if !value.list("spec.variables").is_empty() {
            environment = environment.with_variables();
        }
        let mut variables = Vec::new();
        for (index, variable) in value.list("spec.variables").iter().enumerate() {
            let field = format!("spec.variables[{index}]");
            let Some(name) = variable.text("name") else {
                reader.problem(format!("{field}.name"), "name the variable");
                continue;
            };
            if variables.iter().any(|(known, _)| known == name) {
                reader.problem(format!("{field}.name"), format!("{name} is there twice"));
                continue;
            }
            let program = reader.compile(
                variable,
                &field,
                "expression",
                Wanted::Anything,
                &environment,
            );
            if let Some(program) = program {
                environment.add_composited(name, &program);
                variables.push((name.to_owned(), program));
            }
        }
        // A message may not ask for rights.
        let of_messages = environment
            .clone()
            .without(&["authorizer", "authorizer.requestResource"]);
        let mut validations = Vec::new();
        for (index, validation) in value.list("spec.validations").iter().enumerate() {
            let field = format!("spec.validations[{index}]");
            let expression =
                reader.compile(validation, &field, "expression", Wanted::Bool, &environment);
            let message_expression = match validation.text("messageExpression") {
                Some(_) => reader.compile(
                    validation,
                    &field,
                    "messageExpression",
                    Wanted::Text,
                    &of_messages,
                ),
                None => None,
            };
            let reason = validation.text("reason").unwrap_or("Invalid");
            if !REASONS.contains(&reason) {
                let message = format!("{reason}: write one of {}", REASONS.join(", "));
                reader.problem(format!("{field}.reason"), message);
            }
            if let Some(expression) = expression {
                validations.push(Validation {
                    expression,
                    message_expression,
                    message: validation.text("message").unwrap_or_default().to_owned(),
                    reason: reason.to_owned(),
                });
            }
        }
        let annotations = reader.named(
            value,
            ["auditAnnotations", "key", "valueExpression"],
            Wanted::TextOrNull,
            &environment,
        );
        if problems.is_empty() && validations.is_empty() && annotations.is_empty() {
            let message = "write validations or auditAnnotations";
            problems.push(Problem::new("spec.validations", message));
        }
        match matches {
            Some(matches) if problems.is_empty() => Ok(Policy {
                name,
                failure_policy,
                matches,
                param_kind,
                conditions,
                variables,
                validations,
                annotations,
                environment,
            }),
            _ => Err(problems),
        }
    }
}

struct Reader<'a> {
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem::new(field, message));
    }

    fn compile(
        &mut self,
        value: &Value,
        within: &str,
        field: &str,
        wanted: Wanted,
        environment: &Environment,
    ) -> Option<Program> {
        let Some(source) = value.text(field) else {
            self.problem(format!("{within}.{field}"), "write an expression");
            return None;
        };
        match environment.compile(source) {
            Ok(program) => match wanted.refuses(program.kind()) {
                Some(message) => {
                    self.problem(format!("{within}.{field}"), message);
                    None
                }
                None => Some(program),
            },
            Err(err) => {
                self.problem(format!("{within}.{field}"), err.to_string());
                None
            }
        }
    }

    fn named(
        &mut self,
        value: &Value,
        [list, name, expression]: [&str; 3],
        wanted: Wanted,
        environment: &Environment,
    ) -> Vec<(String, Program)> {
        let mut programs = Vec::new();
        for (index, entry) in value.list(&format!("spec.{list}")).iter().enumerate() {
            let field = format!("spec.{list}[{index}]");
            let key = entry.text(name).unwrap_or_default().to_owned();
            if key.is_empty() {
                self.problem(format!("{field}.{name}"), "must not be empty");
            }
            if let Some(program) = self.compile(entry, &field, expression, wanted, environment) {
                programs.push((key, program));
            }
        }
        programs
    }
}
