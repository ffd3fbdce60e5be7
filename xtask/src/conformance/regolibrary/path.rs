//! Comparing written paths: `spec.containers[0].securityContext.capabilities.drop[1]`.

use std::str::FromStr as _;

use catseye_model::{FieldPath, Step};

const CONTAINERS: &[&str] = &["containers", "initContainers", "ephemeralContainers"];

/// True when both name the same field, or one stands above the other: some name a list, others its
/// member, or the default value that they would write below the field. A whole container, pod or
/// metadata is no field; name and value of an environment variable are one.
pub(super) fn is_same_field(one: &str, other: &str) -> bool {
    let (one, other) = (steps(one), steps(other));
    let (one, other) = (variable(&one), variable(&other));
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    short == long || (short.len() > subject(long) && long.starts_with(short))
}

/// The path of the environment variable that a path leads into; any other path as it is.
fn variable(steps: &[Step]) -> &[Step] {
    let at = steps
        .iter()
        .rposition(|step| matches!(step, Step::Key(key) if key == "env"));
    at.and_then(|at| steps.get(..at + 2)).unwrap_or(steps)
}

/// The length of the part of a path that says whose field it is.
fn subject(steps: &[Step]) -> usize {
    let is = |step: &Step, keys: &[&str]| matches!(step, Step::Key(key) if keys.contains(&&**key));
    if let Some(list) = steps.iter().rposition(|step| is(step, CONTAINERS)) {
        return list + 2;
    }
    let template = steps
        .iter()
        .rposition(|step| is(step, &["template", "podTemplate"]));
    template.map_or(1, |template| template + 2)
}

/// True for a member of a pod's volumes.
pub(super) fn is_volume(path: &str) -> bool {
    ends_with_member(path, "volumes")
}

/// True for a member of a container's mounts.
pub(super) fn is_mount(path: &str) -> bool {
    ends_with_member(path, "volumeMounts")
}

fn ends_with_member(path: &str, list: &str) -> bool {
    matches!(&*steps(path), [.., Step::Key(key), Step::Index(_)] if key == list)
}

/// The steps of a path; what is no path is one step.
fn steps(path: &str) -> Vec<Step> {
    FieldPath::from_str(path).map_or_else(
        |_| vec![Step::Key(path.to_owned())],
        |path| path.steps().to_vec(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_and_what_stands_below_it_are_the_same() {
        for (one, other) in [
            ("spec.hostPID", "spec.hostPID"),
            ("spec.volumes[0]", "spec.volumes[0].hostPath.path"),
            (
                "spec.containers[1].securityContext.capabilities.drop",
                "spec.containers[1].securityContext.capabilities.drop[0]",
            ),
            ("data.pwd", "data[pwd]"),
            (
                "spec.containers[0].env[1].name",
                "spec.containers[0].env[1].valueFrom.secretKeyRef",
            ),
        ] {
            assert!(is_same_field(one, other), "{one} {other}");
            assert!(is_same_field(other, one), "{other} {one}");
        }
    }

    #[test]
    fn a_whole_container_or_pod_is_no_field() {
        for (one, other) in [
            ("spec.containers[0].image", "spec.containers[1].image"),
            ("spec.containers[0]", "spec.containers[0].image"),
            ("spec", "spec.hostPID"),
            ("spec.template.spec", "spec.template.spec.hostPID"),
            ("spec.hostPID", "spec.hostIPC"),
            ("spec.containers[0].env[0]", "spec.containers[0].env[1]"),
            ("metadata", "metadata.namespace"),
        ] {
            assert!(!is_same_field(one, other), "{one} {other}");
        }
    }
}
