//! What is never judged, whatever the configuration says: judging it could lock the cluster, or the one
//! who would mend it, out.

use crate::request::{Operation, Request};

/// Namespaces of the cluster itself.
const SYSTEM: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// What the name of the sensors' namespace has after the hub's.
const SENSORS: &str = "-sensor";

/// Resources that the cluster must be able to write to live, by group and plural.
const VITAL: [(&str, &str); 14] = [
    ("", "nodes"),
    ("", "events"),
    ("", "bindings"),
    ("", "endpoints"),
    ("events.k8s.io", "events"),
    ("discovery.k8s.io", "endpointslices"),
    ("coordination.k8s.io", "leases"),
    ("coordination.k8s.io", "leasecandidates"),
    ("apiregistration.k8s.io", "apiservices"),
    ("certificates.k8s.io", "certificatesigningrequests"),
    ("authentication.k8s.io", "tokenreviews"),
    ("authorization.k8s.io", "subjectaccessreviews"),
    ("authorization.k8s.io", "selfsubjectaccessreviews"),
    ("admissionregistration.k8s.io", "*"),
];

/// The resources of `admissionregistration.k8s.io`, for rules that name them without their group.
const REGISTRATIONS: [&str; 6] = [
    "validatingwebhookconfigurations",
    "mutatingwebhookconfigurations",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
];

/// Subresources by which controllers tell what is; no decision of anybody's.
const BOOKKEEPING: [&str; 3] = ["status", "finalize", "binding"];

const OWN_NAMESPACE: &str = "a namespace of the cluster or of catseye itself";
const WRITTEN_TO_LIVE: &str = "the cluster cannot live without writing this";
const KEPT_BY_CONTROLLERS: &str = "bookkeeping of controllers";

/// True for the namespaces of the cluster itself, for the hub's own, and for the one of its sensors.
pub fn is_exempt_namespace(namespace: &str, own: &str) -> bool {
    let is_own = match namespace.strip_prefix(own) {
        Some(rest) => rest.is_empty() || rest == SENSORS,
        None => false,
    };
    SYSTEM.contains(&namespace) || (!own.is_empty() && is_own)
}

/// Why a request is never judged; `own` is the hub's namespace, empty where it has none.
pub fn exemption(request: &Request, own: &str) -> Option<&'static str> {
    if is_exempt_namespace(&request.namespace, own) {
        return Some(OWN_NAMESPACE);
    }
    let never = never_judged(
        Some(&request.group),
        &request.resource,
        &request.subresource,
    );
    if never.is_some() {
        return never;
    }
    // What the control plane takes away (garbage, finished Jobs, evicted pods) was decided by others.
    let is_control_plane = request
        .user
        .groups
        .iter()
        .any(|group| group == "system:nodes")
        || request.user.name == "system:apiserver"
        || request.user.name == "system:kube-controller-manager"
        || request.user.name == "system:kube-scheduler"
        || request
            .user
            .name
            .starts_with("system:serviceaccount:kube-system:");
    // Kubelets and controllers cannot work without tokens; for anybody else a token is power that is given.
    if is_control_plane && request.subresource == "token" {
        return Some("a token for the control plane");
    }
    if is_control_plane && request.operation != Operation::Create {
        return Some("an act of the control plane on what is already there");
    }
    None
}

/// Why a resource is never judged, whoever asks. Without a group, the resource of any group is meant.
pub(super) fn never_judged(
    group: Option<&str>,
    resource: &str,
    subresource: &str,
) -> Option<&'static str> {
    if BOOKKEEPING.contains(&subresource) {
        return Some(KEPT_BY_CONTROLLERS);
    }
    let is_vital = subresource.is_empty()
        && VITAL
            .iter()
            .any(|(vital_group, vital)| match (group, *vital) {
                (Some(group), "*") => group == *vital_group,
                (None, "*") => REGISTRATIONS.contains(&resource),
                (Some(group), vital) => group == *vital_group && vital == resource,
                (None, vital) => vital == resource,
            });
    is_vital.then_some(WRITTEN_TO_LIVE)
}

/// Why nothing in a namespace is judged, whatever it is.
pub(super) fn never_judged_in(namespace: &str) -> Option<&'static str> {
    SYSTEM.contains(&namespace).then_some(OWN_NAMESPACE)
}
