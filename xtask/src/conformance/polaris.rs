//! Manifests of Polaris: `CHECK/{success,failure,mutated}*.yaml`. A `failure` must raise one of the
//! checks that answer theirs; a `success`, and a `mutated` one that their tool has mended, must not.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use catseye_checks::{Check, Config, Judge};
use catseye_model::{Completeness, Inventory};

use super::{Outcome, entries, name, objects};

/// Which of our checks answer theirs.
const READINGS: &[(&str, &[&str])] = &[
    ("automountServiceAccountToken", &["SEC-008"]),
    ("clusterrolebindingClusterAdmin", &["RBA-001"]),
    ("cpuLimitsMissing", &["REL-101"]),
    ("cpuRequestsMissing", &["REL-004"]),
    ("dangerousCapabilities", &["POD-011", "POD-111"]),
    ("deploymentMissingReplicas", &["REL-006"]),
    ("hostIPCSet", &["POD-003"]),
    ("hostNetworkSet", &["POD-004"]),
    ("hostPIDSet", &["POD-002"]),
    ("hostPathSet", &["POD-006", "POD-008", "POD-009"]),
    ("hostPortSet", &["POD-005"]),
    ("hostProcess", &["POD-019"]),
    ("hpaMaxAvailability", &["REL-116"]),
    ("hpaMinAvailability", &["REL-115"]),
    ("insecureCapabilities", &["POD-010", "POD-011", "POD-012"]),
    ("linuxHardening", &["POD-028"]),
    ("livenessProbeMissing", &["REL-005"]),
    ("memoryLimitsMissing", &["REL-103"]),
    ("memoryRequestsMissing", &["REL-102"]),
    ("metadataAndInstanceMismatched", &["HYG-103"]),
    ("missingNetworkPolicy", &["NET-002", "NET-101", "NET-102"]),
    ("missingPodDisruptionBudget", &["REL-109"]),
    ("nakedPod", &["POD-037"]),
    ("notReadOnlyRootFilesystem", &["POD-026"]),
    ("pdbDisruptionsIsZero", &["REL-110"]),
    ("pdbMinAvailableGreaterThanHPAMinReplicas", &["REL-110"]),
    ("priorityClassNotSet", &["REL-113"]),
    ("privilegeEscalationAllowed", &["POD-020"]),
    ("procMount", &["POD-013", "POD-113"]),
    ("pullPolicyNotAlways", &["IMG-005", "IMG-105"]),
    ("readinessProbeMissing", &["REL-106"]),
    (
        "rolebindingClusterRolePodExecAttach",
        &["RBA-001", "RBA-005"],
    ),
    ("rolebindingRolePodExecAttach", &["RBA-001", "RBA-005"]),
    ("runAsPrivileged", &["POD-001"]),
    ("runAsRootAllowed", &["POD-021", "POD-022"]),
    ("sensitiveConfigmapContent", &["SEC-002"]),
    ("sensitiveContainerEnvVar", &["SEC-001"]),
    ("tagNotSpecified", &["IMG-001"]),
    ("tlsSettingsMissing", &["NET-011"]),
    ("topologySpreadConstraint", &["REL-112"]),
];

/// The file with which a folder tries the language of checks rather than a check.
const OWN_CHECK: &str = "check.yaml";

/// Their other checks of roles and bindings, by how their names begin.
const OF_RBAC: &[&str] = &["clusterrole", "role"];

pub(super) fn judge(folder: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    if let Err(err) = judge_all(folder, &mut outcome) {
        outcome.count("(all)", Err(err));
    }
    outcome
}

fn judge_all(folder: &Path, outcome: &mut Outcome) -> Result<()> {
    for check_folder in entries(folder)? {
        if check_folder.is_dir() {
            judge_check(&check_folder, outcome)?;
        }
    }
    Ok(())
}

fn judge_check(folder: &Path, outcome: &mut Outcome) -> Result<()> {
    let check = name(folder);
    let cases = cases(folder)?;
    let reading = READINGS.iter().find(|(theirs, _)| *theirs == check);
    let line = if folder.join(OWN_CHECK).is_file() {
        format!(
            "{} cases not judged: brings a check of its own",
            cases.len()
        )
    } else if let Some((_, ids)) = reading {
        let before = (outcome.agreed, outcome.total);
        for (file, fails) in &cases {
            let case = format!("{check}/{}", name(file));
            outcome.count(case, agrees(file, *fails, ids));
        }
        let (agreed, total) = (outcome.agreed - before.0, outcome.total - before.1);
        format!("{} {agreed}/{total}", ids.join(" "))
    } else if OF_RBAC.iter().any(|start| check.starts_with(start)) {
        format!(
            "{} cases not judged: judges roles that nobody may hold, where we judge bindings",
            cases.len()
        )
    } else {
        for (file, _) in &cases {
            let case = format!("{check}/{}", name(file));
            outcome.count(case, Err(anyhow!("no reading of this check")));
        }
        format!("no reading, 0/{}", cases.len())
    };
    outcome.notes.push(format!("{check} -> {line}"));
    Ok(())
}

/// The manifests of a check, and whether something is wrong in them.
fn cases(folder: &Path) -> Result<Vec<(PathBuf, bool)>> {
    let mut cases = Vec::new();
    for file in entries(folder)? {
        let name = name(&file);
        if name.starts_with("failure") {
            cases.push((file, true));
        } else if name.starts_with("success") || name.starts_with("mutated") {
            cases.push((file, false));
        }
    }
    Ok(cases)
}

fn agrees(file: &Path, fails: bool, ids: &[&str]) -> Result<()> {
    let checks: Vec<&'static Check> = ids
        .iter()
        .map(|id| catseye_checks::find(id).with_context(|| format!("no check {id}")))
        .collect::<Result<_>>()?;
    let inventory = Inventory::new(objects(file)?, Completeness::Cluster);
    let config = Config::default();
    let judge = Judge::new(&inventory, &config, checks);
    let mut found = Vec::new();
    for (id, object) in inventory.objects() {
        let findings = judge.verdict(id).map(|verdict| verdict.findings);
        for finding in findings.into_iter().flatten() {
            for place in finding.places {
                found.push(format!("{} {object} {}", finding.check, place.path));
            }
        }
    }
    if fails {
        ensure!(!found.is_empty(), "should fail, nothing was found");
    } else {
        ensure!(found.is_empty(), "should pass: {}", found.join("; "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_of_a_reading_exists() {
        for (theirs, ids) in READINGS {
            for id in *ids {
                assert!(catseye_checks::find(id).is_some(), "{theirs}: {id}");
            }
        }
    }
}
