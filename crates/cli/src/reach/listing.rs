//! All pairs, and the ways in.

use std::fmt::Write as _;

use anstyle::Style;
use catseye_model::Inventory;
use catseye_netpol::entry::origin::Origin;
use catseye_netpol::entry::{Backend, Entry};
use catseye_netpol::{Party, PortSet, Reach};

use super::form::Table;
use super::party::{Wanted, told};
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
        // Ways in are connections from outside.
        let from_outside = from.as_ref().is_none_or(|from| *from == Wanted::Internet);
        let mut entries = if from_outside {
            reach.entries(inventory)
        } else {
            Vec::new()
        };
        if to.is_some() || port.is_some() {
            for entry in &mut entries {
                entry
                    .backends
                    .retain_mut(|backend| asked(reach, question, backend));
            }
            entries.retain(|entry| !entry.backends.is_empty());
        }
        Listing {
            reach,
            inventory,
            rows,
            entries,
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
        if !self.entries.is_empty() {
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
        let door = match entry.door.name() {
            name if name == object.kind_name() => String::new(),
            name => format!("{name} of "),
        };
        if entry.backends.is_empty() {
            let _ = writeln!(text, "{from} => {door}{object} => nothing");
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
                "{from} => {door}{object} => {workload} : {}{note}",
                backend.ports
            );
        }
    }

    /// True when something passes: a connection, or a way in that policies admit.
    pub(super) fn passes(&self) -> bool {
        let mut backends = self.entries.iter().flat_map(|entry| &entry.backends);
        !self.rows.is_empty() || backends.any(|backend| !backend.admitted.is_none())
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

/// Restricts the pods behind a way in to what is asked about; false where nothing is left.
fn asked(reach: &Reach, question: &Question, backend: &mut Backend) -> bool {
    let wanted = match &question.to {
        Some(wanted) => wanted.is_workload(reach.workload(backend.workload)),
        None => true,
    };
    if let Some(port) = question.port {
        let port = PortSet::one(port);
        backend.ports = backend.ports.intersection(&port);
        backend.admitted = backend.admitted.intersection(&port);
    }
    wanted && !backend.ports.is_none()
}
