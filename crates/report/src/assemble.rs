//! From verdicts to a [`Scan`]: exceptions and the baseline applied, places found in the text, scores
//! and compliance worked out, everything in a stable order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use catseye_checks::framework::{self, Control, Framework};
use catseye_checks::score::{self, Score};
use catseye_checks::{Check, Judge, Verdict};
use catseye_model::application::{Application, owner_named_by};
use catseye_model::{FieldPath, Inventory, ObjectId, Outline, Position, Severity};
use catseye_policy::annotation::{self, Carrier};
use catseye_policy::baseline::Identity;
use catseye_policy::{Baseline, Complaint, Exceptions, Source as ExceptionSource, Subject};
use jiff::civil::Date;

use crate::scan::{
    Accepted, CheckInfo, ControlResult, Finding, FolderScore, FrameworkResult, Level, Notice,
    NoticeKind, Object, ObjectScore, Passed, Place, Scan, Status, Summary, Tool, Unknown, VERSION,
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
    add_annotated_exceptions(inventory, &judged, sources, &mut exceptions, &mut notices);

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
    let compliance = compliance(&frameworks, &verdicts);
    let mut written = Baseline::default();
    let mut accepted = Vec::new();
    let mut unknown = Vec::new();
    let mut passed = Vec::new();
    let mut findings = Vec::new();
    let mut scores = Vec::new();
    let mut outlines = Outlines {
        sources,
        last: None,
    };

    for verdict in verdicts {
        let object = describe(inventory, verdict.object);
        let file = file_of(inventory, verdict.object, sources);
        let display = object.display();
        summary.passed += verdict.passed.len();
        summary.unknown += verdict.unknown.len();
        for (check, reason) in verdict.unknown {
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
                checks: verdict.passed,
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
            .map(|complaint| complain(complaint, exceptions_file.as_ref())),
    );
    notices.sort();
    notices.dedup();
    summary.accepted = accepted.len();
    summary.score = score::mean(scores.iter().map(|score| score.score));
    let folders = folders(&scores);
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

/// Reads documents for their positions; consecutive findings are mostly of one document.
struct Outlines<'a> {
    sources: &'a [Source],
    last: Option<((u32, usize), Outline<'a>)>,
}

impl Outlines<'_> {
    fn locate(&mut self, inventory: &Inventory, id: ObjectId, path: &FieldPath) -> Position {
        let nowhere = Position {
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
            exact: false,
        };
        let Some(origin) = inventory.object(id).origin() else {
            return nowhere;
        };
        let Some(source) = self.sources.get(origin.file.0 as usize) else {
            return nowhere;
        };
        let key = (origin.file.0, origin.document.start);
        if self.last.as_ref().is_none_or(|(read, _)| *read != key) {
            self.last = Some((
                key,
                Outline::read_from(&source.text, origin.document.clone(), origin.start),
            ));
        }
        let whole = origin.within.clone().concat(path);
        self.last
            .as_ref()
            .map_or(nowhere, |(_, outline)| outline.locate(&whole))
    }
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

fn add_annotated_exceptions(
    inventory: &Inventory,
    judged: &[ObjectId],
    sources: &[Source],
    exceptions: &mut Exceptions,
    notices: &mut Vec<Notice>,
) {
    for id in judged {
        let object = inventory.object(*id);
        let Some(text) = object.annotation(annotation::KEY) else {
            continue;
        };
        let display = object.to_string();
        let carrier = Carrier {
            display: &display,
            kind: object.kind_name(),
            namespace: object.namespace(),
            name: object.name(),
        };
        for exception in annotation::read(text, &carrier) {
            match exception {
                Ok(exception) => exceptions.add(exception),
                Err(message) => notices.push(Notice {
                    level: Level::Warning,
                    kind: NoticeKind::InvalidException,
                    file: Some(file_of(inventory, *id, sources)),
                    line: None,
                    column: None,
                    message: format!("{display}: {message}"),
                }),
            }
        }
    }
}

fn complain(complaint: Complaint, file: Option<&(String, Vec<u32>)>) -> Notice {
    let (kind, source, message) = match complaint {
        Complaint::Expired {
            source,
            on,
            would_hide,
        } => (
            NoticeKind::ExpiredException,
            source,
            format!(
                "the exception expired on {on} and no longer hides {would_hide} finding{}; \
                 renew it or remove it",
                if would_hide == 1 { "" } else { "s" }
            ),
        ),
        Complaint::MatchesNothing { source } => (
            NoticeKind::UnusedException,
            source,
            "the exception hides nothing; remove it or correct what it names".to_owned(),
        ),
    };
    let (file, line, message) = match source {
        ExceptionSource::File { entry } => (
            file.map(|(name, _)| name.clone()),
            file.and_then(|(_, lines)| lines.get(entry).copied()),
            message,
        ),
        ExceptionSource::Annotation { object, .. } => (
            None,
            None,
            format!("{object}: {message} ({})", annotation::KEY),
        ),
    };
    Notice {
        level: Level::Warning,
        kind,
        file,
        line,
        column: None,
        message,
    }
}

fn folders(scores: &[ObjectScore]) -> Vec<FolderScore> {
    let mut members: BTreeMap<&str, Vec<&ObjectScore>> = BTreeMap::new();
    for score in scores {
        let mut folder = score.file.as_str();
        while let Some((parent, _)) = folder.rsplit_once('/') {
            members.entry(parent).or_default().push(score);
            folder = parent;
        }
        members.entry(".").or_default().push(score);
    }
    members
        .into_iter()
        .map(|(folder, members)| {
            let score = score::mean(members.iter().map(|member| member.score));
            let mut explained = format!(
                "{score} = mean of {} object{}",
                members.len(),
                if members.len() == 1 { "" } else { "s" }
            );
            if let Some(worst) = members.iter().min_by_key(|member| member.score) {
                let _ = write!(
                    explained,
                    "; lowest: {} at {}",
                    worst.object.display(),
                    worst.score
                );
            }
            FolderScore {
                folder: folder.to_owned(),
                score,
                objects: members.len(),
                explained,
            }
        })
        .collect()
}

fn compliance(frameworks: &[&'static Framework], verdicts: &[Verdict]) -> Vec<FrameworkResult> {
    frameworks
        .iter()
        .map(|framework| {
            let tallies = tallies(&framework.controls, verdicts);
            let controls = framework.controls.iter().zip(tallies);
            FrameworkResult {
                id: framework.id.clone(),
                title: framework.title.clone(),
                controls: controls
                    .map(|(control, tally)| control_result(control, &tally))
                    .collect(),
            }
        })
        .collect()
}

/// How many objects the checks behind one control failed, passed or could not judge.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    failed: usize,
    passed: usize,
    unknown: usize,
}

/// One pass over all answers: an object counts once for a control, by its worst answer.
fn tallies(controls: &[Control], verdicts: &[Verdict]) -> Vec<Tally> {
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    enum Worst {
        NotJudged,
        Passed,
        Unknown,
        Failed,
    }
    let mut behind: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, control) in controls.iter().enumerate() {
        for check in &control.checks {
            behind.entry(check.id).or_default().push(index);
        }
    }
    let mut tallies = vec![Tally::default(); controls.len()];
    for verdict in verdicts {
        let mut worst = vec![Worst::NotJudged; controls.len()];
        let passed = verdict.passed.iter().map(|id| (*id, Worst::Passed));
        let unknown = verdict.unknown.iter().map(|(id, _)| (*id, Worst::Unknown));
        let failed = verdict
            .findings
            .iter()
            .map(|finding| (finding.check, Worst::Failed));
        for (id, answer) in passed.chain(unknown).chain(failed) {
            for index in behind.get(id).into_iter().flatten() {
                worst[*index] = worst[*index].max(answer);
            }
        }
        for (tally, worst) in tallies.iter_mut().zip(worst) {
            match worst {
                Worst::NotJudged => {}
                Worst::Passed => tally.passed += 1,
                Worst::Unknown => tally.unknown += 1,
                Worst::Failed => tally.failed += 1,
            }
        }
    }
    tallies
}

/// How one control stands, before exceptions: an accepted risk is still not compliance.
fn control_result(control: &Control, tally: &Tally) -> ControlResult {
    let status = match tally {
        _ if control.checks.is_empty() => Status::NotCovered,
        Tally { failed: 1.., .. } => Status::Fail,
        Tally { unknown: 1.., .. } => Status::Unknown,
        Tally { passed: 1.., .. } => Status::Pass,
        Tally { .. } => Status::NotApplicable,
    };
    ControlResult {
        id: control.id.clone(),
        title: control.title.clone(),
        status,
        checks: control.checks.iter().map(|check| check.id).collect(),
        failed: tally.failed,
        judged: tally.failed + tally.passed,
        note: control.not_covered.clone(),
    }
}
