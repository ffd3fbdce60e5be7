//! What policies say of manifests, for code hosts (SARIF) and CI servers (`JUnit`).

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde_json::json;

use crate::sarif::{SCHEMA, artifact, without_links};

/// One answer of a policy about an object, or of a test about a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The policy, or the file of cases.
    pub policy: String,
    /// The object, such as `Pod shop/web`, or the name of the case.
    pub subject: String,
    /// The file that the subject stands in; empty where it is in none.
    pub file: String,
    /// The line in the file, from 1; 0 where it is not known.
    pub line: u32,
    /// What is said; `None` when it passed.
    pub said: Option<Said>,
}

/// What a policy says against an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// How grave that is.
    pub gravity: Gravity,
    /// In the policy's own words.
    pub message: String,
}

/// How grave an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gravity {
    /// It would be refused.
    Denied,
    /// The client would be warned.
    Warned,
    /// The audit log would be told.
    Noted,
    /// It could not be judged.
    NotJudged,
}

/// The answers as indented SARIF 2.1.0 with a final line break; what passed is not in it.
pub fn sarif(version: &str, answers: &[Answer]) -> String {
    let mut rules: Vec<serde_json::Value> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut results = Vec::new();
    for answer in answers {
        let Some(said) = &answer.said else {
            continue;
        };
        let index = *places.entry(&answer.policy).or_insert_with(|| {
            let text = format!("Admission policy {}", answer.policy);
            rules.push(json!({"id": answer.policy, "shortDescription": {"text": text}}));
            rules.len() - 1
        });
        let level = match said.gravity {
            Gravity::Denied | Gravity::NotJudged => "error",
            Gravity::Warned => "warning",
            Gravity::Noted => "note",
        };
        let mut result = json!({
            "ruleId": answer.policy,
            "ruleIndex": index,
            "level": level,
            "message": {"text": without_links(&format!("{}: {}", answer.subject, said.message))},
        });
        if !answer.file.is_empty() {
            result["locations"] = json!([{"physicalLocation": {
                "artifactLocation": artifact(&answer.file),
                "region": {"startLine": answer.line.max(1)},
            }}]);
        }
        results.push(result);
    }
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "catseye", "version": version, "semanticVersion": version, "rules": rules}},
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

/// The answers as `JUnit` XML: a suite for each policy, a case for each object.
pub fn junit(answers: &[Answer]) -> String {
    let mut suites: BTreeMap<&str, Vec<TestCase>> = BTreeMap::new();
    for answer in answers {
        let status = match &answer.said {
            None => TestCaseStatus::success(),
            Some(said) => {
                let kind = match said.gravity {
                    Gravity::NotJudged => NonSuccessKind::Error,
                    _ => NonSuccessKind::Failure,
                };
                let mut status = match said.gravity {
                    Gravity::Denied | Gravity::NotJudged => TestCaseStatus::non_success(kind),
                    // What passes with a word is no failure of the build.
                    Gravity::Warned | Gravity::Noted => TestCaseStatus::skipped(),
                };
                status.set_message(said.message.as_str());
                status
            }
        };
        let mut case = TestCase::new(answer.subject.as_str(), status);
        case.set_classname(answer.policy.as_str());
        if !answer.file.is_empty() {
            case.extra
                .insert("file".into(), answer.file.as_str().into());
        }
        suites.entry(&answer.policy).or_default().push(case);
    }
    let mut report = Report::new("catseye policy");
    for (name, cases) in suites {
        let mut suite = TestSuite::new(name);
        suite.add_test_cases(cases);
        report.add_test_suite(suite);
    }
    // Writing to memory does not fail.
    report.to_string().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers() -> Vec<Answer> {
        let answer = |subject: &str, said| Answer {
            policy: "no-host-network".to_owned(),
            subject: subject.to_owned(),
            file: "deploy/web.yaml".to_owned(),
            line: 3,
            said,
        };
        vec![
            answer("Pod shop/good", None),
            answer(
                "Pod shop/web",
                Some(Said {
                    gravity: Gravity::Denied,
                    message: "no <host> network".to_owned(),
                }),
            ),
        ]
    }

    #[test]
    fn sarif_holds_what_is_denied_with_its_place() {
        let log: serde_json::Value = serde_json::from_str(&sarif("1.0.0", &answers())).unwrap();
        let results = &log["runs"][0]["results"];
        assert_eq!(results.as_array().map(Vec::len), Some(1));
        let place = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "deploy/web.yaml");
        assert_eq!(place["region"]["startLine"], 3);
    }

    #[test]
    fn junit_has_a_case_for_each_object_and_escapes_what_policies_say() {
        let text = junit(&answers());
        assert!(
            text.contains("tests=\"2\"") && text.contains("failures=\"1\""),
            "{text}"
        );
        assert!(text.contains("no &lt;host&gt; network"), "{text}");
    }
}
