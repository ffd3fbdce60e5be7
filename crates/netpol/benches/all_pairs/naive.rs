//! The nested loop: for every two pods, every policy and every rule, on the objects as written.

use catseye_model::Value;
use catseye_model::{Fields, Inventory, Kind, Object, Selector};

/// A policy with its selectors parsed; more would be unfair to leave out.
struct Policy<'a> {
    namespace: &'a str,
    subject: Selector,
    ingress: Vec<Rule<'a>>,
    egress: Option<Vec<Rule<'a>>>,
}

struct Rule<'a> {
    /// Namespaces and pods by labels, or nobody.
    peer: Option<(Option<Selector>, Selector)>,
    ports: &'a [Value],
}

/// The pairs of pods, in order and with themselves, between which some port passes.
pub(crate) fn pairs(inventory: &Inventory) -> u64 {
    let pods: Vec<&Object> = inventory.of_kind(Kind::Pod).map(|(_, pod)| pod).collect();
    let policies: Vec<Policy> = inventory
        .of_kind(Kind::NetworkPolicy)
        .map(|(_, object)| read(object))
        .collect();
    let mut pairs = 0;
    for source in &pods {
        for destination in &pods {
            let leaves = passing(inventory, &policies, source, destination, destination, true);
            let enters = passing(
                inventory,
                &policies,
                destination,
                source,
                destination,
                false,
            );
            let both = leaves
                .iter()
                .any(|out| enters.iter().any(|into| overlap(*out, *into)));
            pairs += u64::from(both);
        }
    }
    pairs
}

fn overlap(a: (u8, i64, i64), b: (u8, i64, i64)) -> bool {
    a.0 == b.0 && a.1 <= b.2 && b.1 <= a.2
}

fn read(object: &Object) -> Policy<'_> {
    let spec = object.value().at("spec");
    let rules = |direction: &str, peers: &str| {
        let rules = spec.list(direction).iter().map(|rule| {
            let peer = &rule.list(peers)[0];
            let namespaces = peer.has("namespaceSelector");
            let namespaces =
                namespaces.then(|| Selector::of(peer.at("namespaceSelector")).unwrap());
            let labels = Selector::of(peer.at("podSelector")).unwrap();
            Rule {
                peer: (!peer.has("ipBlock")).then_some((namespaces, labels)),
                ports: rule.list("ports"),
            }
        });
        rules.collect::<Vec<_>>()
    };
    let egress = rules("egress", "to");
    Policy {
        namespace: object.namespace(),
        subject: Selector::of(spec.at("podSelector")).unwrap(),
        ingress: rules("ingress", "from"),
        egress: (!egress.is_empty()).then_some(egress),
    }
}

/// The ranges that pass at one end, as protocol, first and last.
fn passing(
    inventory: &Inventory,
    policies: &[Policy],
    end: &Object,
    other: &Object,
    destination: &Object,
    outgoing: bool,
) -> Vec<(u8, i64, i64)> {
    let mut selected = false;
    let mut passing = Vec::new();
    for policy in policies {
        if policy.namespace != end.namespace() || !policy.subject.matches(labels(end)) {
            continue;
        }
        let rules = if outgoing {
            let Some(rules) = &policy.egress else {
                continue;
            };
            rules
        } else {
            &policy.ingress
        };
        selected = true;
        for rule in rules {
            let Some((namespaces, pods)) = &rule.peer else {
                continue;
            };
            let in_namespace = match namespaces {
                None => other.namespace() == policy.namespace,
                Some(selector) => {
                    let namespace = inventory
                        .find(Kind::Namespace, "", other.namespace())
                        .unwrap();
                    let mut labels = namespace.value().at("metadata.labels").clone();
                    labels.set("kubernetes.io/metadata.name", other.namespace().into());
                    selector.matches(&labels)
                }
            };
            if in_namespace && pods.matches(labels(other)) {
                add_ports(&mut passing, rule.ports, destination);
            }
        }
    }
    if selected {
        passing
    } else {
        (0..3).map(|protocol| (protocol, 1, 65535)).collect()
    }
}

fn add_ports(passing: &mut Vec<(u8, i64, i64)>, ports: &[Value], destination: &Object) {
    if ports.is_empty() {
        passing.extend((0..3).map(|protocol| (protocol, 1, 65535)));
    }
    for port in ports {
        let protocol = u8::from(port.text("protocol") == Some("UDP"));
        if let Some(first) = port.integer("port") {
            passing.push((protocol, first, port.integer("endPort").unwrap_or(first)));
        } else {
            let container = &destination.value().list("spec.containers")[0];
            for declared in container.list("ports") {
                if declared.text("name") == port.text("port") {
                    let number = declared.integer("containerPort").unwrap();
                    passing.push((protocol, number, number));
                }
            }
        }
    }
}

fn labels(pod: &Object) -> &Value {
    pod.value().at("metadata.labels")
}
