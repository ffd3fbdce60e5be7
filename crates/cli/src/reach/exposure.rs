//! What pods that are not in the manifests, and addresses, may exchange with each workload.

use std::fmt::Write as _;

use anstyle::Style;
use catseye_netpol::{Direction, Exposure, PortSet, Reach};
use serde_json::json;

use super::form::{self, Table};
use super::json::{addresses as json_addresses, ports as json_ports, workload, written};
use super::party::told_addresses;
use super::{Format, Question};
use crate::output::styled;

/// One thing that a workload is exposed to.
struct Row {
    peer: String,
    ports: PortSet,
    note: String,
}

pub(super) fn shown(reach: &Reach, question: &Question, format: Format) -> String {
    let asked = |exposure: &Exposure| {
        let wanted = match exposure.direction {
            Direction::Egress => &question.from,
            Direction::Ingress => &question.to,
        };
        // With one end named, only what that end decides is asked about.
        match wanted {
            Some(wanted) => wanted.is_workload(reach.workload(exposure.workload)),
            None => question.from.is_none() && question.to.is_none(),
        }
    };
    let mut exposures = reach.exposure();
    exposures.retain(asked);
    match format {
        Format::Text => text(reach, &exposures, question),
        Format::Json => json(reach, &exposures),
        Format::Csv => form::csv(&table(reach, &exposures, question)),
        Format::Dot => form::dot(&table(reach, &exposures, question)),
        Format::Markdown => form::markdown(&table(reach, &exposures, question)),
    }
}

fn rows(reach: &Reach, exposure: &Exposure, question: &Question) -> Vec<Row> {
    let only = |ports: &PortSet| match question.port {
        Some(port) => ports.intersection(&PortSet::one(port)),
        None => ports.clone(),
    };
    let named = |names: &[String]| {
        if names.is_empty() {
            String::new()
        } else {
            format!("and what it calls {}", names.join(", "))
        }
    };
    let mut rows = Vec::new();
    for (addresses, ports) in &exposure.addresses {
        rows.push(Row {
            peer: told_addresses(addresses),
            ports: only(ports),
            note: String::new(),
        });
    }
    rows.push(Row {
        peer: reach
            .stranger(catseye_netpol::StrangerId::ANYONE)
            .to_string(),
        ports: only(&exposure.anyone),
        note: named(&exposure.names),
    });
    rows.retain(|row| !row.ports.is_none() || !row.note.is_empty());
    for found in &exposure.strangers {
        let known: Vec<String> = found
            .known
            .iter()
            .map(|id| reach.workload(*id).to_string())
            .collect();
        let mut notes = vec![named(&found.names)];
        if !known.is_empty() {
            notes.push(format!("now: {}", known.join(", ")));
        }
        notes.retain(|note| !note.is_empty());
        rows.push(Row {
            peer: reach.stranger(found.stranger).to_string(),
            ports: only(&found.ports),
            note: notes.join("; "),
        });
    }
    rows
}

fn text(reach: &Reach, exposures: &[Exposure], question: &Question) -> String {
    let bold = Style::new().bold();
    let mut text = String::new();
    let mut last = None;
    for exposure in exposures {
        if last != Some(exposure.workload) {
            let _ = writeln!(text, "{}", styled(bold, reach.workload(exposure.workload)));
            last = Some(exposure.workload);
        }
        let (arrow, way) = match exposure.direction {
            Direction::Egress => ("=>", "out"),
            Direction::Ingress => ("<=", "in"),
        };
        if exposure.unprotected {
            let _ = writeln!(text, "  no policy restricts what goes {way}");
        }
        let rows = rows(reach, exposure, question);
        if rows.is_empty() {
            let _ = writeln!(text, "  {arrow} nobody");
        }
        for row in rows {
            let note = if row.note.is_empty() {
                String::new()
            } else {
                format!(" ({})", row.note)
            };
            let _ = writeln!(text, "  {arrow} {} : {}{note}", row.peer, row.ports);
        }
    }
    text
}

fn table(reach: &Reach, exposures: &[Exposure], question: &Question) -> Table {
    let mut table = Table {
        head: ["source", "destination", "ports"]
            .map(str::to_owned)
            .to_vec(),
        rows: Vec::new(),
    };
    for exposure in exposures {
        let workload = reach.workload(exposure.workload).to_string();
        for row in rows(reach, exposure, question) {
            let ports = row.ports.to_string();
            table.rows.push(match exposure.direction {
                Direction::Egress => vec![workload.clone(), row.peer, ports],
                Direction::Ingress => vec![row.peer, workload.clone(), ports],
            });
        }
    }
    table
}

fn json(reach: &Reach, exposures: &[Exposure]) -> String {
    let exposures: Vec<serde_json::Value> = exposures
        .iter()
        .map(|exposure| {
            let strangers = exposure.strangers.iter().map(|found| {
                json!({
                    "pods": reach.stranger(found.stranger).to_string(),
                    "ports": json_ports(&found.ports),
                    "named_ports": found.names,
                    "known": found.known.iter().map(|id| workload(reach, *id)).collect::<Vec<_>>(),
                })
            });
            let addresses = exposure.addresses.iter().map(
                |(set, ports)| json!({"peer": json_addresses(set), "ports": json_ports(ports)}),
            );
            json!({
                "workload": workload(reach, exposure.workload),
                "direction": exposure.direction.field(),
                "unprotected": exposure.unprotected,
                "addresses": addresses.collect::<Vec<_>>(),
                "any_pod": {"ports": json_ports(&exposure.anyone), "named_ports": exposure.names},
                "pods": strangers.collect::<Vec<_>>(),
            })
        })
        .collect();
    written(&json!({"version": 1, "exposures": exposures}))
}
