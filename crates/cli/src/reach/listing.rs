//! All pairs, and the ways in.

use std::fmt::Write as _;

use anstyle::Style;
use catseye_model::Inventory;
use catseye_netpol::entry::Entry;
use catseye_netpol::entry::origin::Origin;
use catseye_netpol::{Party, PortSet, Reach};

use super::form::Table;
use super::party::told;
use super::{Question, collapse};
use crate::output::styled;

/// One connection.
pub(super) struct Row {
    pub source: Party,
    pub destination: Party,
    pub ports: PortSet,
}

/// The connections that are asked about, and the ways into the cluster.
pub(super) struct Listing<'a> {
    pub reach: &'a Reach,
    inventory: &'a Inventory,
    pub rows: Vec<Row>,
    pub entries: Vec<Entry>,
    /// True when every connection was asked about.
    whole: bool,
}

impl<'a> Listing<'a> {
    pub(super) fn of(inventory: &'a Inventory, reach: &'a Reach, question: &Question) -> Self {
        let Question { from, to, port } = question;
        let mut rows = Vec::new();
        for connection in reach.connections() {
            let source = match from {
                Some(wanted) => wanted.part_of(reach, &connection.source),
                None => Some(connection.source),
            };
            let destination = match to {
                Some(wanted) => wanted.part_of(reach, &connection.destination),
                None => Some(connection.destination),
            };
            let ports = match port {
                Some(port) => connection.ports.intersection(&PortSet::one(*port)),
                None => connection.ports,
            };
            if let (Some(source), Some(destination)) = (source, destination)
                && !ports.is_none()
            {
                rows.push(Row {
                    source,
                    destination,
                    ports,
                });
            }
        }
        let whole = from.is_none() && to.is_none() && port.is_none();
        let entries = if whole {
            reach.entries(inventory)
        } else {
            Vec::new()
        };
        Listing {
            reach,
            inventory,
            rows,
            entries,
            whole,
        }
    }

    pub(super) fn text(&self, each: bool) -> String {
        let mut text = String::new();
        let lines = if each {
            let line = |row: &Row| {
                let (from, to) = (
                    told(self.reach, &row.source),
                    told(self.reach, &row.destination),
                );
                (from, to, row.ports.to_string())
            };
            self.rows.iter().map(line).collect()
        } else {
            collapse::lines(self.reach, &self.rows)
        };
        if lines.is_empty() {
            text.push_str("nothing passes\n");
        }
        let dim = Style::new().dimmed();
        let bold = Style::new().bold();
        for (source, destination, ports) in lines {
            let (arrow, colon) = (styled(dim, "=>"), styled(dim, ":"));
            let _ = writeln!(
                text,
                "{source} {arrow} {destination} {colon} {}",
                styled(bold, ports)
            );
        }
        if self.whole && !self.entries.is_empty() {
            let _ = writeln!(text, "\n{}", styled(bold, "Ways in"));
            for entry in &self.entries {
                self.write_entry(entry, &mut text);
            }
        }
        text
    }

    fn write_entry(&self, entry: &Entry, text: &mut String) {
        let object = self.inventory.object(entry.object);
        let from = match entry.origin {
            Origin::Open if entry.door.is_at_node() => "whoever reaches the nodes",
            Origin::Open => "internet",
            Origin::Internal => "the private network",
            Origin::Restricted => "its source ranges",
            Origin::Elsewhere(what) => what,
        };
        let door = entry.door.name();
        if entry.backends.is_empty() {
            let _ = writeln!(text, "{from} => {door} {object} => nothing");
        }
        for backend in &entry.backends {
            let workload = self.reach.workload(backend.workload);
            let stopped = backend.ports.difference(&backend.admitted);
            let note = if stopped.is_none() {
                String::new()
            } else if backend.admitted.is_none() {
                " (stopped by policies)".to_owned()
            } else {
                format!(" (policies stop {stopped})")
            };
            let _ = writeln!(
                text,
                "{from} => {door} {object} => {workload} : {}{note}",
                backend.ports
            );
        }
    }

    pub(super) fn table(&self) -> Table {
        Table {
            head: ["source", "destination", "ports"]
                .map(str::to_owned)
                .to_vec(),
            rows: self
                .rows
                .iter()
                .map(|row| {
                    vec![
                        told(self.reach, &row.source),
                        told(self.reach, &row.destination),
                        row.ports.to_string(),
                    ]
                })
                .collect(),
        }
    }
}
