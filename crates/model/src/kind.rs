//! The kinds of objects that judgements know by name.
//!
//! A kind is told by its API group and kind; the version does not matter, because every judgement reads
//! fields that mean the same in all served versions (`extensions/v1beta1` Ingress is the exception
//! that its checks handle themselves).

use std::fmt;

/// How the objects of a kind are addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Lives in a namespace.
    Namespaced,
    /// Belongs to the whole cluster.
    Cluster,
}

macro_rules! kinds {
    ($($variant:ident => $name:literal, $scope:ident, [$group:literal $(, $alias:literal)*];)*) => {
        /// A kind known by name; everything else is [`Kind::Other`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = concat!("`", $name, "` of API group `", $group, "`.")] $variant,)*
            /// Any other kind.
            Other,
        }

        impl Kind {
            /// Every known kind.
            pub const ALL: &[Kind] = &[$(Kind::$variant),*];

            /// The kind that this API group and kind name.
            pub fn of(group: &str, kind: &str) -> Kind {
                match (group, kind) {
                    $(($group $(| $alias)*, $name) => Kind::$variant,)*
                    _ => Kind::Other,
                }
            }

            /// The name in the `kind` field; empty for `Other`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Kind::$variant => $name,)*
                    Kind::Other => "",
                }
            }

            /// The API group that serves the kind today; empty for the core group and for `Other`.
            pub fn group(self) -> &'static str {
                match self {
                    $(Kind::$variant => $group,)*
                    Kind::Other => "",
                }
            }

            /// Whether objects of this kind live in a namespace; unknown for `Other`.
            pub fn scope(self) -> Option<Scope> {
                match self {
                    $(Kind::$variant => Some(Scope::$scope),)*
                    Kind::Other => None,
                }
            }
        }
    };
}

kinds! {
    Pod => "Pod", Namespaced, [""];
    PodTemplate => "PodTemplate", Namespaced, [""];
    ReplicationController => "ReplicationController", Namespaced, [""];
    Service => "Service", Namespaced, [""];
    Endpoints => "Endpoints", Namespaced, [""];
    ConfigMap => "ConfigMap", Namespaced, [""];
    Secret => "Secret", Namespaced, [""];
    ServiceAccount => "ServiceAccount", Namespaced, [""];
    PersistentVolumeClaim => "PersistentVolumeClaim", Namespaced, [""];
    ResourceQuota => "ResourceQuota", Namespaced, [""];
    LimitRange => "LimitRange", Namespaced, [""];
    PersistentVolume => "PersistentVolume", Cluster, [""];
    Namespace => "Namespace", Cluster, [""];
    Node => "Node", Cluster, [""];
    Event => "Event", Namespaced, ["", "events.k8s.io"];
    Deployment => "Deployment", Namespaced, ["apps", "extensions"];
    ReplicaSet => "ReplicaSet", Namespaced, ["apps", "extensions"];
    DaemonSet => "DaemonSet", Namespaced, ["apps", "extensions"];
    StatefulSet => "StatefulSet", Namespaced, ["apps"];
    ControllerRevision => "ControllerRevision", Namespaced, ["apps"];
    Job => "Job", Namespaced, ["batch"];
    CronJob => "CronJob", Namespaced, ["batch"];
    HorizontalPodAutoscaler => "HorizontalPodAutoscaler", Namespaced, ["autoscaling"];
    // Often written with `apiVersion: v1`, which no API server takes: judged as what is meant.
    PodDisruptionBudget => "PodDisruptionBudget", Namespaced, ["policy", ""];
    PodSecurityPolicy => "PodSecurityPolicy", Cluster, ["policy", "extensions"];
    Ingress => "Ingress", Namespaced, ["networking.k8s.io", "extensions"];
    IngressClass => "IngressClass", Cluster, ["networking.k8s.io"];
    NetworkPolicy => "NetworkPolicy", Namespaced, ["networking.k8s.io", "extensions"];
    AdminNetworkPolicy => "AdminNetworkPolicy", Cluster, ["policy.networking.k8s.io"];
    BaselineAdminNetworkPolicy => "BaselineAdminNetworkPolicy", Cluster, ["policy.networking.k8s.io"];
    ClusterNetworkPolicy => "ClusterNetworkPolicy", Cluster, ["policy.networking.k8s.io"];
    EndpointSlice => "EndpointSlice", Namespaced, ["discovery.k8s.io"];
    Role => "Role", Namespaced, ["rbac.authorization.k8s.io"];
    RoleBinding => "RoleBinding", Namespaced, ["rbac.authorization.k8s.io"];
    ClusterRole => "ClusterRole", Cluster, ["rbac.authorization.k8s.io"];
    ClusterRoleBinding => "ClusterRoleBinding", Cluster, ["rbac.authorization.k8s.io"];
    StorageClass => "StorageClass", Cluster, ["storage.k8s.io"];
    CsiStorageCapacity => "CSIStorageCapacity", Namespaced, ["storage.k8s.io"];
    VolumeAttachment => "VolumeAttachment", Cluster, ["storage.k8s.io"];
    PriorityClass => "PriorityClass", Cluster, ["scheduling.k8s.io"];
    RuntimeClass => "RuntimeClass", Cluster, ["node.k8s.io"];
    Lease => "Lease", Namespaced, ["coordination.k8s.io"];
    CustomResourceDefinition => "CustomResourceDefinition", Cluster, ["apiextensions.k8s.io"];
    ApiService => "APIService", Cluster, ["apiregistration.k8s.io"];
    ValidatingWebhookConfiguration => "ValidatingWebhookConfiguration", Cluster, ["admissionregistration.k8s.io"];
    MutatingWebhookConfiguration => "MutatingWebhookConfiguration", Cluster, ["admissionregistration.k8s.io"];
    ValidatingAdmissionPolicy => "ValidatingAdmissionPolicy", Cluster, ["admissionregistration.k8s.io"];
    ValidatingAdmissionPolicyBinding => "ValidatingAdmissionPolicyBinding", Cluster, ["admissionregistration.k8s.io"];
    MutatingAdmissionPolicy => "MutatingAdmissionPolicy", Cluster, ["admissionregistration.k8s.io"];
    MutatingAdmissionPolicyBinding => "MutatingAdmissionPolicyBinding", Cluster, ["admissionregistration.k8s.io"];

    // Gateway API.
    GatewayClass => "GatewayClass", Cluster, ["gateway.networking.k8s.io"];
    Gateway => "Gateway", Namespaced, ["gateway.networking.k8s.io"];
    HttpRoute => "HTTPRoute", Namespaced, ["gateway.networking.k8s.io"];
    GrpcRoute => "GRPCRoute", Namespaced, ["gateway.networking.k8s.io"];
    TcpRoute => "TCPRoute", Namespaced, ["gateway.networking.k8s.io"];
    TlsRoute => "TLSRoute", Namespaced, ["gateway.networking.k8s.io"];
    UdpRoute => "UDPRoute", Namespaced, ["gateway.networking.k8s.io"];
    ReferenceGrant => "ReferenceGrant", Namespaced, ["gateway.networking.k8s.io"];
    OpenShiftRoute => "Route", Namespaced, ["route.openshift.io"];

    // Istio and Linkerd.
    IstioGateway => "Gateway", Namespaced, ["networking.istio.io"];
    VirtualService => "VirtualService", Namespaced, ["networking.istio.io"];
    DestinationRule => "DestinationRule", Namespaced, ["networking.istio.io"];
    ServiceEntry => "ServiceEntry", Namespaced, ["networking.istio.io"];
    Sidecar => "Sidecar", Namespaced, ["networking.istio.io"];
    EnvoyFilter => "EnvoyFilter", Namespaced, ["networking.istio.io"];
    PeerAuthentication => "PeerAuthentication", Namespaced, ["security.istio.io"];
    RequestAuthentication => "RequestAuthentication", Namespaced, ["security.istio.io"];
    AuthorizationPolicy => "AuthorizationPolicy", Namespaced, ["security.istio.io"];
    IstioOperator => "IstioOperator", Namespaced, ["install.istio.io"];
    LinkerdServer => "Server", Namespaced, ["policy.linkerd.io"];
    LinkerdAuthorizationPolicy => "AuthorizationPolicy", Namespaced, ["policy.linkerd.io"];
    LinkerdServerAuthorization => "ServerAuthorization", Namespaced, ["policy.linkerd.io"];

    // Workloads of other projects that carry a pod template.
    Rollout => "Rollout", Namespaced, ["argoproj.io"];
    DeploymentConfig => "DeploymentConfig", Namespaced, ["apps.openshift.io", ""];
    KnativeService => "Service", Namespaced, ["serving.knative.dev"];
    KnativeConfiguration => "Configuration", Namespaced, ["serving.knative.dev"];
    KnativeRevision => "Revision", Namespaced, ["serving.knative.dev"];
    SandboxTemplate => "SandboxTemplate", Namespaced, ["extensions.agents.x-k8s.io", "agents.x-k8s.io"];
    Sandbox => "Sandbox", Namespaced, ["agents.x-k8s.io"];

    // Delivery.
    ArgoApplication => "Application", Namespaced, ["argoproj.io"];
    ArgoApplicationSet => "ApplicationSet", Namespaced, ["argoproj.io"];
    ArgoAppProject => "AppProject", Namespaced, ["argoproj.io"];
    ArgoCd => "ArgoCD", Namespaced, ["argoproj.io"];
    FluxKustomization => "Kustomization", Namespaced, ["kustomize.toolkit.fluxcd.io"];
    FluxHelmRelease => "HelmRelease", Namespaced, ["helm.toolkit.fluxcd.io"];
    FluxGitRepository => "GitRepository", Namespaced, ["source.toolkit.fluxcd.io"];
    FluxOciRepository => "OCIRepository", Namespaced, ["source.toolkit.fluxcd.io"];
    FluxHelmRepository => "HelmRepository", Namespaced, ["source.toolkit.fluxcd.io"];
    FluxHelmChart => "HelmChart", Namespaced, ["source.toolkit.fluxcd.io"];
    TektonTask => "Task", Namespaced, ["tekton.dev"];
    TektonClusterTask => "ClusterTask", Cluster, ["tekton.dev"];
    TektonTaskRun => "TaskRun", Namespaced, ["tekton.dev"];
    TektonPipeline => "Pipeline", Namespaced, ["tekton.dev"];
    TektonPipelineRun => "PipelineRun", Namespaced, ["tekton.dev"];

    // Operators and policy engines.
    Certificate => "Certificate", Namespaced, ["cert-manager.io"];
    Issuer => "Issuer", Namespaced, ["cert-manager.io"];
    ClusterIssuer => "ClusterIssuer", Cluster, ["cert-manager.io"];
    EtcdCluster => "EtcdCluster", Namespaced, ["etcd.database.coreos.com"];
    ServiceMonitor => "ServiceMonitor", Namespaced, ["monitoring.coreos.com"];
    PodMonitor => "PodMonitor", Namespaced, ["monitoring.coreos.com"];
    KyvernoPolicy => "Policy", Namespaced, ["kyverno.io"];
    KyvernoClusterPolicy => "ClusterPolicy", Cluster, ["kyverno.io"];
    KyvernoPolicyException => "PolicyException", Namespaced, ["kyverno.io", "policies.kyverno.io"];
    GatekeeperConstraintTemplate => "ConstraintTemplate", Cluster, ["templates.gatekeeper.sh"];
    SecretStore => "SecretStore", Namespaced, ["external-secrets.io"];
    ClusterSecretStore => "ClusterSecretStore", Cluster, ["external-secrets.io"];
    ExternalSecret => "ExternalSecret", Namespaced, ["external-secrets.io"];
    SealedSecret => "SealedSecret", Namespaced, ["bitnami.com"];
    CiliumNetworkPolicy => "CiliumNetworkPolicy", Namespaced, ["cilium.io"];
    CiliumClusterwideNetworkPolicy => "CiliumClusterwideNetworkPolicy", Cluster, ["cilium.io"];
    CalicoNetworkPolicy => "NetworkPolicy", Namespaced, ["projectcalico.org", "crd.projectcalico.org"];
    CalicoGlobalNetworkPolicy => "GlobalNetworkPolicy", Cluster, ["projectcalico.org", "crd.projectcalico.org"];
    ClusterServiceVersion => "ClusterServiceVersion", Namespaced, ["operators.coreos.com"];

    // Files of the control plane and nodes, which are no API objects but travel as manifests.
    KubeletConfiguration => "KubeletConfiguration", Cluster, ["kubelet.config.k8s.io"];
    EncryptionConfiguration => "EncryptionConfiguration", Cluster, ["apiserver.config.k8s.io"];
}

impl Kind {
    /// The kinds whose objects carry a pod template, or are pods.
    pub const WORKLOADS: &[Kind] = &[
        Kind::Pod,
        Kind::PodTemplate,
        Kind::ReplicationController,
        Kind::Deployment,
        Kind::ReplicaSet,
        Kind::DaemonSet,
        Kind::StatefulSet,
        Kind::Job,
        Kind::CronJob,
        Kind::Rollout,
        Kind::DeploymentConfig,
        Kind::KnativeService,
        Kind::KnativeConfiguration,
        Kind::KnativeRevision,
        Kind::Sandbox,
        Kind::SandboxTemplate,
    ];

    /// The way from an object of this kind to its pod template (the mapping that holds `metadata`
    /// and `spec`), or `None` for kinds without one.
    pub fn pod_template_path(self) -> Option<&'static str> {
        Some(match self {
            Kind::Pod | Kind::KnativeRevision => "",
            Kind::PodTemplate => "template",
            Kind::ReplicationController
            | Kind::Deployment
            | Kind::ReplicaSet
            | Kind::DaemonSet
            | Kind::StatefulSet
            | Kind::Job
            | Kind::Rollout
            | Kind::DeploymentConfig
            | Kind::KnativeService
            | Kind::KnativeConfiguration => "spec.template",
            Kind::CronJob => "spec.jobTemplate.spec.template",
            Kind::Sandbox | Kind::SandboxTemplate => "spec.podTemplate",
            _ => return None,
        })
    }

    /// True when objects of this kind run pods.
    pub fn is_workload(self) -> bool {
        self.pod_template_path().is_some()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_tell_kinds_of_one_name_apart() {
        assert_eq!(Kind::of("", "Service"), Kind::Service);
        assert_eq!(
            Kind::of("serving.knative.dev", "Service"),
            Kind::KnativeService
        );
        assert_eq!(
            Kind::of("networking.istio.io", "Gateway"),
            Kind::IstioGateway
        );
        assert_eq!(Kind::of("extensions", "Deployment"), Kind::Deployment);
        assert_eq!(Kind::of("example.com", "Deployment"), Kind::Other);
    }

    #[test]
    fn workloads_are_the_kinds_with_a_pod_template() {
        for kind in Kind::ALL {
            assert_eq!(kind.is_workload(), Kind::WORKLOADS.contains(kind), "{kind}");
        }
    }
}
