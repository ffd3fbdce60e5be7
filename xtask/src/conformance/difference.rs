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
