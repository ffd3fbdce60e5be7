//! Cases that we mean to answer otherwise than their authors, and why.

/// A case that we mean to answer otherwise than its authors.
pub(super) struct Difference {
    pub(super) suite: &'static str,
    pub(super) case: &'static str,
    pub(super) reason: &'static str,
}

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        suite: "regolibrary",
        case: "ensure-default-service-accounts-has-only-default-roles/passed_rolebinding_one_subject",
        reason: "the binding passes by its label kubernetes.io/bootstrapping, which anybody may write; \
                 no binding that Kubernetes makes itself names a default service account",
    },
    Difference {
        suite: "regolibrary",
        case: "exposed-sensitive-interfaces-v1/filter-multi-service",
        reason: "a LoadBalancer leads to the Kubernetes dashboard, which is what the rule is about; the \
                 case tries its filter, and the answer expected of that (expected-filter.json) is ours",
    },
    Difference {
        suite: "regolibrary",
        case: "rule-can-access-proxy-subresource/clusterrole-rolebinding",
        reason: GRANTED_IN_NO_NAMESPACE,
    },
    Difference {
        suite: "regolibrary",
        case: "rule-can-access-proxy-subresource/role-rolebinding",
        reason: GRANTED_IN_NO_NAMESPACE,
    },
    Difference {
        suite: "regolibrary",
        case: "rule-can-create-pv/clusterrole-rolebinding",
        reason: GRANTED_IN_NO_NAMESPACE,
    },
    Difference {
        suite: "regolibrary",
        case: "rule-can-create-pv/role-rolebinding",
        reason: GRANTED_IN_NO_NAMESPACE,
    },
    Difference {
        suite: "regolibrary",
        case: "rule-can-modify-admission-webhooks/clusterrole-rolebinding",
        reason: GRANTED_IN_NO_NAMESPACE,
    },
    Difference {
        suite: "regolibrary",
        case: "rule-can-modify-admission-webhooks/role-rolebinding",
        reason: GRANTED_IN_NO_NAMESPACE,
    },
    Difference {
        suite: "regolibrary",
        case: "system-authenticated-allowed-to-take-over-cluster/success",
        reason: "the rule asks for takeover alone; that every pod may read every ConfigMap of the cluster is \
                 a finding of ours, of severity low",
    },
    Difference {
        suite: "regolibrary",
        case: "workload-with-administrative-roles/pass-wl-limited-permissions",
        reason: "the account may do everything with every Secret of the cluster, tokens and keys of \
                 administrators too; the rule counts stars instead",
    },
    Difference {
        suite: "polaris",
        case: "pullPolicyNotAlways/failure.yaml",
        reason: PULLED_BY_DEFAULT,
    },
    Difference {
        suite: "polaris",
        case: "pullPolicyNotAlways/failure.cron-job.yaml",
        reason: PULLED_BY_DEFAULT,
    },
    Difference {
        suite: "netpol-analyzer",
        case: "exposure_test_with_anp_14/exposure_output",
        reason: "the answer leaves out that workload-b exchanges everything with all addresses, which \
                 it lists itself among the connections",
    },
];

const PULLED_BY_DEFAULT: &str = "an image without tag is latest, and Kubernetes sets its pull policy \
    to Always where none is written";

const GRANTED_IN_NO_NAMESPACE: &str = "a RoleBinding grants nothing on nodes, PersistentVolumes and \
    webhook configurations: they live in no namespace, and only a ClusterRoleBinding counts for them";
