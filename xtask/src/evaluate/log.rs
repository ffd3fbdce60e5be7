//! Recorded logs: JSON lines, packed or not, and the CSV of the `PerfSPEC` data set as events.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, Result};
use catseye_event::Event;
use catseye_event::intake::Intake;
use catseye_model::RedactionKey;
use serde_json::json;

/// Hands every event of a log to `sink`.
pub(super) fn for_each_event(path: &Path, sink: &mut dyn FnMut(&Event<'_>)) -> Result<()> {
    let failed = || format!("failed to read {}", path.display());
    let file = BufReader::new(File::open(path).with_context(failed)?);
    let ending = path.extension().unwrap_or_default();
    let mut text = Vec::new();
    if ending == "gz" {
        flate2::bufread::MultiGzDecoder::new(file)
            .read_to_end(&mut text)
            .with_context(failed)?;
    } else if ending == "zst" {
        zstd::stream::read::Decoder::new(file)
            .with_context(failed)?
            .read_to_end(&mut text)
            .with_context(failed)?;
    } else {
        let mut file = file;
        file.read_to_end(&mut text).with_context(failed)?;
    }
    if ending == "csv" {
        text = from_perfspec(&String::from_utf8_lossy(&text)).into_bytes();
    }
    let mut intake = Intake::new(RedactionKey::new([0; 32]));
    intake.feed(&text, sink);
    intake.finish(sink);
    Ok(())
}

/// Rows of the `PerfSPEC` data set as audit events of level Metadata.
fn from_perfspec(csv: &str) -> String {
    let mut events = String::new();
    for row in csv.lines() {
        let fields = fields(row);
        let field = |index: usize| fields.get(index).map_or("", String::as_str);
        let uri = field(8);
        let named = !field(4).is_empty();
        let mut object = json!({
            "resource": field(4),
            "subresource": field(5),
            "name": field(6),
            "namespace": between(uri, "/namespaces/"),
        });
        if let Some(rest) = uri.strip_prefix("/apis/") {
            object["apiGroup"] = rest.split('/').next().unwrap_or_default().into();
        }
        let mut event = json!({
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": "Metadata",
            "auditID": field(9),
            "stage": field(10),
            "requestURI": uri,
            "verb": field(3),
            "user": {"username": field(2)},
            "responseStatus": {"code": field(11).parse::<u16>().unwrap_or_default()},
            "requestReceivedTimestamp": field(1),
        });
        if named {
            event["objectRef"] = object;
        }
        events.push_str(&event.to_string());
        events.push('\n');
    }
    events
}

fn between<'t>(text: &'t str, before: &str) -> &'t str {
    let rest = text.split_once(before).map_or("", |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// The fields of a row; a quoted field holds commas, and `""` for a quote.
fn fields(row: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = row.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                fields
                    .last_mut()
                    .into_iter()
                    .for_each(|field| field.push('"'));
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields
                .last_mut()
                .into_iter()
                .for_each(|field| field.push(character)),
        }
    }
    fields
}
