//! A sensor, what is done under its eyes, and what it told.

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use catseye_event::runtime::{Activity, Flow, RuntimeEvent};
use catseye_sensor::kernel::{Sensor, Settings};
use catseye_sensor::narrate::Teller;
use catseye_sensor::proc::Hierarchy;

/// How long anything may take to be told.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

/// What is missing to run at all.
pub(crate) fn missing() -> Option<String> {
    if !rustix::process::geteuid().is_root() {
        return Some("not root".to_owned());
    }
    if !Path::new("/sys/kernel/btf/vmlinux").exists() {
        return Some("the kernel has no BTF".to_owned());
    }
    match Hierarchy::find() {
        Some(hierarchy) if hierarchy.is_v2() => None,
        _ => Some("cgroup2 is not mounted".to_owned()),
    }
}

/// A sensor and what it told so far.
pub(crate) struct Watch {
    pub(crate) sensor: Sensor,
    pub(crate) told: Vec<RuntimeEvent>,
}

impl Watch {
    pub(crate) fn start() -> Self {
        Watch::with(settings())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let teller = Teller {
            node: "n".to_owned(),
            boot: "b".to_owned(),
        };
        let sensor = Sensor::start(settings, teller).expect("the kernel takes the programs");
        Watch {
            sensor,
            told: Vec::new(),
        }
    }

    /// Reads until `sought` is told.
    pub(crate) fn until(
        &mut self,
        what: &str,
        sought: impl Fn(&RuntimeEvent) -> bool,
    ) -> RuntimeEvent {
        let deadline = Instant::now() + DEADLINE;
        let mut from = 0;
        loop {
            if let Some(event) = self.told[from..].iter().find(|event| sought(event)) {
                return event.clone();
            }
            from = self.told.len();
            if Instant::now() > deadline {
                let near: Vec<_> = self.told.iter().rev().take(30).map(line).collect();
                panic!(
                    "{what} was not told; last of {}:\n{}",
                    self.told.len(),
                    near.join("\n")
                );
            }
            let told = &mut self.told;
            self.sensor
                .poll(Duration::from_millis(50), &mut |event| told.push(event))
                .expect("a sensor that polls");
        }
    }

    /// Reads for so long that what was done before is told.
    pub(crate) fn settle(&mut self) {
        let told = &mut self.told;
        let until = Instant::now() + Duration::from_millis(250);
        self.sensor
            .poll_until(until, &mut |event| told.push(event))
            .expect("a sensor that polls");
        let told = &mut self.told;
        self.sensor.read_flows(&mut |event| told.push(event));
    }

    /// The exec whose arguments hold `word`.
    pub(crate) fn exec(&mut self, word: &str) -> RuntimeEvent {
        self.until(&format!("the exec of {word}"), |event| is_exec(event, word))
    }

    /// What flows to a port add up to.
    pub(crate) fn sum(&self, port: u16) -> Sum {
        let mut sum = Sum::default();
        for event in &self.told {
            if let Activity::Flow(flow) = &event.what
                && flow.port == port
            {
                sum.add(flow);
            }
        }
        sum
    }
}

/// Flows added up.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) count: u64,
    pub(crate) failed: u64,
    pub(crate) resets: u64,
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) connected: u64,
    pub(crate) events: u64,
}

impl Sum {
    fn add(&mut self, flow: &Flow) {
        self.events += 1;
        self.count += flow.count;
        self.failed += flow.failed;
        self.resets += flow.resets;
        self.sent += flow.sent;
        self.received += flow.received;
        self.connected += flow.latency.map_or(0, |latency| latency.count);
    }
}

/// Flows are read when a test asks for them.
pub(crate) fn settings() -> Settings {
    Settings {
        flows_every: Duration::from_hours(1),
        ..Settings::default()
    }
}

pub(crate) fn is_exec(event: &RuntimeEvent, word: &str) -> bool {
    let process = event.process.as_ref();
    matches!(event.what, Activity::Exec(_))
        && process.is_some_and(|it| it.argv.iter().any(|argument| argument == word))
}

pub(crate) fn line(event: &RuntimeEvent) -> String {
    event.to_line().expect("an event is JSON")
}

/// This program as an actor.
pub(crate) fn actor(words: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a program has a path"));
    command.arg("act").args(words);
    command
}

pub(crate) fn wait(mut child: Child) -> std::process::ExitStatus {
    child.wait().expect("a child that ends")
}

/// A word that nothing else on the node has among its arguments.
pub(crate) fn unique(name: &str) -> String {
    format!(
        "{name}-{}-{}",
        std::process::id(),
        catseye_sensor::proc::since_boot()
    )
}
