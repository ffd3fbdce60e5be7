//! From verdicts to a [`Scan`]: exceptions and the baseline applied, places found in the text, scores
//! and compliance worked out, everything in a stable order.

mod compliance;
pub mod exceptions;
mod folders;
mod outlines;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use catseye_checks::framework::{self, Framework};
use catseye_checks::score::{self, Score};
use catseye_checks::{Check, Judge, Verdict};
use catseye_model::application::{Application, owner_named_by};
use catseye_model::{FieldPath, Inventory, ObjectId, Severity};
use catseye_policy::baseline::Identity;
use catseye_policy::{Baseline, Exceptions, Subject};
use jiff::civil::Date;

use crate::scan::{
    Accepted, CheckInfo, Finding, Level, Notice, Object, ObjectScore, Passed, Place, Scan, Summary,
    Tool, Unknown, VERSION,
};

/// A file that was read; its index is the [`catseye_model::FileId`] of what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name to show, relative to where the program runs, with forward slashes.
    pub name: String,
    /// The text.
    pub text: String,
}

/// What a scan is put together from.
pub struct Assembly<'a> {
    /// The judge that gave the verdicts.
    pub judge: &'a Judge<'a>,
    /// The verdicts, in the order of the objects.
    pub verdicts: Vec<Verdict>,
    /// The files.
    pub sources: &'a [Source],
    /// What was noticed while reading.
    pub notices: Vec<Notice>,
    /// The exceptions of the team's file; those of annotations are added.
    pub exceptions: Exceptions,
    /// The name of the exceptions file and the line of each entry, for notices.
    pub exceptions_file: Option<(String, Vec<u32>)>,
    /// Findings that are not new.
    pub baseline: Option<Baseline>,
    /// The frameworks to report on.
    pub frameworks: Vec<&'static Framework>,
    /// Findings below this severity are left out.
    pub min_severity: Severity,
    /// Whether to list the checks that passed.
    pub list_passed: bool,
    /// The Kubernetes version whose rules applied.
    pub kubernetes_version: String,
    /// The program's version.
    pub tool_version: &'static str,
    /// The day on which exceptions are judged.
    pub today: Date,
}

/// Puts a scan together. The second value holds every finding that is left, as a baseline to write.
pub fn assemble(assembly: Assembly<'_>) -> (Scan, Baseline) {
    let Assembly {
        judge,
        verdicts,
        sources,
        mut notices,
        mut exceptions,
        exceptions_file,
        mut baseline,
        frameworks,
        min_severity,
        list_passed,
        kubernetes_version,
        tool_version,
        today,
    } = assembly;
    let inventory = judge.inventory();
    let checks: HashMap<&str, &'static Check> = judge
        .checks()
        .iter()
        .map(|check| (check.id, *check))
        .collect();
    let judged: Vec<ObjectId> = verdicts.iter().map(|verdict| verdict.object).collect();
    exceptions::add_annotated_exceptions(
        inventory,
        &judged,
        sources,
        &mut exceptions,
        &mut notices,
    );

    let mut summary = Summary {
        files: sources.len(),
        objects: inventory.len(),
        workloads: inventory.workloads().count(),
        checks: checks.len(),
        findings: Severity::WORST_FIRST.map(|severity| (severity, 0)).into(),
        errors: notices
            .iter()
            .filter(|notice| notice.level == Level::Error)
            .count(),
        ..Summary::default()
    };
    let compliance = compliance::compliance(judge, &frameworks, &verdicts);
    let mut written = Baseline::default();
    let mut accepted = Vec::new();
    let mut unknown = Vec::new();
    let mut passed = Vec::new();
    let mut findings = Vec::new();
    let mut scores = Vec::new();
    let mut outlines = outlines::Outlines {
        sources,
        last: None,
    };

    for verdict in verdicts {
        let object = Arc::new(describe(inventory, verdict.object));
        let file: Arc<str> = file_of(inventory, verdict.object, sources).into();
        let display = object.display();
        summary.passed += verdict.passed.len();
        summary.unknown += verdict.unknown.len();
        for (check, reason) in verdict.unknown.iter().cloned() {
            unknown.push(Unknown {
                check,
                object: display.clone(),
                reason,
            });
        }
        if list_passed && !verdict.passed.is_empty() {
            let file = file.clone();
            passed.push(Passed {
                object: display.clone(),
                file,
                checks: judge.passed(&verdict).collect(),
            });
        }
        let is_workload = inventory.object(verdict.object).kind().is_workload();
        let had_findings = !verdict.findings.is_empty();
        let mut remaining = Vec::new();
        for mut finding in verdict.findings {
            let check = checks[finding.check];
            let subject = subject(check, &object, inventory.object(verdict.object).namespace());
            finding
                .places
                .retain(|place| match exceptions.accepting(&subject, place, today) {
                    None => true,
                    Some(exception) => {
                        accepted.push(Accepted {
                            check: check.id,
                            object: object.clone(),
                            path: place.path.to_string(),
                            reason: exception.reason.clone(),
                            author: exception.author.clone(),
                            expires: exception.expires.map(|day| day.to_string()),
                        });
                        false
                    }
                });
            if let Some(worst) = finding.places.iter().map(|place| place.severity).max() {
                finding.severity = worst;
                remaining.push(finding);
            }
        }
        let score = Score::of(&remaining);
        if is_workload || had_findings {
            scores.push(ObjectScore {
                object: object.clone(),
                file: file.clone(),
                score: score.points,
                explained: score.explained(),
            });
        }
        for mut finding in remaining {
            let value = inventory.object(verdict.object).value();
            let identity = |path: &FieldPath| Identity {
                check: finding.check.to_owned(),
                object: display.clone(),
                path: path.by_name(value),
            };
            finding.places.retain(|place| {
                let identity = identity(&place.path);
                let known = baseline
                    .as_mut()
                    .is_some_and(|baseline| baseline.take(&identity));
                summary.known += usize::from(known);
                written.add(identity);
                !known
            });
            let Some(severity) = finding.places.iter().map(|place| place.severity).max() else {
                continue;
            };
            if severity < min_severity {
                summary.below_severity += 1;
                continue;
            }
            *summary.findings.entry(severity).or_default() += 1;
            let places = finding
                .places
                .into_iter()
                .map(|place| Place {
                    position: outlines.locate(inventory, verdict.object, &place.path),
                    fingerprint: Identity {
                        check: finding.check.to_owned(),
                        object: display.clone(),
                        path: place.path.by_name(value),
                    }
                    .fingerprint(),
                    path: place.path.to_string(),
                    container: place.container.map(Into::into),
                    message: place.message,
                    severity: place.severity,
                })
                .collect();
            findings.push(Finding {
                check: finding.check,
                severity,
                object: object.clone(),
                file: file.clone(),
                places,
            });
        }
    }

    notices.extend(
        exceptions
            .complaints(today)
            .into_iter()
            .map(|complaint| exceptions::complain(complaint, exceptions_file.as_ref())),
    );
    notices.sort();
    notices.dedup();
    summary.accepted = accepted.len();
    summary.score = score::mean(scores.iter().map(|score| score.score));
    let folders = folders::folders(&scores);
    scores.sort_by(|a, b| (a.score, &a.file, &a.object).cmp(&(b.score, &b.file, &b.object)));
    findings.sort_by(|a: &Finding, b: &Finding| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| (&a.file, &a.object, a.check).cmp(&(&b.file, &b.object, b.check)))
    });
    let named: BTreeSet<&'static str> = findings
        .iter()
        .map(|finding| finding.check)
        .chain(accepted.iter().map(|accepted| accepted.check))
        .collect();
    let scan = Scan {
        version: VERSION,
        tool: Tool {
            name: "catseye",
            version: tool_version,
        },
        kubernetes_version,
        summary,
        checks: named
            .into_iter()
            .map(|id| (id, check_info(checks[id])))
            .collect(),
        findings,
        scores,
        folders,
        frameworks: compliance,
        accepted,
        notices,
        unknown,
        passed: list_passed.then_some(passed),
    };
    (scan, written)
}

fn describe(inventory: &Inventory, id: ObjectId) -> Object {
    let object = inventory.object(id);
    Object {
        kind: object.kind_name().to_owned(),
        api_version: object.api_version().to_owned(),
        namespace: object.explicit_namespace().map(str::to_owned),
        name: object.name().to_owned(),
        application: Application::of(inventory, id).name.to_owned(),
        owner: owner_named_by(object)
            .or_else(|| owner_named_by(inventory.object(inventory.top_owner(id))))
            .map(str::to_owned),
    }
}

fn file_of(inventory: &Inventory, id: ObjectId, sources: &[Source]) -> String {
    inventory
        .object(id)
        .origin()
        .and_then(|origin| sources.get(origin.file.0 as usize))
        .map(|source| source.name.clone())
        .unwrap_or_default()
}

fn subject<'a>(check: &'static Check, object: &'a Object, namespace: &'a str) -> Subject<'a> {
    Subject {
        check_id: check.id,
        check_name: check.file_name(),
        kind: &object.kind,
        namespace,
        name: &object.name,
        owner: object.owner.as_deref(),
        actor: None,
    }
}

fn check_info(check: &Check) -> CheckInfo {
    CheckInfo {
        name: check.name(),
        title: check.title(),
        severity: check.severity,
        explanation: check.explanation(),
        fix: check.fix(),
        controls: framework::controls_of(check)
            .iter()
            .map(|member| format!("{}/{}", member.framework.id, member.control.id))
            .collect(),
    }
}
