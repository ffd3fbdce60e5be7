//! Every shape in which logs arrive, written by hand, gives the events that are in it.

use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use catseye_model::RedactionKey;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::source::Source;

/// An event as the API server writes it, fields in its order.
fn line(id: &str) -> String {
    format!(
        "{}{id}{}",
        r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":""#,
        r#"","stage":"ResponseComplete","requestURI":"/api/v1/pods?a=b\u0026c=\"d\"","verb":"list","user":{"username":"jane","groups":["ops"]},"sourceIPs":["10.0.0.1"],"objectRef":{"resource":"pods","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":200}}"#
    )
}

fn event(id: &str) -> Value {
    serde_json::from_str(&line(id)).unwrap()
}

/// What came out: `id source line`, and the tally.
fn read_in(log: &[u8], chunk: usize) -> (Vec<String>, Tally) {
    let mut seen = Vec::new();
    let mut intake = Intake::new(RedactionKey::new([0; 32]));
    let mut note = |event: &Event<'_>| {
        seen.push(format!(
            "{} {} {}{}",
            event.audit_id(),
            event.source(),
            event.place().line,
            if event.is_cut() { " cut" } else { "" }
        ));
    };
    for piece in log.chunks(chunk) {
        intake.feed(piece, &mut note);
    }
    intake.finish(&mut note);
    (seen, intake.tally().clone())
}

fn read(log: impl AsRef<[u8]>) -> (Vec<String>, Tally) {
    read_in(log.as_ref(), usize::MAX)
}

/// All of it was understood.
fn clean(log: impl AsRef<[u8]>) -> Vec<String> {
    let (seen, tally) = read(log);
    assert_eq!(tally.unreadable, [].into(), "{seen:?}");
    seen
}

fn packed(text: &str) -> String {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    BASE64_STANDARD.encode(gzip.finish().unwrap())
}

fn cloudwatch(ids: &[&str]) -> Value {
    let events: Vec<_> = ids
        .iter()
        .map(|id| json!({"id": "1", "timestamp": 1_795_221_049_500_i64, "message": line(id)}))
        .collect();
    json!({"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "/aws/eks/shop/cluster",
        "logStream": "kube-apiserver-audit-0a", "subscriptionFilters": ["all"], "logEvents": events})
}

#[test]
fn json_lines_with_a_last_line_without_an_end() {
    let log = format!("{}\n\n{}\r\n{}", line("a"), line("b"), line("c"));
    assert_eq!(
        clean(log),
        [
            "a kube-apiserver 1",
            "b kube-apiserver 3",
            "c kube-apiserver 4"
        ]
    );
}

#[test]
fn lists_on_one_line_or_over_many() {
    let list = json!([event("a"), event("b")]);
    let batch = json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1beta1", "metadata": {},
        "items": [event("a"), event("b")]});
    for log in [&list, &batch] {
        let seen = clean(log.to_string());
        assert_eq!(seen, ["a kube-apiserver 1", "b kube-apiserver 1"]);
        let pretty = clean(serde_json::to_string_pretty(log).unwrap());
        assert_eq!(pretty.len(), 2, "{pretty:?}");
    }
    let one_a_line = format!("[\n{},\n{}\n]\n{}", line("a"), line("b"), line("c"));
    assert_eq!(
        clean(one_a_line),
        [
            "a kube-apiserver 2",
            "b kube-apiserver 3",
            "c kube-apiserver 5"
        ]
    );
    assert_eq!(clean(r#"{"kind":"EventList","items":[]}"#), [""; 0]);
}

#[test]
fn single_events_over_many_lines_one_after_the_other() {
    let pretty = |id| serde_json::to_string_pretty(&event(id)).unwrap();
    let seen = clean(format!("{}\n{}", pretty("a"), pretty("b")));
    assert_eq!(seen.len(), 2);
    assert!(
        seen[0].starts_with("a ") && seen[1].starts_with("b "),
        "{seen:?}"
    );
}

#[test]
fn values_one_after_the_other_without_a_break_as_firehose_writes_them() {
    let log = format!("{}{}\n{}", line("a"), line("b"), line("c"));
    assert_eq!(clean(log).len(), 3);
    let log = format!("{}{}", cloudwatch(&["a"]), cloudwatch(&["b", "c"]));
    assert_eq!(clean(log), ["a eks 1", "b eks 1", "c eks 1"]);
}

#[test]
fn eks_in_every_way_out_of_cloudwatch() {
    let subscription = cloudwatch(&["a", "b"]);
    let api = json!({"events": [{"logStreamName": "kube-apiserver-audit-0a", "timestamp": 1_795_221_049_500_i64,
        "message": line("a"), "eventId": "1"}, {"timestamp": 1, "message": line("b")}], "nextToken": "t"});
    let firehose =
        json!({"records": [{"recordId": "1", "data": packed(&subscription.to_string())}]});
    let kinesis = json!({"Records": [{"kinesis": {"data": packed(&subscription.to_string())}}]});
    let lambda = json!({"awslogs": {"data": packed(&subscription.to_string())}});
    for log in [&subscription, &api, &firehose, &kinesis, &lambda] {
        assert_eq!(clean(log.to_string()), ["a eks 1", "b eks 1"], "{log}");
        assert_eq!(
            clean(serde_json::to_string_pretty(log).unwrap()).len(),
            2,
            "{log}"
        );
    }
    let tail = format!(
        "2026-11-21T00:30:49.500000+00:00 kube-apiserver-audit-0a {}\n2026-11-21T00:30:50+00:00 kube-apiserver-audit-0a {}\n",
        line("a"),
        line("b")
    );
    assert_eq!(clean(tail), ["a eks 1", "b eks 2"]);
}

#[test]
fn the_control_messages_of_cloudwatch_are_passed_over() {
    let control = json!({"messageType": "CONTROL_MESSAGE", "logStream": "", "logEvents": [
        {"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE: Checking health of destination"}]});
    for log in [
        control.to_string(),
        serde_json::to_string_pretty(&control).unwrap(),
    ] {
        let (seen, tally) = read(log);
        assert_eq!(
            (seen.len(), tally.passed_over, tally.unreadable_count()),
            (0, 1, 0)
        );
    }
}

#[test]
fn other_logs_of_the_same_store_are_passed_over() {
    for log in [
        json!({"logStreamName": "authenticator-0a", "timestamp": 1, "message": "time=now level=info"}).to_string(),
        json!({"category": "kube-scheduler", "properties": {"log": "I1121 started"}}).to_string(),
        json!({"category": "Administrative", "operationName": "Microsoft.Compute/virtualMachines/write"}).to_string(),
        json!({"protoPayload": {"serviceName": "compute.googleapis.com", "methodName": "v1.compute.instances.insert"}})
            .to_string(),
        "2026-11-21T00:30:49+00:00 kube-scheduler-0a I1121 started".to_owned(),
    ] {
        let (seen, tally) = read(&log);
        assert_eq!((seen.len(), tally.passed_over, tally.unreadable_count()), (0, 1, 0), "{log}");
    }
}

#[test]
fn an_event_of_which_little_is_left_is_an_event() {
    for log in [
        r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1"}"#,
        r#"{"kind":"Event","verb":"get","user":{"username":"jane"}}"#,
        r#"{"kind":"Event","verb":"get","responseStatus":{"code":403}}"#,
    ] {
        assert_eq!(clean(log), [" kube-apiserver 1"], "{log}");
    }
}

#[test]
fn gke_alone_in_lists_and_from_pubsub() {
    let entry = json!({"insertId": "a", "protoPayload": {"@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "methodName": "io.k8s.core.v1.pods.list", "resourceName": "core/v1/pods",
        "authenticationInfo": {"principalEmail": "jane@example.com"}}, "timestamp": "2026-11-21T00:30:49Z"});
    let data = BASE64_STANDARD.encode(entry.to_string());
    for log in [
        entry.clone(),
        json!([entry]),
        json!({"entries": [entry]}),
        json!({"message": {"data": data, "attributes": {}}, "subscription": "s"}),
        json!({"receivedMessages": [{"ackId": "1", "message": {"data": data}}]}),
    ] {
        assert_eq!(clean(log.to_string()), ["a gke 1"], "{log}");
        assert_eq!(
            clean(serde_json::to_string_pretty(&log).unwrap()).len(),
            1,
            "{log}"
        );
    }
}

#[test]
fn aks_alone_and_in_batches() {
    let record = json!({"time": "2026-11-21T00:30:49Z", "category": "kube-audit", "resourceId": "/SUBSCRIPTIONS/1",
        "operationName": "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read",
        "properties": {"log": line("a"), "stream": "stdout", "pod": "kube-apiserver-1"}});
    assert_eq!(clean(record.to_string()), ["a aks 1"]);
    assert_eq!(
        clean(json!({"records": [record, record]}).to_string()),
        ["a aks 1", "a aks 1"]
    );
    let mut as_text = record.clone();
    as_text["properties"] = json!(record["properties"].to_string());
    assert_eq!(clean(as_text.to_string()), ["a aks 1"]);
}

#[test]
fn container_logs_and_shippers() {
    for log in [
        json!({"log": line("a") + "\n", "stream": "stdout", "time": "2026-11-21T00:30:49Z"}).to_string(),
        json!({"message": line("a"), "@timestamp": "2026-11-21T00:30:49Z", "host": {"name": "m-0"}}).to_string(),
        json!({"msg": line("a")}).to_string(),
        json!({"@message": line("a")}).to_string(),
        json!({"line": line("a"), "labels": {}, "timestamp": "2026-11-21T00:30:49Z"}).to_string(),
        json!({"streams": [{"stream": {}, "values": [["1795221049500000000", line("a")]]}]}).to_string(),
        json!({"status": "success", "data": {"resultType": "streams", "result": [
            {"stream": {}, "values": [["1795221049500000000", line("a")]]}]}}).to_string(),
        format!("2026-11-21T00:30:49.9Z stdout F {}", line("a")),
        format!("<134>1 2026-11-21T00:30:49Z m-0 audit - - - {}", line("a")),
        format!("[pod/kube-apiserver-m-0/kube-apiserver] {}", line("a")),
        json!(line("a")).to_string(),
    ] {
        assert_eq!(clean(&log), ["a kube-apiserver 1"], "{log}");
    }
}

#[test]
fn lines_that_a_container_runtime_split_are_joined() {
    let whole = line("a");
    let (first, last) = whole.split_at(100);
    let (middle, last) = last.split_at(100);
    let cri = format!(
        "2026-11-21T00:30:49Z stdout P {first}\n2026-11-21T00:30:49Z stdout P {middle}\n2026-11-21T00:30:49Z stdout F {last}\n"
    );
    assert_eq!(clean(cri), ["a kube-apiserver 1"]);

    let mut large = event("b");
    large["requestObject"] = json!({"data": {"k": "x".repeat(40_000)}});
    let large = large.to_string() + "\n";
    let docker: Vec<_> = large
        .as_bytes()
        .chunks(16_384)
        .map(|part| json!({"log": String::from_utf8_lossy(part), "stream": "stdout"}).to_string())
        .collect();
    let log = format!(
        "{}\n{}",
        docker.join("\n"),
        json!({"log": line("c") + "\n"})
    );
    assert_eq!(clean(log), ["b kube-apiserver 1", "c kube-apiserver 4"]);
}

#[test]
fn a_split_line_that_is_never_continued_gives_its_head() {
    let whole = line("a");
    let log = format!(
        "2026-11-21T00:30:49Z stdout P {}",
        &whole[..whole.len() - 20]
    );
    let (seen, tally) = read(log);
    assert_eq!(
        (seen, tally.cut),
        (vec!["a kube-apiserver 1 cut".to_owned()], 1)
    );
}

#[test]
fn the_envelope_tells_the_time_where_the_event_does_not() {
    let mut times = Vec::new();
    let mut intake = Intake::new(RedactionKey::new([0; 32]));
    let mut note = |event: &Event<'_>| times.push(event.time().map(|time| time.to_string()));
    let log = format!(
        "{}\n2026-11-21T00:30:49.5Z stdout F {}\n",
        cloudwatch(&["a"]),
        line("b")
    );
    intake.feed(log.as_bytes(), &mut note);
    intake.finish(&mut note);
    assert_eq!(times, vec![Some("2026-11-21T00:30:49.5Z".to_owned()); 2]);
}

#[test]
fn a_cut_event_gives_its_head() {
    let whole = r#"{"kind":"Event","auditID":"a","verb":"get","user":{"username":"jane"},"requestObject":{"a":[1,2]}}"#;
    let cut = &whole[..whole.len() - 4];
    for log in [
        format!("{cut}\n{}", line("b")),
        format!("{}\n{}", json!({"log": cut.to_owned() + "\n"}), line("b")),
        format!("{cut}{}", line("b")),
    ] {
        let (seen, tally) = read(&log);
        assert_eq!(
            (tally.events, tally.cut, tally.unreadable_count()),
            (2, 1, 0),
            "{log} {seen:?}"
        );
        assert!(
            seen[0].starts_with("a ") && seen[0].ends_with(" cut"),
            "{seen:?}"
        );
        assert!(seen[1].starts_with("b "), "{seen:?}");
    }
    let (seen, tally) = read(cut);
    assert_eq!(
        (seen, tally.cut),
        (vec!["a kube-apiserver 1 cut".to_owned()], 1)
    );
}

#[test]
fn what_is_no_event_is_counted_and_located_and_costs_nothing_else() {
    let log = format!(
        "{}\ngarbage\n{{\"kind\":\"Pod\"}}\n{}\n{{\"a\": nope}}\n{{\"kind\":\"Ev\n{}\n",
        line("a"),
        line("b"),
        line("c")
    );
    let (seen, tally) = read(&log);
    assert_eq!(
        seen,
        [
            "a kube-apiserver 1",
            "b kube-apiserver 4",
            "c kube-apiserver 7"
        ]
    );
    let counts: Vec<_> = tally
        .unreadable
        .iter()
        .map(|(cause, unreadable)| (*cause, unreadable.count, unreadable.first.line))
        .collect();
    assert_eq!(
        counts,
        [
            (Cause::NotJson, 2, 2),
            (Cause::NotAnEvent, 1, 3),
            (Cause::Cut, 1, 6)
        ]
    );
    assert_eq!(tally.bytes, log.len() as u64);
    assert_eq!(tally.lines, 7);
    let (first, second) = (
        &tally.unreadable[&Cause::NotJson],
        &tally.unreadable[&Cause::NotAnEvent],
    );
    assert_eq!(
        &log.as_bytes()[usize::try_from(first.first.byte).unwrap()..][..7],
        b"garbage"
    );
    assert_eq!(second.detail, "kind Pod");
}

#[test]
fn broken_utf8_costs_a_character() {
    let mut log = line("a").replace("jane", "j?ne").into_bytes();
    let at = log.iter().position(|byte| *byte == b'?').unwrap();
    let at = log[at + 1..]
        .iter()
        .position(|byte| *byte == b'?')
        .map_or(at, |next| at + 1 + next);
    log[at] = 0xff;
    assert_eq!(clean(log).len(), 1);
}

#[test]
fn bad_wrapping_is_said() {
    for log in [
        json!({"awslogs": {"data": "no base64!"}}).to_string(),
        json!({"awslogs": {"data": BASE64_STANDARD.encode([0x1f, 0x8b, 0, 0])}}).to_string(),
    ] {
        let (_, tally) = read(log);
        assert_eq!(tally.unreadable[&Cause::BadWrapping].count, 1);
    }
    let mut deep = line("a");
    for _ in 0..12 {
        deep = json!({"log": deep + "\n"}).to_string();
    }
    let (seen, tally) = read(deep);
    assert_eq!(
        (seen.len(), tally.unreadable[&Cause::BadWrapping].count),
        (0, 1)
    );
}

#[test]
fn a_record_without_an_end_is_given_up_and_the_next_line_is_read() {
    let mut log = b"{\"kind\":\"Event\",\"auditID\":\"a\",\"x\":\"".to_vec();
    log.resize(LONGEST_RECORD + (2 << 20), b'x');
    log.extend_from_slice(format!("\n{}\n", line("b")).as_bytes());
    let (seen, tally) = read_in(&log, 1 << 20);
    assert_eq!(seen, ["b kube-apiserver 2"]);
    assert_eq!(tally.unreadable[&Cause::TooLong].count, 1);
}

#[test]
fn a_list_longer_than_any_record_is_read_piece_by_piece() {
    let log = json!({"kind": "EventList", "items": vec![event("a"); 60_000]}).to_string();
    assert!(log.len() > LONGEST_RECORD);
    let mut events = 0;
    let mut intake = Intake::new(RedactionKey::new([0; 32]));
    let mut most_kept = 0;
    for piece in log.as_bytes().chunks(64 << 10) {
        intake.feed(piece, &mut |_| events += 1);
        most_kept = most_kept.max(intake.kept.len());
    }
    intake.finish(&mut |_| events += 1);
    assert_eq!((events, intake.tally().unreadable_count()), (60_000, 0));
    assert!(most_kept < 2 << 20, "{most_kept} bytes kept");
}

#[test]
fn two_logs_may_follow_each_other() {
    let mut seen = Vec::new();
    let mut intake = Intake::new(RedactionKey::new([0; 32]));
    let mut note = |event: &Event<'_>| seen.push((event.source(), event.place().line));
    intake.feed(cloudwatch(&["a"]).to_string().as_bytes(), &mut note);
    intake.finish(&mut note);
    intake.feed(line("b").as_bytes(), &mut note);
    intake.finish(&mut note);
    assert_eq!(seen, [(Source::Eks, 1), (Source::ApiServer, 1)]);
}

fn any_log() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(line("a") + "\n"),
        Just(line("b")),
        Just(serde_json::to_string_pretty(&event("c")).unwrap() + "\n"),
        Just(json!({"kind": "EventList", "items": [event("d"), event("e")]}).to_string() + "\n"),
        Just(serde_json::to_string_pretty(&json!([event("f")])).unwrap() + "\n"),
        Just(cloudwatch(&["g", "h"]).to_string() + "\n"),
        Just("\n".to_owned()),
        Just("garbage\n".to_owned()),
        (0..300_usize).prop_map(|end| line("i")[..end.min(line("i").len())].to_owned() + "\n"),
        "[\\[\\]{}\",:a\n ]{0,12}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn chunks_make_no_difference(log in any_log(), chunk in 1..200_usize) {
        prop_assert_eq!(read_in(log.as_bytes(), chunk), read(log.as_bytes()));
    }

    #[test]
    fn every_byte_is_taken_and_every_whole_line_behind_garbage_is_read(garbage in "[^\u{0}]{0,60}", tail in 0..3_usize) {
        let log = format!("{garbage}\n{}", format!("{}\n", line("z")).repeat(tail + 1));
        let (seen, tally) = read(&log);
        prop_assert_eq!(tally.bytes, log.len() as u64);
        prop_assert!(!seen.is_empty(), "{:?}", tally);
    }
}
