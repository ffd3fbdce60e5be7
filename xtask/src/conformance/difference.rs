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
        suite: "audit/panther_tests",
        case: "Amazon.EKS.AnonymousAPIAccess/Anonymous API Access Web Scanner Allowed",
        reason: OPEN,
    },
    Difference {
        suite: "audit/panther_tests",
        case: "Amazon.EKS.AnonymousAPIAccess/ELB Health Check from Public IP",
        reason: OPEN,
    },
    Difference {
        suite: "audit/panther_tests",
        case: "Amazon.EKS.AnonymousAPIAccess/Anonymous API Access Web Scanner Denied",
        reason: "a refused request of the internet's scanners is no access; AUD-003 counts different paths instead",
    },
    Difference {
        suite: "audit/panther_tests",
        case: "GCP.K8s.New.Daemonset.Deployed/privilege-escalation",
        reason: "the record is of Deployment Manager, not of a Kubernetes API server",
    },
    Difference {
        suite: "audit/panther_tests",
        case: "Kubernetes.Role.NodeProxyPermissions/Updating existing role (not creating)",
        reason: UPDATED,
    },
    Difference {
        suite: "audit/panther_tests",
        case: "Kubernetes.Role.Wildcard/Updating existing role (not creating)",
        reason: UPDATED,
    },
    Difference {
        suite: "audit/panther_tests",
        case: "Kubernetes.Role.WritePermissions/Updating existing role (not creating)",
        reason: UPDATED,
    },
    Difference {
        suite: "audit/panther_tests",
        case: "Kubernetes.Secret.AccessDenied/EKS failed secret get (404 Not Found)",
        reason: "a secret that does not exist was not denied; operators ask for such secrets all day",
    },
    Difference {
        suite: "audit/panther_tests",
        case: "Kubernetes.Secret.AccessDenied/List secrets operation (not get)",
        reason: "a list of secrets that is refused is worth as much as a single one",
    },
    Difference {
        suite: "audit/panther_tests",
        case: "Kubernetes.Pod.StealServiceAccountToken/System principal in system namespace (excluded)",
        reason: "no part of the system reads tokens by exec, so the exemption would only hide its stolen identity",
    },
    Difference {
        suite: "audit/recorded",
        case: "seed3/attack:T22_ephemeral_ldap",
        reason: "operators list the secrets that they list every day, with their own client: nothing in \
                 one event, or in a few, tells it from work; it is the baseline's to see",
    },
];

const OPEN: &str =
    "health and version are shown to everybody by default, and to every load balancer";

const UPDATED: &str = "a role that is widened gives the right as much as a new one does: to look at \
    creations only is a gap";

const PULLED_BY_DEFAULT: &str = "an image without tag is latest, and Kubernetes sets its pull policy \
    to Always where none is written";
