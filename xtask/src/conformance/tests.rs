//! The suites as tests, where their cases are at hand; `CATSEYE_REQUIRE_CASES=1` makes their absence a
//! failure.

use std::env;
use std::path::PathBuf;

use catseye_checks::framework::Framework;
use catseye_checks::pss::{self, Level};
use catseye_checks::{Config, Judge};
use catseye_model::{Completeness, Inventory, PodView, Version};

use super::{SUITES, default_cases, print, psa};

/// The folder of a suite, or the reason on standard error.
fn cases_of(suite: &str) -> Option<PathBuf> {
    let cases = env::var_os("CATSEYE_CASES").map_or_else(default_cases, PathBuf::from);
    let folder = cases.join(suite);
    if folder.is_dir() {
        return Some(folder);
    }
    let required = env::var("CATSEYE_REQUIRE_CASES").is_ok_and(|value| value == "1");
    assert!(!required, "no cases at {}", folder.display());
    eprintln!("skipped: no cases at {}", folder.display());
    None
}

#[test]
fn suites_are_answered_as_their_authors_do() {
    for suite in SUITES {
        if let Some(folder) = cases_of(suite.name) {
            let outcome = (suite.judge)(&folder);
            assert!(outcome.total > 0, "{} is empty", suite.name);
            assert_eq!(print(suite, &outcome), 0, "{}", suite.name);
        }
    }
}

/// The checks behind the frameworks split and sharpen the controls of the standard; together they must
/// find something in just the pods that admission refuses. Before 1.25 some hold earlier than the
/// standard does.
#[test]
fn the_checks_of_the_standard_find_what_admission_refuses() {
    let Some(folder) = cases_of("psa") else {
        return;
    };
    let mut complaints = Vec::new();
    for case in psa::cases(&folder).unwrap() {
        if case.version < Version::minor(25) {
            continue;
        }
        let framework = match case.level {
            Level::Restricted => "pss-restricted",
            _ => "pss-baseline",
        };
        let inventory = Inventory::new(vec![psa::pod(&case).unwrap()], Completeness::Fragment);
        let config = Config {
            kubernetes_version: case.version,
            ..Config::default()
        };
        let checks = Framework::find(framework).unwrap().checks();
        let judge = Judge::new(&inventory, &config, checks);
        for (id, object) in inventory.objects() {
            let findings = judge.verdict(id).unwrap().findings;
            let pod = PodView::of(object).unwrap();
            let refused = !pss::evaluate(case.level, case.version, &pod).is_empty();
            if findings.is_empty() == refused {
                let ids: Vec<&str> = findings.iter().map(|finding| finding.check).collect();
                complaints.push(format!("{}: {ids:?}", case.name));
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}
