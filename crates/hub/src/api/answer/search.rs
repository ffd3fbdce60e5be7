//! One box to find anything.

use crate::api::answer::application::rows;
use crate::api::ask::{Ask, passes, values};
use crate::api::contract::problem::Problem;
use crate::api::contract::search::{Hit, SearchQuery, SearchResult};
use crate::api::derived::reference;
use crate::inbox::Filter;

/// The longest question.
const LONGEST: usize = 200;

pub(in crate::api) fn search(ask: &Ask, query: SearchQuery) -> Result<SearchResult, Problem> {
    let words: Vec<String> = query
        .q
        .to_lowercase()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    if words.is_empty() || query.q.chars().count() > LONGEST {
        return Err(Problem::bad(format!("q: write 1 to {LONGEST} characters")));
    }
    let limit = match query.limit {
        None => 8,
        Some(limit) if (1..=50).contains(&limit) => limit as usize,
        Some(limit) => return Err(Problem::bad(format!("limit={limit}: write 1 to 50"))),
    };
    let kinds = values(query.kind.as_deref());
    let derived = ask.derived()?;
    let inventory = derived.inventory();
    let mut found = Found {
        words,
        limit,
        hits: Vec::new(),
        more: false,
    };
    if passes(&kinds, "incident") {
        let filter = Filter {
            held_back: true,
            limit: 100_000,
            ..Filter::default()
        };
        for incident in ask.edge.hub.inbox().list(&filter).incidents {
            let actor = incident
                .actor
                .as_ref()
                .map_or("", |actor| actor.name.as_str());
            found.offer(&[&incident.id, &incident.title, actor], || Hit {
                kind: "incident".to_owned(),
                id: incident.id.clone(),
                title: incident.title.clone(),
                text: incident.why_now.clone(),
                href: format!("/incidents/{}", incident.id),
                severity: Some(incident.severity.into()),
            });
        }
    }
    found.next_kind();
    if passes(&kinds, "application") {
        for (id, row) in rows(ask, &derived) {
            found.offer(&[&row.name, &row.namespace], || Hit {
                kind: "application".to_owned(),
                title: row.name.clone(),
                text: format!(
                    "application in {}, {} workloads",
                    row.namespace, row.workloads
                ),
                href: format!("/applications/{}", escaped(&id)),
                id: id.clone(),
                severity: row.worst_incident,
            });
        }
    }
    found.next_kind();
    let mut workloads = Vec::new();
    let mut objects = Vec::new();
    for (id, object) in inventory.objects() {
        if object.kind().is_workload() && inventory.representative(id) == id {
            workloads.push((id, object));
        } else {
            objects.push((id, object));
        }
    }
    for (kind, list) in [("workload", workloads), ("object", objects)] {
        if passes(&kinds, kind) {
            for (_, object) in list {
                found.offer(
                    &[object.name(), object.namespace(), object.kind_name()],
                    || {
                        let key = reference(object);
                        Hit {
                            kind: kind.to_owned(),
                            id: key.to_string(),
                            title: key.name.clone(),
                            text: match key.namespace.as_str() {
                                "" => object.kind_name().to_owned(),
                                namespace => format!("{} in {namespace}", object.kind_name()),
                            },
                            href: format!(
                                "/{kind}s/{}/{}/{}",
                                escaped(&key.kind),
                                if key.namespace.is_empty() {
                                    "-"
                                } else {
                                    &key.namespace
                                },
                                escaped(&key.name)
                            ),
                            severity: None,
                        }
                    },
                );
            }
        }
        found.next_kind();
    }
    if passes(&kinds, "identity") {
        let rbac = derived.world.rbac();
        for (_, subject) in rbac.subjects() {
            let name = subject.user_name();
            let id = match subject.kind() {
                "Group" => format!("group:{name}"),
                _ => format!("user:{name}"),
            };
            found.offer(&[&name], || Hit {
                kind: "identity".to_owned(),
                title: name.clone(),
                text: subject.kind().to_owned(),
                href: format!("/identities/{}", escaped(&id)),
                id: id.clone(),
                severity: None,
            });
        }
    }
    found.next_kind();
    if passes(&kinds, "check") {
        for check in catseye_checks::all() {
            let name = check.name();
            found.offer(&[check.id, &name, check.title()], || Hit {
                kind: "check".to_owned(),
                id: check.id.to_owned(),
                title: format!("{} {}", check.id, check.title()),
                text: name.clone(),
                href: format!("/checks/{}", check.id),
                severity: Some(check.severity.into()),
            });
        }
    }
    found.next_kind();
    Ok(SearchResult {
        hits: found.done(),
        more: found.more,
    })
}

/// Hits, the best of each kind kept.
struct Found {
    words: Vec<String>,
    limit: usize,
    /// How good, in which kind, and the hit.
    hits: Vec<(u32, Hit)>,
    more: bool,
}

impl Found {
    /// Takes a hit when every word is in one of the fields; the first field counts most.
    fn offer(&mut self, fields: &[&str], hit: impl FnOnce() -> Hit) {
        let fields: Vec<String> = fields.iter().map(|field| field.to_lowercase()).collect();
        let mut points = 0;
        for word in &self.words {
            let best = fields.iter().enumerate().filter_map(|(place, field)| {
                let weight = if place == 0 { 4 } else { 1 };
                if field == word {
                    Some(weight * 4)
                } else if field.starts_with(word.as_str()) {
                    Some(weight * 2)
                } else if field.contains(word.as_str()) {
                    Some(weight)
                } else {
                    None
                }
            });
            match best.max() {
                Some(best) => points += best,
                None => return,
            }
        }
        self.hits.push((points, hit()));
    }

    /// Cuts the kind that was offered last to its best hits.
    fn next_kind(&mut self) {
        let Some(kind) = self.hits.last().map(|(_, hit)| hit.kind.clone()) else {
            return;
        };
        let first = self
            .hits
            .iter()
            .position(|(_, hit)| hit.kind == kind)
            .unwrap_or_default();
        let mut own = self.hits.split_off(first);
        own.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.id.cmp(&other.id)));
        self.more |= own.len() > self.limit;
        own.truncate(self.limit);
        self.hits.append(&mut own);
    }

    fn done(&mut self) -> Vec<Hit> {
        let mut hits = std::mem::take(&mut self.hits);
        // Stable: kinds stay in their order among equals.
        hits.sort_by(|(a, _), (b, _)| b.cmp(a));
        hits.into_iter().map(|(_, hit)| hit).collect()
    }
}

/// A part of an address.
fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}
