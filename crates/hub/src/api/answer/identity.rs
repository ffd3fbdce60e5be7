//! Identities, what they hold, and who can do something.

use std::collections::{BTreeMap, BTreeSet};

use catseye_model::{Inventory, Kind};
use catseye_rbac::{Identity as Who, Rbac, Reason, Request, Scope, Subject};

use super::powers::powers_of;
use crate::api::ask::{Ask, passes, values};
use crate::api::contract::identity::{
    Grant, Holder, Identity, IdentityFilter, IdentityRow, RoleChange, UsageReport, WhoCan,
    WhoCanQuery,
};
use crate::api::contract::network::Availability;
use crate::api::contract::page::Page;
use crate::api::contract::problem::Problem;
use crate::api::contract::{ObjectRef, Severity};
use crate::api::derived::{kind_word, reference};
use crate::api::routes::Nothing;
use crate::inbox::Filter;

/// The group of roles and bindings.
const RBAC: &str = "rbac.authorization.k8s.io";

pub(in crate::api) fn list(
    ask: &Ask,
    filter: IdentityFilter,
) -> Result<Page<IdentityRow>, Problem> {
    let world = ask.world()?;
    let rbac = world.rbac();
    let kinds = values(filter.kind.as_deref());
    let namespaces = values(filter.namespace.as_deref());
    let text = filter.text.as_deref().unwrap_or_default().to_lowercase();
    let incidents = incidents_by_actor(ask);
    let mut rows = Vec::new();
    for subject in subjects(&rbac, world.inventory()) {
        let (kind, namespace) = kind_and_namespace(&subject);
        if !passes(&kinds, kind)
            || !passes(&namespaces, namespace)
            || (!text.is_empty() && !subject.user_name().to_lowercase().contains(&text))
            || (is_system(&subject) && !filter.system.unwrap_or_default())
        {
            continue;
        }
        rows.push(row(&rbac, &subject, &incidents));
    }
    rows.sort_by(|a, b| {
        (b.severity, b.powers.len(), &a.id).cmp(&(a.severity, a.powers.len(), &b.id))
    });
    ask.page(&rows, &filter)
}

/// Whom bindings name, and every service account.
fn subjects(rbac: &Rbac, inventory: &Inventory) -> BTreeSet<Subject> {
    let mut subjects: BTreeSet<Subject> = rbac
        .subjects()
        .map(|(_, subject)| subject.clone())
        .collect();
    for (_, account) in inventory.of_kind(Kind::ServiceAccount) {
        subjects.insert(Subject::service_account(
            account.namespace(),
            account.name(),
        ));
    }
    subjects
}

fn kind_and_namespace(subject: &Subject) -> (&'static str, &str) {
    match subject {
        Subject::ServiceAccount { namespace, .. } => ("serviceaccount", namespace),
        Subject::User(_) => ("user", ""),
        Subject::Group(_) => ("group", ""),
    }
}

fn is_system(subject: &Subject) -> bool {
    match subject {
        Subject::ServiceAccount { namespace, .. } => namespace == "kube-system",
        subject => subject.is_system(),
    }
}

fn id(subject: &Subject) -> String {
    match subject {
        Subject::Group(name) => format!("group:{name}"),
        subject => format!("user:{}", subject.user_name()),
    }
}

/// The subject of an id; `None` when it is no id.
fn subject_of(id: &str) -> Option<Subject> {
    if let Some(group) = id.strip_prefix("group:") {
        return Some(Subject::group(group));
    }
    if let Some(rest) = id.strip_prefix("sa:")
        && let Some((namespace, name)) = rest.split_once('/')
    {
        return Some(Subject::service_account(namespace, name));
    }
    id.strip_prefix("user:").map(Subject::user)
}

fn name(subject: &Subject) -> String {
    match subject {
        Subject::ServiceAccount { namespace, name } => format!("{namespace}/{name}"),
        Subject::User(name) | Subject::Group(name) => name.clone(),
    }
}

/// How many active incidents each actor has.
fn incidents_by_actor(ask: &Ask) -> BTreeMap<String, u64> {
    let filter = Filter {
        held_back: true,
        limit: 100_000,
        ..Filter::default()
    };
    let mut counts = BTreeMap::new();
    for incident in ask.edge.hub.inbox().list(&filter).incidents {
        if let Some(actor) = &incident.actor {
            *counts.entry(actor.name.clone()).or_default() += 1;
        }
    }
    counts
}

fn row(rbac: &Rbac, subject: &Subject, incidents: &BTreeMap<String, u64>) -> IdentityRow {
    let who = Who::of(subject);
    let (powers, severity) = powers_of(rbac, &who);
    let effective = rbac.effective(&who);
    let rules: usize = effective
        .holdings()
        .iter()
        .map(|held| rbac.role(held.role).rules.len())
        .sum();
    let (kind, namespace) = kind_and_namespace(subject);
    IdentityRow {
        id: id(subject),
        name: name(subject),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        system: is_system(subject),
        powers,
        severity: Severity::from(severity),
        granted: rules as u64,
        used: None,
        calls: 0,
        last_seen: None,
        incidents: incidents
            .get(&subject.user_name())
            .copied()
            .unwrap_or_default(),
    }
}

pub(in crate::api) fn get(ask: &Ask, _: Nothing) -> Result<Identity, Problem> {
    let world = ask.world()?;
    let rbac = world.rbac();
    let inventory = world.inventory();
    let missing = || Problem::not_found("identity", ask.id());
    let subject = subject_of(ask.id()).ok_or_else(missing)?;
    let incidents = incidents_by_actor(ask);
    let is_known = subjects(&rbac, inventory).contains(&subject)
        || incidents.contains_key(&subject.user_name());
    if !is_known {
        return Err(missing());
    }
    let runs = match &subject {
        Subject::ServiceAccount {
            namespace,
            name: account,
        } => {
            let mut runs: Vec<ObjectRef> = inventory
                .workloads()
                .filter(|(id, pod)| {
                    inventory.object(*id).namespace() == namespace
                        && pod.service_account() == account
                })
                .map(|(id, _)| reference(inventory.object(inventory.representative(id))))
                .collect();
            runs.sort();
            runs.dedup();
            runs
        }
        _ => Vec::new(),
    };
    Ok(Identity {
        row: row(&rbac, &subject, &incidents),
        can: grants(&rbac, &subject),
        usage: UsageReport {
            observed: not_counted(),
            since: None,
            calls: 0,
            suggestion: None,
            still_allowed: 0,
        },
        normal: None,
        runs,
        trail: Vec::new(),
    })
}

fn not_counted() -> Availability {
    Availability {
        available: false,
        reason:
            "the hub does not count calls by rule yet; `catseye audit least-privilege` answers \
                 from a log"
                .to_owned(),
    }
}

fn grants(rbac: &Rbac, subject: &Subject) -> Vec<Grant> {
    let effective = rbac.effective(&Who::of(subject));
    let mut grants = Vec::new();
    for held in effective.holdings() {
        let granting = rbac.role(held.role);
        let binding = rbac.binding(held.binding);
        let through = rbac.subject(held.subject);
        for rule in &granting.rules {
            let rule = &rule.rule;
            grants.push(Grant {
                scope: held.scope.namespace_name().unwrap_or_default().to_owned(),
                api_groups: rule.api_groups.clone(),
                resources: rule.resources.clone(),
                names: rule.resource_names.clone(),
                paths: rule.non_resource_urls.clone(),
                verbs: rule.verbs.clone(),
                role: ObjectRef {
                    kind: kind_word(&granting.kind.to_string(), RBAC),
                    namespace: granting.namespace.clone(),
                    name: granting.name.clone(),
                },
                binding: ObjectRef {
                    kind: kind_word(binding.kind(), RBAC),
                    namespace: binding
                        .scope
                        .namespace_name()
                        .unwrap_or_default()
                        .to_owned(),
                    name: binding.name.clone(),
                },
                through: (through != subject).then(|| through.to_string()),
                used: None,
            });
        }
    }
    grants
}

pub(in crate::api) fn who_can(ask: &Ask, query: WhoCanQuery) -> Result<WhoCan, Problem> {
    let world = ask.world()?;
    let rbac = world.rbac();
    let WhoCanQuery {
        verb,
        resource,
        namespace,
        name: object,
    } = query;
    let mut question = format!("{verb} {resource}");
    let mut request = if resource.starts_with('/') {
        Request::path(&verb, &resource)
    } else {
        let (plural, subresource) = resource.split_once('/').unwrap_or((&resource, ""));
        // `deployments.apps` names its group; `deployments` is looked up among the known kinds.
        let (plural, group) = if let Some((plural, group)) = plural.split_once('.') {
            (plural.to_owned(), group.to_owned())
        } else {
            let known = catseye_model::Resource::find(world.inventory(), plural);
            let group = known.first().map(|known| known.group.clone());
            (plural.to_owned(), group.unwrap_or_default())
        };
        let path = match subresource {
            "" => plural,
            subresource => format!("{plural}/{subresource}"),
        };
        Request::resource(&verb, &group, &path)
    };
    if let Some(object) = &object {
        request = request.named(object);
        question.push(' ');
        question.push_str(object);
    }
    if let Some(namespace) = &namespace {
        request = request.in_namespace(namespace);
        question.push_str(" in ");
        question.push_str(namespace);
    }
    let mut holders = Vec::new();
    for holder in rbac.who_can(&request) {
        let mut because: Vec<String> = holder
            .reasons
            .iter()
            .map(|reason| match reason {
                Reason::Masters => "members of system:masters may do everything".to_owned(),
                Reason::Node(reason) => (*reason).to_owned(),
                Reason::Rule(grant) => {
                    let binding = rbac.binding(grant.binding);
                    let role = rbac.role(grant.role);
                    let scope = match &binding.scope {
                        Scope::Cluster => String::new(),
                        scope @ Scope::Namespace(_) => format!(" {scope}"),
                    };
                    format!("{binding} gives {role}, rule {}{scope}", grant.rule + 1)
                }
            })
            .collect();
        because.dedup();
        let (kind, _) = kind_and_namespace(&holder.subject);
        holders.push(Holder {
            id: id(&holder.subject),
            name: name(&holder.subject),
            kind: kind.to_owned(),
            because,
        });
    }
    Ok(WhoCan { question, holders })
}

pub(in crate::api) fn trail(
    ask: &Ask,
    filter: IdentityFilter,
) -> Result<Page<RoleChange>, Problem> {
    ask.page(&[], &filter)
}
