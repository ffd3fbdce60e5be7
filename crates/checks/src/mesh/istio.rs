//! The index that Istio's checks share: the root namespace, peer authentication by namespace,
//! authorization by workload, and the releases of the control plane.

use std::collections::{BTreeSet, HashMap, HashSet};

use catseye_model::Value;
use catseye_model::{Fields, Inventory, Kind, Object, ObjectId, Selector};

use super::membership::takes_in;
use crate::context::{Changed, Index, Reads};
use crate::network::image::{self, Release};
use crate::network::pods::Pods;

/// Istio, as the Inventory shows it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Istio {
    /// The namespace whose policies hold for the whole mesh.
    pub(crate) root: Box<str>,
    /// Something of Istio is here.
    pub(crate) seen: bool,
    /// The releases of the control planes.
    pub(crate) control_planes: BTreeSet<Release>,
    modes: HashMap<Box<str>, Mode>,
    authorized: HashSet<ObjectId>,
    authorized_namespaces: HashSet<Box<str>>,
    authorized_everywhere: bool,
    /// A policy authorizes by the labels of pods.
    reads_labels: bool,
}

/// A mode of mutual TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Plain text is refused.
    Strict,
    /// Plain text is taken, too.
    Permissive,
    /// TLS is off.
    Disable,
}

impl Mode {
    /// The mode that this text names; `None` for `UNSET` and nothing, which inherit.
    pub(crate) fn of(text: Option<&str>) -> Option<Self> {
        match text {
            Some("STRICT") => Some(Mode::Strict),
            Some("PERMISSIVE") => Some(Mode::Permissive),
            Some("DISABLE") => Some(Mode::Disable),
            _ => None,
        }
    }
}

impl Istio {
    /// The mode that the namespace's own policy or that of the whole mesh sets.
    pub(crate) fn mode(&self, namespace: &str) -> Option<Mode> {
        self.modes
            .get(namespace)
            .or_else(|| self.modes.get(&self.root))
            .copied()
    }

    /// True when an authorization policy that allows or denies holds for the workload.
    pub(crate) fn is_authorized(&self, workload: ObjectId, namespace: &str) -> bool {
        self.authorized_everywhere
            || self.authorized_namespaces.contains(namespace)
            || self.authorized.contains(&workload)
    }

    /// The workloads that a policy with this selector holds for.
    pub(crate) fn selected(
        &self,
        inventory: &Inventory,
        pods: &Pods,
        policy: &Object,
        selector: &Selector,
    ) -> Vec<ObjectId> {
        if policy.namespace() == &*self.root {
            pods.selected_anywhere(inventory, selector)
        } else {
            pods.selected(inventory, policy.namespace(), selector)
        }
    }
}

impl Index for Istio {
    const READS: Reads = Reads::Everything;

    fn build(inventory: &Inventory) -> Self {
        let mut istio = Istio {
            root: root_namespace(inventory).into(),
            seen: is_seen(inventory),
            ..Istio::default()
        };
        for (_, pod) in inventory.workloads() {
            istio.control_planes.extend(
                pod.main_containers()
                    .filter_map(|container| container.image)
                    .filter(|image| image::repository(image).ends_with("/pilot"))
                    .filter_map(image::release),
            );
        }
        istio.seen |= !istio.control_planes.is_empty();
        for (_, policy) in inventory.of_kind(Kind::PeerAuthentication) {
            if selector(policy).is_some() {
                continue;
            }
            if let Some(mode) = Mode::of(policy.value().text("spec.mtls.mode")) {
                istio.modes.entry(policy.namespace().into()).or_insert(mode);
            }
        }
        let mut pods = None;
        for (_, policy) in inventory.of_kind(Kind::AuthorizationPolicy) {
            let action = policy.value().text("spec.action").unwrap_or("ALLOW");
            if action == "AUDIT" {
                continue;
            }
            match selector(policy) {
                Some(selector) => {
                    istio.reads_labels = true;
                    let pods = pods.get_or_insert_with(|| Pods::of(inventory));
                    let selected = istio.selected(inventory, pods, policy, &selector);
                    istio.authorized.extend(selected);
                }
                None if policy.namespace() == &*istio.root && !has_targets(policy) => {
                    istio.authorized_everywhere = true;
                }
                // Targets are Services and waypoints; whom they stand for is left open in favour
                // of the namespace.
                None => {
                    istio
                        .authorized_namespaces
                        .insert(policy.namespace().into());
                }
            }
        }
        istio
    }

    /// Pods that others stand for say nothing of Istio but by their labels.
    fn renewed(&self, _: &Inventory, changed: &Changed) -> Option<Self> {
        (changed.kinds.is_empty() && !self.reads_labels).then(|| self.clone())
    }
}

/// The selector of a policy of Istio; `None` for one that holds for its whole namespace.
pub(crate) fn selector(policy: &Object) -> Option<Selector> {
    let spec = policy.value().at("spec");
    let labels = match policy.kind() {
        Kind::Sidecar | Kind::EnvoyFilter => spec.at("workloadSelector.labels"),
        Kind::IstioGateway => spec.at("selector"),
        _ => spec.at("selector.matchLabels"),
    };
    let selector = Selector::of_map(labels).ok()?;
    (!selector.selects_everything()).then_some(selector)
}

/// The path of a policy's selector.
pub(crate) fn selector_field(kind: Kind) -> &'static str {
    match kind {
        Kind::Sidecar | Kind::EnvoyFilter => "spec.workloadSelector.labels",
        Kind::IstioGateway => "spec.selector",
        _ => "spec.selector.matchLabels",
    }
}

/// True for a policy that names Services or gateways rather than pods.
pub(crate) fn has_targets(policy: &Object) -> bool {
    let spec = policy.value().at("spec");
    spec.has("targetRef") || !spec.list("targetRefs").is_empty()
}

/// `istio-system`, unless the mesh's configuration says otherwise.
fn root_namespace(inventory: &Inventory) -> &str {
    let operator = inventory
        .of_kind(Kind::IstioOperator)
        .find_map(|(_, operator)| operator.value().text("spec.meshConfig.rootNamespace"));
    let config = || {
        inventory
            .named(Kind::ConfigMap, "istio-system", "istio")
            .find_map(|(_, config)| mesh_setting(config, "rootNamespace"))
    };
    operator.or_else(config).unwrap_or("istio-system")
}

/// A scalar of the mesh configuration, which is YAML inside a ConfigMap.
pub(crate) fn mesh_setting<'a>(config: &'a Object, key: &str) -> Option<&'a str> {
    config
        .value()
        .text("data.mesh")?
        .lines()
        .find_map(|line| line.trim_start().strip_prefix(key)?.strip_prefix(':'))
        .map(|value| value.trim().trim_matches(['"', '\'']))
        .filter(|value| !value.is_empty())
}

fn is_seen(inventory: &Inventory) -> bool {
    const KINDS: &[Kind] = &[
        Kind::IstioGateway,
        Kind::VirtualService,
        Kind::DestinationRule,
        Kind::ServiceEntry,
        Kind::Sidecar,
        Kind::EnvoyFilter,
        Kind::PeerAuthentication,
        Kind::RequestAuthentication,
        Kind::AuthorizationPolicy,
        Kind::IstioOperator,
    ];
    KINDS
        .iter()
        .any(|kind| inventory.of_kind(*kind).next().is_some())
        || inventory
            .of_kind(Kind::Namespace)
            .any(|(_, namespace)| takes_in(namespace))
}

/// The rules of an authorization policy that nothing narrows.
pub(crate) fn is_unlimited(rule: &Value) -> bool {
    ["from", "to", "when"]
        .iter()
        .all(|field| rule.list(field).is_empty())
}
