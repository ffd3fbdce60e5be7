//! Controllers whose work on an object is expected, and which fields are their work.
//!
//! A name alone is not trusted: whoever writes can call itself `kube-controller-manager`. So each
//! controller is trusted with the fields that it is there to write, and with nothing else.

use std::collections::{BTreeMap, BTreeSet};

use catseye_model::ObjectKey;

use crate::ledger::overlaps;
use crate::owner::Claim;
use crate::path::Path;

/// Managers, and the beginnings of the paths (members of lists left out) that they write.
const CONTROLLERS: &[(&str, &[&str])] = &[
    (
        "kube-controller-manager",
        &[
            "metadata.annotations.deployment.kubernetes.io/",
            "metadata.annotations.pv.kubernetes.io/",
            "metadata.annotations.volume.",
            "metadata.annotations.deprecated.daemonset.template.generation",
            "metadata.annotations.endpoints.kubernetes.io/",
            "metadata.annotations.batch.kubernetes.io/",
            "metadata.annotations.node.alpha.kubernetes.io/",
            "metadata.finalizers",
            "metadata.ownerReferences",
            "metadata.labels.endpointslice.",
            "spec.claimRef",
            "spec.podCIDR",
            "spec.podCIDRs",
            "spec.replicas",
            "spec.taints",
            "spec.volumeName",
            "rules",
            "secrets",
            "endpoints",
            "subsets",
        ],
    ),
    ("clusterrole-aggregation-controller", &["rules"]),
    (
        "kube-scheduler",
        &["spec.nodeName", "metadata.annotations.volume."],
    ),
    (
        "kubelet",
        &["metadata.labels", "metadata.annotations", "spec.taints"],
    ),
    (
        "kube-apiserver",
        &[
            "spec",
            "status",
            "metadata.labels",
            "metadata.annotations",
            "rules",
            "subjects",
        ],
    ),
    (
        "cluster-autoscaler",
        &["spec.taints", "metadata.annotations", "data"],
    ),
    (
        "karpenter",
        &["spec.taints", "metadata.annotations", "metadata.labels"],
    ),
    (
        "keda",
        &[
            "spec.replicas",
            "metadata.annotations",
            "metadata.finalizers",
        ],
    ),
    (
        "vpa-",
        &[
            "spec.template.spec.containers.resources",
            "spec.containers.resources",
            "metadata.annotations",
        ],
    ),
    (
        "cainjector",
        &[
            "webhooks.clientConfig.caBundle",
            "spec.caBundle",
            "spec.conversion.webhook.clientConfig.caBundle",
        ],
    ),
    (
        "cert-manager",
        &[
            "webhooks.clientConfig.caBundle",
            "spec.caBundle",
            "spec.conversion.webhook.clientConfig.caBundle",
            "data",
            "metadata.annotations.cert-manager.io/",
        ],
    ),
    (
        "external-secrets",
        &[
            "data",
            "type",
            "metadata.labels",
            "metadata.annotations",
            "metadata.ownerReferences",
        ],
    ),
    (
        "pilot-discovery",
        &["webhooks.clientConfig.caBundle", "webhooks.failurePolicy"],
    ),
    (
        "cloud-controller-manager",
        &[
            "metadata.finalizers",
            "spec.providerID",
            "spec.taints",
            "metadata.labels",
        ],
    ),
    (
        "aws-cloud-controller-manager",
        &["metadata.finalizers", "spec.providerID", "metadata.labels"],
    ),
    (
        "csi-provisioner",
        &["metadata.annotations", "spec.volumeName"],
    ),
    (
        "external-provisioner",
        &["metadata.annotations", "spec.volumeName"],
    ),
    (
        "local-path-provisioner",
        &["metadata.annotations", "spec.volumeName"],
    ),
];

/// Words in the namespace or name of the service accounts under which controllers run. What is not named
/// here runs as a component of the control plane or in `kube-system`, and nowhere else.
const ACCOUNTS: &[(&str, &[&str])] = &[
    ("cluster-autoscaler", &["cluster-autoscaler"]),
    ("karpenter", &["karpenter"]),
    ("keda", &["keda"]),
    ("vpa-", &["vpa", "vertical-pod-autoscaler"]),
    ("cainjector", &["cainjector", "cert-manager"]),
    ("cert-manager", &["cert-manager"]),
    ("external-secrets", &["external-secrets"]),
    ("pilot-discovery", &["istiod", "istio-system"]),
    ("cloud-controller-manager", &["cloud-controller-manager"]),
    (
        "aws-cloud-controller-manager",
        &["cloud-controller-manager"],
    ),
    ("csi-provisioner", &["csi", "provisioner"]),
    ("external-provisioner", &["csi", "provisioner"]),
    (
        "local-path-provisioner",
        &["local-path-provisioner", "local-path-storage"],
    ),
];

/// Fields that manifests write a placeholder into, and a controller the value: the certificate of a
/// webhook, and what happens before there is one.
const PLACEHOLDERS: &[&str] = &["caBundle", "failurePolicy"];

/// What is trusted.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Managers that are trusted with every field, because the user says so.
    pub managers: Vec<String>,
    /// Fields that somebody was seen to write under a controller's name, by object: whose they are now
    /// cannot be told from the name.
    pub forged: BTreeMap<ObjectKey, BTreeSet<String>>,
    /// Names of Argo CD's applications, which it may write into a label of what it deploys.
    pub applications: BTreeSet<String>,
}

impl Trust {
    /// True when this manager is there to write this field.
    pub fn covers(&self, claim: &Claim, path: &Path) -> bool {
        let name = claim.manager.as_str();
        if self.managers.iter().any(|manager| manager == name) {
            return true;
        }
        CONTROLLERS.iter().any(|(controller, fields)| {
            is_named(name, controller) && fields.iter().any(|field| begins(path, field))
        })
    }

    /// True when this manager's value stands although desired says another: what the user trusts, and what
    /// manifests hold placeholders for.
    pub(crate) fn decides(&self, claim: &Claim, path: &Path) -> bool {
        self.managers.contains(&claim.manager)
            || (PLACEHOLDERS.contains(&path.last_field()) && self.covers(claim, path))
    }

    /// True when the field was written under a name that is not the writer's.
    pub(crate) fn is_forged(&self, object: &ObjectKey, path: &Path) -> bool {
        self.forged
            .get(object)
            .is_some_and(|fields| is_among(fields, path))
    }

    /// True when a user who is no part of the control plane may write under this manager's name: a service
    /// account whose namespace or name fits.
    pub(crate) fn fits(&self, manager: &str, user: &str) -> bool {
        let holds = |word: &str| is_account_with(user, &[word]);
        // Of a manager that the user trusts, all that is known is its name.
        if self.managers.iter().any(|trusted| trusted == manager) {
            return manager
                .split(|c: char| !c.is_ascii_alphanumeric())
                .any(|word| !word.is_empty() && holds(word));
        }
        ACCOUNTS
            .iter()
            .filter(|(controller, _)| is_named(manager, controller))
            .any(|(_, words)| words.iter().any(|word| holds(word)))
    }

    /// True when the manager is a controller that we know, whatever it wrote.
    pub fn knows(&self, claim: &Claim) -> bool {
        self.managers.contains(&claim.manager)
            || CONTROLLERS
                .iter()
                .any(|(controller, _)| is_named(&claim.manager, controller))
    }
}

/// True for a label or annotation that the control plane puts on what it works on: believed where nobody can
/// tell who wrote it.
pub(crate) fn is_usual_mark(path: &Path) -> bool {
    CONTROLLERS
        .iter()
        .filter(|(name, _)| matches!(*name, "kube-controller-manager" | "kube-scheduler"))
        .flat_map(|(_, fields)| *fields)
        .any(|field| {
            (field.starts_with("metadata.annotations.") || field.starts_with("metadata.labels."))
                && begins(path, field)
        })
}

/// True for a service account in whose namespace or name one of the words stands.
pub(crate) fn is_account_with(user: &str, words: &[&str]) -> bool {
    let account = user
        .strip_prefix("system:serviceaccount:")
        .and_then(|account| account.split_once(':'));
    account.is_some_and(|(namespace, name)| {
        words
            .iter()
            .any(|word| holds_word(namespace, word) || holds_word(name, word))
    })
}

/// True when the path is, holds or is held by one of these fields.
pub(crate) fn is_among(fields: &BTreeSet<String>, path: &Path) -> bool {
    let path = path.to_string();
    fields.iter().any(|field| overlaps(field, &path))
}

/// True when a name is this word, or holds it between dashes.
fn holds_word(name: &str, word: &str) -> bool {
    name.match_indices(word).any(|(place, _)| {
        let (before, after) = (&name[..place], &name[place + word.len()..]);
        (before.is_empty() || before.ends_with('-')) && (after.is_empty() || after.starts_with('-'))
    })
}

fn is_named(name: &str, controller: &str) -> bool {
    // `vpa-` stands for all of its parts; cert-manager's controllers append their task.
    match controller.strip_suffix('-') {
        Some(_) => name.starts_with(controller),
        None => {
            name == controller
                || name
                    .strip_prefix(controller)
                    .is_some_and(|rest| rest.starts_with('-'))
        }
    }
}

/// True when the fields on the way begin so; a beginning may end within a label's or annotation's key.
fn begins(path: &Path, fields: &str) -> bool {
    let mut text = String::new();
    for field in path.fields() {
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(field);
    }
    text.strip_prefix(fields).is_some_and(|rest| {
        rest.is_empty() || rest.starts_with('.') || fields.ends_with(['/', '.'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_controller_is_trusted_with_its_own_work_only() {
        let claim = |manager: &str| Claim {
            manager: manager.to_owned(),
            operation: "Update".to_owned(),
            subresource: String::new(),
            time: None,
        };
        let trust = Trust::default();
        let revision = Path::of("metadata.annotations").field("deployment.kubernetes.io/revision");
        let image = Path::of("spec.template.spec.containers.image");
        for (manager, path, expected) in [
            ("kube-controller-manager", &revision, true),
            ("kube-controller-manager", &image, false),
            ("kubectl-edit", &revision, false),
            (
                "cert-manager-cainjector",
                &Path::of("webhooks.clientConfig.caBundle"),
                true,
            ),
            ("kube-controller-managers", &revision, false),
        ] {
            assert_eq!(
                trust.covers(&claim(manager), path),
                expected,
                "{manager} {path}"
            );
        }
        let mine = Trust {
            managers: vec!["my-operator".to_owned()],
            ..Trust::default()
        };
        assert!(mine.covers(&claim("my-operator"), &image));
    }
}
