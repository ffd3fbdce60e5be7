//! Every check's examples, judged by the check; and the registry, held to its own rules.
//!
//! An example may begin with `# completeness: cluster` (or `fragment`; a folder is the default), and
//! with lines of configuration: `# config: images.blocked = ["quay.io"]`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use catseye_model::{Completeness, Inventory, Object, yaml};

use crate::check::Check;
use crate::config::Config;
use crate::judge::{Judge, Verdict};
use crate::{AREAS, all};

/// The Inventory that an example describes.
pub(crate) fn inventory(example: &str) -> Inventory {
    let first_line = example.trim_start().lines().next().unwrap_or_default();
    let completeness = match first_line.strip_prefix("# completeness: ") {
        Some("cluster") => Completeness::Cluster,
        Some("fragment") => Completeness::Fragment,
        Some(other) => panic!("unknown completeness {other:?}"),
        None => Completeness::Tree,
    };
    let mut objects = Vec::new();
    for document in yaml::documents(example) {
        let value = document
            .content
            .unwrap_or_else(|err| panic!("{err}\n{example}"));
        let (read, errors) = Object::read(value, None);
        assert!(errors.is_empty(), "{errors:?}\n{example}");
        objects.extend(read);
    }
    assert!(
        !objects.is_empty(),
        "an example without objects:\n{example}"
    );
    Inventory::new(objects, completeness)
}

/// The configuration that an example begins with.
fn config(example: &str) -> Config {
    let toml: Vec<&str> = example
        .lines()
        .filter_map(|line| line.strip_prefix("# config: "))
        .collect();
    Config::from_toml(&toml.join("\n")).unwrap_or_else(|err| panic!("{err}\n{example}"))
}

/// What one check says of an example.
fn judge(check: &'static Check, example: &str) -> Vec<Verdict> {
    let inventory = inventory(example);
    let config = config(example);
    let judge = Judge::new(&inventory, &config, [check]);
    inventory
        .objects()
        .filter_map(|(id, _)| judge.verdict(id))
        .collect()
}

#[test]
fn failing_examples_fail_and_say_what_is_wrong() {
    let mut complaints = String::new();
    let mut messages: BTreeMap<&str, String> = BTreeMap::new();
    for check in all() {
        for example in check.fails {
            let places: Vec<_> = judge(check, example)
                .into_iter()
                .flat_map(|verdict| verdict.findings)
                .flat_map(|finding| finding.places)
                .collect();
            if places.is_empty() {
                let _ = writeln!(complaints, "{} finds nothing in:\n{example}", check.id);
            }
            for place in places {
                let text = messages.entry(check.id).or_default();
                let container = place.container.map(|name| format!(" ({name})"));
                let container = container.unwrap_or_default();
                let (severity, path, message) = (place.severity, place.path, place.message);
                let _ = writeln!(text, "{severity} {path}{container}: {message}");
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
    for area in AREAS {
        let text = area.checks.iter().fold(String::new(), |mut text, check| {
            let _ = writeln!(text, "# {}\n{}", check.id, messages[check.id]);
            text
        });
        insta::assert_snapshot!(area.name, text);
    }
}

#[test]
fn passing_examples_pass() {
    let mut complaints = String::new();
    for check in all() {
        for example in check.passes {
            for finding in judge(check, example).into_iter().flat_map(|v| v.findings) {
                let _ = writeln!(
                    complaints,
                    "{} finds {:?} in:\n{example}",
                    check.id, finding.places
                );
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn checks_are_well_formed() {
    let mut ids = BTreeSet::new();
    let mut names = BTreeSet::new();
    for area in AREAS {
        let in_order: Vec<&str> = area.checks.iter().map(|check| check.id).collect();
        let mut sorted = in_order.clone();
        sorted.sort_unstable();
        assert_eq!(in_order, sorted, "{}: list checks by id", area.name);
        for check in area.checks {
            assert!(ids.insert(check.id), "{} is used twice", check.id);
            assert!(names.insert(check.name()), "{} is used twice", check.name());
            assert_eq!(check.area(), area.name, "{}", check.id);
            let (prefix, number) = check.id.split_once('-').expect("PREFIX-NNN");
            assert_eq!(prefix, area.prefix, "{}", check.id);
            assert!(
                number.len() == 3 && number.parse::<u16>().is_ok(),
                "{}",
                check.id
            );
            assert!(
                !check.title().is_empty() && !check.title().ends_with('.'),
                "{}",
                check.id
            );
            assert!(
                check.explanation().len() > 60,
                "{} explains too little",
                check.id
            );
            assert!(check.fix().len() > 10, "{} has no **Fix:**", check.id);
            assert!(
                !check.rows.is_empty()
                    || check.area() == "hygiene"
                    || check.area() == "reliability",
                "{} answers no row",
                check.id
            );
        }
    }
}

#[test]
fn every_row_that_a_check_names_is_in_the_catalogue() {
    let catalogue: BTreeSet<&str> = include_str!("../catalogue.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(' ').next())
        .collect();
    for check in all() {
        for row in check.rows {
            assert!(catalogue.contains(row), "{} names row {row}", check.id);
        }
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test that reads the source tree"
)]
fn every_check_file_is_registered() {
    let registered: BTreeSet<String> = all()
        .map(|check| format!("{}/{}.rs", check.area(), check.file_name()))
        .collect();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for area in AREAS {
        for entry in source
            .join(area.name)
            .read_dir()
            .expect("the area has a folder")
        {
            let path = entry.expect("a readable entry").path();
            if path.extension().is_none_or(|ending| ending != "rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a readable file");
            let file = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if text.contains("\ncheck! {") {
                let name = format!("{}/{file}", area.name);
                assert!(registered.contains(&name), "{name} is not in CHECKS");
            }
        }
    }
}
