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
    Difference {
        suite: "netpol-analyzer",
        case: "exposure_test_with_anp_14/exposure_output",
        reason: "the answer leaves out that workload-b exchanges everything with all addresses, which \
                 it lists itself among the connections",
    },
    Difference {
        suite: "polaris",
        case: "clusterrolebindingClusterAdmin/failure.default_clusteradmin_clusterrole.yaml",
        reason: "the case's cluster-admin allows to read deployments and no more; we judge what it grants",
    },
    Difference {
        suite: "polaris",
        case: "clusterrolebindingClusterAdmin/success.explicit_apigroups.yaml",
        reason: "every verb on the core group holds Secrets, pods and impersonation, which is as much as \
                 everything",
    },
    Difference {
        suite: "polaris",
        case: "clusterrolebindingClusterAdmin/success.gce_calico_binding.yaml",
        reason: PASSED_BY_NAME,
    },
    Difference {
        suite: "polaris",
        case: "clusterrolebindingClusterAdmin/success.system_prefix_binding.yaml",
        reason: PASSED_BY_NAME,
    },
    Difference {
        suite: "polaris",
        case: "rolebindingClusterRolePodExecAttach/success.gce_calico_binding.yaml",
        reason: PASSED_BY_NAME,
    },
    Difference {
        suite: "polaris",
        case: "rolebindingClusterRolePodExecAttach/success.system_prefix_binding.yaml",
        reason: PASSED_BY_NAME,
    },
    Difference {
        suite: "polaris",
        case: "rolebindingRolePodExecAttach/success.gce_calico_binding.yaml",
        reason: PASSED_BY_NAME,
    },
    Difference {
        suite: "polaris",
        case: "rolebindingRolePodExecAttach/success.system_prefix_binding.yaml",
        reason: PASSED_BY_NAME,
    },
    Difference {
        suite: "polaris",
        case: "rolebindingClusterRolePodExecAttach/failure.binding_points_to_missing_ref.yaml",
        reason: "the role is not there: it grants nothing, which RBA-027 says",
    },
    Difference {
        suite: "polaris",
        case: "rolebindingClusterRolePodExecAttach/failure.get_attach_and_exec_using_resource_wildcard.yaml",
        reason: GET_IS_NOT_ENOUGH,
    },
    Difference {
        suite: "polaris",
        case: "rolebindingClusterRolePodExecAttach/failure.get_attach_using_apigroup_wildcard.yaml",
        reason: GET_IS_NOT_ENOUGH,
    },
    Difference {
        suite: "polaris",
        case: "rolebindingClusterRolePodExecAttach/failure.get_exec_using_apigroup_wildcard.yaml",
        reason: GET_IS_NOT_ENOUGH,
    },
    Difference {
        suite: "polaris",
        case: "rolebindingRolePodExecAttach/failure.binding_points_to_missing_ref.yaml",
        reason: "the role is not there: it grants nothing, which RBA-027 says",
    },
    Difference {
        suite: "polaris",
        case: "rolebindingRolePodExecAttach/failure.get_attach_and_exec_using_resource_wildcard.yaml",
        reason: GET_IS_NOT_ENOUGH,
    },
    Difference {
        suite: "polaris",
        case: "rolebindingRolePodExecAttach/failure.get_attach_using_apigroup_wildcard.yaml",
        reason: GET_IS_NOT_ENOUGH,
    },
    Difference {
        suite: "polaris",
        case: "rolebindingRolePodExecAttach/failure.get_exec_using_apigroup_wildcard.yaml",
        reason: GET_IS_NOT_ENOUGH,
    },
    Difference {
        suite: "polaris",
        case: "rolebindingRolePodExecAttach/success.role_binding_cluster_role_binding.yaml",
        reason: "the binding allows everything in its namespace; their check looks at bindings to Roles alone",
    },
];

const OPEN: &str =
    "health and version are shown to everybody by default, and to every load balancer";

const UPDATED: &str = "a role that is widened gives the right as much as a new one does: to look at \
    creations only is a gap";

const PULLED_BY_DEFAULT: &str = "an image without tag is latest, and Kubernetes sets its pull policy \
    to Always where none is written";

const GRANTED_IN_NO_NAMESPACE: &str = "a RoleBinding grants nothing on nodes, PersistentVolumes and \
    webhook configurations: they live in no namespace, and only a ClusterRoleBinding counts for them";

const PASSED_BY_NAME: &str = "the binding passes by its name, which anybody may choose";

const GET_IS_NOT_ENOUGH: &str = "from Kubernetes 1.35 on, exec and attach by WebSocket need the verb \
    create too; we judge by the newest version";
