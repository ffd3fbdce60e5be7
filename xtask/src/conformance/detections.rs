//! Audit events with known answers: does a rule of ours say of an event what the rule of others does,
//! and which recorded attacks do our rules see?
//!
//! Rules that count are given their event as often as they count to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use catseye_detect::audit::{Config, Prefixes, Rules, find};
use catseye_event::intake::Intake;
use catseye_model::{Fields as _, RedactionKey, Severity};
use serde_json::{Value, json};

use super::{Outcome, entries, name};

/// A rule of Panther, and the one of ours that answers the same row of the catalogue.
const PANTHER: &[(&str, &str)] = &[
    ("Amazon.EKS.AnonymousAPIAccess", "AUD-001"),
    ("Amazon.EKS.Audit.Multiple403", "AUD-150"),
    ("GCP.K8s.New.Daemonset.Deployed", "AUD-080"),
    ("GCP.K8s.Pod.Using.Host.PID.Namespace", "AUD-084"),
    ("GCP.K8S.Service.Type.NodePort.Deployed", "AUD-131"),
    ("Kubernetes.CronJob.CreatedOrModified", "AUD-079"),
    ("Kubernetes.Pod.Exec", "AUD-055"),
    ("Kubernetes.Ingress.NoTLS", "AUD-133"),
    ("Kubernetes.API.IOC.Activity", "AUD-005"),
    ("Kubernetes.API.Multiple403.PublicIP", "AUD-150"),
    ("Kubernetes.Pod.Host.Network", "AUD-086"),
    ("Kubernetes.Pod.Host.PID", "AUD-084"),
    ("Kubernetes.Role.NodeProxyPermissions", "AUD-110"),
    ("Kubernetes.Role.Wildcard", "AUD-106"),
    ("Kubernetes.Role.WritePermissions", "AUD-112"),
    ("Kubernetes.Secret.AccessDenied", "AUD-038"),
    ("Kubernetes.Pod.StealServiceAccountToken", "AUD-058"),
];

pub(super) fn judge_panther(folder: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    if let Err(err) = each_panther_case(folder, &mut outcome) {
        outcome.count("(all)", Err(err));
    }
    outcome
}

fn each_panther_case(folder: &Path, outcome: &mut Outcome) -> Result<()> {
    for file in entries(folder)? {
        if !name(&file).ends_with(".jsonl") {
            continue;
        }
        let text = fs::read_to_string(&file).context("reading a suite")?;
        for line in text.lines() {
            let case: Value = serde_json::from_str(line).context("reading a case")?;
            let rule = case.text("rule").unwrap_or_default();
            let id = format!("{rule}/{}", case.text("test").unwrap_or_default());
            outcome.count(id, panther_case(rule, &case));
        }
    }
    Ok(())
}

fn panther_case(rule: &str, case: &Value) -> Result<()> {
    let ours = PANTHER
        .iter()
        .find_map(|(theirs, ours)| (*theirs == rule).then_some(*ours))
        .with_context(|| format!("no rule of ours stands for {rule}"))?;
    let log = case.at("log");
    let times = case.integer("threshold").unwrap_or(1);
    let events: String = (0..times)
        .map(|n| numbered(log, n).to_string() + "\n")
        .collect();
    let listed = log.texts("p_enrichment.tor_exit_nodes");
    let config = Config {
        anonymisers: Prefixes::read(listed)?,
        ..Config::default()
    };
    let rule = find(ours).with_context(|| format!("no rule {ours}"))?;
    let mut rules = Rules::of([rule], config);
    let mut fired = false;
    each_event(events.as_bytes(), &mut |event| {
        fired |= !rules.observe(event, None).is_empty();
    });
    let expected = case.flag("expected").unwrap_or_default();
    if fired != expected {
        let said = if fired { "fires" } else { "is quiet" };
        bail!("{ours} {said}");
    }
    Ok(())
}

/// The same event once more: another request, for another secret.
fn numbered(log: &Value, n: i64) -> Value {
    let mut log = log.clone();
    let Some(fields) = log.as_object_mut() else {
        return log;
    };
    if n > 0 && fields.contains_key("verb") {
        fields.insert("auditID".into(), json!(format!("event-{n}")));
        if let Some(target) = fields.get_mut("objectRef").and_then(Value::as_object_mut)
            && target.get("resource").and_then(Value::as_str) == Some("secrets")
        {
            target.insert("name".into(), json!(format!("secret-{n}")));
        }
    } else if n > 0 && fields.contains_key("protoPayload") {
        fields.insert("insertId".into(), json!(format!("event-{n}")));
        let text = log
            .at("protoPayload.resourceName")
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if text.contains("/secrets/") {
            log["protoPayload"]["resourceName"] = json!(format!("{text}-{n}"));
        }
    } else if n > 0
        && let Some(inner) = log.at("properties").text("log").map(str::to_owned)
        && let Ok(event) = serde_json::from_str::<Value>(&inner)
    {
        log["properties"]["log"] = json!(numbered(&event, n).to_string());
    }
    log
}

/// A rule of Falco, and the ones of ours that answer the same rows of the catalogue. Falco's lists of
/// allowed images and users have no counterpart: what is usual is learned.
const FALCO: &[(&str, &[&str])] = &[
    ("Create Privileged Pod", &["AUD-083"]),
    ("Create HostNetwork Pod", &["AUD-086"]),
    ("Create Sensitive Mount Pod", &["AUD-087"]),
    ("Create NodePort Service", &["AUD-131"]),
    ("Attach/Exec Pod", &["AUD-055", "AUD-056"]),
    ("Pod Created in Kube Namespace", &["AUD-128"]),
    ("System ClusterRole Modified/Deleted", &["AUD-113"]),
    ("Attach to cluster-admin Role", &["AUD-101"]),
    ("ClusterRole With Write Privileges Created", &["AUD-112"]),
    ("ClusterRole With Pod Exec Created", &["AUD-109"]),
    ("K8s Service Deleted", &["AUD-137"]),
    ("K8s Role/Clusterrole Deleted", &["AUD-117"]),
    ("K8s Secret Deleted", &["AUD-139"]),
];

/// Falco's traces, judged by our own rules: each expected rule of theirs by its counterpart of ours,
/// and where none is expected none of the counterparts may fire.
pub(super) fn judge_falco(folder: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    if let Err(err) = each_falco_case(folder, &mut outcome) {
        outcome.count("(all)", Err(err));
    }
    outcome
}

fn each_falco_case(folder: &Path, outcome: &mut Outcome) -> Result<()> {
    let expected = fs::read_to_string(folder.join("expected.json")).context("reading a suite")?;
    let cases: Value = serde_json::from_str(&expected).context("reading a suite")?;
    for case in cases.list("") {
        let id = case.text("case").unwrap_or_default();
        let mut theirs = case.entries("expected_counts").map(|(rule, _)| rule);
        let by_lists = case.texts("rules").any(|file| {
            ["allow_", "trust_", "single_"]
                .iter()
                .any(|prefix| file.starts_with(prefix))
        });
        let ours = match theirs.next() {
            Some(rule) => FALCO
                .iter()
                .find(|(name, _)| *name == rule)
                .map(|(_, ours)| *ours),
            None => Some(&[][..]),
        };
        match ours {
            Some(ours) if !by_lists => {
                let trace = folder.join(case.text("trace").unwrap_or_default());
                outcome.count(id, falco_case(&trace, ours));
            }
            _ => outcome
                .notes
                .push(format!("{id} is about lists of Falco's rule files")),
        }
    }
    Ok(())
}

fn falco_case(trace: &Path, ours: &[&str]) -> Result<()> {
    // Falco judges the pod that the ReplicaSet controller makes; we judge who writes the template,
    // so the trace is given to a person.
    let log = fs::read_to_string(trace)
        .with_context(|| format!("reading {}", trace.display()))?
        .replace(
            "system:serviceaccount:kube-system:replicaset-controller",
            "jane",
        );
    let counterparts: Vec<&str> = FALCO.iter().flat_map(|(_, ours)| *ours).copied().collect();
    let wanted = if ours.is_empty() { &counterparts } else { ours };
    let rules = wanted.iter().filter_map(|id| find(id));
    let mut rules = Rules::of(rules, Config::default());
    let mut fired = Vec::new();
    each_event(log.as_bytes(), &mut |event| {
        let detections = rules.observe(event, None).into_iter();
        // What only keeps the trail fires on the harmless, too.
        let telling = detections.filter(|it| !ours.is_empty() || it.severity > Severity::Info);
        fired.extend(telling.map(|it| it.rule));
    });
    match (ours.is_empty(), fired.is_empty()) {
        (true, false) => bail!("{} fires", fired.join(", ")),
        (false, true) => bail!("{} is quiet", ours.join(" and ")),
        _ => Ok(()),
    }
}

pub(super) fn each_event(log: &[u8], sink: &mut dyn FnMut(&catseye_event::Event<'_>)) {
    let mut intake = Intake::new(RedactionKey::new([0; 32]));
    intake.feed(log, sink);
    intake.finish(sink);
}

/// Which attacks of the recording at least one rule of severity medium or worse sees, and how often
/// each rule fires beside them.
pub(super) fn judge_recorded(folder: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    for file in entries(folder).unwrap_or_default() {
        let name = name(&file);
        let Some(seed) = name
            .strip_prefix("labels-")
            .and_then(|rest| rest.strip_suffix(".csv"))
        else {
            continue;
        };
        if let Err(err) = recording(folder, seed, &mut outcome) {
            outcome.count(seed, Err(err));
        }
    }
    outcome
}

fn recording(folder: &Path, seed: &str, outcome: &mut Outcome) -> Result<()> {
    let labels = fs::read_to_string(folder.join(format!("labels-{seed}.csv")))?;
    let labels: BTreeMap<&str, &str> = labels
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(',');
            Some((fields.next()?, fields.next()?))
        })
        .collect();
    let log = fs::read(folder.join(format!("audit-{seed}.log.gz")))?;
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut benign: BTreeMap<String, usize> = BTreeMap::new();
    let mut rules = Rules::new(Config::default());
    let mut events = 0_usize;
    each_event(&gunzip(&log)?, &mut |event| {
        events += 1;
        let label = labels.get(event.audit_id()).copied().unwrap_or("unlisted");
        if label.starts_with("attack:") {
            seen.entry(label).or_default();
        }
        for detection in rules.observe(event, None) {
            if label.starts_with("attack:") {
                seen.entry(label)
                    .or_default()
                    .insert(format!("{} {}", detection.rule, detection.severity));
            } else {
                let line = format!(
                    "{label} {} {} {}",
                    detection.severity, detection.rule, detection.actor
                );
                *benign.entry(line).or_default() += 1;
            }
        }
    });
    for (attack, detections) in &seen {
        let telling = detections
            .iter()
            .any(|it| !it.ends_with("low") && !it.ends_with("info"));
        let answer = if telling {
            Ok(())
        } else {
            Err(anyhow::anyhow!("seen by {detections:?} only"))
        };
        outcome.count(format!("{seed}/{attack}"), answer);
    }
    outcome.notes.push(format!(
        "{seed}: {events} events; beside the attacks fired:"
    ));
    for (line, count) in benign {
        outcome.notes.push(format!("{seed}: {count:>5} {line}"));
    }
    Ok(())
}

/// Unpacked by the system's own program: the suites alone are packed.
fn gunzip(packed: &[u8]) -> Result<Vec<u8>> {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let mut child = Command::new("gzip")
        .arg("-dc")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("failed to start gzip")?;
    let mut input = child.stdin.take().context("gzip has no input")?;
    let packed = packed.to_vec();
    let feeder = std::thread::spawn(move || input.write_all(&packed));
    let output = child.wait_with_output().context("failed to run gzip")?;
    feeder.join().ok().context("failed to feed gzip")??;
    Ok(output.stdout)
}
