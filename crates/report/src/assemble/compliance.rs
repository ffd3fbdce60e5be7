//! How the controls of frameworks stand, from all answers.

use std::collections::HashMap;

use catseye_checks::framework::{Control, Framework};
use catseye_checks::{Judge, Verdict};

use crate::scan::{ControlResult, FrameworkResult, Status};

/// Every control of the frameworks asked for.
pub(super) fn compliance(
    judge: &Judge<'_>,
    frameworks: &[&'static Framework],
    verdicts: &[Verdict],
) -> Vec<FrameworkResult> {
    frameworks
        .iter()
        .map(|framework| {
            let tallies = tallies(judge, &framework.controls, verdicts);
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
fn tallies(judge: &Judge<'_>, controls: &[Control], verdicts: &[Verdict]) -> Vec<Tally> {
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
        let passed = judge.passed(verdict).map(|id| (id, Worst::Passed));
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
