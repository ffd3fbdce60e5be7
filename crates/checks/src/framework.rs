//! Compliance frameworks as data: which controls a framework has, and which checks answer them.
//!
//! Each framework is a file in `frameworks/`. A control names rows of `catalogue.txt` (or checks
//! directly); a row stands for every check that names it, so a check that is added answers its
//! controls by itself. A control that nothing answers carries the reason.
//!
//! ```text
//!  frameworks/cis-1.12.toml    5.2.5 ─► rows = ["A04"] ─► every Check with rows ∋ "A04"
//! ```

use std::collections::BTreeMap;
use std::sync::LazyLock;

use catseye_model::{PodView, Version};
use serde::Deserialize;

use crate::check::Check;
use crate::pss::{self, Level};

/// A published set of controls.
#[derive(Debug)]
pub struct Framework {
    /// The word for `--framework`, such as `cis-1.12`.
    pub id: String,
    /// The name that its authors give it.
    pub title: String,
    /// The edition.
    pub version: String,
    /// Where it is published.
    pub url: String,
    /// Other words for it, such as `cis` for the newest edition.
    pub aliases: Vec<String>,
    /// Its controls, in its own order.
    pub controls: Vec<Control>,
}

/// One demand of a framework.
#[derive(Debug, Clone)]
pub struct Control {
    /// The number that the framework gives it.
    pub id: String,
    /// The demand, in the framework's words or close to them.
    pub title: String,
    /// The chapter it stands in.
    pub section: Option<String>,
    /// The rows of the catalogue behind it.
    pub rows: Vec<String>,
    /// The checks that answer it, in the order of the areas.
    pub checks: Vec<&'static Check>,
    /// Why no check answers it.
    pub not_covered: Option<String>,
}

/// How much of a framework is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Controls that at least one check answers.
    pub covered: usize,
    /// All controls.
    pub controls: usize,
}

/// A control with the framework that it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Membership {
    /// The framework.
    pub framework: &'static Framework,
    /// Its control.
    pub control: &'static Control,
}

/// Every framework, in the order in which they are listed to users.
pub fn frameworks() -> &'static [Framework] {
    &FRAMEWORKS
}

/// The controls that a check answers, framework by framework.
pub fn controls_of(check: &Check) -> &'static [Membership] {
    MEMBERSHIPS.get(check.id).map_or(&[], Vec::as_slice)
}

impl Framework {
    /// The framework of that id or alias, upper or lower case.
    pub fn find(id_or_alias: &str) -> Option<&'static Framework> {
        let named = |framework: &&Framework| {
            framework.id.eq_ignore_ascii_case(id_or_alias)
                || framework
                    .aliases
                    .iter()
                    .any(|alias| alias.eq_ignore_ascii_case(id_or_alias))
        };
        frameworks().iter().find(named)
    }

    /// The checks that answer any of its controls, each once, by area and id.
    pub fn checks(&self) -> impl Iterator<Item = &'static Check> {
        crate::all().filter(|check| self.controls.iter().any(|control| control.has(check)))
    }

    /// The level of the Pod Security Standards that this framework is, if it is one.
    pub fn pod_security_level(&self) -> Option<Level> {
        match self.id.as_str() {
            "pss-baseline" => Some(Level::Baseline),
            "pss-restricted" => Some(Level::Restricted),
            _ => None,
        }
    }

    /// Whether Pod Security Admission of that version refuses the pod by a control that the check
    /// stands behind. A check may hold longer, or more, than the standard did at the time; `true` for
    /// frameworks that are no such standard.
    pub fn demands(&self, check: &Check, version: Version, pod: &PodView<'_>) -> bool {
        let Some(level) = self.pod_security_level() else {
            return true;
        };
        // A control that another one overrides still tells which check stands behind a refusal.
        let breaks = |standard: &'static pss::Control| {
            standard.level <= level
                && self
                    .control(standard.id)
                    .is_some_and(|control| control.has(check))
                && !standard.violations(version, pod).is_empty()
        };
        pss::CONTROLS.iter().copied().any(breaks) && !pss::evaluate(level, version, pod).is_empty()
    }

    /// The control of that id.
    pub fn control(&self, id: &str) -> Option<&Control> {
        self.controls.iter().find(|control| control.id == id)
    }

    /// How much of it is answered.
    pub fn coverage(&self) -> Coverage {
        let covered = self
            .controls
            .iter()
            .filter(|control| control.is_covered())
            .count();
        Coverage {
            covered,
            controls: self.controls.len(),
        }
    }
}

impl Control {
    /// True when at least one check answers it.
    pub fn is_covered(&self) -> bool {
        !self.checks.is_empty()
    }

    /// True when this check is among those that answer it.
    pub fn has(&self, check: &Check) -> bool {
        self.checks.iter().any(|answering| answering.id == check.id)
    }
}

/// The data files. A framework that extends another one stands after it.
const FILES: [&str; 9] = [
    include_str!("../frameworks/pss-baseline.toml"),
    include_str!("../frameworks/pss-restricted.toml"),
    include_str!("../frameworks/nsa-cisa.toml"),
    include_str!("../frameworks/cis-1.10.toml"),
    include_str!("../frameworks/cis-1.12.toml"),
    include_str!("../frameworks/mitre-attack.toml"),
    include_str!("../frameworks/microsoft-threat-matrix.toml"),
    include_str!("../frameworks/owasp-k8s-2022.toml"),
    include_str!("../frameworks/owasp-k8s-2025.toml"),
];

static FRAMEWORKS: LazyLock<Vec<Framework>> = LazyLock::new(|| {
    let mut frameworks: Vec<Framework> = Vec::new();
    for file in FILES {
        let written: FrameworkFile =
            toml::from_str(file).expect("the embedded frameworks are read by a test");
        let mut controls: Vec<Control> = frameworks
            .iter()
            .find(|earlier| Some(&earlier.id) == written.extends.as_ref())
            .map(|earlier| earlier.controls.clone())
            .unwrap_or_default();
        controls.extend(written.control.into_iter().map(ControlEntry::resolved));
        frameworks.push(Framework {
            id: written.id,
            title: written.title,
            version: written.version,
            url: written.url,
            aliases: written.aliases,
            controls,
        });
    }
    frameworks
});

static MEMBERSHIPS: LazyLock<BTreeMap<&'static str, Vec<Membership>>> = LazyLock::new(|| {
    let mut memberships: BTreeMap<&'static str, Vec<Membership>> = BTreeMap::new();
    for framework in frameworks() {
        for control in &framework.controls {
            for check in &control.checks {
                memberships
                    .entry(check.id)
                    .or_default()
                    .push(Membership { framework, control });
            }
        }
    }
    memberships
});

/// A framework as its file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FrameworkFile {
    id: String,
    title: String,
    version: String,
    url: String,
    #[serde(default)]
    aliases: Vec<String>,
    /// A framework whose controls all belong to this one too.
    extends: Option<String>,
    control: Vec<ControlEntry>,
}

/// A control as the file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ControlEntry {
    id: String,
    title: String,
    section: Option<String>,
    #[serde(default)]
    rows: Vec<String>,
    #[serde(default)]
    checks: Vec<String>,
    not_covered: Option<String>,
}

impl ControlEntry {
    fn resolved(self) -> Control {
        let answers = |check: &&'static Check| {
            self.checks.iter().any(|id| id == check.id)
                || check
                    .rows
                    .iter()
                    .any(|row| self.rows.iter().any(|named| named == row))
        };
        Control {
            checks: crate::all().filter(answers).collect(),
            id: self.id,
            title: self.title,
            section: self.section,
            rows: self.rows,
            not_covered: self.not_covered,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const CATALOGUE: &str = include_str!("../catalogue.txt");
    const UNCOVERED: &str = include_str!("../uncovered.txt");

    fn catalogue_rows() -> BTreeSet<&'static str> {
        rows_of(CATALOGUE)
    }

    /// The first words of the lines that are no comments.
    fn rows_of(text: &'static str) -> BTreeSet<&'static str> {
        text.lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_whitespace().next())
            .collect()
    }

    fn answered_rows() -> BTreeSet<&'static str> {
        crate::all().flat_map(|check| check.rows).copied().collect()
    }

    fn entries() -> impl Iterator<Item = (String, ControlEntry)> {
        FILES.into_iter().flat_map(|file| {
            let framework: FrameworkFile = toml::from_str(file).unwrap();
            let id = framework.id;
            framework
                .control
                .into_iter()
                .map(move |control| (id.clone(), control))
        })
    }

    #[test]
    fn every_row_and_check_that_a_control_names_exists() {
        let rows = catalogue_rows();
        for (framework, control) in entries() {
            for row in &control.rows {
                assert!(
                    rows.contains(row.as_str()),
                    "{framework} {}: no row {row} in catalogue.txt",
                    control.id
                );
            }
            for check in &control.checks {
                assert!(
                    crate::all().any(|known| known.id == check),
                    "{framework} {}: no check {check}",
                    control.id
                );
            }
        }
    }

    #[test]
    fn every_control_has_a_check_or_the_reason_why_not() {
        let mut wrong = Vec::new();
        for framework in frameworks() {
            for control in &framework.controls {
                let place = format!("{} {}", framework.id, control.id);
                match (&control.not_covered, control.is_covered()) {
                    (None, false) => wrong.push(format!("{place}: neither check nor reason")),
                    (Some(_), true) => wrong.push(format!("{place}: answered, drop the reason")),
                    _ => {}
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn ids_and_aliases_name_one_framework_and_controls_stand_once() {
        let mut words = BTreeSet::new();
        for framework in frameworks() {
            for word in std::iter::once(&framework.id).chain(&framework.aliases) {
                assert!(words.insert(word), "{word} names two frameworks");
                assert_eq!(Framework::find(word).unwrap().id, framework.id);
            }
            let mut ids = BTreeSet::new();
            for control in &framework.controls {
                assert!(
                    ids.insert(&control.id),
                    "{}: {} stands twice",
                    framework.id,
                    control.id
                );
            }
        }
    }

    #[test]
    fn an_extending_framework_holds_the_controls_of_the_one_below() {
        let baseline = Framework::find("pss-baseline").unwrap();
        let restricted = Framework::find("pss").unwrap();
        assert_eq!(restricted.id, "pss-restricted");
        for control in &baseline.controls {
            assert!(restricted.control(&control.id).is_some(), "{}", control.id);
        }
    }

    #[test]
    fn a_check_knows_its_controls() {
        let check = crate::find("POD-001").unwrap();
        let cis = controls_of(check)
            .iter()
            .find(|membership| membership.framework.id == "cis-1.12")
            .unwrap();
        assert_eq!(cis.control.id, "5.2.2");
        assert!(cis.framework.checks().any(|other| other.id == check.id));
    }

    #[test]
    fn the_uncovered_rows_are_exactly_those_that_no_check_answers() {
        let answered = answered_rows();
        let unanswered: BTreeSet<_> = catalogue_rows()
            .into_iter()
            .filter(|row| !answered.contains(row))
            .collect();
        let listed = rows_of(UNCOVERED);
        let missing: Vec<_> = unanswered.difference(&listed).collect();
        let stale: Vec<_> = listed.difference(&unanswered).collect();
        assert!(
            missing.is_empty() && stale.is_empty(),
            "uncovered.txt lacks {missing:?} and lists without need {stale:?}"
        );
        for line in UNCOVERED.lines().filter(|line| !line.starts_with('#')) {
            let reason = line.split_once(' ').map_or("", |(_, reason)| reason.trim());
            assert!(!reason.is_empty(), "uncovered.txt: {line}: no reason");
        }
    }
}
