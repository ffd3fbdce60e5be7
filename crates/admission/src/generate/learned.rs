//! What a cluster does, as policies: where its images come from, which capabilities it adds, which Pod
//! Security level its namespaces hold. What is new then needs somebody's word.

use std::collections::{BTreeMap, BTreeSet};

use catseye_checks::pss::{self, Level};
use catseye_model::{ImageReference, Inventory, PodView, Value, Version, json};

use super::{Making, binding, from_checks, policy, quoted_list};

/// The registry of images that name none.
const DEFAULT_REGISTRY: &str = "docker.io";

/// Namespaces that are not learned from.
const SYSTEM: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// What was learned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learned {
    /// Registries that images come from.
    pub registries: BTreeSet<String>,
    /// Capabilities that containers add.
    pub capabilities: BTreeSet<String>,
    /// Namespaces all of whose workloads hold `restricted`.
    pub restricted: BTreeSet<String>,
    /// Namespaces that hold `baseline` and no more.
    pub baseline: BTreeSet<String>,
    /// How many workloads this was learned from.
    pub workloads: usize,
}

impl Learned {
    /// Learns from the workloads of an Inventory, those of the cluster's own namespaces left out.
    pub fn of(inventory: &Inventory) -> Self {
        let mut learned = Learned::default();
        let mut levels: BTreeMap<String, Level> = BTreeMap::new();
        for (id, pod) in inventory.workloads() {
            let namespace = inventory.object(id).namespace();
            if SYSTEM.contains(&namespace) {
                continue;
            }
            learned.workloads += 1;
            learned.pod(&pod);
            let level = [Level::Restricted, Level::Baseline]
                .into_iter()
                .find(|level| pss::evaluate(*level, Version::LATEST, &pod).is_empty())
                .unwrap_or(Level::Privileged);
            let held = levels.entry(namespace.to_owned()).or_insert(level);
            *held = (*held).min(level);
        }
        for (namespace, level) in levels {
            match level {
                Level::Restricted => learned.restricted.insert(namespace),
                Level::Baseline => learned.baseline.insert(namespace),
                Level::Privileged => false,
            };
        }
        learned
    }

    fn pod(&mut self, pod: &PodView<'_>) {
        for container in &pod.containers {
            if let Some(image) = container
                .image
                .and_then(|text| ImageReference::parse(text).ok())
            {
                self.registries.insert(image.registry().to_owned());
            }
            for capability in container.security.added_capabilities() {
                self.capabilities.insert(capability.to_owned());
            }
        }
    }
}

/// Policies and bindings that hold a cluster to what was learned of it.
pub fn from_learned(learned: &Learned, making: &Making<'_>) -> Vec<Value> {
    let mut made = Vec::new();
    if learned.workloads == 0 {
        return made;
    }
    let named: Vec<String> = learned
        .registries
        .iter()
        .map(|registry| format!("{registry}/"))
        .collect();
    let mut from = format!("{}.exists(r, c.image.startsWith(r))", quoted_list(&named));
    if learned.registries.contains(DEFAULT_REGISTRY) {
        from.push_str(
            " || !c.image.contains('/') || !c.image.split('/')[0].matches('[.:]|^localhost$')",
        );
    }
    let about = format!(
        "registries that {} workloads take images from",
        learned.workloads
    );
    made.push(policy(
        "catseye-known-registries",
        &about,
        Vec::new(),
        vec![json!({
            "expression": format!("variables.all.all(c, {from})"),
            "message": "an image comes from a registry that nothing here used before",
            "reason": "Forbidden",
        })],
    ));
    made.push(binding("catseye-known-registries", making.action, None));
    let about = format!("capabilities that {} workloads add", learned.workloads);
    made.push(policy(
        "catseye-known-capabilities",
        &about,
        Vec::new(),
        vec![json!({
            "expression": format!(
                "variables.all.all(c, c.?securityContext.?capabilities.?add.orValue([]).all(k, k in {}))",
                quoted_list(&learned.capabilities)
            ),
            "message": "a container adds a capability that nothing here used before",
            "reason": "Forbidden",
        })],
    ));
    made.push(binding("catseye-known-capabilities", making.action, None));
    let held: Vec<String> = learned
        .restricted
        .iter()
        .chain(&learned.baseline)
        .cloned()
        .collect();
    for (level, namespaces, checks) in [
        ("baseline", &held, BASELINE),
        (
            "restricted",
            &learned.restricted.iter().cloned().collect(),
            RESTRICTED,
        ),
    ] {
        if namespaces.is_empty() {
            continue;
        }
        let checks: Vec<_> = checks
            .iter()
            .filter_map(|name| catseye_checks::find(name))
            .collect();
        // One policy a level: the validations of the checks behind it.
        let mut validations = Vec::new();
        for value in from_checks(&checks, making) {
            if let Some(list) = value.pointer("/spec/validations").and_then(Value::as_array) {
                validations.extend(list.iter().cloned());
            }
        }
        let name = format!("catseye-holds-{level}");
        let about = format!("namespaces whose workloads hold Pod Security {level}");
        made.push(policy(&name, &about, Vec::new(), validations));
        made.push(binding(&name, making.action, Some(namespaces)));
    }
    made
}

/// Checks of the Pod Security level `baseline` that can be said of a pod alone.
const BASELINE: &[&str] = &[
    "privileged-container",
    "host-network",
    "host-pid",
    "host-ipc",
    "host-path",
    "host-port",
    "seccomp-unconfined",
    "proc-mount",
    "windows-host-process",
];

/// What `restricted` adds.
const RESTRICTED: &[&str] = &[
    "privilege-escalation",
    "capabilities-not-dropped",
    "added-capability",
    "seccomp-missing",
    "root-user",
];
