//! What is refused, and what is killed.

use std::net::{TcpListener, UdpSocket};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use catseye_sensor::firewall::{Firewall, Lease, Policy, ProgramRule, Rule};
use catseye_sensor::record::Body;
use libtest_mimic::Failed;

use crate::Test;
use crate::group::{Group, uid};
use crate::watch::actor;

pub(crate) const TESTS: [(&str, Test); 7] = [
    (
        "a_refused_block_is_refused_in_its_cgroup_alone",
        a_refused_block_is_refused_in_its_cgroup_alone,
    ),
    (
        "a_refused_port_leaves_the_others",
        a_refused_port_leaves_the_others,
    ),
    (
        "what_is_not_named_is_refused_by_default_deny",
        what_is_not_named_is_refused_by_default_deny,
    ),
    (
        "the_list_holds_for_the_whole_node_at_once",
        the_list_holds_for_the_whole_node_at_once,
    ),
    (
        "a_policy_holds_over_a_restart_and_in_new_cgroups",
        a_policy_holds_over_a_restart_and_in_new_cgroups,
    ),
    ("a_lease_that_ends_opens", a_lease_that_ends_opens),
    (
        "a_program_is_killed_before_it_runs",
        a_program_is_killed_before_it_runs,
    ),
];

const EPERM: &str = "1";

/// A firewall that goes with the test.
struct Walled {
    folder: PathBuf,
    firewall: Option<Firewall>,
}

impl Walled {
    fn new(name: &str) -> Result<Self, Failed> {
        let folder = PathBuf::from(format!(
            "/sys/fs/bpf/catseye-test-{name}-{}",
            std::process::id()
        ));
        let firewall = Some(Firewall::open(&folder)?);
        Ok(Walled { folder, firewall })
    }

    fn firewall(&mut self) -> &mut Firewall {
        self.firewall.as_mut().expect("an open firewall")
    }
}

impl Drop for Walled {
    fn drop(&mut self) {
        drop(self.firewall.take());
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn deny(prefix: &str, ports: (u16, u16)) -> Rule {
    Rule {
        prefix: prefix.parse().expect("a block"),
        transport: None,
        low: ports.0,
        high: ports.1,
        deny: true,
    }
}

fn said(mut command: Command) -> String {
    let output = command
        .stderr(Stdio::null())
        .output()
        .expect("an actor that runs");
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().unwrap_or_default().to_owned()
}

/// Servers that take connections on both families, and one for datagrams.
struct Servers {
    first: u16,
    second: u16,
    datagrams: u16,
}

fn server(address: &str) -> u16 {
    let listener = TcpListener::bind(address).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    // Ends with the program.
    std::thread::spawn(move || while listener.accept().is_ok() {});
    port
}

fn servers() -> Servers {
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a free port");
    let datagrams = socket.local_addr().expect("an address").port();
    std::mem::forget(socket);
    Servers {
        first: server("[::]:0"),
        second: server("[::]:0"),
        datagrams,
    }
}

fn connect(group: &Group, address: &str) -> String {
    said(group.actor(&["knock", address]))
}

fn send(group: &Group, address: &str) -> String {
    said(group.actor(&["send", address, "1"]))
}

fn a_refused_block_is_refused_in_its_cgroup_alone() -> Result<(), Failed> {
    let servers = servers();
    let (first, second) = (servers.first, servers.second);
    let inside = Group::new(&format!("kubepods/besteffort/pod{}/in", uid(20)));
    let outside = Group::new(&format!("kubepods/besteffort/pod{}/out", uid(21)));
    let mut walled = Walled::new("block")?;
    let policy = Policy {
        number: 7,
        rules: vec![deny("127.0.0.0/24", (0, u16::MAX))],
        ..Policy::default()
    };
    walled.firewall().set(&policy)?;
    walled.firewall().guard(inside.id(), &policy)?;

    let datagrams = servers.datagrams;
    let addresses = [
        format!("127.0.0.1:{first}"),
        format!("127.0.0.1:{second}"),
        format!("[::ffff:127.0.0.1]:{first}"),
    ];
    for address in &addresses {
        assert_eq!(connect(&inside, address), EPERM, "{address}");
        assert_eq!(connect(&outside, address), "ok", "{address}");
    }
    let datagram = format!("127.0.0.1:{datagrams}");
    assert_eq!(send(&inside, &datagram), EPERM);
    assert_eq!(send(&outside, &datagram), "ok");
    // Another block.
    assert_eq!(connect(&inside, &format!("127.0.1.5:{first}")), "ok");
    assert_eq!(connect(&inside, &format!("[::1]:{first}")), "ok");

    let told = walled.firewall().told();
    let denied = told
        .iter()
        .filter(|record| {
            matches!(&record.body, Body::Denied(denied) if denied.policy == 7)
                && record.header.cgroup == inside.id()
        })
        .count();
    assert_eq!(denied, 4);
    Ok(())
}

fn a_refused_port_leaves_the_others() -> Result<(), Failed> {
    let servers = servers();
    let (first, second) = (servers.first, servers.second);
    let group = Group::new(&format!("kubepods/besteffort/pod{}/in", uid(22)));
    let mut walled = Walled::new("port")?;
    let mut policy = Policy {
        number: 7,
        rules: vec![deny("127.0.0.0/24", (first, first))],
        ..Policy::default()
    };
    walled.firewall().set(&policy)?;
    walled.firewall().guard(group.id(), &policy)?;
    assert_eq!(connect(&group, &format!("127.0.0.1:{first}")), EPERM);
    assert_eq!(
        connect(&group, &format!("[::ffff:127.0.0.1]:{first}")),
        EPERM
    );
    assert_eq!(connect(&group, &format!("127.0.0.1:{second}")), "ok");
    assert_eq!(connect(&group, &format!("127.0.1.5:{first}")), "ok");

    // IPv6, and rules that take the place of others.
    policy.rules = vec![deny("::1/128", (0, u16::MAX))];
    walled.firewall().set(&policy)?;
    assert_eq!(connect(&group, &format!("[::1]:{first}")), EPERM);
    assert_eq!(connect(&group, &format!("127.0.0.1:{first}")), "ok");

    // Only told.
    policy.watch = true;
    walled.firewall().guard(group.id(), &policy)?;
    assert_eq!(connect(&group, &format!("[::1]:{first}")), "ok");
    walled.firewall().release(group.id())?;
    assert!(walled.firewall().guarded().is_empty());
    Ok(())
}

fn what_is_not_named_is_refused_by_default_deny() -> Result<(), Failed> {
    let servers = servers();
    let group = Group::new(&format!("kubepods/besteffort/pod{}/in", uid(23)));
    let mut walled = Walled::new("default")?;
    let mut policy = Policy {
        number: 9,
        default_deny: true,
        ..Policy::default()
    };
    walled.firewall().set(&policy)?;
    walled.firewall().guard(group.id(), &policy)?;
    // Refused before a route is looked for, so no network is needed.
    assert_eq!(connect(&group, "203.0.113.9:443"), EPERM);
    assert_eq!(connect(&group, "[2001:db8::9]:443"), EPERM);
    // A pod talks to itself.
    assert_eq!(
        connect(&group, &format!("127.0.0.1:{}", servers.first)),
        "ok"
    );
    policy.rules = vec![Rule {
        deny: false,
        ..deny("203.0.113.0/24", (443, 443))
    }];
    walled.firewall().set(&policy)?;
    let allowed = said(group.actor(&["send", "203.0.113.9:443", "1"]));
    assert_ne!(allowed, EPERM);
    assert_eq!(said(group.actor(&["send", "203.0.113.9:80", "1"])), EPERM);
    Ok(())
}

fn the_list_holds_for_the_whole_node_at_once() -> Result<(), Failed> {
    let mut walled = Walled::new("list")?;
    let list = Policy {
        number: 0,
        rules: vec![deny("198.51.100.66/32", (0, u16::MAX))],
        ..Policy::default()
    };
    walled.firewall().set(&list)?;
    assert_eq!(said(actor(&["send", "198.51.100.66:443", "1"])), EPERM);
    let group = Group::new(&format!("kubepods/besteffort/pod{}/in", uid(24)));
    assert_eq!(send(&group, "198.51.100.66:53"), EPERM);
    assert_ne!(send(&group, "198.51.100.67:53"), EPERM);
    // Where the workload's own policy would refuse it, too, and only watches.
    let trial = Policy {
        number: 8,
        default_deny: true,
        watch: true,
        ..Policy::default()
    };
    walled.firewall().set(&trial)?;
    walled.firewall().guard(group.id(), &trial)?;
    assert_eq!(send(&group, "198.51.100.66:53"), EPERM);
    assert_ne!(send(&group, "198.51.100.67:53"), EPERM);
    Ok(())
}

fn a_policy_holds_over_a_restart_and_in_new_cgroups() -> Result<(), Failed> {
    let servers = servers();
    let address = format!("127.0.0.1:{}", servers.first);
    let pod = Group::new(&format!("kubepods/besteffort/pod{}", uid(25)));
    let mut walled = Walled::new("restart")?;
    let policy = Policy {
        number: 7,
        rules: vec![deny("127.0.0.0/24", (0, u16::MAX))],
        ..Policy::default()
    };
    walled.firewall().set(&policy)?;
    walled.firewall().guard(pod.id(), &policy)?;
    // The sensor goes.
    drop(walled.firewall.take());
    let container = Group::new(&format!("kubepods/besteffort/pod{}/late", uid(25)));
    assert_eq!(connect(&container, &address), EPERM);
    // It comes back, and knows what was refused meanwhile.
    walled.firewall = Some(Firewall::open(&walled.folder)?);
    assert!(walled.firewall().was_running);
    assert_eq!(walled.firewall().guarded(), {
        let mut both = vec![pod.id(), container.id()];
        both.sort_unstable();
        both
    });
    let told = walled.firewall().told();
    assert!(
        told.iter()
            .any(|record| record.header.cgroup == container.id())
    );
    assert_eq!(connect(&container, &address), EPERM);
    // Taken away, it is gone.
    walled.firewall.take().expect("an open firewall").remove()?;
    assert_eq!(connect(&container, &address), "ok");
    Ok(())
}

fn a_lease_that_ends_opens() -> Result<(), Failed> {
    let servers = servers();
    let address = format!("127.0.0.1:{}", servers.first);
    let group = Group::new(&format!("kubepods/besteffort/pod{}/in", uid(26)));
    let mut walled = Walled::new("lease")?;
    let policy = Policy {
        number: 7,
        rules: vec![deny("127.0.0.0/24", (0, u16::MAX))],
        ..Policy::default()
    };
    walled.firewall().set(&policy)?;
    walled.firewall().guard(group.id(), &policy)?;
    walled
        .firewall()
        .renew(Lease::For(Duration::from_mins(1)))?;
    assert_eq!(connect(&group, &address), EPERM);
    // Over at once: as if the sensor had been away for long.
    walled
        .firewall()
        .renew(Lease::For(Duration::from_nanos(1)))?;
    assert_eq!(connect(&group, &address), "ok");
    walled.firewall().renew(Lease::Forever)?;
    assert_eq!(connect(&group, &address), EPERM);
    Ok(())
}

fn a_program_is_killed_before_it_runs() -> Result<(), Failed> {
    let group = Group::new(&format!("kubepods/besteffort/pod{}/in", uid(27)));
    let mut walled = Walled::new("kill")?;
    let mut policy = Policy {
        number: 5,
        no_memfd: true,
        programs: vec![ProgramRule {
            name: "/bin/echo".to_owned(),
            deny: true,
        }],
        ..Policy::default()
    };
    walled.firewall().set(&policy)?;
    walled.firewall().guard(group.id(), &policy)?;
    // In a mount namespace of its own, as a container is.
    let inside = |words: &[&str]| {
        let mut all = vec!["-m", "--"];
        all.extend(words);
        group.command("unshare", &all)
    };
    let killed = |words: &[&str]| -> Result<Option<i32>, Failed> {
        let output = inside(words).output()?;
        assert!(output.stdout.is_empty(), "it ran: {words:?}");
        Ok(output.status.signal())
    };
    assert_eq!(killed(&["/bin/echo", "hello"])?, Some(9));
    let lives = |words: &[&str]| -> Result<(), Failed> {
        let output = inside(words).output()?;
        assert!(output.status.success(), "{words:?}: {output:?}");
        Ok(())
    };
    lives(&["/bin/true"])?;
    let own = std::env::current_exe()?;
    let own = own.to_str().expect("a path");
    assert_eq!(killed(&[own, "act", "memfd-exec", "hello"])?, Some(9));
    let reasons: Vec<u32> = walled
        .firewall()
        .told()
        .iter()
        .filter_map(|record| match &record.body {
            Body::Killed(killed) => Some(killed.reason),
            _ => None,
        })
        .collect();
    assert_eq!(reasons, [1, 4]);

    // Only what is listed.
    policy.only_listed_programs = true;
    policy.no_memfd = false;
    policy.programs = vec![ProgramRule {
        name: "/bin/true".to_owned(),
        deny: false,
    }];
    walled.firewall().set(&policy)?;
    walled.firewall().guard(group.id(), &policy)?;
    lives(&["/bin/true"])?;
    assert_eq!(killed(&["/bin/echo", "hello"])?, Some(9));
    Ok(())
}
