//! `NetworkPolicy`: <https://kubernetes.io/docs/concepts/services-networking/network-policies/>.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Object, ObjectId, Selector};

use super::reading::{Fault, Result, block, members, number, protocol, range, selector};
use super::{Action, Direction, Namespaces, Peer, Pods, Policy, PortMatch, Rule, Tier, Unread};
use crate::port::PortSet;

pub(super) fn read(id: ObjectId, object: &Object, _: &mut Vec<Unread>) -> Result<Policy> {
    let spec = object.value().at("spec");
    let path = FieldPath::root().join("spec");
    let subject = Pods {
        namespaces: Namespaces::Named(object.namespace().to_owned()),
        labels: selector(spec.at("podSelector"), path.clone().join("podSelector"))?,
    };
    let (ingress, egress) = directions(spec, &path)?;
    // Rules of a direction that the policy does not name are validated and then have no effect.
    let ingress_rules = rules(spec, &path, Direction::Ingress, object.namespace())?;
    let egress_rules = rules(spec, &path, Direction::Egress, object.namespace())?;
    Ok(Policy {
        object: id,
        tier: Tier::Namespace,
        priority: 0,
        subject,
        ingress: ingress.then_some(ingress_rules),
        egress: egress.then_some(egress_rules),
    })
}

/// Without `policyTypes` a policy speaks of ingress always, and of egress where it has such rules.
fn directions(spec: &Value, path: &FieldPath) -> Result<(bool, bool)> {
    if spec.list("policyTypes").is_empty() {
        return Ok((true, !spec.list("egress").is_empty()));
    }
    let (mut ingress, mut egress) = (false, false);
    for (path, name) in members(spec, path, "policyTypes") {
        match name.as_str() {
            Some("Ingress") => ingress = true,
            Some("Egress") => egress = true,
            _ => return Err(Fault::at(path, "write Ingress or Egress")),
        }
    }
    Ok((ingress, egress))
}

fn rules(
    spec: &Value,
    path: &FieldPath,
    direction: Direction,
    namespace: &str,
) -> Result<Vec<Rule>> {
    let peers_field = match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    };
    let mut rules = Vec::new();
    for (index, (path, rule)) in members(spec, path, direction.field()).enumerate() {
        let peers: Vec<Peer> = members(rule, &path, peers_field)
            .map(|(path, value)| peer(value, &path, namespace))
            .collect::<Result<_>>()?;
        let ports: Vec<PortMatch> = members(rule, &path, "ports")
            .map(|(path, value)| port(value, &path))
            .collect::<Result<_>>()?;
        rules.push(Rule {
            name: None,
            index,
            action: Action::Allow,
            // An absent list and an empty one both mean "no restriction".
            peers: (!peers.is_empty()).then_some(peers),
            ports: (!ports.is_empty()).then_some(ports),
        });
    }
    Ok(rules)
}

fn peer(value: &Value, path: &FieldPath, namespace: &str) -> Result<Peer> {
    let (pods, namespaces) = (value.at("podSelector"), value.at("namespaceSelector"));
    if value.has("ipBlock") {
        if !pods.is_null() || !namespaces.is_null() {
            return Err(Fault::at(
                path.clone(),
                "ipBlock stands alone: move the selectors to a peer of their own",
            ));
        }
        let path = path.clone().join("ipBlock");
        let value = value.at("ipBlock");
        let mut addresses = block(value.at("cidr"), path.clone().join("cidr"))?;
        for (path, except) in members(value, &path, "except") {
            addresses = addresses.difference(&block(except, path)?);
        }
        return Ok(Peer::Block(addresses));
    }
    if pods.is_null() && namespaces.is_null() {
        return Err(Fault::at(
            path.clone(),
            "the peer is empty: write podSelector, namespaceSelector or ipBlock",
        ));
    }
    let namespaces = if namespaces.is_null() {
        Namespaces::Named(namespace.to_owned())
    } else {
        let path = path.clone().join("namespaceSelector");
        Namespaces::Labelled(selector(namespaces, path)?)
    };
    let labels = if pods.is_null() {
        Selector::default()
    } else {
        selector(pods, path.clone().join("podSelector"))?
    };
    Ok(Peer::Pods(Pods { namespaces, labels }))
}

fn port(value: &Value, path: &FieldPath) -> Result<PortMatch> {
    let protocol = protocol(value, path)?;
    let end = value.has("endPort");
    let ports: PortSet = match value.at("port") {
        Value::Null if end => {
            return Err(Fault::at(
                path.clone().join("endPort"),
                "endPort needs a port to begin with",
            ));
        }
        Value::Null => [(protocol, 1, u16::MAX)].into_iter().collect(),
        Value::String(_) if end => {
            return Err(Fault::at(
                path.clone().join("endPort"),
                "endPort needs a port number, not a name",
            ));
        }
        // A name of digits is no name: the API server wants a letter in it.
        Value::String(name) if name.chars().any(|c| c.is_ascii_lowercase()) => {
            return Ok(PortMatch::Named(name.to_string(), Some(protocol)));
        }
        Value::String(name) => {
            return Err(Fault::at(
                path.clone().join("port"),
                format!("{name:?} is no port name: write the number without quotes"),
            ));
        }
        _ => {
            let first = number(value, path, "port")?;
            let last = if end {
                number(value, path, "endPort")?
            } else {
                first
            };
            range(protocol, (first, last), path.clone())?
        }
    };
    Ok(PortMatch::Numbers(ports))
}
