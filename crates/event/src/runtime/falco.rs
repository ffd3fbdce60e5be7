//! Falco's events: judgements with the fields that its rules print.

use serde_json::Value;

use super::intake::{Read, Unmapped};
use super::process::{Ancestor, Process};
use super::protojson::{Proto as _, number};
use super::secrets::redact_text;
use super::subject::{Subject, SubjectKind};
use super::{Activity, Alert, BTreeMap, FileOrigin, RuntimeEvent, RuntimeSource};
use crate::audit::parse_time;

/// Of a field no more than this is kept.
const LONGEST_FIELD: usize = 1024;

/// True for an object of Falco's shape.
pub(super) fn is_event(record: &Value) -> bool {
    record.get("rule").is_some_and(Value::is_string)
        && (record.get("output_fields").is_some() || record.get("output").is_some())
}

/// Reads one record.
pub(super) fn read(record: &Value) -> Read {
    let rule = record.text("rule");
    if rule.is_empty() {
        return Err(Unmapped::shape("falco", "no rule"));
    }
    let nothing = Value::Null;
    let fields = record.get("output_fields").unwrap_or(&nothing);
    let field = Fields(fields);
    let time = parse_time(record.text("time")).or_else(|| {
        let count = fields.get("evt.time").and_then(number)?;
        jiff::Timestamp::from_nanosecond(i128::from(count)).ok()
    });
    let shown: BTreeMap<String, String> = fields
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), clipped(&redact_text(&text_of(value)?)))))
        .collect();
    let mut event = RuntimeEvent::new(
        time.unwrap_or(jiff::Timestamp::UNIX_EPOCH),
        RuntimeSource::Falco,
        Activity::Alert(Alert {
            rule: rule.to_owned(),
            priority: record.text("priority").to_owned(),
            output: clipped(&redact_text(record.text("output"))),
            tags: record.texts("tags"),
            fields: shown,
        }),
    );
    record.text("hostname").clone_into(&mut event.node);
    event.subject = field.subject();
    event.process = field.process();
    Ok((event, time.is_some()))
}

/// The fields of one event, flat names with dots.
struct Fields<'f>(&'f Value);

impl Fields<'_> {
    /// A text; what Falco does not know it writes as `<NA>` or null.
    fn text(&self, name: &str) -> &str {
        let text = self.0.get(name).and_then(Value::as_str).unwrap_or_default();
        if text == "<NA>" { "" } else { text }
    }

    fn number(&self, name: &str) -> Option<u32> {
        let found = self.0.get(name).and_then(number)?;
        u32::try_from(found).ok()
    }

    fn subject(&self) -> Subject {
        let container = self.text("container.id");
        let (namespace, pod) = (self.text("k8s.ns.name"), self.text("k8s.pod.name"));
        if container == "host" {
            return Subject::host();
        }
        if container.is_empty() && pod.is_empty() {
            return Subject::default();
        }
        let repository = self.text("container.image.repository");
        let tag = self.text("container.image.tag");
        let image = match (self.text("container.image"), repository, tag) {
            ("", repository, "") => repository.to_owned(),
            ("", repository, tag) => format!("{repository}:{tag}"),
            (image, ..) => image.to_owned(),
        };
        let kind = if container.is_empty() && !namespace.is_empty() {
            // An event of the audit log names a pod and no process.
            SubjectKind::Unknown
        } else {
            SubjectKind::Container
        };
        Subject {
            kind,
            container_id: container.to_owned(),
            pod_uid: self.text("k8s.pod.uid").to_owned(),
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            container: self.text("container.name").to_owned(),
            image,
            image_digest: self.text("container.image.digest").to_owned(),
            ..Subject::default()
        }
    }

    fn process(&self) -> Option<Process> {
        let name = self.text("proc.name");
        if name.is_empty() {
            return None;
        }
        let line = self.text("proc.cmdline");
        let executable = self.text("proc.exepath");
        let parent_line = self.text("proc.pcmdline");
        let parent = self.text("proc.pname");
        let mut ancestors = Vec::new();
        if !parent.is_empty() {
            ancestors.push(Ancestor {
                pid: self.number("proc.ppid").unwrap_or_default(),
                comm: parent.to_owned(),
                executable: self.text("proc.pexepath").to_owned(),
                argv: super::tetragon::argv("", parent_line),
                ..Ancestor::default()
            });
        }
        for generation in 2..=7 {
            let name = self.text(&format!("proc.aname[{generation}]"));
            if name.is_empty() {
                break;
            }
            ancestors.push(Ancestor {
                comm: name.to_owned(),
                executable: self
                    .text(&format!("proc.aexepath[{generation}]"))
                    .to_owned(),
                ..Ancestor::default()
            });
        }
        let is_set = |name: &str| self.0.get(name).and_then(Value::as_bool) == Some(true);
        Some(Process {
            pid: self.number("proc.pid").unwrap_or_default(),
            inner_pid: self.number("proc.vpid"),
            uid: self.number("user.uid"),
            comm: name.to_owned(),
            executable: executable.to_owned(),
            argv: super::tetragon::argv("", line),
            cwd: self.text("proc.cwd").to_owned(),
            origin: if is_set("proc.is_exe_from_memfd") {
                FileOrigin::Memfd
            } else if is_set("proc.is_exe_upper_layer") {
                FileOrigin::Upper
            } else {
                FileOrigin::Unknown
            },
            ancestors,
            ..Process::default()
        })
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn clipped(text: &str) -> String {
    text.get(..text.floor_char_boundary(LONGEST_FIELD))
        .unwrap_or(text)
        .to_owned()
}
