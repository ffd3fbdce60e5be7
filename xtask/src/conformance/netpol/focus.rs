//! What an answer is restricted to, as its file's name tells:
//! `focus_workload_A_ingress_with_B_tcp-80_connlist_output`.

use anyhow::Result;
use catseye_netpol::{Direction, Port, Reach};

/// What an answer is restricted to.
#[derive(Debug, Default)]
pub(super) struct Focus {
    /// These workloads at one end.
    pub workloads: Vec<String>,
    /// Seen from those: only this direction.
    pub direction: Option<Direction>,
    /// These workloads at the other end.
    pub with: Vec<String>,
    /// This port.
    pub port: Option<Port>,
    /// Of explanations, only those of allowed (or denied) connections.
    pub allowed: Option<bool>,
}

impl Focus {
    pub(super) fn of(stem: &str, reach: &Reach) -> Result<Self> {
        let mut focus = Focus::default();
        let mut words = stem.split('_').peekable();
        let mut with = false;
        while let Some(word) = words.next() {
            match word {
                "connlist" | "exposure" | "explain" => break,
                "focus" | "workload" => {}
                "with" => with = true,
                "ingress" => focus.direction = Some(Direction::Ingress),
                "egress" => focus.direction = Some(Direction::Egress),
                "allow" => focus.allowed = Some(true),
                "deny" => focus.allowed = Some(false),
                _ if ["tcp-", "udp-", "sctp-"]
                    .iter()
                    .any(|p| word.starts_with(p)) =>
                {
                    focus.port = Some(word.replacen('-', "/", 1).parse()?);
                }
                _ => {
                    // Either `name`, or `namespace_name`.
                    let next = words.peek().copied().unwrap_or_default();
                    let is_namespace = reach
                        .workloads()
                        .any(|(_, w)| w.namespace == word && w.name == next);
                    let workload = if is_namespace {
                        words.next();
                        format!("{word}/{next}")
                    } else {
                        word.to_owned()
                    };
                    let list = if with {
                        &mut focus.with
                    } else {
                        &mut focus.workloads
                    };
                    list.push(workload);
                }
            }
        }
        Ok(focus)
    }

    /// True when a connection is spoken of.
    pub(super) fn shows(&self, source: &str, destination: &str) -> bool {
        if self.workloads.is_empty() {
            return true;
        }
        let ends = |focused: &str, other: &str| {
            is_one_of(&self.workloads, focused)
                && (self.with.is_empty() || is_one_of(&self.with, other))
        };
        match self.direction {
            Some(Direction::Egress) => ends(source, destination),
            Some(Direction::Ingress) => ends(destination, source),
            None => ends(source, destination) || ends(destination, source),
        }
    }
}

/// True when `namespace/name[Kind]` is one of `name` or `namespace/name`.
fn is_one_of(wanted: &[String], workload: &str) -> bool {
    let Some((path, _)) = workload.split_once('[') else {
        return false;
    };
    let name = path.split_once('/').map_or(path, |(_, name)| name);
    wanted.iter().any(|wanted| wanted == path || wanted == name)
}
