//! The JSON form: what is written is read, and the golden line of the version stays readable.

mod intake;

use super::*;

/// Version 1, as it was first written.
const GOLDEN: &str = r#"{"catseye":1,"time":"2026-11-21T10:00:00Z","node":"node-1","source":"catseye","subject":{"kind":"container","cgroup":215,"container_id":"4f0c","pod_uid":"0c1e"},"process":{"exec_id":"node-1:b1:4211:99","pid":4211,"uid":0,"comm":"xmrig","executable":"/tmp/xmrig","argv":["/tmp/xmrig","-o","pool.example:3333"],"origin":"upper","ancestors":[{"exec_id":"node-1:b1:4200:98","pid":4200,"executable":"/bin/sh"}]},"what":{"exec":{"count":3}}}"#;

#[test]
fn a_line_of_the_first_version_is_read_and_written_as_it_was() {
    let event = RuntimeEvent::from_line(GOLDEN).unwrap();
    let process = event.process.as_ref().unwrap();
    assert_eq!(process.origin, FileOrigin::Upper);
    assert_eq!(process.parent().unwrap().program(), "sh");
    assert_eq!(event.to_line().unwrap(), GOLDEN);
}

#[test]
fn a_flow_says_only_what_is_known() {
    let flow = Flow::to(Transport::Tcp, "203.0.113.9:443".parse().unwrap());
    let mut event = RuntimeEvent::new(
        "2026-11-21T10:00:00Z".parse().unwrap(),
        RuntimeSource::ProcSampled,
        Activity::Flow(Box::new(flow)),
    );
    event.subject = Subject::host();
    assert_eq!(
        event.to_line().unwrap(),
        r#"{"catseye":1,"time":"2026-11-21T10:00:00Z","source":"proc-sampled","subject":{"kind":"host"},"what":{"flow":{"direction":"out","transport":"tcp","peer":"203.0.113.9","port":443,"count":1}}}"#
    );
    assert_eq!(
        RuntimeEvent::from_line(&event.to_line().unwrap()).unwrap(),
        event
    );
}

#[test]
fn what_a_later_version_adds_is_passed_over() {
    let line = r#"{"catseye":2,"time":"2026-11-21T10:00:00Z","new":1,"what":{"exit":{"code":0,"core":true}}}"#;
    let event = RuntimeEvent::from_line(line).unwrap();
    assert_eq!(event.what.kind(), "exit");
}
