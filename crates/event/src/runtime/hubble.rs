//! Hubble's events: flows that the network saw, a packet at a time.
//!
//! Replies and later packets of a connection say nothing new about who talks to whom; they are
//! counted and passed over. Answers of HTTP and DNS are kept, because they tell names and failures.

use std::net::{IpAddr, SocketAddr};

use serde_json::Value;

use super::intake::{Read, Unmapped};
use super::protojson::Proto as _;
use super::subject::{Subject, SubjectKind, WorkloadRef};
use super::tetragon::{plain_name, rcode};
use super::{
    Activity, Answer, BTreeMap, Direction, Dns, Flow, Loss, RuntimeEvent, RuntimeSource, Transport,
    Verdict,
};

/// True for an object of Hubble's shape.
pub(super) fn is_event(record: &Value) -> bool {
    [
        "flow",
        "lost_events",
        "node_status",
        "agent_event",
        "debug_event",
    ]
    .iter()
    .any(|key| record.get_field(key).is_some_and(Value::is_object))
        || is_flat(record)
}

/// Older versions write the flow itself.
fn is_flat(record: &Value) -> bool {
    record.get("verdict").is_some() && (record.get("IP").is_some() || record.get("l4").is_some())
}

/// Reads one record.
pub(super) fn read(record: &Value) -> Read {
    let activity;
    let mut subject = Subject::default();
    let mut time = record.time("time").into_iter().next();
    let mut node = record.text("node_name");
    if let Some(lost) = record.get_field("lost_events") {
        activity = Activity::Loss(Loss {
            since: None,
            lost: BTreeMap::from([(
                "flow".to_owned(),
                lost.number("num_events_lost").unwrap_or_default(),
            )]),
            reason: lost.text("source").to_owned(),
        });
    } else if let Some(flow) = record
        .get_field("flow")
        .or_else(|| is_flat(record).then_some(record))
    {
        time = flow.time("time").or(time);
        if node.is_empty() {
            node = flow.text("node_name");
        }
        (subject, activity) = read_flow(flow)?;
    } else {
        let kind = ["node_status", "agent_event", "debug_event"]
            .iter()
            .find(|key| record.get_field(key).is_some());
        return Err(Unmapped::kind(kind.copied().unwrap_or("hubble")));
    }
    let mut event = RuntimeEvent::new(
        time.unwrap_or(jiff::Timestamp::UNIX_EPOCH),
        RuntimeSource::Hubble,
        activity,
    );
    node.clone_into(&mut event.node);
    event.subject = subject;
    Ok((event, time.is_some()))
}

fn read_flow(flow: &Value) -> Result<(Subject, Activity), Unmapped> {
    let address = |end: &str| -> Option<IpAddr> {
        let addresses = flow.get_field("IP")?;
        addresses.address(end)
    };
    let source = endpoint(flow.get_field("source"));
    let destination = endpoint(flow.get_field("destination"));
    if let Some(dns) = flow.path(&["l7", "dns"]) {
        // An answer travels to who asked.
        let is_answer = flow.path(&["l7", "type"]).and_then(Value::as_str) == Some("RESPONSE");
        let (asker, server) = if is_answer {
            (destination, "source")
        } else {
            (source, "destination")
        };
        let port = if is_answer {
            "source_port"
        } else {
            "destination_port"
        };
        let server = address(server).zip(ports(flow).map(|(_, it)| it.port(port).unwrap_or(53)));
        return Ok((asker, Activity::Dns(read_dns(dns, is_answer, server))));
    }
    let verdict = flow.text("verdict");
    let http = flow.path(&["l7", "http"]);
    let code = http.and_then(|it| it.number("code")).unwrap_or_default();
    let is_answer = is_reply(flow);
    if matches!(verdict, "TRACED" | "TRANSLATED") {
        return Err(Unmapped::kind("hubble: translation"));
    }
    if is_answer && code == 0 {
        return Err(Unmapped::kind("hubble: reply"));
    }
    if !is_answer && http.is_none() && verdict == "FORWARDED" && is_later_packet(flow) {
        return Err(Unmapped::kind("hubble: later packet"));
    }
    let (transport, numbers) = match ports(flow) {
        Some((transport, numbers)) => (transport, Some(numbers)),
        None if flow.get_field("l4").is_none() && flow.get_field("IP").is_none() => {
            return Err(Unmapped::kind("hubble: no addresses"));
        }
        None => (Transport::Icmp, None),
    };
    let port = |end: &str| numbers.and_then(|it| it.port(end)).unwrap_or_default();
    // Of an answer the two ends are the other way round.
    let (client_end, server_end) = if is_answer {
        ("destination", "source")
    } else {
        ("source", "destination")
    };
    let (client, server) = if is_answer {
        (destination, source)
    } else {
        (source, destination)
    };
    let (Some(client_ip), Some(server_ip)) = (address(client_end), address(server_end)) else {
        return Err(Unmapped::kind("hubble: no addresses"));
    };
    let server_port = port(&format!("{server_end}_port"));
    let client_port = port(&format!("{client_end}_port"));
    let incoming = (flow.text("traffic_direction") == "INGRESS") != is_answer;
    let mut told = Flow::to(transport, SocketAddr::new(server_ip, server_port));
    told.client_port = (client_port > 0).then_some(client_port);
    told.local = Some(client_ip);
    told.peer_subject = server.clone();
    told.names = flow
        .texts(&format!("{server_end}_names"))
        .iter()
        .map(|it| plain_name(it))
        .collect();
    let mut subject = client;
    if incoming {
        told.direction = Direction::In;
        told.peer = client_ip;
        told.local = Some(server_ip);
        told.peer_subject = std::mem::replace(&mut subject, server);
        told.names = flow
            .texts(&format!("{client_end}_names"))
            .iter()
            .map(|it| plain_name(it))
            .collect();
    }
    match verdict {
        "DROPPED" => {
            let by_policy = flow.text("drop_reason_desc").contains("POLICY")
                || matches!(flow.number("drop_reason"), Some(133 | 181))
                || flow.path(&["event_type", "type"]).and_then(Value::as_u64) == Some(5);
            if by_policy {
                told.verdict = Verdict::Denied;
                told.denied = 1;
            }
            told.failed = 1;
        }
        "ERROR" => told.failed = 1,
        "AUDIT" => told.verdict = Verdict::Audited,
        _ => {}
    }
    if is_answer {
        // The request was counted when it was sent.
        told.count = u64::from(code >= 500);
        told.failed = u64::from(code >= 500);
    }
    Ok((subject, Activity::Flow(Box::new(told))))
}

fn is_reply(flow: &Value) -> bool {
    match flow.get_field("is_reply") {
        Some(Value::Bool(reply)) => *reply,
        Some(wrapped) => wrapped.get("value").and_then(Value::as_bool) == Some(true),
        None => flow.get("reply").and_then(Value::as_bool) == Some(true),
    }
}

/// True for a TCP packet that neither opens nor refuses a connection, unless tracking says it is new.
fn is_later_packet(flow: &Value) -> bool {
    let Some(tcp) = flow.path(&["l4", "TCP"]) else {
        return false;
    };
    if flow.text("trace_reason") == "NEW" {
        return false;
    }
    let Some(flags) = tcp.get_field("flags") else {
        // Flat flows of old versions name the flags in words.
        let summary = flow.text("Summary");
        return !summary.is_empty() && !summary.contains("SYN");
    };
    let has = |flag: &str| flags.get(flag).and_then(Value::as_bool) == Some(true);
    !has("SYN") || has("ACK")
}

fn ports(flow: &Value) -> Option<(Transport, &Value)> {
    let l4 = flow.get_field("l4")?;
    for (name, transport) in [
        ("TCP", Transport::Tcp),
        ("UDP", Transport::Udp),
        ("SCTP", Transport::Sctp),
        ("ICMPv4", Transport::Icmp),
        ("ICMPv6", Transport::Icmp),
    ] {
        if let Some(found) = l4.get_field(name) {
            return Some((transport, found));
        }
    }
    None
}

fn read_dns(dns: &Value, is_answer: bool, server: Option<(IpAddr, u16)>) -> Dns {
    let ttl = dns.number32("ttl").unwrap_or_default();
    let addresses = dns
        .texts("ips")
        .into_iter()
        .filter_map(|it| it.parse().ok());
    let mut answers: Vec<Answer> = addresses
        .map(|address: IpAddr| Answer {
            address: Some(address),
            alias: None,
            ttl,
        })
        .collect();
    answers.extend(dns.texts("cnames").iter().map(|it| Answer {
        address: None,
        alias: Some(plain_name(it)),
        ttl,
    }));
    Dns {
        name: plain_name(dns.text("query")),
        qtype: dns.texts("qtypes").into_iter().next().unwrap_or_default(),
        // A zero is left out by protojson.
        rcode: is_answer.then(|| rcode(dns.number("rcode").unwrap_or_default())),
        answers,
        server: server.map(|(address, port)| SocketAddr::new(address, port)),
        count: 1,
    }
}

fn endpoint(value: Option<&Value>) -> Subject {
    let Some(value) = value else {
        return Subject::default();
    };
    let written = value.texts("labels");
    let reserved = |name: &str| written.iter().any(|it| it == &format!("reserved:{name}"));
    if ["host", "remote-node", "health", "kube-apiserver"]
        .iter()
        .any(|name| reserved(name))
        && value.text("pod_name").is_empty()
    {
        return Subject::host();
    }
    let mut labels: Vec<String> = written
        .iter()
        .filter_map(|it| it.strip_prefix("k8s:"))
        .filter(|it| !it.starts_with("io.kubernetes.pod.") && !it.starts_with("io.cilium."))
        .map(str::to_owned)
        .collect();
    labels.sort();
    let workload = value.list("workloads").first().map(|it| WorkloadRef {
        kind: it.text("kind").to_owned(),
        name: it.text("name").to_owned(),
    });
    let pod = value.text("pod_name");
    if pod.is_empty() && workload.is_none() {
        return Subject::default();
    }
    Subject {
        kind: SubjectKind::Container,
        namespace: value.text("namespace").to_owned(),
        pod: pod.to_owned(),
        workload,
        labels,
        ..Subject::default()
    }
}
