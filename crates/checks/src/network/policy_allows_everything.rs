//! A rule of a network policy that allows everything.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Kind, Object, Selector};

use super::reach::is_everything;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A network policy allows all traffic
    ///
    /// Allowances of all policies add up, so one rule that allows everyone on every port undoes what
    /// the others deny: any pod of the cluster (with `0.0.0.0/0`, any address) reaches the pods, or
    /// the pods reach anything.
    ///
    /// **Fix:** Name the peers and the ports:
    /// ```yaml
    /// ingress:
    /// - from: [{podSelector: {matchLabels: {app: front}}}]
    ///   ports: [{port: 8080}]
    /// ```
    "NET-004" {
        severity: Medium,
        rows: ["D04"],
        fails: [
            r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: allow-all}
spec: {podSelector: {}, ingress: [{}]}
",
            r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: any-address}
spec:
  podSelector: {matchLabels: {app: a}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]
  egress: [{to: [{namespaceSelector: {}}], ports: [{protocol: TCP}]}]
",
            r"
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: world}
spec: {endpointSelector: {}, ingress: [{fromEntities: [world]}], egress: [{toCIDR: [0.0.0.0/0]}]}
",
        ],
        passes: [
            r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: narrow}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  ingress:
  - ports: [{port: 8080}]
  - from: [{podSelector: {}}]
  - from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: front}}}]
  - from: [{ipBlock: {cidr: 0.0.0.0/0}}]
    ports: [{port: 443}]
  egress:
  - to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]
  - ports: [{port: 53, protocol: UDP}]
",
            r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: egress-rules-without-the-type}
spec: {podSelector: {}, policyTypes: [Ingress], egress: [{}]}
",
            r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: []}
",
        ],
        run: Objects(
            &[
                Kind::NetworkPolicy,
                Kind::CiliumNetworkPolicy,
                Kind::CiliumClusterwideNetworkPolicy,
            ],
            run
        ),
    }
}

fn run(policy: &Object, _: &Context<'_>, found: &mut Findings) {
    if policy.kind() != Kind::NetworkPolicy {
        return cilium(policy, found);
    }
    let spec = policy.value().at("spec");
    for (direction, peers, kind, all) in [
        ("ingress", "from", "Ingress", "allows everyone to connect"),
        ("egress", "to", "Egress", "allows connections to anything"),
    ] {
        // Rules of a direction that is not among the types have no effect.
        let types = spec.list("policyTypes");
        if !types.is_empty() && !types.iter().any(|text| text == kind) {
            continue;
        }
        for (index, rule) in spec.list(direction).iter().enumerate() {
            if restricts_ports(rule) {
                continue;
            }
            let path = || FieldPath::root().join("spec").join(direction).index(index);
            let list = rule.list(peers);
            if list.is_empty() {
                found.at(path(), format!("{all}, on every port"));
            }
            for (index, peer) in list.iter().enumerate() {
                if let Some(who) = everyone(peer) {
                    let path = path().join(peers).index(index);
                    found.at(path, format!("{who} on every port"));
                }
            }
        }
    }
}

fn restricts_ports(rule: &Value) -> bool {
    let ports = rule.list("ports");
    !ports.is_empty() && ports.iter().all(|port| port.has("port"))
}

fn everyone(peer: &Value) -> Option<&'static str> {
    if let Some(range) = peer.text("ipBlock.cidr") {
        let all = is_everything(range) && peer.list("ipBlock.except").is_empty();
        return all.then_some("allows every address");
    }
    let all = |field: &str| {
        Selector::of(peer.at(field)).is_ok_and(|selector| selector.selects_everything())
    };
    (peer.has("namespaceSelector") && all("namespaceSelector") && all("podSelector"))
        .then_some("allows every pod of the cluster")
}

fn cilium(policy: &Object, found: &mut Findings) {
    let value = policy.value();
    let one = value
        .get("spec")
        .map(|spec| (FieldPath::root().join("spec"), spec));
    let several = value
        .list("specs")
        .iter()
        .enumerate()
        .map(|(index, spec)| (FieldPath::root().join("specs").index(index), spec));
    for (root, spec) in one.into_iter().chain(several) {
        for (direction, entities, ranges) in [
            ("ingress", "fromEntities", "fromCIDR"),
            ("egress", "toEntities", "toCIDR"),
        ] {
            for (index, rule) in spec.list(direction).iter().enumerate() {
                if rule.has("toPorts") || rule.has("icmps") {
                    continue;
                }
                let path = || root.clone().join(direction).index(index);
                for (index, entity) in rule.texts(entities).enumerate() {
                    if matches!(entity, "all" | "world") {
                        let path = path().join(entities).index(index);
                        found.at(path, format!("allows entity {entity} on every port"));
                    }
                }
                for (index, range) in rule.texts(ranges).enumerate() {
                    if is_everything(range) {
                        let path = path().join(ranges).index(index);
                        found.at(path, "allows every address on every port");
                    }
                }
            }
        }
    }
}
