//! `JUnit` XML, for CI servers: a suite for each file, a test case for each check on an object.
//!
//! ```text
//!  suite      deploy/cart.yaml          classname  Deployment shop/cart     name  POD-001 …
//! ```
//!
//! A finding fails, an accepted one is skipped with its reason, an input that could not be read is an
//! error. Checks that passed are there when the scan lists them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::scan::{Accepted, Finding, Level, Notice, Scan};
use crate::wording::{container_of, counted, where_noticed};

/// The suite of what stands in no file.
const NO_FILE: &str = "(no file)";
const ACCEPTED: &str = "accepted by exception";
const UNANSWERED: &str = "could not be answered";
const NOTICES: &str = "inputs";

/// The scan as `JUnit` XML.
pub fn render(scan: &Scan) -> String {
    let mut files: BTreeMap<&str, Vec<TestCase>> = BTreeMap::new();
    for finding in &scan.findings {
        let cases = files.entry(&finding.file).or_default();
        cases.push(failed(scan, finding));
    }
    for object in scan.passed.iter().flatten() {
        let cases = files.entry(&object.file).or_default();
        for check in &object.checks {
            let status = TestCaseStatus::success();
            cases.push(case(scan, check, &object.object, &object.file, status));
        }
    }
    let mut report = Report::new(scan.tool.name);
    for (file, cases) in files {
        let name = if file.is_empty() { NO_FILE } else { file };
        add_suite(&mut report, name, cases);
    }
    let accepted = scan.accepted.iter().map(|it| skipped(scan, it)).collect();
    add_suite(&mut report, ACCEPTED, accepted);
    let unanswered = scan
        .unknown
        .iter()
        .map(|unknown| {
            let mut status = TestCaseStatus::skipped();
            status.set_message(unknown.reason.as_str());
            case(scan, unknown.check, &unknown.object, "", status)
        })
        .collect();
    add_suite(&mut report, UNANSWERED, unanswered);
    let unread = scan
        .notices
        .iter()
        .filter(|notice| notice.level == Level::Error)
        .map(unread)
        .collect();
    add_suite(&mut report, NOTICES, unread);
    // Writing to memory does not fail, and every text is made fit for XML beforehand.
    report.to_string().unwrap_or_default()
}

/// A server may show a suite without cases as a mistake.
fn add_suite(report: &mut Report, name: &str, cases: Vec<TestCase>) {
    if cases.is_empty() {
        return;
    }
    let mut suite = TestSuite::new(name);
    suite.add_test_cases(cases);
    report.add_test_suite(suite);
}

fn case(scan: &Scan, check: &str, object: &str, file: &str, status: TestCaseStatus) -> TestCase {
    let name = match scan.checks.get(check) {
        Some(info) => format!("{check} {}", info.title),
        None => check.to_owned(),
    };
    let mut case = TestCase::new(name, status);
    case.set_classname(object);
    if !file.is_empty() {
        // GitLab links the case to the file that this attribute names.
        case.extra.insert("file".into(), file.into());
    }
    case
}

fn failed(scan: &Scan, finding: &Finding) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(finding.severity.as_str());
    if let Some((first, rest)) = finding.places.split_first() {
        let mut message = first.message.clone();
        if !rest.is_empty() {
            let _ = write!(message, " (and {})", counted(rest.len(), "more place"));
        }
        status.set_message(message);
    }
    let mut description = String::new();
    for place in &finding.places {
        let _ = write!(description, "{}:{}: ", finding.file, place.position.line);
        if let Some(container) = container_of(place) {
            let _ = write!(description, "{container}: ");
        }
        let _ = writeln!(description, "{} ({})", place.message, place.path);
    }
    if let Some(check) = scan.checks.get(finding.check) {
        let _ = write!(description, "\nFix: {}", check.fix);
    }
    status.set_description(description);
    let object = finding.object.display();
    case(scan, finding.check, &object, &finding.file, status)
}

fn skipped(scan: &Scan, accepted: &Accepted) -> TestCase {
    let mut message = format!("accepted: {}", accepted.reason);
    if let Some(author) = &accepted.author {
        let _ = write!(message, ", by {author}");
    }
    if let Some(expires) = &accepted.expires {
        let _ = write!(message, ", until {expires}");
    }
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status.set_description(accepted.path.as_str());
    case(scan, accepted.check, &accepted.object.display(), "", status)
}

fn unread(notice: &Notice) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(notice.kind.as_str());
    status.set_message(notice.message.as_str());
    let mut case = TestCase::new(where_noticed(notice), status);
    case.set_classname(notice.kind.as_str());
    case
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_scan_as_junit() {
        insta::assert_snapshot!(render(&fixture::shop()));
    }

    #[test]
    fn hostile_names_as_junit() {
        insta::assert_snapshot!(render(&fixture::hostile()));
    }

    #[test]
    fn the_counts_are_those_of_the_scan() {
        let scan = fixture::shop();
        let report = Report::deserialize_from_str(&render(&scan)).unwrap();
        assert_eq!(report.failures, scan.findings.len());
        assert_eq!(report.errors, 1);
        let cases = report
            .test_suites
            .iter()
            .flat_map(|suite| &suite.test_cases);
        let passed = cases.filter(|case| matches!(case.status, TestCaseStatus::Success { .. }));
        assert_eq!(passed.count(), 3);
    }

    #[test]
    fn hostile_names_stay_where_they_belong() {
        let report = Report::deserialize_from_str(&render(&fixture::hostile())).unwrap();
        let suite = &report.test_suites[0];
        assert!(suite.name.as_str().starts_with("<img src=x"), "{suite:?}");
        assert!(
            suite.test_cases[0]
                .classname
                .as_ref()
                .unwrap()
                .as_str()
                .contains("]]>")
        );
    }

    #[test]
    fn a_clean_scan_is_an_empty_report() {
        let report = Report::deserialize_from_str(&render(&fixture::scan(Vec::new()))).unwrap();
        assert_eq!((report.tests, report.failures), (0, 0));
    }
}
