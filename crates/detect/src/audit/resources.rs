//! The resources that rules name, as `RESOURCE[.GROUP][/SUBRESOURCE]`.
//!
//! Without a group it is the core group; `*` stands for any group, any subresource, or, alone, for
//! any request at all.

/// Everything that carries a pod spec.
pub(crate) const WORKLOADS: &[&str] = &[
    "pods",
    "pods/ephemeralcontainers",
    "podtemplates",
    "replicationcontrollers",
    "deployments.*",
    "daemonsets.*",
    "statefulsets.*",
    "replicasets.*",
    "jobs.*",
    "cronjobs.*",
];

/// What runs pods and is written by people.
pub(crate) const CONTROLLERS: &[&str] = &[
    "deployments.*",
    "daemonsets.*",
    "statefulsets.*",
    "replicasets.*",
    "replicationcontrollers",
    "jobs.*",
    "cronjobs.*",
];

pub(crate) const ROLES: &[&str] = &[
    "roles.rbac.authorization.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
];

pub(crate) const BINDINGS: &[&str] = &[
    "rolebindings.rbac.authorization.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
];

pub(crate) const RBAC: &[&str] = &[
    "roles.rbac.authorization.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
    "rolebindings.rbac.authorization.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
];

pub(crate) const WEBHOOKS: &[&str] = &[
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
];

/// Policies by which a cluster refuses or separates things.
pub(crate) const POLICIES: &[&str] = &[
    "networkpolicies.*",
    "globalnetworkpolicies.*",
    "adminnetworkpolicies.policy.networking.k8s.io",
    "baselineadminnetworkpolicies.policy.networking.k8s.io",
    "clusternetworkpolicies.policy.networking.k8s.io",
    "ciliumnetworkpolicies.cilium.io",
    "ciliumclusterwidenetworkpolicies.cilium.io",
    "validatingadmissionpolicies.admissionregistration.k8s.io",
    "validatingadmissionpolicybindings.admissionregistration.k8s.io",
    "mutatingadmissionpolicies.admissionregistration.k8s.io",
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
    "constrainttemplates.templates.gatekeeper.sh",
    "policies.kyverno.io",
    "clusterpolicies.kyverno.io",
    "validatingpolicies.policies.kyverno.io",
    "policyexceptions.kyverno.io",
    "authorizationpolicies.security.istio.io",
    "peerauthentications.security.istio.io",
    "tracingpolicies.cilium.io",
    "tracingpoliciesnamespaced.cilium.io",
];

pub(crate) const EXEC: &[&str] = &["pods/exec"];
pub(crate) const EXEC_OR_ATTACH: &[&str] = &["pods/exec", "pods/attach"];
pub(crate) const SECRETS: &[&str] = &["secrets"];
pub(crate) const SERVICES: &[&str] = &["services"];
pub(crate) const CSRS: &[&str] = &["certificatesigningrequests.certificates.k8s.io"];
pub(crate) const CSR_APPROVALS: &[&str] =
    &["certificatesigningrequests.certificates.k8s.io/approval"];
pub(crate) const INGRESSES: &[&str] = &["ingresses.*"];
pub(crate) const EVERYTHING: &[&str] = &["*"];
