//! API resources by the words people use for them: `po`, `pod` and `pods` are one resource.
//!
//! A resource is what requests and rules name; a kind is what objects are. The built-in ones are a
//! table; those of custom resource definitions come from the Inventory.

use std::fmt;

use crate::Value;

use crate::fields::Fields;
use crate::inventory::Inventory;
use crate::kind::Scope::{Cluster, Namespaced};
use crate::kind::{Kind, Scope};

/// An API resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// The API group; empty for the core group.
    pub group: String,
    /// The name in requests and rules: the plural.
    pub name: String,
    /// Its objects live in namespaces.
    pub namespaced: bool,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        Ok(())
    }
}

/// A built-in resource: group, plural, singular, short names, scope. Where two groups serve one
/// name, the first is meant when no group is written, as kubectl has it.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    Scope,
);

#[rustfmt::skip] // One resource a line.
const BUILT_IN: &[Row] = &[
    ("", "bindings", "binding", &[], Namespaced),
    ("", "componentstatuses", "componentstatus", &["cs"], Cluster),
    ("", "configmaps", "configmap", &["cm"], Namespaced),
    ("", "endpoints", "endpoints", &["ep"], Namespaced),
    ("", "events", "event", &["ev"], Namespaced),
    ("", "limitranges", "limitrange", &["limits"], Namespaced),
    ("", "namespaces", "namespace", &["ns"], Cluster),
    ("", "nodes", "node", &["no"], Cluster),
    ("", "persistentvolumeclaims", "persistentvolumeclaim", &["pvc"], Namespaced),
    ("", "persistentvolumes", "persistentvolume", &["pv"], Cluster),
    ("", "pods", "pod", &["po"], Namespaced),
    ("", "podtemplates", "podtemplate", &[], Namespaced),
    ("", "replicationcontrollers", "replicationcontroller", &["rc"], Namespaced),
    ("", "resourcequotas", "resourcequota", &["quota"], Namespaced),
    ("", "secrets", "secret", &[], Namespaced),
    ("", "serviceaccounts", "serviceaccount", &["sa"], Namespaced),
    ("", "services", "service", &["svc"], Namespaced),
    // Served by no path of their own: the subjects of the verb `impersonate`.
    ("", "users", "user", &[], Cluster),
    ("", "groups", "group", &[], Cluster),
    ("admissionregistration.k8s.io", "mutatingadmissionpolicies", "mutatingadmissionpolicy", &[], Cluster),
    ("admissionregistration.k8s.io", "mutatingadmissionpolicybindings", "mutatingadmissionpolicybinding", &[], Cluster),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "mutatingwebhookconfiguration", &[], Cluster),
    ("admissionregistration.k8s.io", "validatingadmissionpolicies", "validatingadmissionpolicy", &[], Cluster),
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings", "validatingadmissionpolicybinding", &[], Cluster),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations", "validatingwebhookconfiguration", &[], Cluster),
    ("apiextensions.k8s.io", "customresourcedefinitions", "customresourcedefinition", &["crd", "crds"], Cluster),
    ("apiregistration.k8s.io", "apiservices", "apiservice", &[], Cluster),
    ("apps", "controllerrevisions", "controllerrevision", &[], Namespaced),
    ("apps", "daemonsets", "daemonset", &["ds"], Namespaced),
    ("apps", "deployments", "deployment", &["deploy"], Namespaced),
    ("apps", "replicasets", "replicaset", &["rs"], Namespaced),
    ("apps", "statefulsets", "statefulset", &["sts"], Namespaced),
    ("authentication.k8s.io", "selfsubjectreviews", "selfsubjectreview", &[], Cluster),
    ("authentication.k8s.io", "tokenreviews", "tokenreview", &[], Cluster),
    ("authentication.k8s.io", "userextras", "userextra", &[], Cluster),
    ("authentication.k8s.io", "uids", "uid", &[], Cluster),
    ("authorization.k8s.io", "localsubjectaccessreviews", "localsubjectaccessreview", &[], Namespaced),
    ("authorization.k8s.io", "selfsubjectaccessreviews", "selfsubjectaccessreview", &[], Cluster),
    ("authorization.k8s.io", "selfsubjectrulesreviews", "selfsubjectrulesreview", &[], Cluster),
    ("authorization.k8s.io", "subjectaccessreviews", "subjectaccessreview", &[], Cluster),
    ("autoscaling", "horizontalpodautoscalers", "horizontalpodautoscaler", &["hpa"], Namespaced),
    ("batch", "cronjobs", "cronjob", &["cj"], Namespaced),
    ("batch", "jobs", "job", &[], Namespaced),
    ("certificates.k8s.io", "certificatesigningrequests", "certificatesigningrequest", &["csr"], Cluster),
    ("certificates.k8s.io", "clustertrustbundles", "clustertrustbundle", &[], Cluster),
    ("certificates.k8s.io", "podcertificaterequests", "podcertificaterequest", &[], Namespaced),
    ("certificates.k8s.io", "signers", "signer", &[], Cluster),
    ("coordination.k8s.io", "leases", "lease", &[], Namespaced),
    ("coordination.k8s.io", "leasecandidates", "leasecandidate", &[], Namespaced),
    ("discovery.k8s.io", "endpointslices", "endpointslice", &[], Namespaced),
    ("events.k8s.io", "events", "event", &["ev"], Namespaced),
    ("flowcontrol.apiserver.k8s.io", "flowschemas", "flowschema", &[], Cluster),
    ("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", "prioritylevelconfiguration", &[], Cluster),
    ("internal.apiserver.k8s.io", "storageversions", "storageversion", &[], Cluster),
    ("networking.k8s.io", "ingressclasses", "ingressclass", &[], Cluster),
    ("networking.k8s.io", "ingresses", "ingress", &["ing"], Namespaced),
    ("networking.k8s.io", "ipaddresses", "ipaddress", &["ip"], Cluster),
    ("networking.k8s.io", "networkpolicies", "networkpolicy", &["netpol"], Namespaced),
    ("networking.k8s.io", "servicecidrs", "servicecidr", &[], Cluster),
    ("node.k8s.io", "runtimeclasses", "runtimeclass", &[], Cluster),
    ("policy", "poddisruptionbudgets", "poddisruptionbudget", &["pdb"], Namespaced),
    ("policy", "podsecuritypolicies", "podsecuritypolicy", &["psp"], Cluster),
    ("rbac.authorization.k8s.io", "clusterrolebindings", "clusterrolebinding", &[], Cluster),
    ("rbac.authorization.k8s.io", "clusterroles", "clusterrole", &[], Cluster),
    ("rbac.authorization.k8s.io", "rolebindings", "rolebinding", &[], Namespaced),
    ("rbac.authorization.k8s.io", "roles", "role", &[], Namespaced),
    ("resource.k8s.io", "deviceclasses", "deviceclass", &[], Cluster),
    ("resource.k8s.io", "resourceclaims", "resourceclaim", &[], Namespaced),
    ("resource.k8s.io", "resourceclaimtemplates", "resourceclaimtemplate", &[], Namespaced),
    ("resource.k8s.io", "resourceslices", "resourceslice", &[], Cluster),
    ("scheduling.k8s.io", "priorityclasses", "priorityclass", &["pc"], Cluster),
    ("storage.k8s.io", "csidrivers", "csidriver", &[], Cluster),
    ("storage.k8s.io", "csinodes", "csinode", &[], Cluster),
    ("storage.k8s.io", "csistoragecapacities", "csistoragecapacity", &[], Namespaced),
    ("storage.k8s.io", "storageclasses", "storageclass", &["sc"], Cluster),
    ("storage.k8s.io", "volumeattachments", "volumeattachment", &[], Cluster),
    ("storage.k8s.io", "volumeattributesclasses", "volumeattributesclass", &["vac"], Cluster),
    ("storagemigration.k8s.io", "storageversionmigrations", "storageversionmigration", &[], Cluster),
    ("metrics.k8s.io", "nodes", "nodemetrics", &[], Cluster),
    ("metrics.k8s.io", "pods", "podmetrics", &[], Namespaced),
    ("extensions", "daemonsets", "daemonset", &["ds"], Namespaced),
    ("extensions", "deployments", "deployment", &["deploy"], Namespaced),
    ("extensions", "ingresses", "ingress", &["ing"], Namespaced),
    ("extensions", "networkpolicies", "networkpolicy", &["netpol"], Namespaced),
    ("extensions", "replicasets", "replicaset", &["rs"], Namespaced),
];

impl Resource {
    /// The resources that a word may mean, best first: a plural, a singular or a short name, in any
    /// case, with or without `.GROUP` behind it (`deployments.apps`; a group's beginning is enough).
    pub fn find(inventory: &Inventory, word: &str) -> Vec<Resource> {
        let word = word.to_lowercase();
        let (name, group) = word.split_once('.').unwrap_or((&word, ""));
        let mut found: Vec<Resource> = Vec::new();
        let mut offer = |resource: Resource| {
            let meant = group.is_empty() || resource.group.starts_with(group);
            if meant && !found.contains(&resource) {
                found.push(resource);
            }
        };
        for (group, plural, singular, short, scope) in BUILT_IN {
            if name == *plural || name == *singular || short.contains(&name) {
                offer(Resource {
                    group: (*group).to_owned(),
                    name: (*plural).to_owned(),
                    namespaced: *scope == Namespaced,
                });
            }
        }
        for (_, definition) in inventory.of_kind(Kind::CustomResourceDefinition) {
            let spec = definition.value().at("spec");
            if answers_to(spec, name) {
                offer(Resource {
                    group: spec.text("group").unwrap_or_default().to_owned(),
                    name: spec.text("names.plural").unwrap_or_default().to_owned(),
                    namespaced: spec.text("scope") != Some("Cluster"),
                });
            }
        }
        found
    }
}

/// True when a custom resource definition's names hold the word.
fn answers_to(spec: &Value, word: &str) -> bool {
    let kind = spec.text("names.kind").map(str::to_lowercase);
    let names = [
        spec.text("names.plural"),
        spec.text("names.singular"),
        kind.as_deref(),
    ];
    names.contains(&Some(word)) || spec.texts("names.shortNames").any(|name| name == word)
}

#[cfg(test)]
mod tests {
    use crate::json;

    use super::*;
    use crate::{Completeness, Object};

    fn found(word: &str) -> Vec<String> {
        let definition = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "widgets.example.com"},
            "spec": {
                "group": "example.com", "scope": "Cluster",
                "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd", "po"]},
            },
        });
        let objects = vec![Object::new(definition, None).unwrap()];
        let inventory = Inventory::new(objects, Completeness::Tree);
        Resource::find(&inventory, word)
            .iter()
            .map(Resource::to_string)
            .collect()
    }

    #[test]
    fn words_find_their_resources() {
        for (word, expected) in [
            ("pods", &["pods", "pods.metrics.k8s.io"][..]),
            ("po", &["pods", "widgets.example.com"]),
            (
                "Deployment",
                &["deployments.apps", "deployments.extensions"],
            ),
            ("deploy.ext", &["deployments.extensions"]),
            ("deployments.apps", &["deployments.apps"]),
            ("crd", &["customresourcedefinitions.apiextensions.k8s.io"]),
            ("widget", &["widgets.example.com"]),
            ("wd.example.com", &["widgets.example.com"]),
            ("widgets.other.com", &[]),
            ("gadgets", &[]),
        ] {
            assert_eq!(found(word), expected, "{word}");
        }
    }

    #[test]
    fn scopes_are_known() {
        let inventory = Inventory::new(Vec::new(), Completeness::Tree);
        let namespaced = |word| Resource::find(&inventory, word)[0].namespaced;
        assert!(namespaced("secrets") && namespaced("rolebindings"));
        assert!(!namespaced("nodes") && !namespaced("namespaces"));
    }
}
