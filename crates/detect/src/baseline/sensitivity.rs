//! How much a call matters to an attacker, whoever makes it: what a new action is weighed with.

use super::call::Call;
use super::rate::Meter;

/// What kind of call it is.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, and no states"
)]
pub(super) struct Sensitivity {
    /// From 0, which is not looked at further, to 1, which can give the cluster away.
    pub(super) weight: f32,
    /// Which object exactly matters, not its kind alone.
    pub(super) by_object: bool,
    pub(super) changes: bool,
    pub(super) reads_secret: bool,
    pub(super) deletes: bool,
}

/// How a call is weighed.
pub(super) fn of(call: &Call<'_>) -> Sensitivity {
    let verb = call.verb;
    let deletes = matches!(verb, "delete" | "deletecollection");
    let reads = matches!(verb, "get" | "list" | "watch" | "head" | "options");
    let reads_secret = reads && call.resource == "secrets" && call.api_group.is_empty();
    let changes = !reads && !asks_only(call);
    let (weight, by_object) = if reads {
        read(call)
    } else {
        change(call, deletes)
    };
    // A refused attempt gained nothing, but somebody tried.
    let weight = if call.refused && weight > 0.0 {
        (weight * 0.7).max(0.25)
    } else {
        weight
    };
    Sensitivity {
        weight,
        by_object,
        changes,
        reads_secret,
        deletes,
    }
}

/// Reviews are created, but change nothing.
fn asks_only(call: &Call<'_>) -> bool {
    matches!(
        call.api_group,
        "authorization.k8s.io" | "authentication.k8s.io"
    ) && call.resource.ends_with("reviews")
}

#[expect(clippy::match_same_arms, reason = "a table, read row by row")]
fn read(call: &Call<'_>) -> (f32, bool) {
    match (call.resource, call.subresource) {
        ("pods", "exec" | "attach") => (1.0, true),
        ("pods" | "services", "portforward" | "proxy") => (0.7, true),
        ("nodes", "proxy") => match proxied_part(call.path) {
            // What monitoring scrapes.
            "metrics" | "stats" | "healthz" | "configz" => (0.3, false),
            _ => (1.0, true),
        },
        ("secrets", "") if call.verb == "get" => (0.7, true),
        ("secrets", "") if call.namespace.is_empty() => (1.0, false),
        ("secrets", "") => (0.9, false),
        ("pods", "log") => (0.3, false),
        ("configmaps", "") => (0.3, false),
        ("roles" | "rolebindings" | "clusterroles" | "clusterrolebindings", _) => (0.4, false),
        ("certificatesigningrequests", _) => (0.3, false),
        ("leases" | "events" | "endpoints" | "endpointslices", _) | (_, "status") => (0.0, false),
        ("", _) if is_public_path(call.path) => (0.0, false),
        ("", _) => (0.3, false),
        (_, _) if call.namespace.is_empty() => (0.2, false),
        _ => (0.12, false),
    }
}

#[expect(clippy::match_same_arms, reason = "a table, read row by row")]
fn change(call: &Call<'_>, deletes: bool) -> (f32, bool) {
    let many = call.verb == "deletecollection";
    match (call.api_group, call.resource, call.subresource) {
        (_, "leases" | "events" | "endpoints" | "endpointslices", _) if !deletes => (0.0, false),
        ("", "nodes" | "pods", "status") => (0.0, false),
        ("", "pods", "exec" | "attach" | "ephemeralcontainers") => (1.0, true),
        ("", "pods" | "services", "portforward" | "proxy") => (0.7, true),
        ("", "nodes", "proxy") => (1.0, true),
        ("", "serviceaccounts", "token") => (0.9, true),
        ("", "pods", "binding" | "eviction") => (0.4, false),
        ("", "users" | "groups" | "serviceaccounts", "") if call.verb == "impersonate" => {
            (1.0, true)
        }
        ("rbac.authorization.k8s.io", _, _) => (1.0, false),
        ("certificates.k8s.io", _, "approval") => (1.0, false),
        ("certificates.k8s.io", _, _) => (0.8, false),
        ("admissionregistration.k8s.io" | "apiregistration.k8s.io", _, _) => (1.0, false),
        ("apiextensions.k8s.io", _, "") => (0.6, false),
        ("networking.k8s.io", "networkpolicies", _) => (0.8, false),
        ("authorization.k8s.io", "selfsubjectrulesreviews", _) => (0.6, false),
        ("authorization.k8s.io", _, _) => (0.35, false),
        ("authentication.k8s.io", _, _) => (0.2, false),
        ("", "secrets", _) => (0.7, true),
        ("", "nodes", _) => (0.8, false),
        ("", "serviceaccounts" | "namespaces", _) => (0.6, false),
        ("apps", "daemonsets", "") => (0.7, false),
        ("", "pods", "") => (if deletes { 0.5 } else { 0.7 }, false),
        ("apps" | "batch", _, "") => (if many { 0.8 } else { 0.5 }, false),
        (_, _, "status" | "finalizers") => (0.05, false),
        (_, _, "scale") => (0.3, false),
        ("", "services" | "configmaps" | "persistentvolumes", _) => (0.45, false),
        _ if many => (0.7, false),
        _ if deletes => (0.4, false),
        _ => (0.3, false),
    }
}

/// `metrics` in `/api/v1/nodes/a/proxy/metrics/cadvisor`.
fn proxied_part(path: &str) -> &str {
    let rest = path.split_once("/proxy/").map_or("", |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

/// Discovery, health and version: what every client asks.
pub(super) fn is_public_path(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next();
    matches!(
        first.unwrap_or_default(),
        "" | "api"
            | "apis"
            | "openapi"
            | "healthz"
            | "livez"
            | "readyz"
            | "version"
            | ".well-known"
    )
}

impl Sensitivity {
    /// The meters that the call runs.
    pub(super) fn runs(self, meter: Meter, refused: bool) -> bool {
        match meter {
            Meter::All => true,
            Meter::Changes => self.changes && self.weight > 0.0,
            Meter::Refused => refused,
            Meter::SecretReads => self.reads_secret,
            Meter::Deletes => self.deletes,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use catseye_event::audit::ActorKind;

    use super::*;

    /// A call in short: `create pods/exec shop web-0`; the group stands before the resource with a
    /// slash, `apps/deployments`, where it is not the core group.
    pub(in crate::baseline) fn call(text: &'static str) -> Call<'static> {
        let mut words = text.split(' ');
        let verb = words.next().unwrap();
        let resource = words.next().unwrap();
        let (group, resource) = match resource.split_once(':') {
            Some((group, resource)) => (group, resource),
            None => ("", resource),
        };
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        Call {
            time: "2026-11-23T10:00:00Z".parse().unwrap(),
            actor: "alice".into(),
            kind: ActorKind::Human,
            groups: &[],
            verb,
            api_group: group,
            resource,
            subresource,
            namespace: words.next().unwrap_or_default(),
            name: words.next().unwrap_or_default(),
            path: "",
            agent: "kubectl/v1.36.1 (linux/amd64)",
            source: "10.0.0.1",
            refused: false,
        }
    }

    #[test]
    fn calls_are_ordered_by_what_they_can_give_away() {
        let mildest_first = [
            "update coordination.k8s.io:leases kube-system",
            "get pods shop web-0",
            "patch apps:deployments/scale shop web",
            "patch apps:deployments shop web",
            "get secrets shop db",
            "list secrets",
        ];
        let weights: Vec<f32> = mildest_first
            .iter()
            .map(|text| of(&call(text)).weight)
            .collect();
        assert!(weights.is_sorted(), "{weights:?}");
        for text in [
            "create pods/exec shop web-0",
            "get pods/exec shop web-0",
            "create rbac.authorization.k8s.io:rolebindings shop admins",
            "update certificates.k8s.io:certificatesigningrequests/approval",
        ] {
            assert!(of(&call(text)).weight >= 1.0, "{text}");
        }
    }

    #[test]
    fn scraping_a_node_is_less_than_running_commands_on_it() {
        let mut scrape = call("get nodes/proxy");
        scrape.path = "/api/v1/nodes/a/proxy/metrics/cadvisor";
        let mut run = call("get nodes/proxy");
        run.path = "/api/v1/nodes/a/proxy/run/shop/web-0/web";
        assert!(of(&scrape).weight < of(&run).weight);
    }

    #[test]
    fn asking_what_one_may_do_changes_nothing() {
        let review = of(&call(
            "create authorization.k8s.io:selfsubjectaccessreviews",
        ));
        assert!(!review.changes && review.weight > 0.0);
    }
}
