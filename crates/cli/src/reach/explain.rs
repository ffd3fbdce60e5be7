//! Why connections pass or not: which policy and which rule decide at either end, port by port.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use catseye_model::Inventory;
use catseye_netpol::{
    Decision, Direction, Endpoint, Explanation, Party, PortSet, Reach, Reason, RuleRef,
};

use super::Question;
use super::party::{Wanted, told};
use crate::output::styled;

/// Why each pair that is asked about may connect or not.
pub(super) struct Explained {
    pub pairs: Vec<Pair>,
}

/// Two ends, and what is decided about their ports.
pub(super) struct Pair {
    pub source: String,
    pub destination: String,
    pub verdicts: Vec<Verdict>,
}

/// The ports that the same rules decide.
pub(super) struct Verdict {
    pub ports: PortSet,
    pub allowed: bool,
    pub egress: Vec<String>,
    pub ingress: Vec<String>,
}

impl Explained {
    /// True when anything passes.
    pub(super) fn passes(&self) -> bool {
        let verdicts = self.pairs.iter().flat_map(|pair| &pair.verdicts);
        verdicts.into_iter().any(|verdict| verdict.allowed)
    }

    pub(super) fn text(&self) -> String {
        let bold = Style::new().bold();
        let mut text = String::new();
        for (position, pair) in self.pairs.iter().enumerate() {
            if position > 0 {
                text.push('\n');
            }
            let ends = format!("{} => {}", pair.source, pair.destination);
            let _ = writeln!(text, "{}", styled(bold, ends));
            for verdict in &pair.verdicts {
                let (color, word) = if verdict.allowed {
                    (AnsiColor::Green, "allowed")
                } else {
                    (AnsiColor::Red, "denied")
                };
                let word = styled(color.on_default(), word);
                let _ = writeln!(text, "  {} : {word}", verdict.ports);
                for (way, reasons) in [("out", &verdict.egress), ("in ", &verdict.ingress)] {
                    for reason in reasons {
                        let _ = writeln!(text, "    {way}  {reason}");
                    }
                }
            }
        }
        text
    }
}

pub(super) fn explained(inventory: &Inventory, reach: &Reach, question: &Question) -> Explained {
    let Question { from, to, port } = question;
    let mut pairs = Vec::new();
    for (source, source_end) in ends(reach, from.as_ref()) {
        for (destination, destination_end) in ends(reach, to.as_ref()) {
            let outside = |end: &Endpoint| matches!(end, Endpoint::Addresses(_));
            if outside(&source_end) && outside(&destination_end) {
                continue;
            }
            let verdicts = verdicts(inventory, reach, source_end, destination_end, *port);
            pairs.push(Pair {
                source: source.clone(),
                destination,
                verdicts,
            });
        }
    }
    Explained { pairs }
}

/// The ends that are asked about, one for each class of a workload and each group of addresses.
fn ends(reach: &Reach, wanted: Option<&Wanted>) -> Vec<(String, Endpoint)> {
    let Some(wanted) = wanted else {
        return Vec::new();
    };
    let mut ends = Vec::new();
    for (id, workload) in reach.workloads().filter(|(_, w)| wanted.is_workload(w)) {
        let name = told(reach, &Party::Workload(id));
        for class in &workload.classes {
            ends.push((name.clone(), Endpoint::Class(*class)));
        }
    }
    if let Some(addresses) = wanted.addresses() {
        for (group, set) in reach.groups() {
            let part = set.intersection(&addresses);
            if !part.is_none() {
                let name = told(reach, &Party::Addresses(part));
                ends.push((name, Endpoint::Addresses(group)));
            }
        }
    }
    ends
}

/// Denied or not, and the reasons at either end.
type Key = (bool, Vec<String>, Vec<String>);

/// All ports, cut where the decision changes.
fn verdicts(
    inventory: &Inventory,
    reach: &Reach,
    source: Endpoint,
    destination: Endpoint,
    port: Option<catseye_netpol::Port>,
) -> Vec<Verdict> {
    let asked = port.map_or_else(PortSet::all, PortSet::one);
    let mut by_reason: BTreeMap<Key, Vec<PortSet>> = BTreeMap::new();
    for atom in reach.port_atoms() {
        let atom = atom.intersection(&asked);
        let Some(first) = atom.first() else { continue };
        let explanation = reach.explain(source, destination, first);
        let Explanation {
            egress, ingress, ..
        } = &explanation;
        let key = (
            !explanation.allowed(),
            told_decision(inventory, reach, egress),
            told_decision(inventory, reach, ingress),
        );
        by_reason.entry(key).or_default().push(atom);
    }
    by_reason
        .into_iter()
        .map(|((denied, egress, ingress), parts)| Verdict {
            ports: parts
                .iter()
                .fold(PortSet::none(), |all, part| all.union(part)),
            allowed: !denied,
            egress,
            ingress,
        })
        .collect()
}

/// What decides at one end, in sentences.
fn told_decision(inventory: &Inventory, reach: &Reach, decision: &Decision) -> Vec<String> {
    let way = match decision.direction {
        Direction::Egress => "goes out",
        Direction::Ingress => "comes in",
    };
    let policy = |policy: usize| {
        inventory
            .object(reach.policies()[policy].object)
            .to_string()
    };
    let rule = |rule: &RuleRef| {
        let object = policy(rule.policy);
        let rules = reach.policies()[rule.policy].rules(decision.direction);
        let name = rules
            .and_then(|rules| rules.get(rule.rule))
            .and_then(|rule| rule.name.as_deref())
            .map(|name| format!(" ({name})"))
            .unwrap_or_default();
        format!(
            "{object}, {} rule {}{name}",
            decision.direction,
            rule.rule + 1
        )
    };
    let mut sentences: Vec<String> = decision
        .passed_by
        .iter()
        .map(|passing| format!("{} passes it on", rule(passing)))
        .collect();
    match &decision.reason {
        Reason::Outside => sentences.push("outside the cluster: no policy is known".to_owned()),
        Reason::OnHost => {
            sentences.push("in the node's network, where no policy selects it".to_owned());
        }
        Reason::Unselected => {
            sentences.push(format!(
                "no policy that decides about what {way} selects it: allowed"
            ));
        }
        Reason::Unmatched => {
            sentences.push("policies of administrators leave it open: allowed".to_owned());
        }
        Reason::Allowed(rules) => {
            sentences.extend(
                rules
                    .iter()
                    .map(|allowing| format!("{} allows it", rule(allowing))),
            );
        }
        Reason::Denied(denying) => sentences.push(format!("{} denies it", rule(denying))),
        Reason::NotAllowed(refusals) => {
            for refusal in refusals {
                let object = policy(refusal.policy);
                let numbers: Vec<String> = refusal
                    .other_ports
                    .iter()
                    .map(|number| (number + 1).to_string())
                    .collect();
                sentences.push(if refusal.without_rules {
                    format!("{object} selects it and has no {} rule", decision.direction)
                } else if numbers.is_empty() {
                    format!("{object} selects it; none of its rules speaks of the other end")
                } else {
                    let (rules, speak) = match numbers.len() {
                        1 => ("rule", "speaks"),
                        _ => ("rules", "speak"),
                    };
                    let numbers = numbers.join(", ");
                    format!("{object} selects it; {rules} {numbers} {speak} of other ports")
                });
            }
        }
    }
    sentences
}
