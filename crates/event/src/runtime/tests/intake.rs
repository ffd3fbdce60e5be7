//! Records of every product become events, and what does not is counted by name.

use serde_json::{Value, json};

use super::super::*;

fn read_in_chunks(log: &str, size: usize) -> (Vec<RuntimeEvent>, RuntimeTally) {
    let mut events = Vec::new();
    let mut intake = RuntimeIntake::new();
    for chunk in log.as_bytes().chunks(size) {
        intake.feed(chunk, &mut |event| events.push(event));
    }
    intake.finish(&mut |event| events.push(event));
    (events, intake.tally().clone())
}

fn read(log: &str) -> (Vec<RuntimeEvent>, RuntimeTally) {
    let whole = read_in_chunks(log, usize::MAX);
    for size in [1, 7, 100] {
        assert_eq!(read_in_chunks(log, size), whole, "chunks of {size}");
    }
    whole
}

fn one(record: &Value) -> RuntimeEvent {
    let (mut events, tally) = read(&record.to_string());
    assert_eq!(events.len(), 1, "{tally:?}");
    events.remove(0)
}

fn tetragon(kind: &str, mut body: Value) -> Value {
    let fields = body.as_object_mut().unwrap();
    fields.entry("process").or_insert_with(|| {
        json!({"exec_id": "bjoxOjc=", "pid": 7, "uid": 0, "cwd": "/", "binary": "/bin/sh",
            "arguments": "-c \"echo a b\" --password=x", "start_time": "2026-01-01T00:00:00Z",
            "flags": "execve clone",
            "pod": {"namespace": "shop", "name": "web-0", "workload": "web", "workload_kind": "Deployment",
                "container": {"id": "containerd://4f0c", "name": "web",
                    "image": {"id": "web@sha256:ab", "name": "web:1"}}}})
    });
    json!({kind: body, "node_name": "n1", "time": "2026-01-01T00:00:01.5Z"})
}

fn kprobe(function: &str, args: impl Into<Value>) -> Activity {
    let args: Value = args.into();
    one(&tetragon(
        "process_kprobe",
        json!({"function_name": function, "args": args}),
    ))
    .what
}

#[test]
fn an_exec_of_tetragon_names_the_process_its_parent_and_the_container() {
    let parent = json!({"exec_id": "cA==", "pid": 5, "binary": "/usr/sbin/nginx"});
    let event = one(&tetragon("process_exec", json!({"parent": parent})));
    let process = event.process.as_ref().unwrap();
    assert_eq!(
        process.argv,
        [
            "/bin/sh",
            "-c",
            "echo a b",
            "--password=<redacted 1 characters>"
        ]
    );
    assert_eq!(process.parent().unwrap().program(), "nginx");
    assert_eq!(event.subject.to_string(), "shop/Deployment/web [web]");
    assert_eq!(event.subject.image_digest, "sha256:ab");
    assert_eq!(event.time.to_string(), "2026-01-01T00:00:01.5Z");
}

#[test]
fn names_in_camel_case_and_numbers_as_texts_are_read_alike() {
    let record = json!({"processExit": {"process": {"execId": "a", "pid": "7", "binary": "/x"},
        "signal": "SIGKILL", "status": "137"}, "nodeName": "n1", "time": "2026-01-01T00:00:00Z"});
    let event = one(&record);
    assert_eq!(event.process.unwrap().pid, 7);
    assert_eq!(
        event.what,
        Activity::Exit(Exit {
            code: Some(137),
            signal: Some(9)
        })
    );
    assert_eq!(event.node, "n1");
}

#[test]
fn probes_of_the_kernel_become_what_they_mean() {
    let sock = json!([{"sock_arg": {"family": "AF_INET", "protocol": "IPPROTO_TCP", "saddr": "10.0.0.7",
        "daddr": "203.0.113.9", "sport": 40000, "dport": "4444"}}]);
    let Activity::Flow(flow) = kprobe("tcp_connect", sock.clone()) else {
        panic!()
    };
    assert_eq!(
        (flow.peer.to_string().as_str(), flow.port),
        ("203.0.113.9", 4444)
    );
    let Activity::Flow(flow) = kprobe("inet_csk_accept", sock.clone()) else {
        panic!()
    };
    assert_eq!((flow.direction, flow.port), (Direction::In, 40000));
    let Activity::Listen(listen) = kprobe("inet_csk_listen_start", sock) else {
        panic!()
    };
    assert_eq!(listen.address.to_string(), "10.0.0.7:40000");
    let path = json!([{"file_arg": {"path": "etc/shadow"}}, {"int_arg": 4}]);
    let Activity::File(file) = kprobe("security_file_permission", path) else {
        panic!()
    };
    assert_eq!(
        (file.path.as_str(), file.operation),
        ("/etc/shadow", FileOperation::Read)
    );
    let unshare = kprobe("__x64_sys_unshare", json!([{"int_arg": 0x1002_0000}]));
    let Activity::Namespace(change) = unshare else {
        panic!()
    };
    assert_eq!(change.kinds, ["mount", "user"]);
    let bpf = kprobe(
        "bpf_check",
        json!([{"bpf_attr_arg": {"ProgType": "BPF_PROG_TYPE_KPROBE", "ProgName": "x"}}]),
    );
    assert_eq!(bpf.kind(), "bpf");
    let module = kprobe("do_init_module", json!([{"module_arg": {"name": "evil"}}]));
    let Activity::Module(module) = module else {
        panic!()
    };
    assert_eq!(module.name, "evil");
    let capable = kprobe(
        "cap_capable",
        json!([{"capability_arg": {"value": 21, "name": "CAP_SYS_ADMIN"}}]),
    );
    assert_eq!(capable.kind(), "capability");
    let other = kprobe(
        "__x64_sys_keyctl",
        json!([{"int_arg": 3}, {"bytes_arg": "c2VjcmV0"}]),
    );
    let Activity::Call(call) = other else {
        panic!()
    };
    assert_eq!(
        (call.function.as_str(), call.arguments),
        ("keyctl", vec!["3".to_owned()])
    );
}

#[test]
fn records_of_several_lines_and_lists_are_read() {
    let record = tetragon("process_exec", json!({}));
    let pretty = serde_json::to_string_pretty(&record).unwrap();
    let list = format!("[{record},\n{record}]\n{pretty}\n{pretty}");
    let (events, tally) = read(&list);
    assert_eq!(
        (events.len(), tally.unreadable_count()),
        (4, 0),
        "{tally:?}"
    );
}

#[test]
fn a_record_that_was_cut_costs_no_other() {
    let record = tetragon("process_exec", json!({})).to_string();
    let (events, tally) = read(&format!("{}\n{record}\nnonsense\n{record}", &record[..100]));
    assert_eq!(
        (events.len(), tally.unreadable_count()),
        (2, 2),
        "{tally:?}"
    );
}

#[test]
fn unknown_kinds_are_counted_by_name() {
    let log = format!(
        "{}\n{}",
        tetragon("process_teleport", json!({})),
        json!({"hello": 1})
    );
    let (events, tally) = read(&log);
    assert!(events.is_empty());
    let named: Vec<&str> = tally.passed_over.keys().map(String::as_str).collect();
    assert_eq!(named, ["process_teleport", "unknown record (hello…)"]);
}

#[test]
fn what_was_dropped_is_a_loss() {
    let record = json!({"rate_limit_info": {"number_of_dropped_process_events": "5"},
        "node_name": "n1", "time": "2026-01-01T00:00:00Z"});
    let Activity::Loss(loss) = one(&record).what else {
        panic!()
    };
    assert_eq!(loss.lost["unknown"], 5);
}

#[test]
fn a_falco_alert_keeps_its_words_and_tells_the_process() {
    let event = one(
        &json!({"output": "shell (cmd=bash --token s3cr3t)", "priority": "Notice", "rule": "Terminal shell",
        "time": "2026-01-01T00:00:00.5Z", "source": "syscall", "hostname": "n1", "tags": ["mitre_execution"],
        "output_fields": {"container.id": "4f0c8a2b1c3d", "evt.time": 1_767_225_600_000_000_000_u64, "proc.name": "bash",
            "proc.cmdline": "bash --token s3cr3t", "proc.pname": "nginx", "proc.pid": 9, "k8s.ns.name": null,
            "container.image.repository": "web", "container.image.tag": "1", "proc.is_exe_upper_layer": true}}),
    );
    let process = event.process.unwrap();
    assert_eq!(
        (process.program(), process.parent().unwrap().program()),
        ("bash", "nginx")
    );
    assert_eq!(process.origin, FileOrigin::Upper);
    assert_eq!(event.subject.image, "web:1");
    let Activity::Alert(alert) = event.what else {
        panic!()
    };
    assert!(!format!("{alert:?}").contains("s3cr3t"));
    assert_eq!(alert.fields["proc.name"], "bash");
}

fn hubble(flow: &Value) -> Value {
    json!({"flow": flow, "node_name": "n1", "time": "2026-01-01T00:00:00Z"})
}

fn flow(more: &Value) -> Value {
    let mut flow = json!({"verdict": "FORWARDED", "IP": {"source": "10.0.1.10", "destination": "10.0.2.20"},
        "l4": {"TCP": {"source_port": 40000, "destination_port": 8080, "flags": {"SYN": true}}},
        "source": {"namespace": "shop", "pod_name": "front-1", "labels": ["k8s:app=front", "k8s:io.kubernetes.pod.namespace=shop"],
            "workloads": [{"name": "front", "kind": "Deployment"}]},
        "destination": {"namespace": "shop", "pod_name": "cart-1", "workloads": [{"name": "cart", "kind": "Deployment"}]},
        "traffic_direction": "EGRESS", "is_reply": false});
    for (key, value) in more.as_object().unwrap() {
        flow[key] = value.clone();
    }
    hubble(&flow)
}

#[test]
fn a_flow_of_hubble_is_told_from_either_end() {
    let event = one(&flow(&json!({})));
    assert_eq!(event.subject.to_string(), "shop/Deployment/front");
    assert_eq!(event.subject.labels, ["app=front"]);
    let Activity::Flow(out) = event.what else {
        panic!()
    };
    assert_eq!(
        (out.direction, out.port, out.peer_subject.pod.as_str()),
        (Direction::Out, 8080, "cart-1")
    );
    let event = one(&flow(&json!({"traffic_direction": "INGRESS"})));
    assert_eq!(event.subject.to_string(), "shop/Deployment/cart");
    let Activity::Flow(inward) = event.what else {
        panic!()
    };
    assert_eq!((inward.direction, inward.port), (Direction::In, 8080));
    assert_eq!(inward.peer.to_string(), "10.0.1.10");
}

#[test]
fn replies_and_later_packets_of_hubble_say_nothing_new() {
    let later =
        json!({"l4": {"TCP": {"source_port": 1, "destination_port": 2, "flags": {"ACK": true}}}});
    let (events, tally) = read(&format!(
        "{}\n{}",
        flow(&json!({"is_reply": true})),
        flow(&later)
    ));
    assert!(events.is_empty());
    assert_eq!(tally.passed_over["hubble: reply"], 1);
    assert_eq!(tally.passed_over["hubble: later packet"], 1);
}

#[test]
fn what_hubble_saw_dropped_by_policy_is_denied() {
    let event = one(&flow(
        &json!({"verdict": "DROPPED", "drop_reason_desc": "POLICY_DENIED",
        "destination": {"labels": ["reserved:world"]}, "destination_names": ["API.example.com."]}),
    ));
    let Activity::Flow(flow) = event.what else {
        panic!()
    };
    assert_eq!(
        (flow.verdict, flow.denied, flow.failed),
        (Verdict::Denied, 1, 1)
    );
    assert_eq!(flow.name(), Some("api.example.com"));
}

#[test]
fn answers_of_http_and_dns_tell_failures_and_names() {
    let event = one(&flow(
        &json!({"is_reply": true, "traffic_direction": "INGRESS",
        "IP": {"source": "10.0.2.20", "destination": "10.0.1.10"},
        "l4": {"TCP": {"source_port": 8080, "destination_port": 40000}},
        "source": {"namespace": "shop", "pod_name": "cart-1"}, "destination": {"namespace": "shop", "pod_name": "front-1"},
        "l7": {"type": "RESPONSE", "http": {"code": 503, "method": "GET", "url": "/"}}}),
    ));
    assert_eq!(event.subject.pod, "front-1");
    let Activity::Flow(flow_told) = event.what else {
        panic!()
    };
    assert_eq!((flow_told.port, flow_told.failed), (8080, 1));
    let event = one(&flow(
        &json!({"l7": {"type": "RESPONSE", "dns": {"query": "Api.Example.com.", "ips": ["203.0.113.5"],
        "ttl": "60", "qtypes": ["A"]}}}),
    ));
    let Activity::Dns(dns) = event.what else {
        panic!()
    };
    assert_eq!(
        (dns.name.as_str(), dns.rcode.as_deref()),
        ("api.example.com", Some("NOERROR"))
    );
    assert_eq!(event.subject.pod, "cart-1");
}

#[test]
fn lost_events_of_hubble_are_a_loss() {
    let record = json!({"lost_events": {"source": "HUBBLE_RING_BUFFER", "num_events_lost": "5"},
        "node_name": "n1", "time": "2026-01-01T00:00:00Z"});
    assert_eq!(one(&record).what.kind(), "loss");
}

#[test]
fn a_prefix_of_the_container_runtime_is_no_hindrance() {
    let record = tetragon("process_exec", json!({}));
    let (events, _) = read(&format!("2026-01-01T00:00:00.1Z stdout F {record}\n"));
    assert_eq!(events.len(), 1);
}

/// Recordings beside the project, where they are; every record in them is understood.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test that reads recordings")]
fn recordings_beside_the_project_are_read_without_a_gap() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(folder) = ["../../../shared", "../../../../shared"]
        .iter()
        .map(|beside| here.join(beside).join("data/sensors"))
        .find(|it| it.is_dir())
    else {
        println!("skipped: no recordings beside the project");
        return;
    };
    let mut events = 0;
    for product in ["tetragon", "falco", "hubble"] {
        let files = std::fs::read_dir(folder.join(product)).expect("a folder");
        for file in files {
            let path = file.expect("a readable entry").path();
            if path
                .extension()
                .is_some_and(|it| it == "json" || it == "jsonl")
            {
                let text = std::fs::read_to_string(&path).expect("a readable file");
                let (found, tally) = read(&text);
                assert_eq!(tally.unreadable_count(), 0, "{}: {tally:?}", path.display());
                assert!(
                    tally.passed_over.is_empty(),
                    "{}: {tally:?}",
                    path.display()
                );
                events += found.len();
            }
        }
    }
    assert!(events >= 15, "{events}");
}
