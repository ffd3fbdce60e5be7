//! Requests and limits of containers, with what the pod as a whole and the namespace add to them.
//!
//! A container that says nothing still has a limit when the pod sets one for all its containers
//! (`spec.resources`, Kubernetes 1.34) or when a `LimitRange` of its namespace sets a default, and
//! it requests its limit when it has only that.

use std::collections::HashMap;

use catseye_model::Value;
use catseye_model::{Container, Fields, Inventory, Kind, PodView, Quantity, Severity};

use crate::config::Range;
use crate::context::{Context, Index, Reads};
use crate::findings::Findings;

/// A resource that containers share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    Cpu,
    Memory,
    EphemeralStorage,
}

/// What is said about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Requests,
    Limits,
}

impl Resource {
    pub(super) const ALL: [Resource; 3] =
        [Resource::Cpu, Resource::Memory, Resource::EphemeralStorage];

    /// The key in `requests` and `limits`.
    pub(super) fn key(self) -> &'static str {
        match self {
            Resource::Cpu => "cpu",
            Resource::Memory => "memory",
            Resource::EphemeralStorage => "ephemeral-storage",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Resource::Cpu => "CPU",
            Resource::Memory => "memory",
            Resource::EphemeralStorage => "ephemeral storage",
        }
    }
}

impl Side {
    fn key(self) -> &'static str {
        match self {
            Side::Requests => "requests",
            Side::Limits => "limits",
        }
    }

    /// The path below a container.
    pub(super) fn path(self, resource: Resource) -> &'static str {
        match (self, resource) {
            (Side::Requests, Resource::Cpu) => "resources.requests.cpu",
            (Side::Requests, Resource::Memory) => "resources.requests.memory",
            (Side::Requests, Resource::EphemeralStorage) => "resources.requests.ephemeral-storage",
            (Side::Limits, Resource::Cpu) => "resources.limits.cpu",
            (Side::Limits, Resource::Memory) => "resources.limits.memory",
            (Side::Limits, Resource::EphemeralStorage) => "resources.limits.ephemeral-storage",
        }
    }
}

/// The amount as written on a container (or, for `spec`, on a pod).
pub(super) fn amount(holder: &Value, side: Side, resource: Resource) -> Option<&Value> {
    holder
        .get("resources")?
        .get(side.key())?
        .get(resource.key())
        .filter(|amount| !amount.is_null())
}

/// True when the container requests the resource, by itself or by what is added to it.
pub(super) fn has_request(
    pod: &PodView<'_>,
    container: &Container<'_>,
    context: &Context<'_>,
    resource: Resource,
) -> bool {
    [Side::Requests, Side::Limits].into_iter().any(|side| {
        amount(container.value, side, resource).is_some()
            || amount(pod.spec, side, resource).is_some()
            || added_by_namespace(pod, context, side, resource)
    })
}

/// Reports the containers that leave the amount open, or put it outside the team's range.
pub(super) fn judge(
    pod: &PodView<'_>,
    context: &Context<'_>,
    found: &mut Findings,
    side: Side,
    resource: Resource,
) {
    let range = allowed(pod, context, side, resource);
    for container in pod.long_running_containers() {
        let path = side.path(resource);
        if let Some(written) = amount(container.value, side, resource) {
            if let Some(message) = outside(&range, written, side, resource) {
                found.in_container(container, path, message);
            }
            continue;
        }
        if amount(pod.spec, side, resource).is_some()
            || added_by_namespace(pod, context, side, resource)
        {
            continue;
        }
        let words = resource.words();
        match side {
            Side::Limits => found.in_container(container, path, format!("has no {words} limit")),
            Side::Requests => match amount(container.value, Side::Limits, resource) {
                // Enough for the scheduler, but the whole limit is reserved.
                Some(limit) => found.in_container_severity(
                    Severity::Info,
                    container,
                    path,
                    format!("requests its whole {words} limit ({}) unsaid", text(limit)),
                ),
                // A limit would be its request as well, and that it has none is told already.
                None if resource == Resource::Memory
                    && amount(pod.spec, Side::Limits, resource).is_none() =>
                {
                    found.in_container_severity(
                        Severity::Info,
                        container,
                        path,
                        format!("requests no {words}"),
                    );
                }
                None => found.in_container(container, path, format!("requests no {words}")),
            },
        }
    }
}

fn allowed(pod: &PodView<'_>, context: &Context<'_>, side: Side, resource: Resource) -> Range {
    let all = &context.config.resources;
    let (general, of_sandbox) = match (side, resource) {
        (Side::Requests, Resource::Cpu) => (all.cpu_requests, all.sandbox_cpu_requests),
        (Side::Limits, Resource::Cpu) => (all.cpu_limits, all.sandbox_cpu_limits),
        (Side::Requests, Resource::Memory) => (all.memory_requests, all.sandbox_memory_requests),
        (Side::Limits, Resource::Memory) => (all.memory_limits, all.sandbox_memory_limits),
        (_, Resource::EphemeralStorage) => (Range::default(), Range::default()),
    };
    match pod.object.kind() {
        Kind::Sandbox | Kind::SandboxTemplate => Range {
            min: of_sandbox.min.or(general.min),
            max: of_sandbox.max.or(general.max),
        },
        _ => general,
    }
}

fn outside(range: &Range, written: &Value, side: Side, resource: Resource) -> Option<String> {
    if range.min.is_none() && range.max.is_none() {
        return None;
    }
    let quantity = Quantity::of(written)?;
    let words = resource.words();
    let what = match side {
        Side::Requests => "request",
        Side::Limits => "limit",
    };
    let written = text(written);
    if range.max.is_some_and(|max| quantity > max) {
        Some(format!("{words} {what} {written} is above what is allowed"))
    } else if range.min.is_some_and(|min| quantity < min) {
        Some(format!("{words} {what} {written} is below what is allowed"))
    } else {
        None
    }
}

/// A quantity as written, without quotes.
pub(super) fn text(amount: &Value) -> String {
    match amount {
        Value::String(text) => text.to_string(),
        other => other.to_string(),
    }
}

fn added_by_namespace(
    pod: &PodView<'_>,
    context: &Context<'_>,
    side: Side,
    resource: Resource,
) -> bool {
    context
        .index::<Defaults>()
        .by_namespace
        .get(pod.object.namespace())
        .is_some_and(|added| added.contains(&(side, resource)))
}

/// What the `LimitRange`s of each namespace add to containers that do not say.
struct Defaults {
    by_namespace: HashMap<Box<str>, Vec<(Side, Resource)>>,
}

impl Index for Defaults {
    const READS: Reads = Reads::Kinds(&[Kind::LimitRange]);

    fn build(inventory: &Inventory) -> Self {
        let mut by_namespace: HashMap<Box<str>, Vec<_>> = HashMap::new();
        for (_, range) in inventory.of_kind(Kind::LimitRange) {
            let added = by_namespace.entry(range.namespace().into()).or_default();
            let limits = range.value().list("spec.limits");
            for limit in limits
                .iter()
                .filter(|limit| limit.text("type") == Some("Container"))
            {
                for resource in Resource::ALL {
                    let says = |field: &str| !limit.at(field).at(resource.key()).is_null();
                    // The API server fills `default` from `max`, and `defaultRequest` from
                    // `default` or `min`.
                    let limited = says("default") || says("max");
                    if limited {
                        added.push((Side::Limits, resource));
                    }
                    if limited || says("defaultRequest") || says("min") {
                        added.push((Side::Requests, resource));
                    }
                }
            }
        }
        Defaults { by_namespace }
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::json;
    use catseye_model::{Completeness, Inventory, Object};

    use crate::config::Config;
    use crate::judge::Judge;

    /// The messages about a container with these limits, under these ranges.
    fn messages(kind: &str, api_version: &str, toml: &str) -> Vec<String> {
        let spec = json!({"containers": [{"name": "app", "resources": {
            "limits": {"cpu": "1k", "memory": "64Mi"},
            "requests": {"cpu": "1500m", "memory": "64Mi"}}}]});
        let object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"},
            "spec": {"podTemplate": {"spec": spec}, "containers": spec["containers"]}});
        let objects = vec![Object::new(object, None).unwrap()];
        let inventory = Inventory::new(objects, Completeness::Tree);
        let config = Config::from_toml(toml).unwrap();
        let checks = ["REL-004", "REL-101", "REL-102", "REL-103", "REL-104"];
        let judge = Judge::new(
            &inventory,
            &config,
            checks.into_iter().filter_map(crate::find),
        );
        inventory
            .objects()
            .filter_map(|(id, _)| judge.verdict(id))
            .flat_map(|verdict| verdict.findings)
            .flat_map(|finding| finding.places)
            .map(|place| place.message)
            .collect()
    }

    #[test]
    fn the_team_bounds_requests_and_limits() {
        let toml = "[resources]\ncpu-requests = {max = '1'}\nmemory-limits = {min = '128Mi'}";
        assert_eq!(
            messages("Pod", "v1", toml),
            [
                "CPU request 1500m is above what is allowed",
                "memory limit 64Mi is below what is allowed"
            ]
        );
        assert!(messages("Pod", "v1", "").is_empty());
    }

    #[test]
    fn sandboxes_have_bounds_of_their_own() {
        let toml = "[resources]\nsandbox-cpu-limits = {max = '1000m'}";
        assert!(messages("Pod", "v1", toml).is_empty());
        assert_eq!(
            messages(
                "SandboxTemplate",
                "extensions.agents.x-k8s.io/v1beta1",
                toml
            ),
            ["CPU limit 1k is above what is allowed"]
        );
    }

    #[test]
    fn the_team_bounds_the_ratio() {
        assert_eq!(
            messages("Pod", "v1", "[resources]\nmax-limit-to-request = 4"),
            ["cpu limit 1k is more than 4 times the request 1500m"]
        );
    }
}
