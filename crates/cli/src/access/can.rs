//! `catseye can`.

use std::fmt::Write as _;
use std::process::ExitCode;

use anstyle::Style;
use anyhow::bail;
use catseye_rbac::{
    Grant, Holding, Identity, Permission, Rbac, Reason, Request, Scope, Scoped, Subject,
};
use serde_json::{Value, json};

use super::place::Places;
use super::question::{Place, Question, Words};
use super::who_can::{binding_json, request_json, role_json, subject_json};
use super::{Access, Format, FromArgs, rule_in_words, subject};
use crate::output::{self, styled};

/// Say what someone may do: everything, or yes or no to one question
///
/// With a verb and a resource the answer is yes (exit code 0) or no (exit code 1). Without, it lists
/// everything that the subject may do by its bindings and its groups, merged.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// sa:NAMESPACE/NAME, user:NAME, group:NAME, node:NAME or anonymous
    #[arg(value_name = "SUBJECT")]
    subject: String,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    from: FromArgs,
    /// A group that the user is in, besides those that are implied (repeatable)
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// Also name the bindings, roles and rules that allow it
    #[arg(long)]
    explain: bool,
    /// Also list what every cluster allows everyone
    #[arg(long)]
    all: bool,
    /// The form of the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  catseye can sa:shop/web                                   everything it may do
  catseye can sa:shop/web get secrets db -n shop            yes or no
  catseye can user:ann --group dev create pods/exec -n shop --explain
  catseye can anonymous get --path /metrics -f cluster.yaml
  catseye can node:worker-1 get secrets db -n shop -f cluster.yaml";

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args {
        subject,
        words,
        from,
        group,
        explain,
        all,
        format,
    } = args;
    let identity = subject::identity(&subject)?;
    let groups = identity.groups().map(str::to_owned).chain(group);
    let identity = Identity::raw(identity.user_name(), groups.collect::<Vec<_>>());
    let access = from.load()?;
    if format == Format::Text {
        access.warn();
    }
    let (text, code) = match words.understand(&access.loaded.inventory)? {
        Some(question) => answer(&access, &identity, question, explain, format)?,
        None => (listing(&access, &identity, explain, all, format), 0),
    };
    output::print(&text)?;
    Ok(ExitCode::from(if access.unreadable { 2 } else { code }))
}

/// Yes or no.
fn answer(
    access: &Access,
    identity: &Identity,
    mut question: Question,
    explain: bool,
    format: Format,
) -> anyhow::Result<(String, u8)> {
    let rbac = &access.rbac;
    if question.place == Place::Anywhere && question.namespaced {
        // An account's own namespace is where its requests go unless they say otherwise.
        match Subject::user(identity.user_name()) {
            Subject::ServiceAccount { namespace, .. } => {
                let _ = write!(question.words, " in namespace {namespace}");
                question.place = Place::Namespace(namespace);
            }
            _ => bail!("where? write -n NAMESPACE, or -A for all namespaces at once"),
        }
    }
    let request = match &question.place {
        Place::Namespace(name) => question.request.clone().in_namespace(name),
        Place::Anywhere | Place::Cluster => question.request.clone(),
    };
    let reasons = rbac.explain(identity, &request);
    let allowed = rbac.decide(identity, &request);
    let mut places = access.places();
    let text = match format {
        Format::Json => {
            let reasons: Vec<Value> = reasons
                .iter()
                .map(|reason| reason_json(rbac, &mut places, reason))
                .collect();
            let answer = json!({
                "version": 1,
                "user": identity.user_name(),
                "groups": identity.groups().collect::<Vec<_>>(),
                "question": request_json(&question),
                "allowed": allowed,
                "reasons": reasons,
                "problems": access.problems(),
            });
            format!("{answer:#}\n")
        }
        Format::Text => {
            let mut text = String::from(if allowed { "yes\n" } else { "no\n" });
            if explain {
                for reason in &reasons {
                    let _ = writeln!(
                        text,
                        "  {}",
                        reason_line(rbac, &mut places, identity, reason)
                    );
                }
                if reasons.is_empty() {
                    text.push_str(&nearest(rbac, identity, &request, &question));
                }
            }
            text
        }
    };
    Ok((text, u8::from(!allowed)))
}

fn reason_line(
    rbac: &Rbac,
    places: &mut Places<'_>,
    identity: &Identity,
    reason: &Reason,
) -> String {
    match reason {
        Reason::Masters => "group system:masters: no role is asked".to_owned(),
        Reason::Node(reason) => format!("node authorizer: {reason}"),
        Reason::Rule(grant) => {
            let binding = rbac.binding(grant.binding);
            let (home, _) = rbac.place_of(grant);
            let by = match rbac.subject(grant.subject) {
                Subject::Group(group) => format!(" to its group {group}"),
                _ if identity.user_name().is_empty() => String::new(),
                _ => " to it".to_owned(),
            };
            format!(
                "{binding} ({}) gives {}{by}: {} ({})",
                places.of_object(binding.object),
                rbac.role(grant.role),
                rule_in_words(rbac, grant),
                places.of_object(rbac.role(home).object),
            )
        }
    }
}

/// For a no: where the same is allowed, which is what people mix up.
fn nearest(rbac: &Rbac, identity: &Identity, request: &Request, question: &Question) -> String {
    let asked = rbac.ask(request);
    let effective = rbac.effective(identity);
    let mut text = String::new();
    for scope in effective.scopes() {
        let names = effective.names(&asked, scope);
        let told = match &names {
            catseye_rbac::Names::Nothing => continue,
            catseye_rbac::Names::All => String::new(),
            catseye_rbac::Names::Some(names) => format!(", only {}", names.join(", ")),
        };
        let counts = match (&question.place, scope) {
            (Place::Namespace(asked), Scope::Namespace(held)) => **held == **asked,
            (_, Scope::Cluster) => true,
            _ => false,
        };
        if !counts || names != catseye_rbac::Names::All {
            let _ = writeln!(text, "  allowed {scope}{told}");
        }
    }
    if text.is_empty() {
        text.push_str("  no rule of any role that it holds allows this anywhere\n");
    }
    text
}

fn reason_json(rbac: &Rbac, places: &mut Places<'_>, reason: &Reason) -> Value {
    match reason {
        Reason::Masters => json!({"reason": "system:masters"}),
        Reason::Node(reason) => json!({"reason": "node authorizer", "message": reason}),
        Reason::Rule(grant) => {
            let Grant {
                binding,
                subject,
                role,
                ..
            } = *grant;
            let (home, place) = rbac.place_of(grant);
            json!({
                "reason": "rule",
                "subject": subject_json(rbac.subject(subject)),
                "binding": binding_json(rbac, places, binding),
                "role": role_json(rbac, places, role),
                "rule": {"role": role_json(rbac, places, home), "path": place.to_string()},
            })
        }
    }
}

/// Everything.
fn listing(
    access: &Access,
    identity: &Identity,
    explain: bool,
    all: bool,
    format: Format,
) -> String {
    let rbac = &access.rbac;
    let to_everyone = |held: &Holding| {
        let subject = rbac.subject(held.subject);
        let everyone = matches!(subject, Subject::Group(name) if matches!(
            name.as_str(),
            "system:authenticated" | "system:unauthenticated" | "system:serviceaccounts"
        ));
        everyone && !rbac.binding(held.binding).is_made_by_people(subject)
    };
    let permissions = rbac.permissions_by(identity, |held| all || !to_everyone(held));
    let effective = rbac.effective(identity);
    let holdings: Vec<&Holding> = effective
        .holdings()
        .iter()
        .filter(|held| all || !to_everyone(held))
        .collect();
    let mut places = access.places();
    if format == Format::Json {
        let scopes: Vec<Value> = permissions.iter().map(scoped_json).collect();
        let bindings: Vec<Value> = holdings
            .iter()
            .map(|held| {
                json!({
                    "subject": subject_json(rbac.subject(held.subject)),
                    "binding": binding_json(rbac, &mut places, held.binding),
                    "role": role_json(rbac, &mut places, held.role),
                })
            })
            .collect();
        let listing = json!({
            "version": 1,
            "user": identity.user_name(),
            "groups": identity.groups().collect::<Vec<_>>(),
            "everything": effective.is_master(),
            "scopes": scopes,
            "bindings": bindings,
            "same": same(rbac, identity).iter().map(subject_json).collect::<Vec<_>>(),
            "problems": access.problems(),
        });
        return format!("{listing:#}\n");
    }
    let bold = Style::new().bold();
    let mut text = String::new();
    let groups: Vec<&str> = identity.groups().collect();
    let who = match (identity.user_name(), groups.first()) {
        ("", Some(group)) => format!("A member of {group}"),
        (user, _) => Subject::user(user).to_string(),
    };
    let _ = writeln!(
        text,
        "{}\n  groups: {}",
        styled(bold, who),
        groups.join(", ")
    );
    for other in same(rbac, identity) {
        let _ = writeln!(text, "  the same: {other}");
    }
    if effective.is_master() {
        text.push_str("\nEverything: no authorizer refuses the group system:masters.\n");
    }
    for scoped in &permissions {
        let _ = writeln!(text, "\n{}", styled(bold, &scoped.scope));
        text.push_str(&rows(&scoped.permissions));
    }
    if permissions.is_empty() && !effective.is_master() {
        text.push_str("\nNo role gives it anything.\n");
    }
    if let Some(node) = identity.node_name() {
        text.push_str(&of_node(rbac, node));
    }
    if explain && !holdings.is_empty() {
        let _ = writeln!(text, "\n{}", styled(bold, "by"));
        for held in holdings {
            let binding = rbac.binding(held.binding);
            let _ = writeln!(
                text,
                "  {binding} ({}) gives {} to {}",
                places.of_object(binding.object),
                rbac.role(held.role),
                rbac.subject(held.subject),
            );
        }
    }
    if !all && rbac.effective(identity).holdings().iter().any(to_everyone) {
        text.push_str(
            "\nAnd what every cluster allows everyone, such as discovery; --all lists it.\n",
        );
    }
    text
}

/// Other service accounts that may do exactly the same.
fn same(rbac: &Rbac, identity: &Identity) -> Vec<Subject> {
    let own = Subject::user(identity.user_name());
    let profile = rbac.effective(identity).profile();
    if !matches!(own, Subject::ServiceAccount { .. }) {
        return Vec::new();
    }
    rbac.subjects()
        .map(|(_, subject)| subject)
        .filter(|subject| matches!(subject, Subject::ServiceAccount { .. }) && **subject != own)
        .filter(|subject| rbac.effective(&Identity::of(subject)).profile() == profile)
        .cloned()
        .collect()
}

/// Verbs and what they are for, in two columns.
fn rows(permissions: &[Permission]) -> String {
    let rows: Vec<(String, String)> = permissions
        .iter()
        .map(|permission| (permission.verbs.join(", "), target(permission)))
        .collect();
    let width = rows
        .iter()
        .map(|(verbs, _)| verbs.len())
        .max()
        .unwrap_or(0)
        .min(44);
    rows.into_iter()
        .fold(String::new(), |mut text, (verbs, target)| {
            let _ = writeln!(text, "  {verbs:<width$}  {target}");
            text
        })
}

fn target(permission: &Permission) -> String {
    let Permission {
        api_groups,
        resources,
        names,
        non_resource_urls,
        ..
    } = permission;
    if !non_resource_urls.is_empty() {
        return non_resource_urls.join(", ");
    }
    let mut text = resources.join(", ");
    let groups: Vec<&str> = api_groups
        .iter()
        .map(|group| match group.as_str() {
            "" => "core",
            "*" => "every group",
            group => group,
        })
        .collect();
    if groups != ["core"] {
        let _ = write!(text, " of {}", groups.join(", "));
    }
    if !names.is_empty() {
        let _ = write!(text, ", only {}", names.join(", "));
    }
    text
}

/// What the node authorizer adds.
fn of_node(rbac: &Rbac, node: &str) -> String {
    let mut text = format!(
        "\n{}\n  keeps its own Node, Lease and CSINode, and handles the pods of its node\n",
        styled(Style::new().bold(), "by the node authorizer"),
    );
    for (resource, namespace, name) in rbac.related_to_node(node) {
        let verbs = match resource {
            "secrets" | "configmaps" => "get, list, watch",
            "serviceaccounts" => "get; create token",
            _ => "get",
        };
        let slash = if namespace.is_empty() { "" } else { "/" };
        let _ = writeln!(text, "  {verbs:<16}  {resource} {namespace}{slash}{name}");
    }
    text
}

fn scoped_json(scoped: &Scoped) -> Value {
    let permissions: Vec<Value> = scoped
        .permissions
        .iter()
        .map(|permission| {
            let Permission {
                api_groups,
                resources,
                names,
                non_resource_urls,
                verbs,
            } = permission;
            if resources.is_empty() {
                return json!({"verbs": verbs, "nonResourceURLs": non_resource_urls});
            }
            json!({
                "verbs": verbs, "apiGroups": api_groups, "resources": resources,
                "resourceNames": names,
            })
        })
        .collect();
    json!({"namespace": scoped.scope.namespace_name(), "permissions": permissions})
}
