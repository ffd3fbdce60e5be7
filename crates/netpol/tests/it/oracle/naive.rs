//! One pair and one port at a time, straight from the documentation, on the objects as written.
//!
//! <https://kubernetes.io/docs/concepts/services-networking/network-policies/>,
//! <https://network-policy-api.sigs.k8s.io/>. It shares no code with the evaluator but the names of
//! protocols, and assumes what the crate's documentation says of pods in the node's network.

use std::net::IpAddr;

use catseye_netpol::Port;
use serde_json::Value;

/// Where a connection begins or ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum End<'a> {
    Pod(&'a Value),
    Address(IpAddr),
}

struct Cluster<'a> {
    objects: &'a [Value],
}

/// True when the source can reach the destination on that port.
pub(super) fn allows(objects: &[Value], source: End, destination: End, port: Port) -> bool {
    let cluster = Cluster { objects };
    let leaves = match source {
        End::Pod(pod) => cluster.decides(pod, "egress", destination, destination, port),
        End::Address(_) => true,
    };
    let enters = match destination {
        End::Pod(pod) => cluster.decides(pod, "ingress", source, destination, port),
        End::Address(_) => true,
    };
    leaves && enters
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map_or(&[], Vec::as_slice)
}

impl Cluster<'_> {
    /// What the policies at one end decide about the other end.
    fn decides(
        &self,
        pod: &Value,
        direction: &str,
        peer: End,
        destination: End,
        port: Port,
    ) -> bool {
        if on_host(pod) {
            return true;
        }
        // Administrators first, in order of priority; of equal ones, by name.
        match self.tier("Admin", pod, direction, peer, destination, port) {
            Some("Allow" | "Accept") => return true,
            Some("Deny") => return false,
            _ => {}
        }
        let selecting: Vec<&Value> = self
            .objects
            .iter()
            .filter(|policy| policy["kind"] == "NetworkPolicy")
            .filter(|policy| policy["metadata"]["namespace"] == pod["metadata"]["namespace"])
            .filter(|policy| meets(&policy["spec"]["podSelector"], &pod["metadata"]["labels"]))
            .filter(|policy| speaks_of(policy, direction))
            .collect();
        if !selecting.is_empty() {
            return selecting.iter().any(|policy| {
                list(&policy["spec"], direction)
                    .iter()
                    .any(|rule| self.rule_allows(policy, rule, direction, peer, destination, port))
            });
        }
        self.tier("Baseline", pod, direction, peer, destination, port) != Some("Deny")
    }

    /// The action of the first rule of a tier that matches.
    fn tier(
        &self,
        tier: &str,
        pod: &Value,
        direction: &str,
        peer: End,
        destination: End,
        port: Port,
    ) -> Option<&str> {
        let mut policies: Vec<(i64, String, &Value)> = Vec::new();
        for policy in self.objects {
            let priority = match policy["kind"].as_str() {
                Some("AdminNetworkPolicy") if tier == "Admin" => {
                    policy["spec"]["priority"].as_i64()
                }
                Some("BaselineAdminNetworkPolicy") if tier == "Baseline" => Some(i64::MAX),
                Some("ClusterNetworkPolicy") if policy["spec"]["tier"] == tier => {
                    policy["spec"]["priority"].as_i64()
                }
                _ => None,
            };
            let name = policy["metadata"]["name"].as_str().unwrap_or_default();
            if let Some(priority) = priority {
                policies.push((priority, name.to_owned(), policy));
            }
        }
        policies.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        for (_, _, policy) in policies {
            if !self.is_pod_of(&policy["spec"]["subject"], pod) {
                continue;
            }
            for rule in list(&policy["spec"], direction) {
                let peers = if direction == "ingress" { "from" } else { "to" };
                let speaks_of_peer = list(rule, peers)
                    .iter()
                    .any(|one| self.admin_peer(one, peer));
                let mut ports = list(rule, "ports")
                    .iter()
                    .chain(list(rule, "protocols"))
                    .peekable();
                let speaks_of_port =
                    ports.peek().is_none() || ports.any(|one| admin_port(one, destination, port));
                if speaks_of_peer && speaks_of_port {
                    return rule["action"].as_str();
                }
            }
        }
        None
    }

    fn namespace_labels(&self, name: &str) -> Value {
        let object = self
            .objects
            .iter()
            .find(|object| object["kind"] == "Namespace" && object["metadata"]["name"] == name);
        let mut labels = object.map_or(Value::Null, |object| object["metadata"]["labels"].clone());
        if labels.is_null() {
            labels = Value::Object(serde_json::Map::new());
        }
        labels["kubernetes.io/metadata.name"] = Value::from(name);
        labels
    }

    /// `namespaces` or `pods` of a policy of an administrator.
    fn is_pod_of(&self, selector: &Value, pod: &Value) -> bool {
        let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default();
        let namespace = self.namespace_labels(namespace);
        if selector["namespaces"].is_object() {
            return meets(&selector["namespaces"], &namespace);
        }
        selector["pods"].is_object()
            && meets(&selector["pods"]["namespaceSelector"], &namespace)
            && meets(&selector["pods"]["podSelector"], &pod["metadata"]["labels"])
    }

    fn admin_peer(&self, selector: &Value, peer: End) -> bool {
        let networks: Vec<&str> = list(selector, "networks")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        if !networks.is_empty() {
            let whole = networks.iter().any(|block| block.ends_with("/0"));
            return match peer {
                End::Address(address) => networks.iter().any(|block| covers(block, address)),
                End::Pod(_) if whole => true,
                End::Pod(pod) => node_address(pod)
                    .is_some_and(|address| networks.iter().any(|block| covers(block, address))),
            };
        }
        if selector["nodes"].is_object() {
            let nodes = &selector["nodes"];
            let mut of_kind = self
                .objects
                .iter()
                .filter(|object| object["kind"] == "Node");
            let matching = of_kind.any(|node| meets(nodes, &node["metadata"]["labels"]));
            let node: IpAddr = "10.1.3.1".parse().expect("an address");
            return match peer {
                End::Address(address) => matching && address == node,
                End::Pod(pod) => {
                    on_host(pod)
                        && (selects_all(nodes) || (matching && node_address(pod).is_some()))
                }
            };
        }
        match peer {
            End::Pod(pod) => !on_host(pod) && self.is_pod_of(selector, pod),
            End::Address(_) => false,
        }
    }

    fn rule_allows(
        &self,
        policy: &Value,
        rule: &Value,
        direction: &str,
        peer: End,
        destination: End,
        port: Port,
    ) -> bool {
        let peers = list(rule, if direction == "ingress" { "from" } else { "to" });
        let ports = list(rule, "ports");
        let speaks_of_peer =
            peers.is_empty() || peers.iter().any(|one| self.policy_peer(policy, one, peer));
        let speaks_of_port =
            ports.is_empty() || ports.iter().any(|one| policy_port(one, destination, port));
        speaks_of_peer && speaks_of_port
    }

    fn policy_peer(&self, policy: &Value, selector: &Value, peer: End) -> bool {
        let block = &selector["ipBlock"];
        if block.is_object() {
            let cidr = block["cidr"].as_str().unwrap_or_default();
            let except: Vec<&str> = list(block, "except")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            let inside =
                |address| covers(cidr, address) && !except.iter().any(|e| covers(e, address));
            return match peer {
                End::Address(address) => inside(address),
                // A pod of an unknown node is matched by what matches every address of a family.
                End::Pod(pod) if on_host(pod) => match node_address(pod) {
                    Some(address) => inside(address),
                    None => cidr.ends_with("/0") && except.is_empty(),
                },
                End::Pod(_) => false,
            };
        }
        let End::Pod(pod) = peer else { return false };
        if on_host(pod) {
            return false;
        }
        let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default();
        let right_namespace = if selector["namespaceSelector"].is_object() {
            meets(
                &selector["namespaceSelector"],
                &self.namespace_labels(namespace),
            )
        } else {
            policy["metadata"]["namespace"] == namespace
        };
        right_namespace && meets(&selector["podSelector"], &pod["metadata"]["labels"])
    }
}

/// The address of the node, for a pod in its network that is known to run there.
fn node_address(pod: &Value) -> Option<IpAddr> {
    (on_host(pod) && pod["spec"]["nodeName"] == "node")
        .then(|| "10.1.3.1".parse().expect("an address"))
}

fn on_host(pod: &Value) -> bool {
    pod["spec"]["hostNetwork"] == true
}

fn selects_all(selector: &Value) -> bool {
    selector["matchLabels"]
        .as_object()
        .is_none_or(serde_json::Map::is_empty)
        && list(selector, "matchExpressions").is_empty()
}

fn meets(selector: &Value, labels: &Value) -> bool {
    let by_value = selector["matchLabels"]
        .as_object()
        .is_none_or(|wanted| wanted.iter().all(|(key, value)| labels[key] == *value));
    let by_expression = list(selector, "matchExpressions").iter().all(|expression| {
        let label = &labels[expression["key"].as_str().unwrap_or_default()];
        let listed = list(expression, "values").contains(label);
        match expression["operator"].as_str() {
            Some("In") => listed,
            Some("NotIn") => !listed,
            Some("Exists") => !label.is_null(),
            _ => label.is_null(),
        }
    });
    by_value && by_expression
}

/// Without types: ingress always, egress where there are egress rules.
fn speaks_of(policy: &Value, direction: &str) -> bool {
    let types = list(&policy["spec"], "policyTypes");
    if types.is_empty() {
        return direction == "ingress" || !list(&policy["spec"], "egress").is_empty();
    }
    let wanted = if direction == "ingress" {
        "Ingress"
    } else {
        "Egress"
    };
    types.iter().any(|one| one == wanted)
}

fn named_port(name: &str, protocol: Option<&str>, destination: End, port: Port) -> bool {
    let End::Pod(pod) = destination else {
        return false;
    };
    if on_host(pod) {
        return false;
    }
    list(&pod["spec"]["containers"][0], "ports")
        .iter()
        .any(|declared| {
            declared["name"] == name
                && declared["containerPort"] == port.number
                && declared["protocol"] == port.protocol.name()
                && protocol.is_none_or(|wanted| wanted == port.protocol.name())
        })
}

fn policy_port(wanted: &Value, destination: End, port: Port) -> bool {
    let protocol = wanted["protocol"].as_str().unwrap_or("TCP");
    if let Some(name) = wanted["port"].as_str() {
        return named_port(name, Some(protocol), destination, port);
    }
    let in_range = match wanted["port"].as_u64() {
        None => true,
        Some(first) => {
            let last = wanted["endPort"].as_u64().unwrap_or(first);
            (first..=last).contains(&u64::from(port.number))
        }
    };
    protocol == port.protocol.name() && in_range
}

fn admin_port(wanted: &Value, destination: End, port: Port) -> bool {
    for field in ["namedPort", "destinationNamedPort"] {
        if let Some(name) = wanted[field].as_str() {
            return named_port(name, None, destination, port);
        }
    }
    let number = u64::from(port.number);
    let protocol = port.protocol.name();
    let newer = &wanted[protocol.to_lowercase()]["destinationPort"];
    let within = |range: &Value| {
        let (first, last) = (range["start"].as_u64(), range["end"].as_u64());
        first.is_some_and(|first| first <= number) && last.is_some_and(|last| number <= last)
    };
    (wanted["portNumber"]["protocol"] == protocol && wanted["portNumber"]["port"] == number)
        || (wanted["portRange"]["protocol"] == protocol && within(&wanted["portRange"]))
        || newer["number"] == number
        || within(&newer["range"])
}

fn covers(block: &str, address: IpAddr) -> bool {
    let (network, length) = block.split_once('/').expect("a block");
    let network: IpAddr = network.parse().expect("an address");
    let length: u32 = length.parse().expect("a length");
    let bits = |address: IpAddr| match address {
        IpAddr::V4(v4) => v4.to_bits().into(),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    let width = if network.is_ipv4() { 32 } else { 128 };
    network.is_ipv4() == address.is_ipv4()
        && (0..length).all(|bit| {
            let shift = width - 1 - bit;
            bits(network) >> shift & 1 == bits(address) >> shift & 1
        })
}
