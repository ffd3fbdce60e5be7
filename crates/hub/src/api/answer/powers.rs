//! What of all that an identity may do matters: the powers that lead on.

use catseye_model::Severity;
use catseye_rbac::{Identity, Names, Rbac, Request, Scope};

/// A power: words, how bad to lose it, and a request that needs it.
struct Power {
    words: &'static str,
    severity: Severity,
    verb: &'static str,
    group: &'static str,
    resource: &'static str,
}

const fn power(
    words: &'static str,
    severity: Severity,
    verb: &'static str,
    group: &'static str,
    resource: &'static str,
) -> Power {
    Power {
        words,
        severity,
        verb,
        group,
        resource,
    }
}

/// Worst first.
const POWERS: [Power; 14] = [
    power("do everything", Severity::Critical, "*", "*", "*"),
    power(
        "act as anybody",
        Severity::Critical,
        "impersonate",
        "",
        "users",
    ),
    power(
        "write roles beyond its own rights",
        Severity::Critical,
        "escalate",
        "rbac.authorization.k8s.io",
        "clusterroles",
    ),
    power(
        "bind any role",
        Severity::Critical,
        "bind",
        "rbac.authorization.k8s.io",
        "clusterroles",
    ),
    power("use kubelets", Severity::Critical, "get", "", "nodes/proxy"),
    power("read secrets", Severity::High, "list", "", "secrets"),
    power("read single secrets", Severity::High, "get", "", "secrets"),
    power("enter pods", Severity::High, "create", "", "pods/exec"),
    power("create pods", Severity::High, "create", "", "pods"),
    power(
        "change workloads",
        Severity::High,
        "patch",
        "apps",
        "deployments",
    ),
    power(
        "make tokens",
        Severity::High,
        "create",
        "",
        "serviceaccounts/token",
    ),
    power(
        "write admission webhooks",
        Severity::High,
        "create",
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations",
    ),
    power(
        "read configuration",
        Severity::Low,
        "list",
        "",
        "configmaps",
    ),
    power("list pods", Severity::Info, "list", "", "pods"),
];

/// The powers of an identity in words, worst first, and how bad losing it would be.
pub(super) fn powers_of(rbac: &Rbac, identity: &Identity) -> (Vec<String>, Severity) {
    let effective = rbac.effective(identity);
    if effective.is_master() {
        return (
            vec!["do everything, as a member of system:masters".to_owned()],
            Severity::Critical,
        );
    }
    let mut words: Vec<String> = Vec::new();
    let mut worst = Severity::Info;
    let scopes: Vec<Scope> = effective.scopes().into_iter().cloned().collect();
    for power in POWERS {
        let request = Request::resource(power.verb, power.group, power.resource);
        let asked = rbac.ask(&request);
        let mut namespaces: Vec<String> = Vec::new();
        let mut everywhere = false;
        for scope in &scopes {
            if !matches!(effective.names(&asked, scope), Names::All) {
                continue;
            }
            match scope.namespace_name() {
                None => everywhere = true,
                Some(namespace) => namespaces.push(namespace.to_owned()),
            }
        }
        if everywhere {
            words.push(format!("{} everywhere", power.words));
            worst = worst.max(power.severity);
        } else if !namespaces.is_empty() {
            let more = namespaces.len().saturating_sub(3);
            namespaces.truncate(3);
            let and = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            words.push(format!("{} in {}{and}", power.words, namespaces.join(", ")));
            // What counts in a namespace alone is a step less bad.
            let lesser = match power.severity {
                Severity::Critical => Severity::High,
                Severity::High => Severity::Medium,
                other => other.min(Severity::Low),
            };
            worst = worst.max(lesser);
        } else {
            continue;
        }
        // Who may do everything may do what is below.
        if power.verb == "*" && everywhere {
            break;
        }
    }
    (words, worst)
}
