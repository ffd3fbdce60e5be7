//! What is never judged, whatever the configuration says: judging it could lock the cluster, or the one
//! who would mend it, out.

use crate::request::{Operation, Request};

/// Namespaces of the cluster itself.
const SYSTEM: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

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

/// Subresources by which controllers tell what is; no decision of anybody's.
const BOOKKEEPING: [&str; 5] = ["status", "finalize", "binding", "approval", "token"];

/// True for the namespaces of the cluster itself and for the hub's own.
pub fn is_exempt_namespace(namespace: &str, own: &str) -> bool {
    SYSTEM.contains(&namespace) || (!own.is_empty() && namespace == own)
}

/// Why a request is never judged; `own` is the hub's namespace, empty where it has none.
pub fn exemption(request: &Request, own: &str) -> Option<&'static str> {
    if is_exempt_namespace(&request.namespace, own) {
        return Some("a namespace of the cluster or of catseye itself");
    }
    let is_vital = VITAL.iter().any(|(group, resource)| {
        *group == request.group && (*resource == "*" || *resource == request.resource)
    });
    if is_vital {
        return Some("the cluster cannot live without writing this");
    }
    if BOOKKEEPING.contains(&request.subresource.as_str()) {
        return Some("bookkeeping of controllers");
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
    if is_control_plane && request.operation != Operation::Create {
        return Some("an act of the control plane on what is already there");
    }
    None
}
