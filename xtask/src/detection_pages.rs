//! The reference pages of the detection rules, `docs/detections/`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use catseye_detect::about::About;
use catseye_detect::audit::{AREAS, Outcome, Rule, all};
use catseye_detect::runtime;

/// Every page, by path; `mark` is its first line.
pub(crate) fn pages(mark: &str) -> BTreeMap<PathBuf, String> {
    let mut pages: BTreeMap<PathBuf, String> = all()
        .map(|rule| {
            (
                PathBuf::from(format!("docs/detections/{}.md", rule.id)),
                rule_page(mark, rule),
            )
        })
        .collect();
    for rule in runtime::all() {
        let path = PathBuf::from(format!("docs/detections/{}.md", rule.id));
        pages.insert(path, runtime_page(mark, rule));
    }
    pages.insert("docs/detections/README.md".into(), contents(mark));
    pages
}

fn rule_page(mark: &str, rule: &Rule) -> String {
    let mut page = about(mark, rule);
    for (verbs, resources) in rule.on {
        let _ = writeln!(page, "- {verbs} on {}", named(resources));
    }
    let _ = writeln!(page, "\n{}", ending(rule.when));
    if !rule.needs.is_empty() {
        let needs: Vec<&str> = rule.needs.iter().map(|aspect| aspect.name()).collect();
        let _ = writeln!(
            page,
            "Needs {}; where a log does not show that, the rule is reported as not evaluable.",
            needs.join(", ")
        );
    }
    for given in rule.given {
        let _ = writeln!(
            page,
            "Asks for {}; without it, the rule is reported as not evaluable.",
            given.words()
        );
    }
    fixtures(&mut page, rule);
    page
}

fn runtime_page(mark: &str, rule: &runtime::Rule) -> String {
    let mut page = about(mark, rule);
    let _ = writeln!(page, "Runtime events: {}", rule.on.join(", "));
    for needs in rule.needs {
        let _ = writeln!(
            page,
            "\nAsks for {}; without it, the rule is reported as not evaluable.",
            needs.words()
        );
    }
    fixtures(&mut page, rule);
    page
}

/// The page up to what the rule looks at.
fn about(mark: &str, rule: &About) -> String {
    format!(
        "{mark}# {} {}\n\n`{}` · severity **{}** · {} · [{}]({})\n\n{}\n\n## When it is no attack\n\n{}\n\n\
         ## What to do\n\n{}\n\n## What it looks at\n\n",
        rule.id,
        rule.title(),
        rule.name(),
        rule.severity,
        rule.tactic,
        rule.technique,
        attack_page(rule.technique),
        rule.explanation(),
        rule.false_positives(),
        rule.response(),
    )
}

fn fixtures(page: &mut String, rule: &About) {
    for (title, fixtures) in [("Fires", rule.fires), ("Keeps quiet", rule.quiet)] {
        let _ = write!(page, "\n## {title}\n");
        for fixture in fixtures {
            let _ = write!(page, "\n```yaml\n{}\n```\n", fixture.trim());
        }
    }
}

/// `pods/exec, deployments of any group`.
fn named(resources: &[&str]) -> String {
    let names: Vec<String> = resources
        .iter()
        .map(|spec| match *spec {
            "*" => "anything".to_owned(),
            spec => format!("`{spec}`"),
        })
        .collect();
    names.join(", ")
}

fn ending(when: Outcome) -> &'static str {
    match when {
        Outcome::Succeeded => "Judged when the call succeeded.",
        Outcome::Permitted => "Judged when the caller was allowed to, whatever came of it.",
        Outcome::Refused => "Judged when the call was refused.",
        Outcome::Any => "Judged however the call ended.",
    }
}

fn attack_page(technique: &str) -> String {
    format!(
        "https://attack.mitre.org/techniques/{}/",
        technique.replace('.', "/")
    )
}

/// The part of the contents that lists the rules over runtime events.
fn runtime_contents(page: &mut String) {
    let _ = write!(
        page,
        "\n# Detections in runtime events\n\n{} rules over what runs and talks on the nodes, in the form of \
         [runtime events](../runtime-events.md). In fixtures `exec:` is a command line, `process:` that of who acted, \
         `by:` the programs that started it and `at: host` the node.\n",
        runtime::all().count()
    );
    for area in runtime::AREAS {
        let _ = write!(
            page,
            "\n## {}\n\n| id | severity | technique | |\n|---|---|---|---|\n",
            area.title
        );
        for rule in area.rules {
            let (id, severity) = (rule.id, rule.severity);
            let _ = writeln!(
                page,
                "| [{id}]({id}.md) | {severity} | {} | {} |",
                rule.technique,
                rule.title()
            );
        }
    }
}

fn contents(mark: &str) -> String {
    let mut page = format!(
        "{mark}# Detections in the audit log\n\n{} rules in {} areas. The fixtures of each rule are audit \
         events of which only what matters is written; several are a sequence, and `repeat: N` stands for \
         N events with `{{n}}` counting.\n",
        all().count(),
        AREAS.len()
    );
    for area in AREAS {
        let _ = write!(
            page,
            "\n## {}\n\n| id | severity | technique | |\n|---|---|---|---|\n",
            area.title
        );
        for rule in area.rules {
            let (id, severity) = (rule.id, rule.severity);
            let _ = writeln!(
                page,
                "| [{id}]({id}.md) | {severity} | {} | {} |",
                rule.technique,
                rule.title()
            );
        }
    }
    runtime_contents(&mut page);
    page
}
