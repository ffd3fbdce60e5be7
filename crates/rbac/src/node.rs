//! The node authorizer: what a kubelet may do beyond RBAC.
//!
//! A kubelet may read what the pods bound to its node refer to, and ask for tokens of their service
//! accounts; it may handle pods, its own Node, its lease and its CSI registration. What the
//! authorizer cannot see in a request, the admission plugin `NodeRestriction` checks: that a Node, a
//! pod or an eviction in a kubelet's request is its own. Where that plugin is off, the answers about
//! these are the whole truth; where it is on, they hold for a kubelet's own objects only.
//!
//! The rules are those since Kubernetes 1.34, where reading pods and Nodes is limited as well. List
//! requests with a field selector on the node's name are no part of [`Request`](crate::Request).

use std::collections::{BTreeMap, BTreeSet};

use catseye_model::Value;
use catseye_model::{Fields as _, Inventory, Kind, Object};

use crate::bootstrap;
use crate::rbac::Rbac;
use crate::request::{Request, ResourceRequest};
use crate::rule::Rule;
use crate::token::{Token, Words};

/// Kinds of objects that a node is related to, by their resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Related {
    ConfigMap,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    ResourceClaim,
    ResourceSlice,
    Secret,
    ServiceAccount,
    VolumeAttachment,
}

impl Related {
    fn resource(self) -> &'static str {
        match self {
            Related::ConfigMap => "configmaps",
            Related::PersistentVolume => "persistentvolumes",
            Related::PersistentVolumeClaim => "persistentvolumeclaims",
            Related::Pod => "pods",
            Related::ResourceClaim => "resourceclaims",
            Related::ResourceSlice => "resourceslices",
            Related::Secret => "secrets",
            Related::ServiceAccount => "serviceaccounts",
            Related::VolumeAttachment => "volumeattachments",
        }
    }
}

/// What every node is related to.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    related: BTreeMap<Box<str>, BTreeSet<(Related, Token, Token)>>,
    /// What every kubelet may do.
    rules: Vec<Rule>,
}

/// Volumes that a claim is bound to, with the secrets that kubelets need to mount them.
type VolumesOfClaims<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a Object>>;

impl Nodes {
    pub(crate) fn of(inventory: &Inventory, words: &mut Words) -> Self {
        let mut nodes = Nodes {
            related: BTreeMap::new(),
            rules: bootstrap::rules_of("system:node")
                .iter()
                .map(Rule::read)
                .collect(),
        };
        for (_, node) in inventory.of_kind(Kind::Node) {
            nodes.related.entry(node.name().into()).or_default();
        }
        let mut volumes = VolumesOfClaims::new();
        for (_, volume) in inventory.of_kind(Kind::PersistentVolume) {
            let claim = volume.value().at("spec.claimRef");
            if let (Some(namespace), Some(name)) = (claim.text("namespace"), claim.text("name")) {
                volumes.entry((namespace, name)).or_default().push(volume);
            }
        }
        for (_, pod) in inventory.of_kind(Kind::Pod) {
            if let Some(node) = pod
                .value()
                .text("spec.nodeName")
                .filter(|name| !name.is_empty())
            {
                let related = nodes.related.entry(node.into()).or_default();
                related_by_pod(pod, &volumes, &mut |kind, namespace, name| {
                    if !name.is_empty() {
                        related.insert((kind, words.intern(namespace), words.intern(name)));
                    }
                });
            }
        }
        let other = inventory.of_kind(Kind::VolumeAttachment);
        for (_, object) in other.chain(inventory.of_kind(Kind::Other)) {
            let kind = match (object.group(), object.kind_name()) {
                ("storage.k8s.io", "VolumeAttachment") => Related::VolumeAttachment,
                ("resource.k8s.io", "ResourceSlice") => Related::ResourceSlice,
                _ => continue,
            };
            if let Some(node) = object.value().text("spec.nodeName") {
                let related = nodes.related.entry(node.into()).or_default();
                related.insert((kind, words.intern(""), words.intern(object.name())));
            }
        }
        nodes
    }
}

/// Every object that a pod gives its node access to.
fn related_by_pod(
    pod: &Object,
    volumes: &VolumesOfClaims<'_>,
    relate: &mut impl FnMut(Related, &str, &str),
) {
    let namespace = pod.namespace();
    relate(Related::Pod, namespace, pod.name());
    // A node writes its mirror pods itself, and must not gain anything by what it writes into them.
    if pod.annotation("kubernetes.io/config.mirror").is_some() {
        return;
    }
    let spec = pod.value().at("spec");
    let mut relate_at = |kind, value: &Value, path: &str| {
        relate(kind, namespace, value.text(path).unwrap_or_default());
    };
    relate_at(Related::ServiceAccount, spec, "serviceAccountName");
    for secret in spec.list("imagePullSecrets") {
        relate_at(Related::Secret, secret, "name");
    }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in spec.list(list) {
            for source in container.list("envFrom") {
                relate_at(Related::Secret, source, "secretRef.name");
                relate_at(Related::ConfigMap, source, "configMapRef.name");
            }
            for variable in container.list("env") {
                relate_at(Related::Secret, variable, "valueFrom.secretKeyRef.name");
                relate_at(
                    Related::ConfigMap,
                    variable,
                    "valueFrom.configMapKeyRef.name",
                );
            }
        }
    }
    for status in pod.value().list("status.resourceClaimStatuses") {
        relate_at(Related::ResourceClaim, status, "resourceClaimName");
    }
    for claim in spec.list("resourceClaims") {
        relate_at(Related::ResourceClaim, claim, "resourceClaimName");
    }
    for volume in spec.list("volumes") {
        relate_at(Related::Secret, volume, "secret.secretName");
        relate_at(Related::ConfigMap, volume, "configMap.name");
        relate_at(Related::Secret, volume, "azureFile.secretName");
        relate_at(Related::Secret, volume, "csi.nodePublishSecretRef.name");
        for driver in [
            "cephfs",
            "cinder",
            "flexVolume",
            "rbd",
            "scaleIO",
            "iscsi",
            "storageos",
        ] {
            relate_at(Related::Secret, volume.at(driver), "secretRef.name");
        }
        for source in volume.list("projected.sources") {
            relate_at(Related::Secret, source, "secret.name");
            relate_at(Related::ConfigMap, source, "configMap.name");
        }
    }
    for volume in spec.list("volumes") {
        let claim = match volume.text("persistentVolumeClaim.claimName") {
            Some(claim) => claim.to_owned(),
            None if volume.has("ephemeral") => {
                format!("{}-{}", pod.name(), volume.text("name").unwrap_or_default())
            }
            None => continue,
        };
        relate(Related::PersistentVolumeClaim, namespace, &claim);
        for bound in volumes
            .get(&(namespace, claim.as_str()))
            .into_iter()
            .flatten()
        {
            relate(Related::PersistentVolume, "", bound.name());
            secrets_of_volume(bound, namespace, &mut |namespace, name| {
                relate(Related::Secret, namespace, name);
            });
        }
    }
}

/// The secrets that a kubelet needs to mount a persistent volume.
fn secrets_of_volume(volume: &Object, claim: &str, secret: &mut impl FnMut(&str, &str)) {
    let spec = volume.value().at("spec");
    let references = [
        "cephfs",
        "cinder",
        "flexVolume",
        "rbd",
        "scaleIO",
        "iscsi",
        "storageos",
    ]
    .map(|driver| spec.at(driver).at("secretRef"))
    .into_iter()
    .chain(
        [
            "nodePublishSecretRef",
            "nodeStageSecretRef",
            "nodeExpandSecretRef",
        ]
        .map(|field| spec.at("csi").at(field)),
    );
    for reference in references {
        if let Some(name) = reference.text("name") {
            secret(reference.text("namespace").unwrap_or(claim), name);
        }
    }
    if let Some(name) = spec.text("azureFile.secretName") {
        secret(
            spec.text("azureFile.secretNamespace").unwrap_or(claim),
            name,
        );
    }
}

impl Rbac {
    /// The nodes: those that are objects, and those that pods are bound to.
    pub fn node_names(&self) -> impl Iterator<Item = &str> {
        self.nodes.related.keys().map(|name| &**name)
    }

    /// The objects that a node may reach because of the pods on it: resource, namespace, name.
    pub fn related_to_node(&self, node: &str) -> impl Iterator<Item = (&'static str, &str, &str)> {
        let related = self.nodes.related.get(node).into_iter().flatten();
        related.map(|(kind, namespace, name)| {
            let word = |token| self.words.word(token);
            (kind.resource(), word(*namespace), word(*name))
        })
    }

    /// Why the node authorizer allows a request of a node's kubelet; `None` where it does not.
    pub fn node_may(&self, node: &str, request: &ResourceRequest) -> Option<&'static str> {
        let verb = request.verb.as_str();
        let is_itself = request.subresource.is_empty();
        let is = |kind: Related, namespace: &str| {
            let object = (
                kind,
                self.words.find(namespace),
                self.words.find(&request.name),
            );
            let related = self.nodes.related.get(node);
            !request.name.is_empty() && related.is_some_and(|related| related.contains(&object))
        };
        let related = |kind| is(kind, &request.namespace);
        let reads = matches!(verb, "get" | "list" | "watch");
        let writes = matches!(verb, "create" | "get" | "update" | "patch" | "delete");
        let on_a_pod = "a pod on the node refers to it";
        let when = |holds: bool, reason| holds.then_some(reason);

        match (request.group.as_str(), request.resource.as_str()) {
            ("", "secrets") => when(reads && is_itself && related(Related::Secret), on_a_pod),
            ("", "configmaps") => when(reads && is_itself && related(Related::ConfigMap), on_a_pod),
            ("", "persistentvolumeclaims") => {
                let allowed = match request.subresource.as_str() {
                    "" => verb == "get",
                    "status" => matches!(verb, "update" | "patch"),
                    _ => false,
                };
                when(allowed && related(Related::PersistentVolumeClaim), on_a_pod)
            }
            ("", "persistentvolumes") => {
                let allowed = verb == "get" && is_itself && is(Related::PersistentVolume, "");
                when(allowed, "a claim of a pod on the node is bound to it")
            }
            ("resource.k8s.io", "resourceclaims") => {
                let allowed = verb == "get" && is_itself && related(Related::ResourceClaim);
                when(allowed, on_a_pod)
            }
            ("storage.k8s.io", "volumeattachments") => {
                let allowed = verb == "get" && is_itself && is(Related::VolumeAttachment, "");
                when(allowed, "it attaches a volume to the node")
            }
            ("", "serviceaccounts") => {
                let allowed = match request.subresource.as_str() {
                    "" => verb == "get",
                    "token" => verb == "create",
                    _ => false,
                };
                when(
                    allowed && related(Related::ServiceAccount),
                    "a pod on the node runs as it",
                )
            }
            ("coordination.k8s.io", "leases") => {
                let is_own = verb == "create" || request.name == node;
                let allowed = writes && is_own && request.namespace == "kube-node-lease";
                when(allowed, "a kubelet keeps its own lease")
            }
            ("storage.k8s.io", "csinodes") => {
                let is_own = verb == "create" || request.name == node;
                when(
                    writes && is_itself && is_own,
                    "a kubelet keeps its own CSINode",
                )
            }
            ("resource.k8s.io", "resourceslices") => {
                let allowed = match verb {
                    "create" => true,
                    "get" | "update" | "patch" | "delete" => is(Related::ResourceSlice, ""),
                    _ => false,
                };
                when(
                    allowed && is_itself,
                    "a kubelet keeps the slices of its node",
                )
            }
            ("", "nodes") => {
                let allowed = match (request.subresource.as_str(), verb) {
                    ("", "create" | "update" | "patch") | ("status", "update" | "patch") => true,
                    ("", "get" | "list" | "watch") => request.name == node,
                    _ => false,
                };
                when(
                    allowed,
                    "a kubelet keeps its own Node, as NodeRestriction checks",
                )
            }
            ("", "pods") => match (request.subresource.as_str(), verb) {
                ("", "get" | "list" | "watch") => {
                    when(related(Related::Pod), "the pod is bound to the node")
                }
                ("", "create" | "delete")
                | ("status", "update" | "patch")
                | ("eviction", "create") => {
                    Some("a kubelet handles the pods of its node, as NodeRestriction checks")
                }
                _ => None,
            },
            _ => {
                let request = Request::Resource(request.clone());
                let allowed = self.nodes.rules.iter().any(|rule| rule.allows(&request));
                when(allowed, "every kubelet may")
            }
        }
    }
}
