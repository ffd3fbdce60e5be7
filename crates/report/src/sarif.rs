//! SARIF 2.1.0, for code hosts, vulnerability managers and editors.
//!
//! One run; one rule for each check that found something; one result for each place. Texts stay
//! within what GitHub documents that it shows, which asks the most of all readers.
//!
//! Accepted findings are left out. SARIF would carry them as suppressed results, but GitHub code
//! scanning does not read suppressions: what a team has accepted would come back as open alerts.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html>

use std::collections::BTreeMap;

use catseye_model::Severity;
use serde_json::{Value, json};

use crate::scan::{CheckInfo, Finding, Level, Notice, Place, Scan};
use crate::visible::one_line;
use crate::wording::container_of;

mod uri;

/// The schema that the output keeps to.
pub(crate) const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The base of relative locations: the root of the repository.
const ROOT: &str = "%SRCROOT%";

/// GitHub shows this much of a full description.
const DESCRIPTION_CHARACTERS: usize = 1000;

/// GitHub refuses a rule with more tags than this.
const TAGS: usize = 20;

/// The scan as indented SARIF with a final line break.
pub fn render(scan: &Scan) -> String {
    let mut rules = Vec::new();
    let mut rule_index: BTreeMap<&str, usize> = BTreeMap::new();
    let mut results = Vec::new();
    for finding in &scan.findings {
        let Some(check) = scan.checks.get(finding.check) else {
            continue;
        };
        let index = *rule_index.entry(finding.check).or_insert_with(|| {
            rules.push(rule(finding.check, check));
            rules.len() - 1
        });
        for place in &finding.places {
            results.push(result(finding, place, index));
        }
    }
    let notifications: Vec<Value> = scan.notices.iter().map(notification).collect();
    let failed = scan
        .notices
        .iter()
        .any(|notice| notice.level == Level::Error);
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": scan.tool.name,
                    "version": scan.tool.version,
                    "semanticVersion": scan.tool.version,
                    "rules": rules,
                },
            },
            "invocations": [{
                "executionSuccessful": !failed,
                "toolExecutionNotifications": notifications,
            }],
            "originalUriBaseIds": {
                ROOT: { "description": { "text": "The folder in which the scan ran" } },
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": {
                "kubernetesVersion": scan.kubernetes_version,
                "score": scan.summary.score,
            },
        }],
    });
    format!("{log:#}\n")
}

fn rule(id: &str, check: &CheckInfo) -> Value {
    let help = format!("{}\n\n**Fix:** {}", check.explanation, check.fix);
    let mut tags = vec!["security".to_owned(), "kubernetes".to_owned()];
    tags.extend(check.controls.iter().cloned());
    tags.truncate(TAGS);
    json!({
        "id": id,
        "name": check.name,
        "shortDescription": { "text": check.title },
        "fullDescription": { "text": description(check) },
        "help": { "text": plain(&help), "markdown": help },
        "defaultConfiguration": { "level": level(check.severity) },
        "properties": {
            "tags": tags,
            "precision": "high",
            "security-severity": security_severity(check.severity),
        },
    })
}

/// The explanation without markup, on one line, up to the last sentence that fits.
fn description(check: &CheckInfo) -> String {
    let text = plain(&check.explanation);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((limit, _)) = line.char_indices().nth(DESCRIPTION_CHARACTERS) else {
        return line;
    };
    let fitting = line.get(..limit).unwrap_or_default();
    let whole = fitting.rfind(". ").map_or(limit, |stop| stop + 1);
    line.get(..whole).unwrap_or_default().to_owned()
}

/// Markdown of a check without its emphasis and code marks.
fn plain(markdown: &str) -> String {
    let unfenced: Vec<&str> = markdown
        .lines()
        .filter(|line| !line.trim_start().starts_with("```"))
        .collect();
    unfenced.join("\n").replace("**", "").replace('`', "")
}

fn result(finding: &Finding, place: &Place, rule_index: usize) -> Value {
    let object = &finding.object;
    let container =
        container_of(place).map_or_else(String::new, |name| format!(", container {name}"));
    let message = format!(
        "{}{container}: {} ({})",
        object.display(),
        place.message,
        place.path,
    );
    let mut location = json!({
        "logicalLocations": [{
            "name": object.name,
            "kind": "resource",
            "fullyQualifiedName": format!("{}/{}: {}", object.api_version, object.display(), place.path),
        }],
    });
    if !finding.file.is_empty() {
        let position = &place.position;
        location["physicalLocation"] = json!({
            "artifactLocation": artifact(&finding.file),
            "region": {
                "startLine": position.line,
                "startColumn": position.column,
                "endLine": position.end_line,
                "endColumn": position.end_column,
            },
        });
    }
    json!({
        "ruleId": finding.check,
        "ruleIndex": rule_index,
        "level": level(place.severity),
        "message": { "text": without_links(&message) },
        "locations": [location],
        "partialFingerprints": { "catseye/v1": place.fingerprint },
    })
}

fn notification(notice: &Notice) -> Value {
    let level = match notice.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    };
    let mut notification = json!({
        "descriptor": { "id": notice.kind.as_str() },
        "level": level,
        "message": { "text": without_links(&notice.message) },
    });
    if let Some(file) = notice.file.as_deref().filter(|file| !file.is_empty()) {
        let mut physical = json!({ "artifactLocation": artifact(file) });
        if let Some(line) = notice.line {
            physical["region"] = json!({ "startLine": line });
            if let Some(column) = notice.column {
                physical["region"]["startColumn"] = column.into();
            }
        }
        notification["locations"] = json!([{ "physicalLocation": physical }]);
    }
    notification
}

pub(crate) fn artifact(file: &str) -> Value {
    if uri::is_absolute(file) {
        json!({ "uri": uri::of_absolute(file) })
    } else {
        json!({ "uri": uri::of_relative(file), "uriBaseId": ROOT })
    }
}

/// One line. SARIF reads `[text](target)` in a message as a link; what manifests say must not
/// become one.
pub(crate) fn without_links(message: &str) -> String {
    let message = one_line(message);
    if message.contains("](") {
        message.replace('[', "\\[")
    } else {
        message
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// GitHub's scale: critical above 9.0, high from 7.0, medium from 4.0, low above 0.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "1.0",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_scan_as_sarif() {
        insta::assert_snapshot!(render(&fixture::shop()));
    }

    #[test]
    fn hostile_names_as_sarif() {
        insta::assert_snapshot!(render(&fixture::hostile()));
    }

    #[test]
    fn each_result_names_its_rule() {
        let log: Value = serde_json::from_str(&render(&fixture::shop())).unwrap();
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 12);
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(
                run["tool"]["driver"]["rules"][index]["id"],
                result["ruleId"]
            );
        }
        assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    }

    #[test]
    fn an_object_without_file_has_no_physical_location() {
        let pod = fixture::object("Pod", "", "a");
        let found = fixture::finding("POD-001", &pod, "", &[("spec", None, "runs privileged")]);
        let log: Value = serde_json::from_str(&render(&fixture::scan(vec![found]))).unwrap();
        let result = &log["runs"][0]["results"][0];
        assert!(result["locations"][0]["physicalLocation"].is_null());
        assert_eq!(result["message"]["text"], "Pod a: runs privileged (spec)");
    }

    #[test]
    fn long_explanations_end_with_a_sentence() {
        let mut check = fixture::shop().checks.remove("POD-001").unwrap();
        check.explanation = "Eighteen **letters**. ".repeat(100);
        let text = description(&check);
        assert!(text.chars().count() <= DESCRIPTION_CHARACTERS);
        assert!(text.ends_with("letters."), "{text}");
    }
}
