//! Which API versions Kubernetes serves, served, and will stop serving.
//!
//! Derived from the lifecycle marks in `k8s.io/api` and the
//! [deprecation guide](https://kubernetes.io/docs/reference/using-api/deprecation-guide/).

use catseye_model::Version;

/// Kinds in an API version that is gone, or will be.
struct Retired {
    api_version: &'static str,
    kinds: &'static [&'static str],
    deprecated: Version,
    removed: Version,
    /// The API version to use instead; empty where there is none.
    replacement: &'static str,
}

/// Kinds in an API version that stays.
struct Served {
    api_version: &'static str,
    since: Version,
    kinds: &'static [&'static str],
}

/// What a Kubernetes version makes of a kind in an API version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Served, or not known here.
    Fine,
    /// Served no more since that version; what to use instead, if anything.
    Removed(Version, &'static str),
    /// Served until that version; what to use instead, if anything.
    Deprecated(Version, &'static str),
    /// Served only from that version on.
    TooNew(Version),
    /// Never served; the API version that serves the kind.
    NeverServed(&'static str),
}

/// How a kind in an API version stands at a Kubernetes version.
pub(super) fn standing(api_version: &str, kind: &str, at: Version) -> Standing {
    let served = SERVED
        .iter()
        .find(|served| served.api_version == api_version && served.kinds.contains(&kind));
    if let Some(served) = served {
        return if served.since > at {
            Standing::TooNew(served.since)
        } else {
            Standing::Fine
        };
    }
    let retired = RETIRED
        .iter()
        .find(|retired| retired.api_version == api_version && retired.kinds.contains(&kind));
    if let Some(retired) = retired {
        return if retired.removed <= at {
            Standing::Removed(retired.removed, retired.replacement)
        } else if retired.deprecated <= at {
            Standing::Deprecated(retired.removed, retired.replacement)
        } else {
            Standing::Fine
        };
    }
    if is_own_group(api_version)
        && let Some(right) = SERVED.iter().find(|served| served.kinds.contains(&kind))
    {
        return Standing::NeverServed(right.api_version);
    }
    Standing::Fine
}

/// True for groups of Kubernetes itself, whose kinds are all known here; versions still in alpha
/// come and go and are not.
fn is_own_group(api_version: &str) -> bool {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let group_of =
        |api_version: &'static str| api_version.split_once('/').map_or("", |(group, _)| group);
    !version.contains("alpha")
        && (SERVED
            .iter()
            .any(|served| group_of(served.api_version) == group)
            || group == "extensions")
}

macro_rules! retired {
    ($($api_version:literal [$($kind:ident)+] $deprecated:literal..$removed:literal $replacement:literal;)*) => {
        /// API version, kinds, deprecated in, removed in, and what to use instead.
        static RETIRED: &[Retired] = &[$(Retired {
            api_version: $api_version,
            kinds: &[$(stringify!($kind)),+],
            deprecated: Version::minor($deprecated),
            removed: Version::minor($removed),
            replacement: $replacement,
        }),*];
    };
}

macro_rules! served {
    ($($api_version:literal $since:literal [$($kind:ident)+];)*) => {
        /// API version, since, and kinds.
        static SERVED: &[Served] = &[$(Served {
            api_version: $api_version,
            since: Version::minor($since),
            kinds: &[$(stringify!($kind)),+],
        }),*];
    };
}

retired! {
    "admissionregistration.k8s.io/v1alpha1"
        [ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding]
        29..32 "admissionregistration.k8s.io/v1";
    "admissionregistration.k8s.io/v1alpha1"
        [MutatingAdmissionPolicy MutatingAdmissionPolicyBinding]
        35..38 "admissionregistration.k8s.io/v1";
    "admissionregistration.k8s.io/v1beta1"
        [MutatingWebhookConfiguration ValidatingWebhookConfiguration]
        16..22 "admissionregistration.k8s.io/v1";
    "admissionregistration.k8s.io/v1beta1"
        [ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding]
        31..34 "admissionregistration.k8s.io/v1";
    "admissionregistration.k8s.io/v1beta1"
        [MutatingAdmissionPolicy MutatingAdmissionPolicyBinding]
        37..40 "admissionregistration.k8s.io/v1";
    "apps/v1beta1" [ControllerRevision Deployment StatefulSet] 8..16 "apps/v1";
    "apps/v1beta2" [ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet] 9..16 "apps/v1";
    "batch/v1beta1" [CronJob] 21..25 "batch/v1";
    "certificates.k8s.io/v1alpha1" [ClusterTrustBundle] 34..37 "certificates.k8s.io/v1";
    "certificates.k8s.io/v1beta1" [CertificateSigningRequest] 19..22 "certificates.k8s.io/v1";
    "certificates.k8s.io/v1beta1"
        [ClusterTrustBundle PodCertificateRequest]
        37..40 "certificates.k8s.io/v1";
    "coordination.k8s.io/v1alpha2" [LeaseCandidate] 35..38 "";
    "coordination.k8s.io/v1beta1" [Lease] 19..22 "coordination.k8s.io/v1";
    "coordination.k8s.io/v1beta1" [LeaseCandidate] 36..39 "";
    "discovery.k8s.io/v1beta1" [EndpointSlice] 21..25 "discovery.k8s.io/v1";
    "events.k8s.io/v1beta1" [Event] 22..25 "events.k8s.io/v1";
    "extensions/v1beta1" [DaemonSet Deployment ReplicaSet] 8..16 "apps/v1";
    "extensions/v1beta1" [NetworkPolicy] 9..16 "networking.k8s.io/v1";
    "extensions/v1beta1" [Ingress] 14..22 "networking.k8s.io/v1";
    "flowcontrol.apiserver.k8s.io/v1beta1"
        [FlowSchema PriorityLevelConfiguration]
        23..26 "flowcontrol.apiserver.k8s.io/v1";
    "flowcontrol.apiserver.k8s.io/v1beta2"
        [FlowSchema PriorityLevelConfiguration]
        26..29 "flowcontrol.apiserver.k8s.io/v1";
    "flowcontrol.apiserver.k8s.io/v1beta3"
        [FlowSchema PriorityLevelConfiguration]
        29..32 "flowcontrol.apiserver.k8s.io/v1";
    "networking.k8s.io/v1beta1" [Ingress IngressClass] 19..22 "networking.k8s.io/v1";
    "networking.k8s.io/v1beta1" [IPAddress ServiceCIDR] 34..37 "networking.k8s.io/v1";
    "node.k8s.io/v1beta1" [RuntimeClass] 22..25 "node.k8s.io/v1";
    "policy/v1beta1" [PodDisruptionBudget] 21..25 "policy/v1";
    "rbac.authorization.k8s.io/v1beta1"
        [ClusterRole ClusterRoleBinding Role RoleBinding]
        17..22 "rbac.authorization.k8s.io/v1";
    "resource.k8s.io/v1alpha3" [DeviceTaintRule] 36..39 "resource.k8s.io/v1";
    "resource.k8s.io/v1beta1"
        [DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice]
        35..38 "resource.k8s.io/v1";
    "resource.k8s.io/v1beta2"
        [DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice]
        36..39 "resource.k8s.io/v1";
    "resource.k8s.io/v1beta2" [DeviceTaintRule] 39..42 "resource.k8s.io/v1";
    "scheduling.k8s.io/v1beta1" [PriorityClass] 14..22 "scheduling.k8s.io/v1";
    "scheduling.k8s.io/v1beta1" [PodGroup Workload] 40..43 "";
    "storage.k8s.io/v1alpha1" [CSIStorageCapacity VolumeAttachment] 21..24 "storage.k8s.io/v1";
    "storage.k8s.io/v1alpha1" [VolumeAttributesClass] 32..35 "storage.k8s.io/v1";
    "storage.k8s.io/v1beta1" [CSINode] 17..22 "storage.k8s.io/v1";
    "storage.k8s.io/v1beta1" [CSIDriver StorageClass VolumeAttachment] 19..22 "storage.k8s.io/v1";
    "storage.k8s.io/v1beta1" [CSIStorageCapacity] 24..27 "storage.k8s.io/v1";
    "storage.k8s.io/v1beta1" [VolumeAttributesClass] 34..37 "storage.k8s.io/v1";
    "storagemigration.k8s.io/v1beta1" [StorageVersionMigration] 37..40 "storagemigration.k8s.io/v1";

    // Gone before the sources carried lifecycle marks.
    "admissionregistration.k8s.io/v1alpha1" [InitializerConfiguration] 13..14 "";
    "apiextensions.k8s.io/v1beta1" [CustomResourceDefinition] 16..22 "apiextensions.k8s.io/v1";
    "apiregistration.k8s.io/v1beta1" [APIService] 19..22 "apiregistration.k8s.io/v1";
    "auditregistration.k8s.io/v1alpha1" [AuditSink] 18..19 "";
    "autoscaling/v2beta1" [HorizontalPodAutoscaler] 22..25 "autoscaling/v2";
    "autoscaling/v2beta2" [HorizontalPodAutoscaler] 23..26 "autoscaling/v2";
    "batch/v2alpha1" [CronJob] 20..21 "batch/v1";
    "discovery.k8s.io/v1alpha1" [EndpointSlice] 20..21 "discovery.k8s.io/v1";
    "extensions/v1beta1" [PodSecurityPolicy] 11..16 "";
    "flowcontrol.apiserver.k8s.io/v1alpha1"
        [FlowSchema PriorityLevelConfiguration]
        20..21 "flowcontrol.apiserver.k8s.io/v1";
    "networking.k8s.io/v1alpha1" [ClusterCIDR] 28..29 "";
    "networking.k8s.io/v1alpha1" [IPAddress ServiceCIDR] 31..34 "networking.k8s.io/v1";
    "node.k8s.io/v1alpha1" [RuntimeClass] 20..24 "node.k8s.io/v1";
    "policy/v1beta1" [PodSecurityPolicy] 21..25 "";
    "rbac.authorization.k8s.io/v1alpha1"
        [ClusterRole ClusterRoleBinding Role RoleBinding]
        17..22 "rbac.authorization.k8s.io/v1";
    "resource.k8s.io/v1alpha2"
        [ResourceClaim ResourceClaimTemplate ResourceClass]
        30..31 "resource.k8s.io/v1";
    "scheduling.k8s.io/v1alpha1" [PriorityClass] 14..22 "scheduling.k8s.io/v1";
    "settings.k8s.io/v1alpha1" [PodPreset] 19..20 "";
    "storagemigration.k8s.io/v1alpha1"
        [StorageVersionMigration]
        33..36 "storagemigration.k8s.io/v1";
}

served! {
    "admissionregistration.k8s.io/v1" 16 [
        MutatingWebhookConfiguration ValidatingWebhookConfiguration
    ];
    "admissionregistration.k8s.io/v1" 30 [
        ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
    ];
    "admissionregistration.k8s.io/v1" 36 [MutatingAdmissionPolicy MutatingAdmissionPolicyBinding];
    "apiextensions.k8s.io/v1" 16 [CustomResourceDefinition];
    "apiregistration.k8s.io/v1" 16 [APIService];
    "apps/v1" 16 [ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet];
    "autoscaling/v1" 16 [HorizontalPodAutoscaler];
    "autoscaling/v2" 23 [HorizontalPodAutoscaler];
    "batch/v1" 16 [Job];
    "batch/v1" 21 [CronJob];
    "certificates.k8s.io/v1" 19 [CertificateSigningRequest];
    "certificates.k8s.io/v1" 37 [ClusterTrustBundle PodCertificateRequest];
    "coordination.k8s.io/v1" 16 [Lease];
    "discovery.k8s.io/v1" 21 [EndpointSlice];
    "events.k8s.io/v1" 19 [Event];
    "flowcontrol.apiserver.k8s.io/v1" 29 [FlowSchema PriorityLevelConfiguration];
    "networking.k8s.io/v1" 16 [NetworkPolicy];
    "networking.k8s.io/v1" 19 [Ingress IngressClass];
    "networking.k8s.io/v1" 33 [IPAddress ServiceCIDR];
    "node.k8s.io/v1" 20 [RuntimeClass];
    "policy/v1" 21 [PodDisruptionBudget];
    "rbac.authorization.k8s.io/v1" 16 [ClusterRole ClusterRoleBinding Role RoleBinding];
    "resource.k8s.io/v1" 34 [DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice];
    "resource.k8s.io/v1" 37 [DeviceTaintRule];
    "scheduling.k8s.io/v1" 16 [PriorityClass];
    "storage.k8s.io/v1" 16 [StorageClass VolumeAttachment];
    "storage.k8s.io/v1" 17 [CSINode];
    "storage.k8s.io/v1" 18 [CSIDriver];
    "storage.k8s.io/v1" 24 [CSIStorageCapacity];
    "storage.k8s.io/v1" 34 [VolumeAttributesClass];
    "storagemigration.k8s.io/v1" 37 [StorageVersionMigration];
    "v1" 16 [
        ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim
        Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_decides() {
        for (api_version, kind, at, expected) in [
            ("apps/v1", "Deployment", 37, Standing::Fine),
            ("batch/v1beta1", "CronJob", 20, Standing::Fine),
            (
                "batch/v1beta1",
                "CronJob",
                21,
                Standing::Deprecated(Version::minor(25), "batch/v1"),
            ),
            (
                "batch/v1beta1",
                "CronJob",
                25,
                Standing::Removed(Version::minor(25), "batch/v1"),
            ),
            (
                "batch/v1",
                "CronJob",
                20,
                Standing::TooNew(Version::minor(21)),
            ),
            ("v1", "Deployment", 37, Standing::NeverServed("apps/v1")),
            ("v1", "Deploymant", 37, Standing::Fine),
            ("v1", "DeploymentConfig", 37, Standing::Fine),
            ("example.com/v1", "Deployment", 37, Standing::Fine),
            ("serving.knative.dev/v1", "Service", 37, Standing::Fine),
        ] {
            assert_eq!(
                standing(api_version, kind, Version::minor(at)),
                expected,
                "{api_version} {kind} at 1.{at}"
            );
        }
    }

    #[test]
    fn what_replaces_a_retired_version_is_served() {
        for retired in RETIRED {
            assert!(
                retired.deprecated < retired.removed,
                "{}",
                retired.api_version
            );
            assert!(
                retired.replacement.is_empty()
                    || SERVED
                        .iter()
                        .any(|served| served.api_version == retired.replacement),
                "{}",
                retired.replacement
            );
        }
    }
}
