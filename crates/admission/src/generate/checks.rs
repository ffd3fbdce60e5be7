//! Checks as policies: those whose answer is in the pod alone.

use catseye_checks::Check;
use catseye_model::{Value, json};
use catseye_policy::Exception;

use super::{Making, binding, policy, quoted};

/// The name of a check, and what must hold of a pod for it to pass.
const EXPRESSIONS: &[(&str, &str)] = &[
    (
        "privileged-container",
        "variables.all.all(c, !c.?securityContext.?privileged.orValue(false))",
    ),
    (
        "host-network",
        "!variables.spec.?hostNetwork.orValue(false)",
    ),
    ("host-pid", "!variables.spec.?hostPID.orValue(false)"),
    ("host-ipc", "!variables.spec.?hostIPC.orValue(false)"),
    (
        "host-path",
        "!variables.spec.?volumes.orValue([]).exists(v, has(v.hostPath))",
    ),
    (
        "host-port",
        "variables.containers.all(c, c.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0))",
    ),
    (
        "privilege-escalation",
        "variables.all.all(c, !c.?securityContext.?allowPrivilegeEscalation.orValue(true))",
    ),
    (
        "capabilities-not-dropped",
        "variables.all.all(c, 'ALL' in c.?securityContext.?capabilities.?drop.orValue([]))",
    ),
    (
        "added-capability",
        "variables.all.all(c, c.?securityContext.?capabilities.?add.orValue([]).all(k, k == 'NET_BIND_SERVICE'))",
    ),
    (
        "seccomp-unconfined",
        "variables.spec.?securityContext.?seccompProfile.?type.orValue('') != 'Unconfined' && variables.all.all(c, c.?securityContext.?seccompProfile.?type.orValue('') != 'Unconfined')",
    ),
    (
        "seccomp-missing",
        "variables.all.all(c, c.?securityContext.?seccompProfile.?type.orValue(variables.spec.?securityContext.?seccompProfile.?type.orValue('')) != '')",
    ),
    (
        "may-run-as-root",
        "variables.all.all(c, c.?securityContext.?runAsNonRoot.orValue(variables.spec.?securityContext.?runAsNonRoot.orValue(false)) || c.?securityContext.?runAsUser.orValue(variables.spec.?securityContext.?runAsUser.orValue(0)) > 0)",
    ),
    (
        "root-user",
        "variables.all.all(c, c.?securityContext.?runAsUser.orValue(variables.spec.?securityContext.?runAsUser.orValue(1)) != 0)",
    ),
    (
        "writable-root-filesystem",
        "variables.all.all(c, c.?securityContext.?readOnlyRootFilesystem.orValue(false))",
    ),
    (
        "proc-mount",
        "variables.all.all(c, c.?securityContext.?procMount.orValue('Default') == 'Default')",
    ),
    (
        "shared-process-namespace",
        "!variables.spec.?shareProcessNamespace.orValue(false)",
    ),
    (
        "windows-host-process",
        "!variables.spec.?securityContext.?windowsOptions.?hostProcess.orValue(false) && variables.all.all(c, !c.?securityContext.?windowsOptions.?hostProcess.orValue(false))",
    ),
    (
        "no-digest",
        "variables.all.all(c, c.image.contains('@sha256:'))",
    ),
    (
        "latest-tag",
        "variables.all.all(c, c.image.contains('@') || (c.image.substring(c.image.lastIndexOf('/') + 1).contains(':') && !c.image.endsWith(':latest')))",
    ),
];

/// The checks that can be said of a pod alone, with what must hold.
fn known() -> impl Iterator<Item = (&'static Check, &'static str)> {
    EXPRESSIONS
        .iter()
        .filter_map(|(name, expression)| Some((catseye_checks::find(name)?, *expression)))
}

/// Policies and bindings for these checks.
pub fn from_checks(checks: &[&'static Check], making: &Making<'_>) -> Vec<Value> {
    let mut made = Vec::new();
    for (check, expression) in known() {
        if !checks.iter().any(|wanted| wanted.id == check.id) {
            continue;
        }
        let name = format!("catseye-{}", check.name());
        let fix: String = check
            .fix()
            .lines()
            .take_while(|line| !line.is_empty() && !line.starts_with("```"))
            .collect::<Vec<_>>()
            .join(" ");
        let message = format!("{} {}: {}", check.id, check.title(), fix);
        let message: String = message.chars().take(500).collect();
        let validation = json!({
            "expression": expression, "message": message.trim_end_matches([':', ' ']), "reason": "Forbidden",
        });
        let conditions = conditions(check, making);
        let about = format!("{}: {}", check.id, check.title());
        made.push(policy(&name, &about, conditions, vec![validation]));
        made.push(binding(&name, making.action, None));
    }
    made
}

/// The checks of a list that no policy can answer.
pub fn without_policy(checks: &[&'static Check]) -> Vec<&'static str> {
    checks
        .iter()
        .filter(|check| !known().any(|(known, _)| known.id == check.id))
        .map(|check| check.id)
        .collect()
}

/// Exceptions as conditions under which the policy is not about a request. What an exception says of
/// containers, fields and owners cannot be said so; it then stays an exception here only.
fn conditions(check: &Check, making: &Making<'_>) -> Vec<Value> {
    let mut conditions = Vec::new();
    for (index, exception) in making.exceptions.all().enumerate() {
        let is_meant = exception.names(check.id, &check.name());
        let is_whole = exception.container.is_none()
            && exception.path.is_none()
            && exception.owner.is_none()
            && exception.actor.is_none();
        if !is_meant || !is_whole || exception.is_expired(making.today) {
            continue;
        }
        let Some(met) = met(exception) else {
            continue;
        };
        conditions.push(json!({
            "name": format!("exception-{}", index + 1),
            "expression": format!("!({met})"),
        }));
    }
    conditions
}

fn met(exception: &Exception) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(kind) = &exception.kind {
        parts.push(format!("request.kind.kind == {}", quoted(kind)));
    }
    for (pattern, what) in [
        (&exception.namespace, "request.?namespace.orValue('')"),
        (&exception.name, "object.metadata.?name.orValue('')"),
    ] {
        let Some(pattern) = pattern else {
            continue;
        };
        parts.push(if pattern.contains('*') {
            let mut regex = String::from("^");
            for letter in pattern.chars() {
                match letter {
                    '*' => regex.push_str(".*"),
                    letter if letter.is_ascii_alphanumeric() || letter == '-' => regex.push(letter),
                    letter => {
                        regex.push('\\');
                        regex.push(letter);
                    }
                }
            }
            regex.push('$');
            format!("{what}.matches({})", quoted(&regex))
        } else {
            format!("{what} == {}", quoted(pattern))
        });
    }
    // An exception for everything would be a policy for nothing.
    (!parts.is_empty()).then(|| parts.join(" && "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Action;
    use crate::request::Request;
    use crate::set::PolicySet;
    use crate::surroundings::Surroundings;
    use catseye_checks::{Config, Judge};
    use catseye_model::{Completeness, Inventory, Object, yaml};
    use catseye_policy::Exceptions;

    #[test]
    fn every_expression_belongs_to_a_check() {
        for (name, _) in EXPRESSIONS {
            assert!(catseye_checks::find(name).is_some(), "{name}");
        }
    }

    /// What a check's own examples say, its policy says too, where the example is a workload.
    #[test]
    fn a_policy_denies_what_its_check_finds_and_passes_what_it_passes() {
        let none = Exceptions::default();
        let making = Making {
            action: Action::Deny,
            exceptions: &none,
            today: jiff::civil::date(2027, 1, 1),
        };
        let config = Config::default();
        let mut compared = 0;
        for (check, _) in known() {
            let mut set = PolicySet::default();
            for object in super::super::objects(&from_checks(&[check], &making)) {
                set.add(&object)
                    .unwrap_or_else(|err| panic!("{}: {err:?}", check.id));
            }
            for (text, fails) in check
                .fails
                .iter()
                .map(|text| (text, true))
                .chain(check.passes.iter().map(|text| (text, false)))
            {
                let objects: Vec<Object> = yaml::documents(text)
                    .into_iter()
                    .flat_map(|document| Object::read(document.content.unwrap(), None).0)
                    .collect();
                let inventory = Inventory::new(objects, Completeness::Fragment);
                let judge = Judge::new(&inventory, &config, [check]);
                let surroundings = Surroundings::of(&inventory);
                for (id, object) in inventory.objects() {
                    let found = judge.verdict_alone(id);
                    let verdict = set.judge(&Request::create(object, &inventory), &surroundings);
                    if verdict.met == 0 || object.namespace() == "kube-system" {
                        continue;
                    }
                    compared += 1;
                    // A policy may pass what the check weighs more finely, and must find what an example
                    // shows plainly.
                    if !found.findings.is_empty() && fails {
                        assert!(!verdict.passes(), "{} passes\n{text}", check.id);
                    }
                }
            }
        }
        assert!(compared > 40, "{compared}");
    }
}
