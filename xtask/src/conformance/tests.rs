//! The suites as tests, where their cases are at hand; `CATSEYE_REQUIRE_CASES=1` makes their absence a
//! failure.

use std::collections::BTreeSet;
use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use catseye_checks::framework::Framework;
use catseye_checks::pss::{self, Level};
use catseye_checks::{Config, Judge};
use catseye_model::{Completeness, Inventory, PodView};

use super::{DIFFERENCES, SUITES, default_cases, print, psa};

/// The folder of a suite, or the reason on standard error.
fn cases_of(suite: &str) -> Option<PathBuf> {
    let cases = env::var_os("CATSEYE_CASES").map_or_else(default_cases, PathBuf::from);
    let folder = cases.join(suite);
    if folder.is_dir() {
        return Some(folder);
    }
    let required = env::var("CATSEYE_REQUIRE_CASES").is_ok_and(|value| value == "1");
    assert!(!required, "no cases at {}", folder.display());
    // Past the test harness, which keeps the words of tests that pass to itself.
    let _ = writeln!(
        std::io::stderr(),
        "skipped: no cases at {}",
        folder.display()
    );
    None
}

#[test]
fn suites_are_answered_as_their_authors_do() {
    for suite in SUITES {
        if let Some(folder) = cases_of(suite.folder()) {
            let outcome = (suite.judge)(&folder);
            assert!(outcome.total > 0, "{} is empty", suite.name);
            let unexplained = print(suite, &outcome);
            let (agreed, total) = (outcome.agreed, outcome.total);
            assert!(
                agreed * 100 >= total * suite.floor,
                "{}: {agreed}/{total}, {unexplained} without explanation",
                suite.name
            );
        }
    }
}

#[test]
fn differences_name_suites_once_and_say_why() {
    let mut seen = BTreeSet::new();
    for difference in DIFFERENCES {
        let (suite, case) = (difference.suite, difference.case);
        assert!(SUITES.iter().any(|known| known.name == suite), "{suite}");
        assert!(seen.insert((suite, case)), "{suite} {case} twice");
        assert!(!difference.reason.is_empty(), "{suite} {case}");
        if let Some(folder) = cases_of(suite.split('+').next().unwrap_or(suite)) {
            let outcome = (SUITES
                .iter()
                .find(|known| known.name == suite)
                .unwrap()
                .judge)(&folder);
            let is_miss = outcome.misses.iter().any(|miss| miss.case == case);
            assert!(
                is_miss || !exists(&folder, case),
                "{suite} {case} agrees by now"
            );
        }
    }
}

/// True when the folder of cases holds this one.
fn exists(folder: &Path, case: &str) -> bool {
    let in_test_folder = case.split_once('/').map(|(rule, case)| {
        let test = folder.join(rule).join("test");
        test.join(case)
    });
    folder.join(case).exists() || in_test_folder.is_some_and(|case| case.exists())
}

/// The checks behind the frameworks split and sharpen the controls of the standard; together they must
/// find something in just the pods that admission refuses, at every version.
#[test]
fn the_checks_of_the_standard_find_what_admission_refuses() {
    let Some(folder) = cases_of("psa") else {
        return;
    };
    let mut complaints = Vec::new();
    for case in psa::cases(&folder).unwrap() {
        let framework = match case.level {
            Level::Restricted => "pss-restricted",
            _ => "pss-baseline",
        };
        let inventory = Inventory::new(vec![psa::pod(&case).unwrap()], Completeness::Fragment);
        let config = Config {
            kubernetes_version: case.version,
            ..Config::default()
        };
        let framework = Framework::find(framework).unwrap();
        let judge = Judge::new(&inventory, &config, framework.checks()).held_to(&[framework]);
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
