//! Exposure: `workload => peer : ports`, where the peer is no workload of the manifests.

use std::fmt;

use anyhow::{Context as _, Result, bail};
use catseye_model::Selector;
use catseye_model::selector::Condition;
use catseye_netpol::{Direction, Namespaces, PortSet, Stranger, StrangerId};

use super::Case;
use super::focus::Focus;
use super::listing::differ;
use super::ports::{ipv4, ports};

/// One line: whose exposure, which way, to whom, on which ports (by number and by name).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    workload: String,
    outgoing: bool,
    peer: String,
    ports: PortSet,
    names: Vec<String>,
}

/// The other analyzer tells a kind of pods of the rules that name it; we, of all rules that its pods
/// meet, for instance because its namespace is in the manifests and carries the labels. So our ports of
/// a kind must be theirs, of it and of every kind that it is one of.
pub(super) fn compare(case: &Case, text: &str, focus: &Focus) -> Result<()> {
    let theirs = expected(text, focus)?;
    let ours = found(case, focus);
    // What broader kinds may, unless a rule takes something from this one.
    let implied = |line: &Line| {
        let Some(narrow) = stranger(case, &line.peer) else {
            return line.clone();
        };
        let mut implied = line.clone();
        for other in &theirs {
            let same = (&other.workload, other.outgoing) == (&line.workload, line.outgoing);
            let is_broader = || {
                stranger(case, &other.peer).is_some_and(|broad| case.reach.implies(narrow, broad))
            };
            if same && is_broader() {
                if other.peer == "anyone" && !line.ports.covers(&other.ports) {
                    return line.clone();
                }
                implied.ports = implied.ports.union(&other.ports);
                implied.names.extend(other.names.iter().cloned());
            }
        }
        implied.names.sort();
        implied.names.dedup();
        implied
    };
    let mut expected: Vec<String> = theirs
        .iter()
        .map(|line| implied(line).to_string())
        .collect();
    for line in &ours {
        let listed = theirs.iter().any(|other| {
            (&other.workload, other.outgoing, &other.peer)
                == (&line.workload, line.outgoing, &line.peer)
        });
        if !listed && stranger(case, &line.peer).is_some() {
            let implied = implied(&Line {
                ports: line.ports.intersection(&anyone_of(&theirs, line)),
                names: Vec::new(),
                ..line.clone()
            });
            if !implied.ports.is_none() {
                expected.push(implied.to_string());
            }
        }
    }
    let mut found: Vec<String> = ours.iter().map(ToString::to_string).collect();
    expected.sort();
    expected.dedup();
    found.sort();
    differ(&expected, &found)
}

/// What anyone may, in the exposure that a line belongs to.
fn anyone_of(lines: &[Line], line: &Line) -> PortSet {
    let anyone = lines.iter().find(|other| {
        (&other.workload, other.outgoing) == (&line.workload, line.outgoing)
            && other.peer == "anyone"
    });
    anyone.map_or_else(PortSet::none, |anyone| anyone.ports.clone())
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arrow = if self.outgoing { "=>" } else { "<=" };
        write!(
            f,
            "{} {arrow} {} : {}",
            self.workload, self.peer, self.ports
        )?;
        if !self.names.is_empty() {
            write!(f, " and {}", self.names.join(","))?;
        }
        Ok(())
    }
}

/// The stranger of a peer; `None` for addresses.
fn stranger(case: &Case, peer: &str) -> Option<StrangerId> {
    if peer == "anyone" {
        return Some(StrangerId::ANYONE);
    }
    let mut strangers = case.reach.strangers();
    strangers
        .find(|(_, stranger)| stranger_written(stranger) == peer)
        .map(|(id, _)| id)
}

fn expected(text: &str, focus: &Focus) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    let exposures = text
        .lines()
        .skip_while(|line| !line.starts_with("Exposure Analysis Result"));
    for line in exposures {
        if line.starts_with("Permitted connectivity") {
            break;
        }
        let (arrow, outgoing) = if line.contains("=>") {
            ("=>", true)
        } else if line.contains("<=") {
            ("<=", false)
        } else {
            continue;
        };
        let (workload, rest) = line.split_once(arrow).context("an arrow")?;
        let (peer, allowed) = match (rest.split_once(" : "), focus.port) {
            (Some((peer, text)), _) => (peer.trim(), ports(text)?),
            (None, Some(port)) => (rest.trim(), (PortSet::one(port), Vec::new())),
            (None, None) => bail!("{line:?} names no ports"),
        };
        lines.push(Line {
            workload: workload.trim().to_owned(),
            outgoing,
            peer: peer_of(peer)?,
            ports: allowed.0,
            names: allowed.1,
        });
    }
    Ok(lines)
}

/// A peer in our words.
fn peer_of(text: &str) -> Result<String> {
    if text == "entire-cluster" {
        return Ok("anyone".to_owned());
    }
    if let Some(range) = text.strip_suffix("[External]") {
        return Ok(range.to_owned());
    }
    let (namespaces, pods) = text.split_once("/[").context("a namespace and pods")?;
    let namespaces = match namespaces {
        "[all namespaces]" => String::new(),
        _ => match namespaces
            .strip_prefix("[namespace with {")
            .and_then(|rest| rest.strip_suffix("}]"))
        {
            Some(selector) => selector_of(selector)?,
            None => format!("name {namespaces}"),
        },
    };
    let pods = match pods.trim_end_matches(']') {
        "all pods" => String::new(),
        pods => {
            let pods = pods
                .strip_prefix("pod with {")
                .context("pods with labels")?;
            selector_of(pods.strip_suffix('}').context("a closing brace")?)?
        }
    };
    Ok(format!("pods({pods}) namespaces({namespaces})"))
}

/// `foo=managed,{Key:env,Operator:Exists,Values:[],}` as sorted conditions.
fn selector_of(text: &str) -> Result<String> {
    let mut conditions = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        rest = rest.trim_start_matches(',');
        if let Some(expression) = rest.strip_prefix("{Key:") {
            let (expression, after) = expression.split_once(",}").context("an expression's end")?;
            rest = after;
            let (key, expression) = expression.split_once(",Operator:").context("an operator")?;
            let (operator, values) = expression.split_once(",Values:[").context("values")?;
            let values: Vec<&str> = values.trim_end_matches(']').split_whitespace().collect();
            conditions.push(match operator {
                "In" => format!("{key} in {values:?}"),
                "NotIn" => format!("{key} notin {values:?}"),
                "Exists" => key.to_owned(),
                _ => format!("!{key}"),
            });
        } else {
            let (label, after) = rest.split_once(',').unwrap_or((rest, ""));
            let (key, value) = label.split_once('=').context("a label and its value")?;
            conditions.push(format!("{key} in {:?}", [value]));
            rest = after;
        }
    }
    conditions.sort();
    Ok(conditions.join("; "))
}

fn selector_written(selector: &Selector) -> String {
    let conditions = selector.requirements().iter().map(|requirement| {
        let key = &requirement.key;
        match &requirement.condition {
            Condition::In(values) => format!("{key} in {values:?}"),
            Condition::NotIn(values) => format!("{key} notin {values:?}"),
            Condition::Exists => key.clone(),
            Condition::DoesNotExist => format!("!{key}"),
        }
    });
    let mut conditions: Vec<String> = conditions.collect();
    conditions.sort();
    conditions.join("; ")
}

fn stranger_written(stranger: &Stranger) -> String {
    let pods = stranger.pods();
    let namespaces = match &pods.namespaces {
        Namespaces::Named(name) => format!("name {name}"),
        Namespaces::Labelled(selector) => selector_written(selector),
    };
    let labels = selector_written(&pods.labels);
    format!("pods({labels}) namespaces({namespaces})")
}

fn found(case: &Case, focus: &Focus) -> Vec<Line> {
    let mut lines = Vec::new();
    for exposure in case.reach.exposure() {
        let workload = case.reach.workload(exposure.workload).to_string();
        let outgoing = exposure.direction == Direction::Egress;
        let (source, destination) = if outgoing {
            (workload.as_str(), "")
        } else {
            ("", workload.as_str())
        };
        if !focus.shows(source, destination) {
            continue;
        }
        let line = |peer: String, ports: &PortSet, names: &[String]| Line {
            workload: workload.clone(),
            outgoing,
            peer,
            ports: ports.clone(),
            names: names.to_vec(),
        };
        let shown = |ports: &PortSet| match focus.port {
            Some(port) => ports.intersection(&PortSet::one(port)),
            None => ports.clone(),
        };
        for (addresses, ports) in &exposure.addresses {
            let ports = shown(ports);
            for (first, last) in addresses.intersection(&ipv4()).ranges() {
                if !ports.is_none() {
                    let range = format!("{first}-{last}");
                    lines.push(line(range, &ports, &[]));
                }
            }
        }
        let anyone = shown(&exposure.anyone);
        if !anyone.is_none() || !exposure.names.is_empty() {
            lines.push(line("anyone".to_owned(), &anyone, &exposure.names));
        }
        for stranger in &exposure.strangers {
            let ports = shown(&stranger.ports);
            let same = ports == anyone && stranger.names == exposure.names;
            let described = case.reach.stranger(stranger.stranger);
            // The other analyzer takes labels that a workload of the manifests carries for settled.
            let settled = !stranger.known.is_empty() && names_labels_only(described);
            // With a port to look at, it does not list what is closed.
            let shut = focus.port.is_some() && ports.is_none();
            if !same && !settled && !shut {
                let peer = stranger_written(described);
                lines.push(line(peer, &ports, &stranger.names));
            }
        }
    }
    lines
}

/// True for pods that are told by values of their labels, in namespaces that are told at all.
fn names_labels_only(stranger: &Stranger) -> bool {
    let pods = stranger.pods();
    let anywhere =
        matches!(&pods.namespaces, Namespaces::Labelled(labels) if labels.selects_everything());
    let labels = pods.labels.requirements();
    let is_value = |condition: &Condition| matches!(condition, Condition::In(_));
    !anywhere && !labels.is_empty() && labels.iter().all(|one| is_value(&one.condition))
}
