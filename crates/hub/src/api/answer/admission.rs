//! The log of admission.

use std::collections::BTreeMap;

use crate::admit::{Admit, Entry, Outcome, Said};
use crate::api::ask::{Ask, parsed, passes, values};
use crate::api::contract::admission::{
    Admission, AdmissionCounts, AdmissionFilter, AdmissionObjection, AdmissionRow, Admissions,
};
use crate::api::contract::network::Availability;
use crate::api::contract::page::FacetCount;
use crate::api::contract::problem::Problem;
use crate::api::routes::Nothing;

pub(in crate::api) fn list(ask: &Ask, filter: AdmissionFilter) -> Result<Admissions, Problem> {
    let known = Outcome::ALL.map(|outcome| (outcome.as_str(), outcome));
    let outcomes = parsed("outcome", filter.outcome.as_deref(), &known)?;
    let namespaces = values(filter.namespace.as_deref());
    let words = filter.text.as_deref().unwrap_or_default().to_lowercase();
    let entries = match &ask.edge.admit {
        Some(admit) => admit.recent(),
        None => Vec::new(),
    };
    let mut rows = Vec::new();
    let mut by_outcome = BTreeMap::new();
    let mut by_namespace = BTreeMap::new();
    for entry in &entries {
        if !holds(entry, &words) {
            continue;
        }
        let namespace = match entry.namespace.as_str() {
            "" => "-",
            namespace => namespace,
        };
        let is_of_outcome = outcomes.is_empty() || outcomes.contains(&entry.outcome);
        let is_of_namespace = passes(&namespaces, namespace);
        if is_of_namespace {
            *by_outcome.entry(entry.outcome.as_str()).or_default() += 1;
        }
        if is_of_outcome {
            *by_namespace.entry(namespace).or_default() += 1;
        }
        if is_of_outcome && is_of_namespace {
            rows.push(row(entry));
        }
    }
    let page = ask.page(&rows, &filter)?;
    Ok(Admissions {
        judging: judging(ask.edge.admit.as_ref()),
        items: page.items,
        total: page.total,
        next: page.next,
        facets: BTreeMap::from([
            ("outcome".to_owned(), most_first(by_outcome)),
            ("namespace".to_owned(), most_first(by_namespace)),
        ]),
        answered: ask
            .edge
            .admit
            .as_ref()
            .map_or_else(AdmissionCounts::default, counts),
    })
}

pub(in crate::api) fn get(ask: &Ask, _: Nothing) -> Result<Admission, Problem> {
    let id = ask.id();
    let entries = ask.edge.admit.as_ref().map(Admit::recent);
    let found = entries
        .into_iter()
        .flatten()
        .find(|entry| !id.is_empty() && entry.request == id);
    let entry = found.ok_or_else(|| Problem::not_found("request", id))?;
    Ok(Admission {
        row: row(&entry),
        object: entry.object.value(),
    })
}

fn judging(admit: Option<&Admit>) -> Availability {
    match admit {
        Some(_) => Availability {
            available: true,
            reason: String::new(),
        },
        None => Availability {
            available: false,
            reason: "This hub judges no requests: write [gate] into the configuration file, and \
                     register its webhook with the API server."
                .to_owned(),
        },
    }
}

fn counts(admit: &Admit) -> AdmissionCounts {
    let figures = admit.figures();
    AdmissionCounts {
        allowed: figures.allowed,
        denied: figures.denied,
        warned: figures.warned,
        audited: figures.audited,
        exempt: figures.exempt,
        glass: figures.glass,
        overloaded: figures.overloaded,
        standing: figures.standing,
        lost: figures.log_lost,
    }
}

fn holds(entry: &Entry, words: &str) -> bool {
    let mut texts = vec![
        entry.user.as_str(),
        entry.operation,
        &entry.resource,
        &entry.namespace,
        &entry.name,
        &entry.request,
    ];
    for said in &entry.objections {
        texts.extend([said.id.as_str(), &said.message]);
    }
    let text = texts.join(" ").to_lowercase();
    words.split_whitespace().all(|word| text.contains(word))
}

fn row(entry: &Entry) -> AdmissionRow {
    AdmissionRow {
        request: entry.request.clone(),
        time: entry.time,
        outcome: entry.outcome.as_str().to_owned(),
        user: entry.user.clone(),
        operation: entry.operation.to_owned(),
        resource: entry.resource.clone(),
        namespace: entry.namespace.clone(),
        name: entry.name.clone(),
        glass: entry.glass.clone(),
        objections: entry.objections.iter().map(objection).collect(),
    }
}

fn objection(said: &Said) -> AdmissionObjection {
    AdmissionObjection {
        by: said.by.to_owned(),
        id: said.id.clone(),
        message: said.message.clone(),
        field: said.field.clone(),
        severity: said.severity.into(),
        at: said.at.clone(),
        accepted: said.accepted.clone(),
    }
}

fn most_first(counts: BTreeMap<&str, u64>) -> Vec<FacetCount> {
    let mut all: Vec<FacetCount> = counts
        .into_iter()
        .map(|(value, count)| FacetCount {
            value: value.to_owned(),
            count,
        })
        .collect();
    all.sort_by(|a, b| (b.count, &a.value).cmp(&(a.count, &b.value)));
    all
}
