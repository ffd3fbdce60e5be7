//! Findings, frameworks and scores.

use std::collections::BTreeMap;

use catseye_checks::framework::{self, Framework as Standard};
use catseye_checks::score;

use super::incident::most_frequent;
use crate::api::ask::{Ask, passes, values};
use crate::api::contract::SeverityCounts;
use crate::api::contract::posture::{
    Check, Control, FindingFilter, FindingRow, Findings, Framework, NamespacePosture, Posture,
    PosturePoint, PostureQuery, WorkloadPosture,
};
use crate::api::contract::problem::Problem;
use crate::api::derived::{Derived, reference};
use crate::api::refusal::quoted;
use crate::api::routes::Nothing;

/// Workloads named as the worst.
const WORST: usize = 100;

pub(in crate::api) fn posture(ask: &Ask, query: PostureQuery) -> Result<Posture, Problem> {
    let wanted = match query.framework.as_deref() {
        None => None,
        Some(id) => Some(Standard::find(id).ok_or_else(|| Problem::not_found("framework", id))?),
    };
    let derived = ask.derived()?;
    let inventory = derived.inventory();
    let mut total = SeverityCounts::default();
    let mut scores = Vec::new();
    let mut passed = 0;
    let mut unknown = 0;
    let accepted = derived.findings().accepted.iter().filter(|row| {
        let of = query.namespace.as_ref();
        of.is_none_or(|wanted| *wanted == row.object.namespace)
    });
    let accepted = accepted.count() as u64;
    let mut namespaces: BTreeMap<String, (Vec<u8>, SeverityCounts)> = BTreeMap::new();
    let mut workloads = Vec::new();
    for verdict in derived.world.verdicts() {
        let (Some(object), Some(judged)) = (
            inventory.get(verdict.object),
            derived.findings().objects.get(&verdict.object),
        ) else {
            continue;
        };
        let reference = reference(object);
        if query
            .namespace
            .as_ref()
            .is_some_and(|wanted| *wanted != reference.namespace)
        {
            continue;
        }
        passed += verdict.passed.len() as u64;
        unknown += verdict.unknown.len() as u64;
        join(&mut total, &judged.counts);
        let is_workload = object.kind().is_workload();
        let (points, counts) = namespaces.entry(reference.namespace.clone()).or_default();
        join(counts, &judged.counts);
        if is_workload || !verdict.findings.is_empty() {
            scores.push(judged.score.points);
            points.push(judged.score.points);
        }
        if is_workload {
            workloads.push(WorkloadPosture {
                object: reference,
                score: judged.score.points,
                explained: judged.score.explained(),
                findings: judged.counts,
            });
        }
    }
    workloads.sort_by(|a, b| (a.score, &a.object).cmp(&(b.score, &b.object)));
    workloads.truncate(WORST);
    let mut namespaces: Vec<NamespacePosture> = namespaces
        .into_iter()
        .map(|(namespace, (points, findings))| NamespacePosture {
            namespace,
            objects: points.len() as u64,
            score: score::mean(points),
            findings,
        })
        .collect();
    namespaces.sort_by(|a, b| (a.score, &a.namespace).cmp(&(b.score, &b.namespace)));
    let mean = score::mean(scores);
    let now = PosturePoint {
        time: derived.world.taken_at(),
        score: mean,
        findings: total,
        risk: ask.edge.hub.paths().map(|paths| paths.score),
    };
    Ok(Posture {
        score: mean,
        findings: total,
        passed,
        unknown,
        accepted,
        frameworks: frameworks(&derived, wanted),
        namespaces,
        worst: workloads,
        trend: trend(ask, query.namespace.is_none(), now),
    })
}

/// How the whole cluster stood, and how it stands; of a part only the latter is kept.
fn trend(ask: &Ask, is_whole: bool, now: PosturePoint) -> Vec<PosturePoint> {
    let kept = if is_whole {
        ask.edge.hub.points()
    } else {
        Vec::new()
    };
    let mut points: Vec<PosturePoint> = kept
        .into_iter()
        .filter(|point| point.time < now.time)
        .map(|point| {
            let [critical, high, medium, low, info] = point.findings;
            PosturePoint {
                time: point.time,
                score: point.score,
                findings: SeverityCounts {
                    critical,
                    high,
                    medium,
                    low,
                    info,
                },
                risk: point.risk,
            }
        })
        .collect();
    points.push(now);
    points
}

fn join(into: &mut SeverityCounts, more: &SeverityCounts) {
    into.critical += more.critical;
    into.high += more.high;
    into.medium += more.medium;
    into.low += more.low;
    into.info += more.info;
}

/// How one check stands over all objects.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stands {
    Passed,
    Unknown,
    Failed,
}

fn frameworks(derived: &Derived, wanted: Option<&'static Standard>) -> Vec<Framework> {
    let checks: Vec<&'static catseye_checks::Check> = catseye_checks::all().collect();
    let standards = framework::frameworks();
    // For each check, the controls behind which it stands: framework and control by number.
    let mut behind: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    for (number, standard) in standards.iter().enumerate() {
        for (control, written) in standard.controls.iter().enumerate() {
            for check in &written.checks {
                behind.entry(check.id).or_default().push((number, control));
            }
        }
    }
    let mut tallies: Vec<Vec<[u64; 3]>> = standards
        .iter()
        .map(|standard| vec![[0; 3]; standard.controls.len()])
        .collect();
    for verdict in derived.world.verdicts() {
        let passed = verdict
            .passed
            .indices()
            .filter_map(|index| checks.get(index));
        let passed = passed.map(|check| (check.id, Stands::Passed));
        let unknown = verdict.unknown.iter().map(|(id, _)| (*id, Stands::Unknown));
        let failed = verdict
            .findings
            .iter()
            .map(|finding| (finding.check, Stands::Failed));
        let mut worst: BTreeMap<(usize, usize), Stands> = BTreeMap::new();
        for (id, stands) in passed.chain(unknown).chain(failed) {
            for place in behind.get(id).into_iter().flatten() {
                let known = worst.entry(*place).or_insert(stands);
                *known = (*known).max(stands);
            }
        }
        for ((standard, control), stands) in worst {
            tallies[standard][control][stands as usize] += 1;
        }
    }
    let mut told = Vec::new();
    for (standard, tallies) in standards.iter().zip(&tallies) {
        let is_wanted = wanted.is_some_and(|wanted| wanted.id == standard.id);
        let mut row = Framework {
            id: standard.id.clone(),
            title: format!("{} {}", standard.title, standard.version),
            passed: 0,
            failed: 0,
            unknown: 0,
            not_applicable: 0,
            not_covered: 0,
            controls: Vec::new(),
        };
        for (control, [passed, unknown, failed]) in standard.controls.iter().zip(tallies) {
            let status = match (control.is_covered(), failed, unknown, passed) {
                (false, ..) => {
                    row.not_covered += 1;
                    "not-covered"
                }
                (_, 1.., ..) => {
                    row.failed += 1;
                    "fail"
                }
                (_, 0, 1.., _) => {
                    row.unknown += 1;
                    "unknown"
                }
                (_, 0, 0, 1..) => {
                    row.passed += 1;
                    "pass"
                }
                (_, 0, 0, 0) => {
                    row.not_applicable += 1;
                    "not-applicable"
                }
            };
            if is_wanted {
                row.controls.push(Control {
                    id: control.id.clone(),
                    title: control.title.clone(),
                    status: status.to_owned(),
                    checks: control
                        .checks
                        .iter()
                        .map(|check| check.id.to_owned())
                        .collect(),
                    failed: *failed,
                    judged: failed + passed,
                    note: control.not_covered.clone(),
                });
            }
        }
        told.push(row);
    }
    told
}

pub(in crate::api) fn findings(ask: &Ask, filter: FindingFilter) -> Result<Findings, Problem> {
    let derived = ask.derived()?;
    let severities = values(filter.severity.as_deref());
    for severity in &severities {
        if severity.parse::<catseye_model::Severity>().is_err() {
            return Err(Problem::bad(format!(
                "severity={:?}: write critical, high, medium, low or info",
                quoted(severity)
            )));
        }
    }
    let checks = checks_wanted(&filter)?;
    let namespaces = values(filter.namespace.as_deref());
    let kinds = values(filter.kind.as_deref());
    let owners = values(filter.owner.as_deref());
    let text = filter.text.as_deref().unwrap_or_default().to_lowercase();
    let fits = |row: &FindingRow| {
        let namespace = match row.object.namespace.as_str() {
            "" => "-",
            namespace => namespace,
        };
        passes(&severities, word(row))
            && checks
                .as_ref()
                .is_none_or(|checks| checks.contains(&row.check))
            && passes(&namespaces, namespace)
            && passes(&kinds, &row.object.kind)
            && passes(&owners, row.owner.as_deref().unwrap_or("-"))
            && filter
                .application
                .as_ref()
                .is_none_or(|wanted| *wanted == row.application)
            && filter
                .fingerprint
                .as_ref()
                .is_none_or(|wanted| *wanted == row.fingerprint)
            && (text.is_empty()
                || [&row.message, &row.title, &row.object.name, &row.check]
                    .iter()
                    .any(|field| field.to_lowercase().contains(&text)))
    };
    let all = if filter.accepted.unwrap_or_default() {
        &derived.findings().accepted
    } else {
        &derived.findings().rows
    };
    let rows: Vec<_> = all.iter().filter(|row| fits(row)).cloned().collect();
    let mut counted: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
    for row in &rows {
        let mut add = |facet, value: &str| {
            let counts = counted.entry(facet).or_default();
            match counts.get_mut(value) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(value.to_owned(), 1);
                }
            }
        };
        add("severity", word(row));
        add("check", &row.check);
        add(
            "namespace",
            if row.object.namespace.is_empty() {
                "-"
            } else {
                &row.object.namespace
            },
        );
        add("kind", &row.object.kind);
        add("owner", row.owner.as_deref().unwrap_or("-"));
    }
    let page = ask.page(&rows, &filter)?;
    Ok(Findings {
        items: page.items.iter().map(|row| dated(ask, row)).collect(),
        total: page.total,
        next: page.next,
        facets: counted
            .into_iter()
            .map(|(facet, counts)| (facet.to_owned(), most_frequent(counts)))
            .collect(),
    })
}

/// A finding with the time since which the store knows it.
fn dated(ask: &Ask, row: &FindingRow) -> FindingRow {
    let mut row = row.clone();
    if let Some(store) = &ask.edge.store {
        let print = catseye_store::Fingerprint(row.fingerprint.clone());
        // A store that does not answer is told by health; the list is still of use.
        let kept = ask.wait(store.finding(print)).ok().flatten();
        row.since = kept.map(|kept| kept.first_seen);
    }
    row
}

fn word(row: &FindingRow) -> &'static str {
    row.severity.as_str()
}

/// The ids of checks that the filters `check` and `control` leave; `None` for all.
fn checks_wanted(filter: &FindingFilter) -> Result<Option<Vec<String>>, Problem> {
    let mut wanted: Option<Vec<String>> = None;
    let named = values(filter.check.as_deref());
    if !named.is_empty() {
        wanted = Some(named.into_iter().map(str::to_owned).collect());
    }
    for control in values(filter.control.as_deref()) {
        let (id, number) = control.split_once('/').unwrap_or((control, ""));
        let standard = Standard::find(id).ok_or_else(|| Problem::not_found("framework", id))?;
        let checks: Vec<String> = standard
            .controls
            .iter()
            .filter(|control| number.is_empty() || control.id == number)
            .flat_map(|control| &control.checks)
            .map(|check| check.id.to_owned())
            .collect();
        wanted = Some(match wanted {
            None => checks,
            Some(known) => known.into_iter().filter(|id| checks.contains(id)).collect(),
        });
    }
    Ok(wanted)
}

pub(in crate::api) fn check(ask: &Ask, _: Nothing) -> Result<Check, Problem> {
    let id = ask.id();
    if let Some(check) = catseye_checks::all().find(|check| check.id.eq_ignore_ascii_case(id)) {
        let derived = ask.derived()?;
        let rows = derived.findings().rows.iter();
        return Ok(Check {
            id: check.id.to_owned(),
            name: check.name(),
            title: check.title().to_owned(),
            severity: check.severity.into(),
            explanation: check.explanation(),
            fix: check.fix(),
            controls: framework::controls_of(check)
                .iter()
                .map(|member| format!("{}/{}", member.framework.id, member.control.id))
                .collect(),
            findings: rows.filter(|row| row.check == check.id).count() as u64,
        });
    }
    let rule = catseye_detect::audit::all().find(|rule| rule.id.eq_ignore_ascii_case(id));
    let rule = rule.ok_or_else(|| Problem::not_found("check or rule", id))?;
    Ok(Check {
        id: rule.id.to_owned(),
        name: rule.name(),
        title: rule.title().to_owned(),
        severity: rule.severity.into(),
        explanation: rule.explanation(),
        fix: rule.response(),
        controls: vec![rule.technique.to_owned()],
        findings: 0,
    })
}
