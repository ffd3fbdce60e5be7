//! `ClusterNetworkPolicy` of `policy.networking.k8s.io/v1alpha2`, which takes the place of the two
//! kinds of v1alpha1: <https://network-policy-api.sigs.k8s.io/reference/spec/>.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Object, ObjectId};

use super::admin::{Dialect, rules, subject};
use super::reading::{Fault, Result, members, number, range};
use super::{Action, Direction, Policy, PortMatch, Tier, Unread};
use crate::port::Protocol;

const DIALECT: Dialect = Dialect { action, ports };

pub(super) fn read(id: ObjectId, object: &Object, unread: &mut Vec<Unread>) -> Result<Policy> {
    let spec = object.value().at("spec");
    let path = FieldPath::root().join("spec");
    let tier = match spec.text("tier") {
        Some("Admin") => Tier::Admin,
        Some("Baseline") => Tier::Baseline,
        _ => return Err(Fault::at(path.join("tier"), "write Admin or Baseline")),
    };
    let priority = spec.integer("priority").unwrap_or(-1);
    if !(0..=1000).contains(&priority) {
        return Err(Fault::at(
            path.join("priority"),
            "expected a priority from 0 to 1000",
        ));
    }
    let mut read_rules = |direction| rules(id, spec, &path, direction, &DIALECT, unread);
    Ok(Policy {
        object: id,
        tier,
        priority,
        subject: subject(spec.at("subject"), path.clone().join("subject"))?,
        ingress: read_rules(Direction::Ingress)?,
        egress: read_rules(Direction::Egress)?,
    })
}

fn action(value: &Value, path: FieldPath) -> Result<Action> {
    match value.as_str() {
        Some("Accept") => Ok(Action::Allow),
        Some("Deny") => Ok(Action::Deny),
        Some("Pass") => Ok(Action::Pass),
        _ => Err(Fault::at(path, "write Accept, Deny or Pass")),
    }
}

fn ports(rule: &Value, path: &FieldPath) -> Result<Option<Vec<PortMatch>>> {
    let mut ports = Vec::new();
    for (path, value) in members(rule, path, "protocols") {
        ports.push(port(value, &path)?);
    }
    Ok((!ports.is_empty()).then_some(ports))
}

fn port(value: &Value, path: &FieldPath) -> Result<PortMatch> {
    if let Some(name) = value.text("destinationNamedPort") {
        return Ok(PortMatch::Named(name.to_owned(), None));
    }
    let forms = [
        ("tcp", Protocol::Tcp),
        ("udp", Protocol::Udp),
        ("sctp", Protocol::Sctp),
    ];
    let Some((field, protocol)) = forms.into_iter().find(|(field, _)| value.has(field)) else {
        return Err(Fault::at(
            path.clone(),
            "write tcp, udp, sctp or destinationNamedPort",
        ));
    };
    let path = path.clone().join(field).join("destinationPort");
    let value = value.at(field).at("destinationPort");
    let ends = if value.is_null() {
        (1, u16::MAX)
    } else if value.has("range") {
        let path = path.clone().join("range");
        let value = value.at("range");
        (number(value, &path, "start")?, number(value, &path, "end")?)
    } else {
        let one = number(value, &path, "number")?;
        (one, one)
    };
    Ok(PortMatch::Numbers(range(protocol, ends, path)?))
}
