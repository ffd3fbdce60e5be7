//! The map of applications, and what is behind one.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use catseye_checks::score;
use catseye_model::{Application as Named, Fields as _, Inventory, Kind, ObjectId, PodView};
use catseye_netpol::entry::origin::Origin;
use catseye_netpol::{Party, WorkloadId};
use catseye_rbac::Identity as Who;

use super::network::ports;
use super::object::{incidents_about, named};
use super::powers::powers_of;
use crate::api::ask::{Ask, passes, values};
use crate::api::contract::application::{
    Application, ApplicationMap, ApplicationRow, Dependency, Exposure, IdentityUse, MapQuery,
    Workload, WorkloadRow,
};
use crate::api::contract::object::ObjectFilter;
use crate::api::contract::page::Page;
use crate::api::contract::problem::Problem;
use crate::api::contract::{ObjectRef, SeverityCounts};
use crate::api::derived::{Derived, application_id, owner, reference};
use crate::api::layout::places;
use crate::api::routes::Nothing;
use crate::inbox::Filter;

/// Nodes of a picture.
pub(super) const MOST_NODES: usize = 200;
/// Findings beside an application.
const MOST_FINDINGS: usize = 100;
/// Reasons told of a dependency.
const MOST_REASONS: usize = 3;

pub(in crate::api) fn map(ask: &Ask, query: MapQuery) -> Result<ApplicationMap, Problem> {
    let limit = match query.limit {
        None => MOST_NODES,
        Some(limit) if (1..=200).contains(&limit) => limit as usize,
        Some(limit) => return Err(Problem::bad(format!("limit={limit}: write 1 to 200"))),
    };
    let derived = ask.derived()?;
    let namespaces = values(query.namespace.as_deref());
    let text = query.text.as_deref().unwrap_or_default().to_lowercase();
    let mut rows: Vec<ApplicationRow> = rows(ask, &derived).into_values().collect();
    rows.retain(|row| {
        passes(&namespaces, &row.namespace) && row.name.to_lowercase().contains(&text)
    });
    let mut dependencies = dependencies(&derived);
    let degree = |id: &str| {
        dependencies
            .iter()
            .filter(|it| it.from == id || it.to == id)
            .count()
    };
    let total = rows.len();
    if total > limit {
        let degrees: BTreeMap<String, usize> = rows
            .iter()
            .map(|row| (row.id.clone(), degree(&row.id)))
            .collect();
        rows.sort_by_key(|row| {
            std::cmp::Reverse((row.incidents, row.exposed, degrees.get(&row.id).copied()))
        });
        rows.truncate(limit);
        rows.sort_by(|a, b| a.id.cmp(&b.id));
    }
    let numbers: BTreeMap<String, usize> = rows
        .iter()
        .enumerate()
        .map(|(number, row)| (row.id.clone(), number))
        .collect();
    dependencies.retain(|it| numbers.contains_key(&it.from) && numbers.contains_key(&it.to));
    let edges: Vec<(usize, usize)> = dependencies
        .iter()
        .map(|it| (numbers[&it.from], numbers[&it.to]))
        .collect();
    for (row, (x, y)) in rows.iter_mut().zip(places(numbers.len(), &edges)) {
        (row.x, row.y) = (x, y);
    }
    Ok(ApplicationMap {
        left_out: (total - rows.len()) as u64,
        applications: rows,
        dependencies,
    })
}

/// Every application by id, without its place.
pub(super) fn rows(ask: &Ask, derived: &Derived) -> BTreeMap<String, ApplicationRow> {
    let inventory = derived.inventory();
    let reach = derived.world.reach();
    let exposed: BTreeSet<ObjectId> = derived
        .exposed()
        .into_iter()
        .map(|id| reach.workload(id).object)
        .collect();
    let mut rows: BTreeMap<String, ApplicationRow> = BTreeMap::new();
    let mut scores: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut pods: BTreeMap<ObjectId, u64> = BTreeMap::new();
    for (id, _) in inventory.of_kind(Kind::Pod) {
        *pods.entry(inventory.top_owner(id)).or_default() += 1;
    }
    for (_, workload) in reach.workloads() {
        let id = inventory.representative(workload.object);
        let application = application_id(inventory, id);
        let named = Named::of(inventory, id);
        let row = rows
            .entry(application.clone())
            .or_insert_with(|| ApplicationRow {
                id: application.clone(),
                name: named.name.to_owned(),
                namespace: workload.namespace.clone(),
                named_by: named.evidence.map(str::to_owned),
                owner: owner(inventory, id),
                x: 0.5,
                y: 0.5,
                workloads: 0,
                pods: 0,
                score: 100,
                findings: SeverityCounts::default(),
                incidents: 0,
                worst_incident: None,
                exposed: false,
                healthy: None,
            });
        row.workloads += 1;
        row.pods += pods
            .get(&inventory.top_owner(id))
            .copied()
            .unwrap_or_default();
        row.exposed |= exposed.contains(&workload.object);
        if let Some((desired, ready)) = replicas(inventory, id) {
            row.healthy = Some(row.healthy.unwrap_or(true) && ready >= desired);
        }
        if let Some(judged) = derived.findings().objects.get(&id) {
            let counts = &mut row.findings;
            counts.critical += judged.counts.critical;
            counts.high += judged.counts.high;
            counts.medium += judged.counts.medium;
            counts.low += judged.counts.low;
            counts.info += judged.counts.info;
            scores
                .entry(application)
                .or_default()
                .push(judged.score.points);
        }
    }
    for (id, points) in scores {
        if let Some(row) = rows.get_mut(&id) {
            row.score = score::mean(points);
        }
    }
    for incident in ask.edge.hub.inbox().list(&every_active()).incidents {
        let mut about: BTreeSet<String> = BTreeSet::new();
        for subject in &incident.subjects {
            let Some(application) = &subject.application else {
                continue;
            };
            about.insert(format!("{}:{application}", subject.object.namespace));
        }
        for id in about {
            if let Some(row) = rows.get_mut(&id) {
                row.incidents += 1;
                row.worst_incident = row.worst_incident.max(Some(incident.severity.into()));
            }
        }
    }
    rows
}

fn every_active() -> Filter {
    Filter {
        held_back: true,
        limit: 100_000,
        ..Filter::default()
    }
}

/// Pods wanted and ready, as the object's status says.
fn replicas(inventory: &Inventory, id: ObjectId) -> Option<(u64, u64)> {
    let object = inventory.object(id);
    let number = |path: &str| object.value().at(path).as_u64();
    match object.kind() {
        Kind::DaemonSet => Some((
            number("status.desiredNumberScheduled")?,
            number("status.numberReady").unwrap_or_default(),
        )),
        Kind::Deployment | Kind::StatefulSet | Kind::ReplicaSet => {
            number("status.observedGeneration")?;
            let desired = number("spec.replicas").unwrap_or(1);
            Some((desired, number("status.readyReplicas").unwrap_or_default()))
        }
        _ => None,
    }
}

/// What uses what, kept with the state.
fn dependencies(derived: &Derived) -> Vec<Dependency> {
    let known = derived.dependencies.get_or_init(|| configured(derived));
    known.clone()
}

/// What uses what, as configuration says: names of services in environments, arguments and mounts.
fn configured(derived: &Derived) -> Vec<Dependency> {
    let inventory = derived.inventory();
    let reach = derived.world.reach();
    // Services by the names under which others know them, with the workloads behind.
    let mut services: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (id, service) in inventory.of_kind(Kind::Service) {
        let Some(selector) = catseye_netpol::entry::service::selector(service) else {
            continue;
        };
        let mut behind = inventory.workloads_selected(service.namespace(), &selector);
        let first = behind.next().map(|(workload, _)| workload);
        drop(behind);
        let application = application_id(inventory, first.unwrap_or(id));
        services
            .entry(service.name().to_owned())
            .or_default()
            .push((service.namespace().to_owned(), application));
    }
    // Connections are a thousand times as many as applications: numbers, not names, in that loop.
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut of: BTreeMap<WorkloadId, usize> = BTreeMap::new();
    for (id, workload) in reach.workloads() {
        let next = numbers.len();
        let application = application_id(inventory, workload.object);
        of.insert(id, *numbers.entry(application).or_insert(next));
    }
    let mut allowed: HashSet<(usize, usize)> = HashSet::new();
    for connection in derived.connections() {
        if let (Party::Workload(from), Party::Workload(to)) =
            (&connection.source, &connection.destination)
            && let (Some(from), Some(to)) = (of.get(from), of.get(to))
        {
            allowed.insert((*from, *to));
        }
    }
    let is_allowed = |from: &str, to: &str| {
        let pair = numbers.get(from).zip(numbers.get(to));
        pair.is_some_and(|(from, to)| allowed.contains(&(*from, *to)))
    };
    let mut found: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for (id, pod) in inventory.workloads() {
        let from = application_id(inventory, id);
        let namespace = inventory.object(id).namespace();
        for (place, text) in mentions(&pod) {
            for host in hosts(&text) {
                let mut parts = host.split('.');
                let (Some(name), wanted) = (parts.next(), parts.next()) else {
                    continue;
                };
                for (service_namespace, to) in services.get(name).into_iter().flatten() {
                    let is_meant = wanted.map_or(service_namespace == namespace, |wanted| {
                        wanted == service_namespace
                    });
                    if is_meant && *to != from {
                        found
                            .entry((from.clone(), to.clone()))
                            .or_default()
                            .insert(format!("{place} names {host}"));
                    }
                }
            }
        }
    }
    found
        .into_iter()
        .map(|((from, to), because)| Dependency {
            observed: false,
            allowed: is_allowed(&from, &to),
            because: because.into_iter().take(MOST_REASONS).collect(),
            from,
            to,
        })
        .collect()
}

/// The texts of a pod that may name a service.
fn mentions(pod: &PodView<'_>) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for container in pod.main_containers() {
        for variable in container.value.list("env") {
            if let (Some(name), Some(value)) = (variable.text("name"), variable.text("value")) {
                texts.push((format!("{name} of {}", container.name), value.to_owned()));
            }
        }
        for field in ["command", "args"] {
            for text in container.value.texts(field) {
                texts.push((format!("{field} of {}", container.name), text.to_owned()));
            }
        }
    }
    texts
}

/// Words of a text that could be the name of a service, perhaps with its namespace.
fn hosts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !(char.is_ascii_alphanumeric() || char == '-' || char == '.'))
        .map(|word| word.trim_matches(['.', '-']))
        .filter(|word| {
            word.len() >= 2 && word.starts_with(|first: char| first.is_ascii_alphabetic())
        })
}

pub(in crate::api) fn get(ask: &Ask, _: Nothing) -> Result<Application, Problem> {
    let derived = ask.derived()?;
    let inventory = derived.inventory();
    let id = ask.id();
    let row = rows(ask, &derived).remove(id);
    let row = row.ok_or_else(|| Problem::not_found("application", id))?;
    let mut workloads = Vec::new();
    let mut objects = Vec::new();
    let mut accounts: BTreeSet<(String, String, bool)> = BTreeSet::new();
    let mut members: BTreeSet<ObjectRef> = BTreeSet::new();
    for (object_id, object) in inventory.objects() {
        if application_id(inventory, object_id) != id {
            continue;
        }
        if inventory.representative(object_id) != object_id {
            continue;
        }
        match PodView::of(object) {
            Some(pod) => {
                accounts.insert((
                    object.namespace().to_owned(),
                    pod.service_account().to_owned(),
                    mounts_token(&pod),
                ));
                members.insert(reference(object));
                workloads.push(workload_row(&derived, object_id, &pod));
            }
            None => objects.push(reference(object)),
        }
    }
    objects.sort();
    workloads.sort_by(|a, b| a.object.cmp(&b.object));
    let mut exposures = exposures(&derived);
    exposures.retain(|exposure| members.contains(&exposure.workload));
    let findings = derived
        .findings()
        .rows
        .iter()
        .filter(|row| row.application == id);
    let mut dependencies = dependencies(&derived);
    dependencies.retain(|it| it.from == id || it.to == id);
    Ok(Application {
        row,
        workloads,
        objects,
        exposures,
        identities: accounts
            .into_iter()
            .map(|(namespace, account, mounted)| identity(&derived, &namespace, &account, mounted))
            .collect(),
        dependencies,
        findings: findings
            .take(MOST_FINDINGS)
            .map(|row| (**row).clone())
            .collect(),
    })
}

fn mounts_token(pod: &PodView<'_>) -> bool {
    pod.spec
        .at("automountServiceAccountToken")
        .as_bool()
        .unwrap_or(true)
}

fn identity(derived: &Derived, namespace: &str, account: &str, mounted: bool) -> IdentityUse {
    let who = Who::service_account(namespace, account);
    let (powers, _) = powers_of(&derived.world.rbac(), &who);
    IdentityUse {
        id: format!("user:{}", who.user_name()),
        name: format!("{namespace}/{account}"),
        token_mounted: mounted,
        powers,
    }
}

fn workload_row(derived: &Derived, id: ObjectId, pod: &PodView<'_>) -> WorkloadRow {
    let inventory = derived.inventory();
    let judged = derived.findings().objects.get(&id);
    let reach = derived.world.reach();
    let replicas = replicas(inventory, id);
    let mut images: Vec<String> = pod
        .main_containers()
        .filter_map(|container| container.image.map(str::to_owned))
        .collect();
    images.sort();
    images.dedup();
    WorkloadRow {
        object: reference(inventory.object(id)),
        application: application_id(inventory, id),
        score: judged.map_or(100, |judged| judged.score.points),
        score_explained: judged
            .map(|judged| judged.score.explained())
            .unwrap_or_default(),
        findings: judged.map(|judged| judged.counts).unwrap_or_default(),
        desired: replicas.map(|(desired, _)| desired),
        ready: replicas.map(|(_, ready)| ready),
        images,
        service_account: pod.service_account().to_owned(),
        exposed: derived
            .exposed()
            .iter()
            .any(|workload| inventory.representative(reach.workload(*workload).object) == id),
    }
}

/// Every way in, one row a workload behind it.
pub(super) fn exposures(derived: &Derived) -> Vec<Exposure> {
    let inventory = derived.inventory();
    let reach = derived.world.reach();
    let mut exposures = Vec::new();
    for entry in derived.entries() {
        for backend in &entry.backends {
            let behind = inventory.representative(reach.workload(backend.workload).object);
            exposures.push(Exposure {
                object: reference(inventory.object(entry.object)),
                door: entry.door.name().to_owned(),
                origin: match entry.origin {
                    Origin::Open => "open",
                    Origin::Internal => "internal",
                    Origin::Restricted => "restricted",
                    Origin::Elsewhere(_) => "elsewhere",
                }
                .to_owned(),
                workload: reference(inventory.object(behind)),
                ports: ports(&backend.ports),
                admitted: ports(&backend.admitted),
            });
        }
    }
    exposures
}

pub(in crate::api) fn workloads(
    ask: &Ask,
    filter: ObjectFilter,
) -> Result<Page<WorkloadRow>, Problem> {
    let derived = ask.derived()?;
    let inventory = derived.inventory();
    let kinds = values(filter.kind.as_deref());
    let namespaces = values(filter.namespace.as_deref());
    let text = filter.text.as_deref().unwrap_or_default().to_lowercase();
    let mut found: Vec<(u8, ObjectRef, ObjectId)> = Vec::new();
    for (id, judged) in &derived.findings().objects {
        let object = inventory.object(*id);
        if !object.kind().is_workload() {
            continue;
        }
        let reference = reference(object);
        if passes(&kinds, &reference.kind)
            && passes(&namespaces, &reference.namespace)
            && reference.name.to_lowercase().contains(&text)
        {
            found.push((judged.score.points, reference, *id));
        }
    }
    found.sort();
    let page = ask.page(&found, &filter)?;
    let row = |id: &ObjectId| {
        let pod = PodView::of(inventory.object(*id))?;
        Some(workload_row(&derived, *id, &pod))
    };
    Ok(Page {
        items: page.items.iter().filter_map(|(_, _, id)| row(id)).collect(),
        total: page.total,
        next: page.next,
    })
}

pub(in crate::api) fn workload(ask: &Ask, _: Nothing) -> Result<Workload, Problem> {
    let derived = ask.derived()?;
    let inventory = derived.inventory();
    let id = inventory.representative(named(ask, &derived)?);
    let object = inventory.object(id);
    let pod = PodView::of(object)
        .ok_or_else(|| Problem::not_found("workload", &reference(object).to_string()))?;
    let pods = inventory
        .of_kind(Kind::Pod)
        .filter(|(pod, _)| *pod == id || inventory.top_owner(*pod) == id)
        .map(|(_, pod)| reference(pod))
        .collect();
    let own = reference(object);
    let mut exposures = exposures(&derived);
    exposures.retain(|exposure| exposure.workload == own);
    Ok(Workload {
        row: workload_row(&derived, id, &pod),
        pods,
        exposures,
        identity: Some(identity(
            &derived,
            object.namespace(),
            pod.service_account(),
            mounts_token(&pod),
        )),
        uses: uses(&pod, object.namespace()),
        findings: derived.findings_of(id),
        incidents: incidents_about(ask, inventory, id),
    })
}

/// The secrets, config maps and claims that a pod names.
fn uses(pod: &PodView<'_>, namespace: &str) -> Vec<ObjectRef> {
    let mut uses: BTreeSet<ObjectRef> = BTreeSet::new();
    let mut add = |kind: &str, name: Option<&str>| {
        if let Some(name) = name {
            uses.insert(ObjectRef {
                kind: kind.to_owned(),
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            });
        }
    };
    for volume in pod.spec.list("volumes") {
        add("Secret", volume.text("secret.secretName"));
        add("ConfigMap", volume.text("configMap.name"));
        add(
            "PersistentVolumeClaim",
            volume.text("persistentVolumeClaim.claimName"),
        );
        for source in volume.list("projected.sources") {
            add("Secret", source.text("secret.name"));
            add("ConfigMap", source.text("configMap.name"));
        }
    }
    for container in pod.main_containers() {
        for variable in container.value.list("env") {
            add("Secret", variable.text("valueFrom.secretKeyRef.name"));
            add("ConfigMap", variable.text("valueFrom.configMapKeyRef.name"));
        }
        for source in container.value.list("envFrom") {
            add("Secret", source.text("secretRef.name"));
            add("ConfigMap", source.text("configMapRef.name"));
        }
    }
    uses.into_iter().collect()
}
