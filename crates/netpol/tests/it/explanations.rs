//! Which policy and which rule decided.

use catseye_netpol::{Decision, Endpoint, Reach, Reason, RuleRef};

use crate::fixture::{deployment, inventory, policy};

/// Both decisions on `TCP port` between the only classes of two workloads, in short.
fn explained(policies: &str, from: &str, to: &str, port: u16) -> [String; 2] {
    let text = [
        deployment("shop", "web", "containers: [{name: a}]"),
        deployment("shop", "db", "containers: [{name: a}]"),
        deployment(
            "shop",
            "agent",
            "hostNetwork: true, containers: [{name: a}]",
        ),
        policies.to_owned(),
    ]
    .concat();
    let inventory = inventory(&text);
    let reach = Reach::of(&inventory);
    let class = |name: &str| {
        let mut workloads = reach.workloads();
        let (_, workload) = workloads.find(|(_, w)| w.name == name).expect("a workload");
        Endpoint::Class(workload.classes[0])
    };
    let port = port.to_string().parse().expect("a port");
    let explanation = reach.explain(class(from), class(to), port);
    let reachable = reach.connection(class(from), class(to)).contains(port);
    assert_eq!(explanation.allowed(), reachable, "the two answers agree");
    let rule = |rule: &RuleRef| {
        let policy = &reach.policies()[rule.policy];
        format!("{}#{}", inventory.object(policy.object).name(), rule.rule)
    };
    let told = |decision: &Decision| {
        let reason = match &decision.reason {
            Reason::Allowed(rules) => {
                let rules: Vec<String> = rules.iter().map(rule).collect();
                format!("allowed by {}", rules.join(", "))
            }
            Reason::Denied(denying) => format!("denied by {}", rule(denying)),
            Reason::NotAllowed(refusals) => {
                let refusals: Vec<String> = refusals
                    .iter()
                    .map(|refusal| {
                        let policy = &reach.policies()[refusal.policy];
                        let name = inventory.object(policy.object).name();
                        format!("{name} {:?} {}", refusal.other_ports, refusal.without_rules)
                    })
                    .collect();
                format!("not allowed by {}", refusals.join(", "))
            }
            other => format!("{other:?}"),
        };
        let passed: Vec<String> = decision.passed_by.iter().map(rule).collect();
        if passed.is_empty() {
            reason
        } else {
            format!("{reason}, passed by {}", passed.join(", "))
        }
    };
    [told(&explanation.egress), told(&explanation.ingress)]
}

fn admin(kind: &str, priority: &str, name: &str, rules: &str) -> String {
    format!(
        "---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: {kind}
metadata: {{name: {name}}}
spec: {{{priority}subject: {{namespaces: {{}}}}, ingress: [{rules}]}}
"
    )
}

const FROM_ALL: &str = "from: [{namespaces: {}}]";

#[test]
fn without_policies_kubernetes_allows() {
    assert_eq!(explained("", "web", "db", 80), ["Unselected", "Unselected"]);
    assert_eq!(explained("", "web", "agent", 80), ["Unselected", "OnHost"]);
}

#[test]
fn the_rules_of_network_policies_add_up() {
    let policies = [
        policy("shop", "a", "{podSelector: {}, ingress: [{ports: [{port: 80}]}, {ports: [{port: 1, endPort: 99}]}]}"),
        policy("shop", "b", "{podSelector: {}}"),
    ]
    .concat();
    let [egress, ingress] = explained(&policies, "web", "db", 80);
    assert_eq!(
        (egress.as_str(), ingress.as_str()),
        ("Unselected", "allowed by a#0, a#1")
    );
    let [_, ingress] = explained(&policies, "web", "db", 100);
    assert_eq!(ingress, "not allowed by a [0, 1] false, b [] true");
}

#[test]
fn administrators_decide_in_order_or_pass_on() {
    let allow = format!(
        "{{action: Allow, {FROM_ALL}, ports: [{{portNumber: {{port: 80, protocol: TCP}}}}]}}"
    );
    let pass = format!(
        "{{action: Pass, {FROM_ALL}, ports: [{{portRange: {{start: 1, end: 99, protocol: TCP}}}}]}}"
    );
    let deny = format!("{{action: Deny, {FROM_ALL}}}");
    let policies = [
        admin("AdminNetworkPolicy", "priority: 9, ", "late", &deny),
        admin(
            "AdminNetworkPolicy",
            "priority: 1, ",
            "early",
            &format!("{allow}, {pass}"),
        ),
        admin("BaselineAdminNetworkPolicy", "", "default", &deny),
    ]
    .concat();
    for (port, expected) in [
        (80, "allowed by early#0"),
        (81, "denied by default#0, passed by early#1"),
        (100, "denied by late#0"),
    ] {
        assert_eq!(
            explained(&policies, "web", "db", port)[1],
            expected,
            "{port}"
        );
    }
    // A NetworkPolicy that selects the pod takes the place of the baseline.
    let with_policy = policies + &policy("shop", "own", "{podSelector: {}, ingress: [{}]}");
    let [_, ingress] = explained(&with_policy, "web", "db", 81);
    assert_eq!(ingress, "allowed by own#0, passed by early#1");
}

#[test]
fn what_no_rule_of_an_administrator_matches_is_allowed() {
    let allow = format!(
        "{{action: Deny, {FROM_ALL}, ports: [{{portNumber: {{port: 80, protocol: UDP}}}}]}}"
    );
    let policies = admin("BaselineAdminNetworkPolicy", "", "default", &allow);
    assert_eq!(explained(&policies, "web", "db", 80)[1], "Unmatched");
    // A pod in the node's network has no labels that a rule could see.
    let deny = admin(
        "BaselineAdminNetworkPolicy",
        "",
        "default",
        &format!("{{action: Deny, {FROM_ALL}}}"),
    );
    assert_eq!(explained(&deny, "agent", "db", 80)[1], "Unmatched");
}

#[test]
fn cluster_network_policies_have_two_tiers() {
    let policies = "---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: top}
spec:
  tier: Admin
  priority: 5
  subject: {pods: {podSelector: {matchLabels: {app: db}}}}
  ingress:
    - {action: Accept, from: [{pods: {podSelector: {matchLabels: {app: web}}}}], protocols: [{tcp: {destinationPort: {number: 80}}}]}
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: bottom}
spec:
  tier: Baseline
  priority: 5
  subject: {namespaces: {}}
  ingress:
    - {action: Deny, from: [{namespaces: {}}], protocols: [{tcp: {destinationPort: {range: {start: 1, end: 99}}}}]}
";
    assert_eq!(explained(policies, "web", "db", 80)[1], "allowed by top#0");
    assert_eq!(
        explained(policies, "web", "db", 81)[1],
        "denied by bottom#0"
    );
    assert_eq!(explained(policies, "web", "db", 100)[1], "Unmatched");
}

#[test]
fn a_policy_that_the_api_server_would_refuse_is_told_of() {
    for (spec, expected) in [
        (
            "{podSelector: {}, ingress: [{from: [{}]}]}",
            "spec.ingress[0].from[0]: the peer is empty: write podSelector, namespaceSelector or ipBlock; the policy is ignored",
        ),
        (
            "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.1}}]}]}",
            "spec.ingress[0].from[0].ipBlock.cidr: expected an address block such as 10.0.0.0/8; the policy is ignored",
        ),
        (
            "{podSelector: {}, egress: [{ports: [{port: 90, endPort: 80}]}]}",
            "spec.egress[0].ports[0]: the range ends (80) before it begins (90); the policy is ignored",
        ),
        (
            "{podSelector: {}, policyTypes: [ingress]}",
            "spec.policyTypes[0]: write Ingress or Egress; the policy is ignored",
        ),
    ] {
        let inventory = inventory(&policy("shop", "bad", spec));
        let reach = Reach::of(&inventory);
        let unread: Vec<String> = reach
            .unread()
            .iter()
            .map(|unread| format!("{}: {}", unread.path, unread.reason))
            .collect();
        assert_eq!(unread, [expected]);
        assert!(reach.policies().is_empty());
    }
}
