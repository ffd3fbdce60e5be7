//! The structs of `bpf/record.h` as the compiler laid them out, beside what `record` reads.

use std::collections::BTreeMap;

use crate::record::{FLOW, FLOW_KEY};

/// Name and size of every struct, with the byte at which each field begins.
type Layouts = BTreeMap<String, (usize, Vec<(String, usize)>)>;

fn number(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

fn name(strings: &[u8], at: usize) -> String {
    let rest = &strings[at..];
    let end = rest.iter().position(|byte| *byte == 0).unwrap();
    String::from_utf8(rest[..end].to_vec()).unwrap()
}

/// Reads the types (BTF) of an object; see Documentation/bpf/btf.rst of the kernel.
fn layouts(object: &[u8]) -> Layouts {
    let magic = [0x9f, 0xeb, 1, 0, 24, 0, 0, 0];
    let at = object
        .windows(magic.len())
        .position(|window| window == magic)
        .expect("the object has types");
    let header = &object[at..];
    let types = &header[24 + number(header, 8)..][..number(header, 12)];
    let strings = &header[24 + number(header, 16)..][..number(header, 20)];
    let mut found = Layouts::new();
    let mut at = 0;
    while at < types.len() {
        let info = number(types, at + 4);
        let (kind, count) = (info >> 24 & 0x1f, info & 0xffff);
        let own = name(strings, number(types, at));
        let size = number(types, at + 8);
        at += 12;
        let follows = match kind {
            1 | 14 | 17 => 4,
            3 => 12,
            4 | 5 | 15 | 19 => 12 * count,
            6 | 13 => 8 * count,
            _ => 0,
        };
        if kind == 4 {
            let fields = (0..count).map(|field| {
                let member = at + field * 12;
                let bits = number(types, member + 8) & 0x00ff_ffff;
                (name(strings, number(types, member)), bits / 8)
            });
            found.insert(own, (size, fields.collect()));
        }
        at += follows;
    }
    found
}

#[test]
fn records_are_laid_out_as_they_are_read() {
    let header = "time:0 cgroup:8 kind:16 pid:20 tid:24 parent:28 start:32 parent_start:40 uid:48 \
        pid_ns:52 mnt_ns:56 net_ns:60 user_ns:64 extra:68 comm:72";
    let observe: [(&str, usize, &str); 9] = [
        ("header", 88, header),
        (
            "exec",
            1920,
            "header:0 inode:88 capabilities:96 device:104 flags:108 argc:112 inner_pid:116 \
            path_size:120 asked_size:122 args_size:124 zero:126 text:128",
        ),
        (
            "flow_key",
            FLOW_KEY,
            "cgroup:0 address:8 port:24 protocol:26 direction:27 zero:28",
        ),
        (
            "flow",
            FLOW,
            "first:0 last:8 sent:16 received:24 latency:32 latency_max:40 start:48 pid:56 \
            attempts:60 established:64 failed:68 resets:72 closed:76 error:80 announced:84 comm:88",
        ),
        ("flow_record", 120, "header:0 key:88"),
        (
            "listen_record",
            112,
            "header:0 address:88 port:104 protocol:106 open:107 zero:108",
        ),
        (
            "dns_record",
            624,
            "header:0 server:88 port:104 size:106 answer:108 zero:109 payload:112",
        ),
        (
            "cgroup_record",
            616,
            "header:0 parent:88 level:96 size:100 path:104",
        ),
        (
            "call_record",
            256,
            "header:0 arguments:88 call:120 size:124 text:128",
        ),
    ];
    let firewall: [(&str, usize, &str); 7] = [
        ("header", 88, header),
        ("denied_record", 128, "header:0 key:88 policy:120 flags:124"),
        (
            "killed_record",
            232,
            "header:0 policy:88 reason:92 flags:96 zero:100 path:104 zero2:228",
        ),
        ("rule_key", 24, "prefix:0 policy:4 address:8"),
        ("rule", 136, "deny:0 ranges:4 range:8"),
        ("range", 8, "low:0 high:2 protocol:4 deny:5 zero:6"),
        ("guard", 8, "policy:0 flags:4"),
    ];
    check(crate::object::OBSERVE, &observe);
    check(crate::object::FIREWALL, &firewall);
}

fn check(object: &[u8], expected: &[(&str, usize, &str)]) {
    let found = layouts(object);
    for (name, size, fields) in expected {
        let (found_size, found_fields) = found
            .get(*name)
            .unwrap_or_else(|| panic!("no struct {name} in the object"));
        let shown: Vec<String> = found_fields
            .iter()
            .map(|(field, at)| format!("{field}:{at}"))
            .collect();
        let expected: Vec<&str> = fields.split_ascii_whitespace().collect();
        assert_eq!(shown, expected, "{name}");
        assert_eq!(found_size, size, "{name}");
    }
}
