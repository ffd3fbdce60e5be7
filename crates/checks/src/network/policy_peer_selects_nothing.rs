//! A peer of a network policy that selects no pods.

use catseye_model::Value;
use catseye_model::{Completeness, FieldPath, Fields, Inventory, Kind, Object, Selector};

use super::namespaces::{all_are_visible, selects_namespace};
use super::topology::Topology;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A network policy allows a peer that does not exist
    ///
    /// The rule allows traffic with pods that are not there, so the pods it was written for are cut
    /// off; an outage, and the usual cure is a rule that allows too much. Whoever may create pods
    /// with those labels gets the access that nobody uses.
    ///
    /// **Fix:** Make the peer's selectors meet the labels of the caller's pods and namespace, or
    /// remove the rule. Pods of another namespace need both selectors in one peer:
    /// ```yaml
    /// from:
    /// - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: front}}
    ///   podSelector: {matchLabels: {app: web}}
    /// ```
    "NET-103" {
        severity: Low,
        rows: ["D03"],
        fails: [
            r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart, namespace: shop}
spec:
  podSelector: {}
  ingress:
  - from: [{podSelector: {matchLabels: {app: front}}}]
---
apiVersion: v1
kind: Pod
metadata: {name: front, namespace: other, labels: {app: front}}
spec: {containers: [{name: a, image: i}]}
",
            r"# completeness: cluster
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to: [{namespaceSelector: {matchLabels: {team: db}}}]
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
",
        ],
        passes: [
            r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart, namespace: shop}
spec:
  podSelector: {}
  ingress:
  - from:
    - podSelector: {}
    - podSelector: {matchLabels: {app: front}}
    - namespaceSelector: {matchLabels: {team: elsewhere}}
    - ipBlock: {cidr: 10.0.0.0/8}
---
apiVersion: v1
kind: Pod
metadata: {name: front, namespace: shop, labels: {app: front}}
spec: {containers: [{name: a, image: i}]}
",
            r"# completeness: cluster
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart, namespace: shop}
spec:
  podSelector: {}
  ingress:
  - from:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: front}}
      podSelector: {matchLabels: {app: front}}
---
apiVersion: v1
kind: Namespace
metadata: {name: front}
---
apiVersion: v1
kind: Pod
metadata: {name: front, namespace: front, labels: {app: front}}
spec: {containers: [{name: a, image: i}]}
",
        ],
        run: Objects(&[Kind::NetworkPolicy], run),
    }
}

fn run(policy: &Object, context: &Context<'_>, found: &mut Findings) {
    let inventory = context.inventory;
    if inventory.completeness() == Completeness::Fragment {
        found.unknown("the peers may stand elsewhere");
        return;
    }
    let topology = context.index::<Topology>();
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        let rules = policy.value().at("spec").list(direction);
        for (rule, value) in rules.iter().enumerate() {
            for (peer, value) in value.list(peers).iter().enumerate() {
                let Some(complaint) = complaint(inventory, &topology, policy, value) else {
                    continue;
                };
                let path = FieldPath::root().join("spec").join(direction).index(rule);
                found.at(path.join(peers).index(peer), complaint);
            }
        }
    }
}

fn complaint(
    inventory: &Inventory,
    topology: &Topology,
    policy: &Object,
    peer: &Value,
) -> Option<String> {
    let pods = Selector::of(peer.at("podSelector")).ok()?;
    if !peer.has("namespaceSelector") {
        if !peer.has("podSelector") || pods.selects_everything() {
            return None;
        }
        let namespace = policy.namespace();
        let absent = topology
            .pods
            .selected(inventory, namespace, &pods)
            .is_empty()
            && !topology.operators.may_run(namespace, &pods);
        return absent.then(|| format!("{pods} selects no workload here"));
    }
    // Other namespaces are seen whole in a cluster alone.
    if !all_are_visible(inventory) {
        return None;
    }
    let namespaces = Selector::of(peer.at("namespaceSelector")).ok()?;
    let mut some_namespace = false;
    for (_, namespace) in inventory.of_kind(Kind::Namespace) {
        if selects_namespace(inventory, &namespaces, namespace.name()) == Some(false) {
            continue;
        }
        some_namespace = true;
        if pods.selects_everything()
            || topology.operators.may_run(namespace.name(), &pods)
            || !topology
                .pods
                .selected(inventory, namespace.name(), &pods)
                .is_empty()
        {
            return None;
        }
    }
    Some(if some_namespace {
        format!("{pods} selects no workload in the namespaces that {namespaces} selects")
    } else {
        format!("{namespaces} selects no namespace")
    })
}
