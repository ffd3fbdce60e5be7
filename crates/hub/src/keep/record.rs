//! Events as they are kept.

use catseye_event::{Event, render};
use catseye_store::EventRecord;
use serde_json::{Value, json};

/// The longest event that is kept whole, in bytes. The store refuses what is twice as long.
const LONGEST: usize = 4 << 20;
/// Of a longer event, fields above so many bytes are left out: bodies most often.
const LONG_FIELD: usize = 64 << 10;
/// The field that names those that were left out.
const LEFT_OUT: &str = "catseye.dev/left-out";

/// The source of Kubernetes Events among those that are kept.
pub(crate) const KUBERNETES: &str = "kubernetes";

/// A Kubernetes Event as it is kept; `None` for one that says neither when nor what.
pub(crate) fn kubernetes_event(event: &catseye_model::Object) -> Option<EventRecord> {
    use catseye_model::Fields as _;
    let value = event.value();
    let text = |fields: &[&str]| {
        let found = fields.iter().find_map(|field| value.text(field));
        found.filter(|text| !text.is_empty())
    };
    let time = text(&[
        "series.lastObservedTime",
        "lastTimestamp",
        "eventTime",
        "metadata.creationTimestamp",
    ])?;
    let kind = text(&["involvedObject.kind", "regarding.kind"])?;
    let by = text(&[
        "reportingComponent",
        "source.component",
        "reportingController",
    ]);
    let told = |fields: &[&str]| text(fields).unwrap_or_default().to_owned();
    Some(EventRecord {
        time: time.parse().ok()?,
        source: KUBERNETES.to_owned(),
        actor: by.unwrap_or_default().to_owned(),
        verb: told(&["reason"]),
        resource: crate::inbox::plural(kind),
        subresource: String::new(),
        namespace: told(&["involvedObject.namespace", "regarding.namespace"]),
        name: told(&["involvedObject.name", "regarding.name"]),
        code: 0,
        source_ip: String::new(),
        user_agent: told(&["source.host", "reportingInstance"]),
        // One Event is told again whenever it is counted up.
        id: format!(
            "{}-{}",
            text(&["metadata.uid"]).unwrap_or_default(),
            text(&["metadata.resourceVersion"]).unwrap_or_default()
        ),
        raw: serde_json::to_string(value).ok()?,
    })
}

/// An event as it is kept: without the values of secrets.
pub(crate) fn record(event: &Event<'_>) -> Option<EventRecord> {
    Some(EventRecord {
        time: event.time()?,
        source: "audit".to_owned(),
        actor: event.user().username.to_string(),
        verb: event.verb().to_owned(),
        resource: event.resource().to_owned(),
        subresource: event.subresource().to_owned(),
        namespace: event.namespace().to_owned(),
        name: event.name().to_owned(),
        code: event.code().map_or(0, i32::from),
        source_ip: event.claimed_ip().unwrap_or_default().to_owned(),
        user_agent: event.user_agent().to_owned(),
        id: event.audit_id().to_owned(),
        raw: render::plain(event).to_string(),
    })
}

/// Leaves out what is too long to be kept; true when something was.
pub(super) fn fit(record: &mut EventRecord) -> bool {
    let mut cut = false;
    for text in [
        &mut record.actor,
        &mut record.verb,
        &mut record.resource,
        &mut record.subresource,
        &mut record.namespace,
        &mut record.name,
        &mut record.source_ip,
        &mut record.user_agent,
        &mut record.id,
    ] {
        if text.len() > LONG_FIELD {
            text.truncate(text.floor_char_boundary(LONG_FIELD));
            text.push('…');
            cut = true;
        }
    }
    if record.raw.len() <= LONGEST {
        return cut;
    }
    let mut fields = match serde_json::from_str(&record.raw) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let mut left_out = Vec::new();
    fields.retain(|name, value| {
        let bytes = value.to_string().len();
        if bytes > LONG_FIELD {
            left_out.push(json!(format!("{name}: {bytes} bytes")));
        }
        bytes <= LONG_FIELD
    });
    fields.insert(LEFT_OUT.to_owned(), left_out.into());
    record.raw = Value::Object(fields).to_string();
    if record.raw.len() > LONGEST {
        // Fields without number.
        record.raw = json!({ LEFT_OUT: ["everything"] }).to_string();
    }
    true
}

#[cfg(test)]
mod tests {
    use catseye_event::intake::Intake;
    use catseye_model::RedactionKey;

    use super::*;

    #[test]
    fn an_event_that_is_too_long_is_kept_without_what_makes_it_so() {
        let event = json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse",
            "auditID": "one", "stage": "ResponseComplete", "verb": "create", "requestURI": "/apis/x",
            "user": {"username": "ann"}, "objectRef": {"resource": "configmaps", "name": "big"},
            "requestObject": {"kind": "ConfigMap", "data": {"a": "x".repeat(LONGEST)}},
            "requestReceivedTimestamp": "2026-11-20T10:00:00.000000Z",
            "stageTimestamp": "2026-11-20T10:00:00.001000Z"});
        let mut records = Vec::new();
        let mut intake = Intake::new(RedactionKey::new([0; 32]));
        intake.feed(format!("{event}\n").as_bytes(), &mut |event| {
            records.extend(super::record(event));
        });
        let [mut found] = records.try_into().expect("one event");
        assert!(found.raw.len() > LONGEST);
        assert!(fit(&mut found) && !fit(&mut found));
        let kept: Value = serde_json::from_str(&found.raw).unwrap();
        assert_eq!(kept["requestObject"], Value::Null);
        assert_eq!(kept["objectRef"]["name"], "big");
        let left_out = kept[LEFT_OUT][0].as_str().unwrap();
        assert!(left_out.starts_with("requestObject: "), "{left_out}");
    }
}
