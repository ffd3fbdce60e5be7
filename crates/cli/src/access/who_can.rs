//! `catseye who-can`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use anstyle::Style;
use anyhow::anyhow;
use catseye_rbac::{
    BindingId, Grant, Holding, Names, Rbac, Reason, Request, RoleId, Scope, Subject,
};
use serde_json::{Value, json};

use super::place::Places;
use super::question::{Place, Question, Words};
use super::{Access, Format, FromArgs, rule_in_words, subject};
use crate::output::{self, styled};

/// Name everyone who may do something
///
/// Reads roles and bindings from manifests or a dump and names the users, groups and service accounts
/// that may do what is asked, with the binding, the role and the rule that say so. Manifests are
/// completed by the roles that every cluster has.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    from: FromArgs,
    /// Name Kubernetes' own components as well
    #[arg(long)]
    all: bool,
    /// The form of the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

const EXAMPLES: &str = "\
Without -n the answer names every namespace in which someone may.

Examples:
  catseye who-can get secrets                              below the current folder
  catseye who-can create pods/exec -n shop -f deploy/      in one namespace
  catseye who-can get secrets db-password -n shop          one object
  catseye who-can delete deployments.apps -A               in all namespaces at once
  catseye who-can get --path /metrics
  kubectl get clusterroles,clusterrolebindings,roles,rolebindings,sa -A -o yaml | catseye who-can '*' '*' -f -";

/// Why a subject may.
enum Way {
    /// A rule of a role that it holds.
    Rule {
        holding: Holding,
        /// The objects; `None` for all.
        names: Option<Vec<String>>,
        /// The rule's place in the role.
        rule: usize,
    },
    /// An authorizer other than RBAC, in words.
    Authorizer(&'static str),
}

/// What is shown of a way, so that subjects of equal ways share their lines.
type Lines = Vec<(String, String, String)>;

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args {
        words,
        from,
        all,
        format,
    } = args;
    let access = from.load()?;
    let question = words.understand(&access.loaded.inventory)?.ok_or_else(|| {
        anyhow!("who can do what? write a verb and a resource, such as get secrets")
    })?;
    let holders = holders(&access.rbac, &question);
    let text = match format {
        Format::Text => {
            access.warn();
            text(&access, &question, &holders, all)
        }
        Format::Json => format!("{:#}\n", json(&access, &question, &holders)),
    };
    output::print(&text)?;
    Ok(ExitCode::from(if access.unreadable { 2 } else { 0 }))
}

/// Everyone who may, with every way.
fn holders(rbac: &Rbac, question: &Question) -> BTreeMap<Subject, Vec<Way>> {
    let asked = rbac.ask(&question.request);
    let mut holders: BTreeMap<Subject, Vec<Way>> = BTreeMap::new();
    let masters = Way::Authorizer("the API server asks no role about this group");
    holders.insert(Subject::group("system:masters"), vec![masters]);
    for (id, subject) in rbac.subjects() {
        for holding in rbac.holdings_of(id) {
            let counts = match (&question.place, &holding.scope) {
                (_, Scope::Cluster) | (Place::Anywhere, _) => true,
                (Place::Namespace(asked), Scope::Namespace(held)) => **held == **asked,
                (Place::Cluster, Scope::Namespace(_)) => false,
            };
            if !counts {
                continue;
            }
            let names = match (rbac.set(holding.set).names(&asked), &question.name) {
                (Names::All, _) => None,
                (names @ Names::Some(_), Some(name)) if names.contain(name) => None,
                // Asked about no object in particular: some are an answer too, where the request can
                // name one.
                (Names::Some(names), None) if names_objects(&question.request) => {
                    Some(names.into_iter().map(str::to_owned).collect::<Vec<_>>())
                }
                _ => continue,
            };
            let rule = rule_of(rbac, &holding, question, names.as_deref());
            holders.entry(subject.clone()).or_default().push(Way::Rule {
                holding,
                names,
                rule,
            });
        }
    }
    for (subject, reason) in by_node_authorizer(rbac, question) {
        holders
            .entry(subject)
            .or_default()
            .push(Way::Authorizer(reason));
    }
    holders
}

/// The names of objects mean nothing to requests that carry none.
fn names_objects(request: &Request) -> bool {
    match request {
        Request::NonResource(_) => false,
        Request::Resource(request) => match request.verb.as_str() {
            "create" => !request.subresource.is_empty(),
            "deletecollection" => false,
            _ => true,
        },
    }
}

/// The place of the first rule that allows it.
fn rule_of(rbac: &Rbac, holding: &Holding, question: &Question, names: Option<&[String]>) -> usize {
    let request = match names.and_then(<[String]>::first) {
        Some(name) => question.request.clone().named(name),
        None => question.request.clone(),
    };
    let rules = &rbac.role(holding.role).rules;
    let place = rules.iter().position(|rule| rule.rule.allows(&request));
    place.unwrap_or_default()
}

/// Nodes may read what their pods refer to; that is a question about one object.
fn by_node_authorizer(rbac: &Rbac, question: &Question) -> Vec<(Subject, &'static str)> {
    let request = match &question.place {
        Place::Anywhere => return Vec::new(),
        Place::Namespace(name) => question.request.clone().in_namespace(name),
        Place::Cluster => question.request.clone(),
    };
    rbac.who_can(&request)
        .into_iter()
        .flat_map(|holder| {
            holder
                .reasons
                .into_iter()
                .filter_map(move |reason| match reason {
                    Reason::Node(reason) => Some((holder.subject.clone(), reason)),
                    Reason::Rule(_) | Reason::Masters => None,
                })
        })
        .collect()
}

/// Kubernetes brings it along: every way is a default, and the subject is no master.
fn is_default(rbac: &Rbac, subject: &Subject, ways: &[Way]) -> bool {
    ways.iter().all(|way| match way {
        Way::Rule { holding, .. } => !rbac.binding(holding.binding).is_made_by_people(subject),
        Way::Authorizer(_) => false,
    })
}

fn text(
    access: &Access,
    question: &Question,
    holders: &BTreeMap<Subject, Vec<Way>>,
    all: bool,
) -> String {
    let rbac = &access.rbac;
    let mut places = access.places();
    let bold = Style::new().bold();
    let dim = Style::new().dimmed();
    let mut text = format!("Who can {}\n", styled(bold, &question.words));
    let mut left_out = 0;
    let mut shown: Vec<(Lines, Vec<&Subject>)> = Vec::new();
    for (subject, ways) in holders {
        if !all && is_default(rbac, subject, ways) {
            left_out += 1;
            continue;
        }
        let mut lines: Lines = ways
            .iter()
            .map(|way| line(rbac, &mut places, question, way))
            .collect();
        lines.sort();
        if *subject == Subject::group("system:masters") {
            // What is said beside its name is the whole answer.
            lines.clear();
        }
        match shown.iter_mut().find(|(known, _)| *known == lines) {
            Some((_, subjects)) => subjects.push(subject),
            None => shown.push((lines, vec![subject])),
        }
    }
    for (lines, subjects) in &shown {
        text.push('\n');
        for subject in subjects {
            let gloss = subject::gloss(subject).map(|gloss| format!("  {gloss}"));
            let gloss = styled(dim, gloss.unwrap_or_default());
            let _ = writeln!(text, "  {}{gloss}", styled(bold, subject));
        }
        for (place, way, written) in lines {
            let written = styled(dim, written);
            let _ = writeln!(text, "    {place}{way}  {written}");
        }
    }
    if left_out > 0 {
        let _ = writeln!(
            text,
            "\n{left_out} of Kubernetes' own users and controllers may as well; --all names them",
        );
    }
    text
}

/// Where, by what, and where that is written.
fn line(
    rbac: &Rbac,
    places: &mut Places<'_>,
    question: &Question,
    way: &Way,
) -> (String, String, String) {
    match way {
        Way::Authorizer(reason) => (String::new(), (*reason).to_owned(), String::new()),
        Way::Rule {
            holding,
            names,
            rule,
        } => {
            let mut place = match (&question.place, question.namespaced) {
                (Place::Anywhere, _) | (_, true) => holding.scope.to_string(),
                _ => String::new(),
            };
            if let Some(names) = names {
                let _ = write!(place, ", only {}", names.join(", "));
            }
            if !place.is_empty() {
                place.push_str(": ");
            }
            let binding = rbac.binding(holding.binding);
            let role = rbac.role(holding.role);
            let grant = Grant {
                binding: holding.binding,
                subject: holding.subject,
                role: holding.role,
                rule: *rule,
            };
            let way = format!("{binding} gives {role}: {}", rule_in_words(rbac, &grant));
            (place, way, places.of_object(binding.object).to_string())
        }
    }
}

fn json(access: &Access, question: &Question, holders: &BTreeMap<Subject, Vec<Way>>) -> Value {
    let rbac = &access.rbac;
    let mut places = access.places();
    let listed: Vec<Value> = holders
        .iter()
        .map(|(subject, ways)| {
            let grants: Vec<Value> = ways
                .iter()
                .map(|way| match way {
                    Way::Authorizer(reason) => json!({"reason": reason}),
                    Way::Rule {
                        holding,
                        names,
                        rule,
                    } => json!({
                        "namespace": holding.scope.namespace_name(),
                        "names": names,
                        "binding": binding_json(rbac, &mut places, holding.binding),
                        "role": role_json(rbac, &mut places, holding.role),
                        "rule": rule,
                    }),
                })
                .collect();
            let mut value = subject_json(subject);
            value["default"] = json!(is_default(rbac, subject, ways));
            value["grants"] = json!(grants);
            value
        })
        .collect();
    json!({
        "version": 1,
        "question": request_json(question),
        "holders": listed,
        "problems": access.problems(),
    })
}

/// The question for programs.
pub(super) fn request_json(question: &Question) -> Value {
    match &question.request {
        Request::NonResource(request) => json!({"verb": request.verb, "path": request.path}),
        Request::Resource(request) => {
            let mut value = json!({
                "verb": request.verb,
                "group": request.group,
                "resource": request.resource,
                "subresource": request.subresource,
                "name": request.name,
            });
            match &question.place {
                Place::Namespace(namespace) => value["namespace"] = json!(namespace),
                Place::Cluster => value["namespace"] = json!(""),
                Place::Anywhere => {}
            }
            value
        }
    }
}

/// A subject for programs.
pub(super) fn subject_json(subject: &Subject) -> Value {
    match subject {
        Subject::ServiceAccount { namespace, name } => {
            json!({"kind": subject.kind(), "namespace": namespace, "name": name})
        }
        Subject::User(name) | Subject::Group(name) => json!({"kind": subject.kind(), "name": name}),
    }
}

/// A binding for programs.
pub(super) fn binding_json(rbac: &Rbac, places: &mut Places<'_>, id: BindingId) -> Value {
    let binding = rbac.binding(id);
    let mut value = json!({"kind": binding.kind(), "name": binding.name});
    if let Some(namespace) = binding.scope.namespace_name() {
        value["namespace"] = json!(namespace);
    }
    places.of_object(binding.object).put(&mut value);
    value
}

/// A role for programs.
pub(super) fn role_json(rbac: &Rbac, places: &mut Places<'_>, id: RoleId) -> Value {
    let role = rbac.role(id);
    let mut value = json!({"kind": role.kind.to_string(), "name": role.name});
    if !role.namespace.is_empty() {
        value["namespace"] = json!(role.namespace);
    }
    places.of_object(role.object).put(&mut value);
    value
}
