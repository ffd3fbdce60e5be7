//! `AdminNetworkPolicy` and `BaselineAdminNetworkPolicy` of `policy.networking.k8s.io/v1alpha1`:
//! <https://network-policy-api.sigs.k8s.io/reference/spec/>.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Kind, Object, ObjectId};

use super::reading::{
    Fault, Result, blocks, members, number, pods, pods_of_namespaces, protocol, range, selector,
};
use super::{Action, Direction, Peer, Pods, Policy, PortMatch, Rule, Tier, Unread};

pub(super) fn read(id: ObjectId, object: &Object, unread: &mut Vec<Unread>) -> Result<Policy> {
    let spec = object.value().at("spec");
    let path = FieldPath::root().join("spec");
    let baseline = object.kind() == Kind::BaselineAdminNetworkPolicy;
    let (tier, priority) = if baseline {
        // Its one object, `default`, decides after every ClusterNetworkPolicy of its tier.
        (Tier::Baseline, i64::MAX)
    } else {
        let priority = spec.integer("priority").unwrap_or_default();
        if !(0..=1000).contains(&priority) {
            return Err(Fault::at(
                path.join("priority"),
                "expected a priority from 0 to 1000",
            ));
        }
        (Tier::Admin, priority)
    };
    let dialect = Dialect {
        action: if baseline {
            baseline_action
        } else {
            admin_action
        },
        ports,
    };
    let mut read_rules = |direction| rules(id, spec, &path, direction, &dialect, unread);
    Ok(Policy {
        object: id,
        tier,
        priority,
        subject: subject(spec.at("subject"), path.clone().join("subject"))?,
        ingress: read_rules(Direction::Ingress)?,
        egress: read_rules(Direction::Egress)?,
    })
}

/// The pods that a policy of an administrator decides for.
pub(super) fn subject(value: &Value, path: FieldPath) -> Result<Pods> {
    if value.has("pods") {
        pods(value.at("pods"), &path.join("pods"))
    } else if value.has("namespaces") {
        pods_of_namespaces(value.at("namespaces"), path.join("namespaces"))
    } else {
        Err(Fault::at(path, "write namespaces or pods"))
    }
}

/// What the versions of the API write differently.
pub(super) struct Dialect {
    pub(super) action: fn(&Value, FieldPath) -> Result<Action>,
    pub(super) ports: fn(&Value, &FieldPath) -> Result<Option<Vec<PortMatch>>>,
}

fn admin_action(value: &Value, path: FieldPath) -> Result<Action> {
    match value.as_str() {
        Some("Allow") => Ok(Action::Allow),
        Some("Deny") => Ok(Action::Deny),
        Some("Pass") => Ok(Action::Pass),
        _ => Err(Fault::at(path, "write Allow, Deny or Pass")),
    }
}

/// After the baseline nobody is left to pass on to.
fn baseline_action(value: &Value, path: FieldPath) -> Result<Action> {
    match value.as_str() {
        Some("Allow") => Ok(Action::Allow),
        Some("Deny") => Ok(Action::Deny),
        _ => Err(Fault::at(path, "write Allow or Deny")),
    }
}

/// The rules of a direction.
pub(super) fn rules(
    id: ObjectId,
    spec: &Value,
    path: &FieldPath,
    direction: Direction,
    dialect: &Dialect,
    unread: &mut Vec<Unread>,
) -> Result<Option<Vec<Rule>>> {
    let peers_field = match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    };
    let mut rules = Vec::new();
    for (index, (path, rule)) in members(spec, path, direction.field()).enumerate() {
        let mut peers = Vec::new();
        for (path, value) in members(rule, &path, peers_field) {
            let peer = peer(value, &path, direction)?;
            if let Peer::Domains(_) = &peer {
                unread.push(Unread {
                    object: id,
                    path,
                    reason: "which addresses a domain name has is not known; it matches nothing"
                        .to_owned(),
                });
            }
            peers.push(peer);
        }
        if peers.is_empty() {
            return Err(Fault::at(path.join(peers_field), "write at least one peer"));
        }
        rules.push(Rule {
            name: rule.text("name").map(str::to_owned),
            index,
            action: (dialect.action)(rule.at("action"), path.clone().join("action"))?,
            peers: Some(peers),
            ports: (dialect.ports)(rule, &path)?,
        });
    }
    Ok((!rules.is_empty()).then_some(rules))
}

fn peer(value: &Value, path: &FieldPath, direction: Direction) -> Result<Peer> {
    let below = |field: &str| path.clone().join(field);
    if value.has("pods") {
        return Ok(Peer::Pods(pods(value.at("pods"), &below("pods"))?));
    }
    if value.has("namespaces") {
        let namespaces = pods_of_namespaces(value.at("namespaces"), below("namespaces"))?;
        return Ok(Peer::Pods(namespaces));
    }
    if direction == Direction::Ingress {
        return Err(Fault::at(path.clone(), "write namespaces or pods"));
    }
    if value.has("networks") {
        return Ok(Peer::Networks(blocks(value, path, "networks")?));
    }
    if value.has("nodes") {
        return Ok(Peer::Nodes(selector(value.at("nodes"), below("nodes"))?));
    }
    if value.has("domainNames") {
        let names = value.texts("domainNames").map(str::to_owned).collect();
        return Ok(Peer::Domains(names));
    }
    Err(Fault::at(
        path.clone(),
        "write namespaces, pods, nodes, networks or domainNames",
    ))
}

fn ports(rule: &Value, path: &FieldPath) -> Result<Option<Vec<PortMatch>>> {
    let mut ports = Vec::new();
    for (path, value) in members(rule, path, "ports") {
        ports.push(port(value, &path)?);
    }
    Ok((!ports.is_empty()).then_some(ports))
}

fn port(value: &Value, path: &FieldPath) -> Result<PortMatch> {
    if let Some(name) = value.text("namedPort") {
        return Ok(PortMatch::Named(name.to_owned(), None));
    }
    let (form, first, last) = if value.has("portNumber") {
        ("portNumber", "port", "port")
    } else if value.has("portRange") {
        ("portRange", "start", "end")
    } else {
        return Err(Fault::at(
            path.clone(),
            "write portNumber, portRange or namedPort",
        ));
    };
    let path = path.clone().join(form);
    let value = value.at(form);
    let ends = (number(value, &path, first)?, number(value, &path, last)?);
    let ports = range(protocol(value, &path)?, ends, path)?;
    Ok(PortMatch::Numbers(ports))
}
