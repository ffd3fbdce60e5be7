//! Identities, what they hold, and who can do something.

use std::collections::{BTreeMap, BTreeSet};

use catseye_detect::baseline::Trait;
use catseye_model::{Inventory, Kind};
use catseye_rbac::{Identity as Who, Rbac, Reason, Request, Scope, Subject};

use super::calls;
use super::powers::powers_of;
use crate::api::ask::{Ask, passes, values};
use crate::api::contract::identity::{
    Grant, Holder, Identity, IdentityFilter, IdentityRow, Profile, ProfileSide, ProfileValue,
    RoleChange, UsageReport, WhoCan, WhoCanQuery,
};
use crate::api::contract::network::Availability;
use crate::api::contract::page::Page;
use crate::api::contract::problem::Problem;
use crate::api::contract::{ObjectRef, Severity};
use crate::api::derived::{kind_word, reference};
use crate::api::routes::Nothing;
use crate::callers::Calls;
use crate::inbox::Filter;

/// The group of roles and bindings.
const RBAC: &str = "rbac.authorization.k8s.io";
/// Changes of its roles told of one identity.
const MOST_TRAIL: usize = 100;
/// Usual values told of one side of behaviour.
const MOST_VALUES: usize = 12;

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
    let mut users = Vec::new();
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
        users.push(subject.user_name());
    }
    let calls = ask.edge.hub.calls_of(users.iter().map(String::as_str));
    for (row, calls) in rows.iter_mut().zip(calls) {
        row.seen(calls);
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

impl IdentityRow {
    fn seen(&mut self, calls: Option<Calls>) {
        if let Some(calls) = calls {
            self.calls = calls.count;
            self.last_seen = Some(calls.last);
        }
    }
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
    let user = subject.user_name();
    let mut row = row(&rbac, &subject, &incidents);
    for calls in ask.edge.hub.calls_of([user.as_str()].into_iter()) {
        row.seen(calls);
    }
    let mut can = grants(&rbac, &subject);
    let usage = match (&subject, ask.store()) {
        (Subject::Group(_), _) => unseen("a group makes no calls; its members do"),
        (_, Err(_)) => unseen("this hub keeps no events: start it with a store"),
        (_, Ok(_)) => usage(ask, &rbac, &subject, &user, &mut row, &mut can)?,
    };
    let trail = match ask.store() {
        Ok(_) => {
            let about = |change: &RoleChange| {
                let name = [user.as_str(), row.name.as_str()];
                let lines = change.before.iter().chain(&change.after).flatten();
                lines
                    .into_iter()
                    .any(|line| name.iter().any(|it| line.contains(it)))
                    || can
                        .iter()
                        .any(|grant| grant.role == change.object || grant.binding == change.object)
            };
            let all = role_changes(ask)?;
            all.into_iter().filter(about).take(MOST_TRAIL).collect()
        }
        Err(_) => Vec::new(),
    };
    Ok(Identity {
        normal: normal(ask, &user),
        row,
        can: can.into_iter().map(|held| held.grant).collect(),
        usage,
        runs,
        trail,
    })
}

/// What is normal for an identity, as learned.
fn normal(ask: &Ask, user: &str) -> Option<Profile> {
    let (portrait, hours) = ask.edge.hub.portrait(user)?;
    let side = |what: &str, traits: &[Trait]| {
        let all: f64 = traits.iter().map(|it| f64::from(it.times)).sum();
        ProfileSide {
            what: what.to_owned(),
            values: traits
                .iter()
                .take(MOST_VALUES)
                .map(|it| ProfileValue {
                    value: it.value.clone(),
                    share: f64::from(it.times) / all.max(1.0),
                })
                .collect(),
        }
    };
    Some(Profile {
        samples: portrait.calls,
        days: u32::from(portrait.days),
        since: portrait.first,
        mature: portrait.mature,
        sides: [
            ("action", &portrait.actions),
            ("object", &portrait.objects),
            ("program", &portrait.agents),
            ("network", &portrait.sources),
        ]
        .into_iter()
        .filter(|(_, traits)| !traits.is_empty())
        .map(|(what, traits)| side(what, traits))
        .collect(),
        hours: hours.to_vec(),
    })
}

/// Holds what was asked for against what is granted.
fn usage(
    ask: &Ask,
    rbac: &Rbac,
    subject: &Subject,
    user: &str,
    row: &mut IdentityRow,
    can: &mut [Held],
) -> Result<UsageReport, Problem> {
    let asked = calls::used(ask, rbac, &Who::of(subject), user)?;
    let Some(since) = asked.since else {
        return Ok(unseen("no call of this identity is kept"));
    };
    for held in can.iter_mut() {
        held.grant.used = Some(asked.rules.get(&held.rule).copied().unwrap_or(0));
    }
    let in_use = can.iter().filter(|held| held.grant.used > Some(0)).count();
    row.used = Some(in_use as u64);
    let name = row.name.rsplit(['/', ':']).next().unwrap_or("calls-made");
    let suggestion = asked.usage.suggest(name);
    let roles: Vec<String> = suggestion
        .roles
        .iter()
        .map(|role| crate::api::fields::yaml(&catseye_model::Value::from(role.clone())))
        .collect();
    Ok(UsageReport {
        observed: Availability {
            available: true,
            reason: String::new(),
        },
        since: Some(since),
        calls: asked.calls,
        suggestion: (!roles.is_empty()).then(|| roles.join("---\n")),
        still_allowed: suggestion.still_allowed,
    })
}

fn unseen(reason: &str) -> UsageReport {
    UsageReport {
        observed: Availability {
            available: false,
            reason: reason.to_owned(),
        },
        since: None,
        calls: 0,
        suggestion: None,
        still_allowed: 0,
    }
}

/// A grant, and the rule that it is of.
struct Held {
    rule: (catseye_rbac::BindingId, catseye_rbac::RoleId, usize),
    grant: Grant,
}

impl std::ops::Deref for Held {
    type Target = Grant;

    fn deref(&self) -> &Grant {
        &self.grant
    }
}

fn grants(rbac: &Rbac, subject: &Subject) -> Vec<Held> {
    let effective = rbac.effective(&Who::of(subject));
    let mut grants = Vec::new();
    for held in effective.holdings() {
        let granting = rbac.role(held.role);
        let binding = rbac.binding(held.binding);
        let through = rbac.subject(held.subject);
        for (place, rule) in granting.rules.iter().enumerate() {
            let rule = &rule.rule;
            let grant = Grant {
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
            };
            grants.push(Held {
                rule: (held.binding, held.role, place),
                grant,
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
    let kinds = values(filter.kind.as_deref());
    let namespaces = values(filter.namespace.as_deref());
    let text = filter.text.as_deref().unwrap_or_default().to_lowercase();
    let mut changes = role_changes(ask)?;
    changes.retain(|change| {
        let is_system = change.actor.starts_with("system:")
            && !change.actor.starts_with("system:serviceaccount:");
        passes(&kinds, &change.object.kind)
            && passes(&namespaces, &change.object.namespace)
            && (text.is_empty()
                || [&change.actor, &change.text, &change.object.name]
                    .iter()
                    .any(|field| field.to_lowercase().contains(&text)))
            && (!is_system || filter.system.unwrap_or_default())
    });
    ask.page(&changes, &filter)
}

/// Changes of roles and bindings, newest first.
fn role_changes(ask: &Ask) -> Result<Vec<RoleChange>, Problem> {
    let changes = calls::role_changes(ask)?;
    Ok(changes
        .into_iter()
        .map(|change| RoleChange {
            time: change.time,
            actor: change.actor,
            object: ObjectRef {
                kind: kind_word(change.kind, RBAC),
                namespace: change.namespace,
                name: change.name,
            },
            text: change.words,
            before: change.before,
            after: change.after,
            refused: change.refused,
            event: change.event,
        })
        .collect())
}
