//! `catseye policy explain`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use catseye_admission::{Action, FailurePolicy, PolicySet, Request, Rule, Surroundings, Verdict};
use catseye_drift::Schemas;
use catseye_model::{Completeness, Inventory, Object};

use super::load;
use crate::output;

/// Say in words what policies match and deny, and why a given object passes or not
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  catseye policy explain policies/
  catseye policy explain no-host-network.yaml --object pod.yaml")]
pub(super) struct Args {
    /// File or folder with policies and bindings
    policies: PathBuf,
    /// A file with objects to judge
    #[arg(long, value_name = "FILE")]
    object: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (set, beside) = load::policies(&args.policies)?;
    let mut text = String::new();
    for policy in set.policies() {
        describe(&set, policy, &mut text);
    }
    let mut code = 0;
    if let Some(file) = &args.object {
        let mut objects = Vec::new();
        for value in load::documents(file)? {
            objects.extend(Object::read(value, None).0);
        }
        let all = objects.iter().chain(&beside).cloned().collect();
        let inventory = Inventory::new(all, Completeness::Fragment);
        let surroundings = Surroundings::of(&inventory);
        // A manifest is silent where admission is not.
        let schemas = Schemas::with_definitions(&inventory);
        for object in &objects {
            let mut request = Request::create(object, &inventory);
            request.object = schemas.defaulted(&request.object);
            let verdict = match set.mutated(&request, &surroundings) {
                Ok(request) => set.judge(&request, &surroundings),
                Err(err) => Verdict::not_mutated(&err),
            };
            let name = format!("{} {}", object.kind_name(), object.name());
            let _ = match (verdict.met, verdict.denials.first()) {
                (0, _) => writeln!(text, "{name}: no policy is about it"),
                (met, None) => writeln!(text, "{name}: passes {met} policies"),
                (_, Some(_)) => writeln!(text, "{name}: denied"),
            };
            for denial in &verdict.denials {
                code = 1;
                let which = denial
                    .validation
                    .map_or_else(String::new, |index| format!(", validation {}", index + 1));
                let _ = writeln!(text, "  {}{which}: {}", denial.policy, denial.message);
            }
        }
    }
    output::print(&text)?;
    Ok(ExitCode::from(code))
}

fn describe(set: &PolicySet, policy: &catseye_admission::Policy, text: &mut String) {
    let _ = writeln!(text, "{}", policy.name);
    for rule in &policy.matches.rules {
        let _ = writeln!(text, "  about {}", words(rule));
    }
    for rule in &policy.matches.excludes {
        let _ = writeln!(text, "  not about {}", words(rule));
    }
    if let Some(kind) = &policy.param_kind {
        let _ = writeln!(
            text,
            "  with parameters from {} {}",
            kind.api_version, kind.kind
        );
    }
    for (index, validation) in policy.validations.iter().enumerate() {
        let source = validation
            .source()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let _ = writeln!(text, "  {}. must hold: {source}", index + 1);
        if !validation.message.is_empty() {
            let _ = writeln!(
                text,
                "     else: {} ({})",
                validation.message.trim(),
                validation.reason
            );
        }
    }
    let _ = writeln!(
        text,
        "  what cannot be judged {}",
        match policy.failure_policy {
            FailurePolicy::Fail => "is denied",
            FailurePolicy::Ignore => "passes",
        }
    );
    let bindings: Vec<_> = set
        .bindings()
        .iter()
        .filter(|binding| binding.policy == policy.name)
        .collect();
    if bindings.is_empty() {
        let _ = writeln!(text, "  bound by nothing: in a cluster it does nothing");
    }
    for binding in bindings {
        let actions: Vec<&str> = binding
            .actions
            .iter()
            .map(|action| match action {
                Action::Deny => "denies",
                Action::Warn => "warns",
                Action::Audit => "tells the audit log",
            })
            .collect();
        let place = if binding.matches.is_some() {
            "where its matchResources say"
        } else {
            "everywhere"
        };
        let _ = writeln!(
            text,
            "  binding {} {} {place}",
            binding.name,
            actions.join(" and ")
        );
    }
}

fn words(rule: &Rule) -> String {
    let groups: Vec<&str> = rule
        .groups
        .iter()
        .map(|group| if group.is_empty() { "core" } else { group })
        .collect();
    let mut words = format!(
        "{} of {} in group {}, version {}",
        rule.operations.join(" or "),
        rule.resources.join(", "),
        groups.join(", "),
        rule.versions.join(", ")
    );
    if !rule.names.is_empty() {
        let _ = write!(words, ", named {}", rule.names.join(", "));
    }
    if rule.scope != "*" {
        let _ = write!(words, ", {} only", rule.scope.to_lowercase());
    }
    words
}
