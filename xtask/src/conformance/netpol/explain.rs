//! Explanations: for each pair and range of ports, what was decided, by which policies and rules.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use catseye_netpol::{AddressSet, Decision, Direction, Endpoint, Port, PortSet, Reason, RuleRef};

use super::Case;
use super::focus::Focus;
use super::listing::{admitted, differ};
use super::ports::{Party, explained_ports, party};

pub(super) fn compare(case: &Case, text: &str, focus: &Focus) -> Result<()> {
    let blocks = blocks(text)?;
    let elsewhere = text.contains(" in secondary ");
    ensure!(elsewhere || !blocks.is_empty(), "no explanation was read");
    let mut expected = Vec::new();
    let mut found = Vec::new();
    for block in &blocks {
        for port in samples(&block.ports) {
            expected.push(line(block, port, block.allowed, &block.decisions));
            let (allowed, mut decisions) = decided(case, block, port)?;
            for (direction, told) in &mut decisions {
                told.statements = as_told(&told.statements, &block.decisions[direction].statements);
            }
            found.push(line(block, port, allowed, &decisions));
        }
    }
    ensure!(
        focus
            .allowed
            .is_none_or(|wanted| blocks.iter().all(|b| b.allowed == wanted)),
        "not all are of the kind asked for"
    );
    differ(&expected, &found)
}

/// Our statements, without further rules that allow what a rule that both name allows already: the
/// other analyzer stops at the first, we name all.
fn as_told(ours: &[String], theirs: &[String]) -> Vec<String> {
    let both_allow = ours
        .iter()
        .any(|one| one.contains(" allows by ") && theirs.contains(one));
    let mut kept = ours.to_vec();
    kept.retain(|one| theirs.contains(one) || !both_allow || !one.contains(" allows by "));
    kept
}

/// What is said of one pair and some ports.
#[derive(Debug)]
struct Block {
    source: Party,
    destination: Party,
    ports: PortSet,
    allowed: bool,
    decisions: BTreeMap<&'static str, Told>,
}

/// What is said of one direction: the verdict, and what each policy does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Told {
    allowed: bool,
    statements: Vec<String>,
}

fn line(block: &Block, port: Port, allowed: bool, told: &BTreeMap<&'static str, Told>) -> String {
    format!(
        "{:?} => {:?} {port}: {allowed} {told:?}",
        block.source, block.destination
    )
}

/// The first and the last port of each range.
fn samples(ports: &PortSet) -> Vec<Port> {
    let ends = ports
        .ranges()
        .flat_map(|(protocol, first, last)| [first, last].map(|number| Port { protocol, number }));
    let mut ends: Vec<Port> = ends.collect();
    ends.dedup();
    ends
}

fn blocks(text: &str) -> Result<Vec<Block>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut pair: Option<(Party, Party)> = None;
    let mut direction = None;
    let mut elsewhere = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("Exposure Analysis Result") {
            break;
        }
        if trimmed.starts_with("# ") {
            elsewhere = trimmed.contains(" in secondary ");
            pair = None;
            continue;
        }
        if elsewhere || trimmed.is_empty() || trimmed.starts_with("***") {
            continue;
        }
        if let Some(ends) = trimmed.strip_prefix("Connections between ") {
            let (source, destination) = ends
                .trim_end_matches(':')
                .split_once(" => ")
                .context("two ends")?;
            pair = Some((party(source)?, party(destination)?));
            continue;
        }
        let Some((source, destination)) = &pair else {
            // A pair of the list of those that nothing decides.
            if let Some((source, destination)) = trimmed.split_once(" => ") {
                let told = Told {
                    allowed: true,
                    statements: Vec::new(),
                };
                blocks.push(Block {
                    source: party(source)?,
                    destination: party(destination)?,
                    ports: PortSet::all(),
                    allowed: true,
                    decisions: [("egress", told.clone()), ("ingress", told)].into(),
                });
            }
            continue;
        };
        if let Some((verdict, ports)) = verdict(trimmed)? {
            direction = None;
            let default = Told {
                allowed: true,
                statements: Vec::new(),
            };
            blocks.push(Block {
                source: source.clone(),
                destination: destination.clone(),
                ports,
                allowed: verdict,
                decisions: [("egress", default.clone()), ("ingress", default)].into(),
            });
            continue;
        }
        let Some(block) = blocks.last_mut() else {
            continue;
        };
        for (name, field) in [("Egress", "egress"), ("Ingress", "ingress")] {
            if let Some(rest) = trimmed.strip_prefix(name).map(str::trim_start)
                && rest.starts_with('(')
            {
                direction = Some(field);
                let told = block.decisions.entry(field).or_default();
                told.allowed = rest.starts_with("(Allowed)");
            }
        }
        if let (Some(direction), Some(statement)) = (direction, statement(trimmed)) {
            let told = block.decisions.entry(direction).or_default();
            told.statements.push(statement);
            told.statements.sort();
        }
    }
    Ok(blocks)
}

/// `Allowed TCP:[80] due to …`.
fn verdict(line: &str) -> Result<Option<(bool, PortSet)>> {
    let (allowed, rest) = if let Some(rest) = line.strip_prefix("Allowed ") {
        (true, rest)
    } else if let Some(rest) = line.strip_prefix("Denied ") {
        (false, rest)
    } else {
        return Ok(None);
    };
    match rest.split_once(" due to ") {
        Some((ports, _)) => Ok(Some((allowed, explained_ports(ports)?))),
        // `Allowed connections:`
        None => Ok(None),
    }
}

/// What a policy does, in our words: `shop/deny refuses`, `first allows by x`.
fn statement(line: &str) -> Option<String> {
    let line = line.trim_start_matches("- ");
    let (kind, rest) = line.split_once(" '")?;
    if !kind.ends_with("NetworkPolicy") {
        return None;
    }
    let (name, rest) = rest.split_once('\'')?;
    let rest = rest.trim_start();
    let verb = rest.split_whitespace().next()?;
    Some(match verb {
        "allows" | "denies" | "passes" => {
            let (_, rule) = rest.split_once(" rule ")?;
            format!("{name} {verb} by {}", rule.trim())
        }
        _ => match rest.split_once(" rule ") {
            Some((_, rule)) if rest.contains("the protocols and ports do not match") => {
                format!(
                    "{name} refuses but for ports {}",
                    rule.split_whitespace().next()?
                )
            }
            _ if rest.contains("no rules defined") => format!("{name} refuses without rules"),
            _ => format!("{name} refuses"),
        },
    })
}

/// What we decide: between the first class of a workload, or the first group of addresses.
fn decided(case: &Case, block: &Block, port: Port) -> Result<(bool, BTreeMap<&'static str, Told>)> {
    if block.source == Party::Controller {
        let Party::Workload(workload) = &block.destination else {
            bail!("a controller sends to workloads");
        };
        let allowed = admitted(case)
            .get(workload)
            .is_some_and(|ports| ports.contains(port));
        // By which Ingress is not asked: only who lets in.
        return Ok((allowed, block.decisions.clone()));
    }
    let (source, destination) = (
        endpoint(case, &block.source)?,
        endpoint(case, &block.destination)?,
    );
    let explanation = case.reach.explain(source, destination, port);
    ensure!(
        explanation.allowed() == case.reach.connection(source, destination).contains(port),
        "explanation and connection disagree on {port}"
    );
    let mut told = BTreeMap::new();
    for decision in [&explanation.egress, &explanation.ingress] {
        let direction = match decision.direction {
            Direction::Egress => "egress",
            Direction::Ingress => "ingress",
        };
        told.insert(direction, told_of(case, decision));
    }
    Ok((explanation.allowed(), told))
}

fn endpoint(case: &Case, party: &Party) -> Result<Endpoint> {
    match party {
        Party::Controller => bail!("nobody sends to a controller"),
        Party::Addresses(wanted) => {
            let inside = |group: &AddressSet| !group.intersection(wanted).is_none();
            let mut groups = case.reach.groups();
            let (group, _) = groups.find(|(_, group)| inside(group)).context("a group")?;
            Ok(Endpoint::Addresses(group))
        }
        Party::Workload(name) => {
            let mut workloads = case.reach.workloads();
            let (_, workload) = workloads
                .find(|(_, workload)| workload.to_string() == *name)
                .with_context(|| format!("{name} is no workload"))?;
            let class = workload.classes.first().context("a class")?;
            Ok(Endpoint::Class(*class))
        }
    }
}

fn told_of(case: &Case, decision: &Decision) -> Told {
    let policy_name = |policy: usize| {
        let object = case.inventory.object(case.reach.policies()[policy].object);
        match object.kind() {
            catseye_model::Kind::NetworkPolicy => {
                format!("{}/{}", object.namespace(), object.name())
            }
            _ => object.name().to_owned(),
        }
    };
    let rule_name = |rule: &RuleRef| {
        let policy = &case.reach.policies()[rule.policy];
        let rules = policy.rules(decision.direction).unwrap_or_default();
        let name = rules.get(rule.rule).and_then(|rule| rule.name.clone());
        name.unwrap_or_else(|| format!("#{}", rule.rule + 1))
    };
    let by = |verb: &str, rule: &RuleRef| {
        format!("{} {verb} by {}", policy_name(rule.policy), rule_name(rule))
    };
    let mut statements: Vec<String> = decision
        .passed_by
        .iter()
        .map(|rule| by("passes", rule))
        .collect();
    match &decision.reason {
        Reason::Allowed(rules) => statements.extend(rules.iter().map(|rule| by("allows", rule))),
        Reason::Denied(rule) => statements.push(by("denies", rule)),
        Reason::NotAllowed(refusals) => {
            for refusal in refusals {
                let name = policy_name(refusal.policy);
                statements.push(match refusal.other_ports.first() {
                    Some(rule) => format!("{name} refuses but for ports #{}", rule + 1),
                    None if refusal.without_rules => format!("{name} refuses without rules"),
                    None => format!("{name} refuses"),
                });
            }
        }
        Reason::Outside | Reason::OnHost | Reason::Unselected | Reason::Unmatched => {}
    }
    statements.sort();
    Told {
        allowed: decision.allowed(),
        statements,
    }
}
