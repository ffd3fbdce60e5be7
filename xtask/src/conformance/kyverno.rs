//! Pod Security as Kyverno policies, tried on pods, Deployments and `CronJob`s: each folder holds a
//! policy and `.kyverno-test/kyverno-test.yaml` with the expected results.
//!
//! We judge with our own Pod Security controls, not by running the policy language: a policy is known
//! by its name ([`READINGS`]), or says itself which level it demands (`podSecurity`). The rules of
//! the standard are those of the newest Kubernetes version that the policy was written for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use catseye_checks::pss::{self, Level, Violation};
use catseye_model::Value;
use catseye_model::{Fields, Object, PodView, Step, Version};
use catseye_policy::glob;

use super::{Outcome, entries, name, objects};

const TEST_FOLDER: &str = ".kyverno-test";
const TEST_FILE: &str = "kyverno-test.yaml";

pub(super) fn judge(folder: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    let mut tests = Vec::new();
    if let Err(err) = find_tests(folder, &mut tests) {
        outcome.count("(all)", Err(err));
    }
    for test in tests {
        if let Err(err) = judge_test(&test, &mut outcome) {
            outcome.count(test.display().to_string(), Err(err));
        }
    }
    outcome
}

fn find_tests(folder: &Path, tests: &mut Vec<PathBuf>) -> Result<()> {
    for entry in entries(folder)? {
        if name(&entry) == TEST_FOLDER && entry.join(TEST_FILE).is_file() {
            tests.push(entry);
        } else if entry.is_dir() {
            find_tests(&entry, tests)?;
        }
    }
    Ok(())
}

/// Judges every resource that a test names, under every rule that it names.
fn judge_test(folder: &Path, outcome: &mut Outcome) -> Result<()> {
    let tests = objects(&folder.join(TEST_FILE))?;
    for test in &tests {
        let test = test.value();
        let policies = read_all(folder, test.texts("policies"))?;
        let resources = read_all(folder, test.texts("resources"))?;
        let mut by_name: BTreeMap<(&str, &str), &Object> = BTreeMap::new();
        for resource in &resources {
            by_name.insert((resource.kind_name(), resource.name()), resource);
        }
        for expected in test.list("results") {
            let policy = expected.text("policy").unwrap_or_default();
            let rule = expected.text("rule").unwrap_or_default();
            let kind = expected.text("kind").unwrap_or_default();
            let one = expected.text("resource");
            for resource in expected.texts("resources").chain(one) {
                let resource = resource.rsplit('/').next().unwrap_or_default();
                let answer = policies
                    .iter()
                    .find(|object| object.name() == bare(policy))
                    .with_context(|| format!("no policy {policy}"))
                    .and_then(|policy| {
                        let object = by_name
                            .get(&(kind, resource))
                            .with_context(|| format!("no {kind} {resource}"))?;
                        agrees(policy, rule, object, expected.text("result"))
                    });
                outcome.count(format!("{policy}/{rule}/{kind}/{resource}"), answer);
            }
        }
    }
    Ok(())
}

fn read_all<'a>(folder: &Path, files: impl Iterator<Item = &'a str>) -> Result<Vec<Object>> {
    let mut read = Vec::new();
    for file in files {
        read.extend(objects(&folder.join(file))?);
    }
    Ok(read)
}

/// A policy's name without its namespace.
fn bare(policy: &str) -> &str {
    policy.rsplit('/').next().unwrap_or_default()
}

fn agrees(policy: &Object, rule: &str, object: &Object, expected: Option<&str>) -> Result<()> {
    let Some(pod) = PodView::of(object) else {
        bail!("{object} has no pod template");
    };
    let found: Vec<String> = violations(policy, rule, &pod)?
        .iter()
        .map(|violation| format!("{} {}", violation.path, violation.message))
        .collect();
    match expected {
        Some("fail") => ensure!(!found.is_empty(), "should fail, nothing was found"),
        Some("pass" | "skip") => ensure!(found.is_empty(), "should pass: {}", found.join("; ")),
        other => bail!("unknown result {other:?}"),
    }
    Ok(())
}

/// How we read a rule: a control, and which of its violations are meant.
struct Reading {
    policy: &'static str,
    /// The end of the rule's name; empty for every rule of the policy.
    rule: &'static str,
    control: &'static str,
    concerns: fn(&Violation, &PodView<'_>) -> bool,
}

impl Reading {
    const fn whole(policy: &'static str, control: &'static str) -> Self {
        Reading {
            policy,
            rule: "",
            control,
            concerns: |_, _| true,
        }
    }

    const fn part(
        policy: &'static str,
        rule: &'static str,
        control: &'static str,
        concerns: fn(&Violation, &PodView<'_>) -> bool,
    ) -> Self {
        Reading {
            policy,
            rule,
            control,
            concerns,
        }
    }
}

const READINGS: &[Reading] = &[
    Reading::whole("disallow-capabilities", "capabilities_baseline"),
    Reading::whole("disallow-host-namespaces", "hostNamespaces"),
    Reading::whole("disallow-host-path", "hostPathVolumes"),
    Reading::whole("disallow-host-ports", "hostPorts"),
    Reading::part(
        "disallow-host-ports-range",
        "",
        "hostPorts",
        is_outside_range,
    ),
    Reading::whole("disallow-host-process", "windowsHostProcess"),
    Reading::whole("disallow-privileged-containers", "privileged"),
    Reading::whole("disallow-proc-mount", "procMount"),
    Reading::part("disallow-selinux", "type", "seLinuxOptions", |found, _| {
        ends_with(found, "type")
    }),
    Reading::part(
        "disallow-selinux",
        "user-role",
        "seLinuxOptions",
        |found, _| !ends_with(found, "type"),
    ),
    Reading::whole("restrict-apparmor-profiles", "appArmorProfile"),
    Reading::whole("restrict-seccomp", "seccompProfile_baseline"),
    Reading::whole("restrict-sysctls", "sysctls"),
    Reading::part(
        "disallow-capabilities-strict",
        "require-drop-all",
        "capabilities_restricted",
        |found, _| ends_with(found, "drop"),
    ),
    Reading::part(
        "disallow-capabilities-strict",
        "adding-capabilities-strict",
        "capabilities_restricted",
        |found, _| !ends_with(found, "drop"),
    ),
    Reading::whole("disallow-privilege-escalation", "allowPrivilegeEscalation"),
    Reading::whole("require-run-as-non-root-user", "runAsUser"),
    Reading::whole("require-run-as-nonroot", "runAsNonRoot"),
    Reading::whole("restrict-seccomp-strict", "seccompProfile_restricted"),
    Reading::whole("restrict-volume-types", "restrictedVolumes"),
];

fn ends_with(violation: &Violation, field: &str) -> bool {
    matches!(violation.path.steps().last(), Some(Step::Key(key)) if key == field)
}

/// The policy permits the ports 5000 to 6000 of the node, which the standard does not.
fn is_outside_range(violation: &Violation, pod: &PodView<'_>) -> bool {
    let port = violation
        .path
        .get(pod.object.value())
        .and_then(catseye_model::Value::as_i64);
    !port.is_some_and(|port| (5000..=6000).contains(&port))
}

/// What the pod does that the rule forbids.
fn violations(policy: &Object, rule: &str, pod: &PodView<'_>) -> Result<Vec<Violation>> {
    let rule = written_name(rule);
    let spec = policy
        .value()
        .list("spec.rules")
        .iter()
        .find(|candidate| candidate.text("name") == Some(rule))
        .with_context(|| format!("{policy} has no rule {rule}"))?;
    let pod_security = spec.at("validate.podSecurity");
    if pod_security.is_object() {
        return violations_of_level(pod_security, pod);
    }
    let reading = READINGS
        .iter()
        .find(|reading| reading.policy == policy.name() && rule.ends_with(reading.rule))
        .with_context(|| format!("no reading of {policy}, rule {rule}"))?;
    let control = pss::control(reading.control).context("a reading names a control")?;
    let mut found = control.violations(written_for(policy)?, pod);
    found.retain(|violation| (reading.concerns)(violation, pod));
    Ok(found)
}

/// The name of the rule that another one was derived from, for Deployments or `CronJob`s.
fn written_name(rule: &str) -> &str {
    rule.strip_prefix("autogen-cronjob-")
        .or_else(|| rule.strip_prefix("autogen-"))
        .unwrap_or(rule)
}

/// The newest Kubernetes version that the policy was written for: `1.22-1.23` is 1.23.
fn written_for(policy: &Object) -> Result<Version> {
    let Some(range) = policy.annotation("kyverno.io/kubernetes-version") else {
        return Ok(Version::LATEST);
    };
    let newest = range.rsplit(['-', ',']).next().unwrap_or_default();
    Ok(newest.trim().parse()?)
}

fn violations_of_level(pod_security: &Value, pod: &PodView<'_>) -> Result<Vec<Violation>> {
    let level: Level = pod_security.text("level").unwrap_or_default().parse()?;
    let version: Version = pod_security.text("version").unwrap_or("latest").parse()?;
    let mut found = pss::evaluate(level, version, pod);
    for exclusion in pod_security.list("exclude") {
        found.retain(|violation| !is_excluded(violation, exclusion, pod));
    }
    Ok(found)
}

/// An exclusion with images is about containers of these images, one without about the pod itself.
fn is_excluded(violation: &Violation, exclusion: &Value, pod: &PodView<'_>) -> bool {
    if exclusion.text("controlName") != Some(violation.control.title) {
        return false;
    }
    let images = exclusion.list("images");
    let subject = match &violation.container {
        None => images.is_empty(),
        Some(name) => pod
            .containers
            .iter()
            .filter(|container| container.name == &**name)
            .filter_map(|container| container.image)
            .any(|image| {
                exclusion
                    .texts("images")
                    .any(|glob| glob::matches(glob, image))
            }),
    };
    subject && is_excluded_field(violation, exclusion, pod)
}

/// `restrictedField` narrows an exclusion to one field, `values` to some of what may stand there.
fn is_excluded_field(violation: &Violation, exclusion: &Value, pod: &PodView<'_>) -> bool {
    let Some(field) = exclusion.text("restrictedField") else {
        return true;
    };
    let path = violation.path.to_string();
    let (Some(at), Some(above)) = (path.find("spec."), field.strip_prefix("spec.")) else {
        return false;
    };
    let without_indices: String = keys(&path[at..]).join(".");
    let wanted = keys(&format!("spec.{above}")).join(".");
    let value = violation.path.get(pod.object.value());
    without_indices.ends_with(&wanted)
        && value.and_then(|value| value.as_str()).is_none_or(|value| {
            exclusion
                .texts("values")
                .any(|glob| glob::matches(glob, value))
        })
}

/// The keys of a written path, without the indices: `a[*].b` and `a[0].b` are both `a`, `b`.
fn keys(path: &str) -> Vec<&str> {
    path.split('.')
        .map(|step| step.split('[').next().unwrap_or_default())
        .collect()
}
