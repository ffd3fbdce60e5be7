//! `--policy FILE`: what containers may talk to and run, read from a file and held by the kernel.
//!
//! ```text
//!  FILE ─► Wall: policies by number ─► kernel (pinned: they hold while the sensor is away)
//!  containers that run ─► selected by pod, namespace or container ─► guarded, with all below them
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use catseye_detect::intel::Intel;
use catseye_event::runtime::{RuntimeEvent, Subject, Transport};
use catseye_sensor::firewall::{Firewall, Lease, Policy, Prefix, ProgramRule, Rule};
use catseye_sensor::kernel::Sensor;
use serde::Deserialize;

use crate::output;

/// Where kubelets keep logs: folders are named `NAMESPACE_POD_UID`.
const POD_LOGS: &str = "/var/log/pods";

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct File {
    /// What holds when no sensor comes back.
    fail: Fail,
    /// How long policies hold without a sensor when they fail open.
    lease_seconds: u64,
    /// A folder of a BPF file system.
    pins: PathBuf,
    /// Addresses that nobody on the node may talk to.
    block: Vec<String>,
    /// Lists of such addresses: of abuse.ch, STIX 2.1, or one a line; relative to this file.
    block_files: Vec<PathBuf>,
    /// Policies.
    policy: Vec<Workload>,
}

impl Default for File {
    fn default() -> Self {
        File {
            fail: Fail::Open,
            lease_seconds: 120,
            pins: PathBuf::from("/sys/fs/bpf/catseye"),
            block: Vec::new(),
            block_files: Vec::new(),
            policy: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Fail {
    Open,
    Closed,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    /// Says whom it selects, and nothing else.
    #[default]
    Observe,
    /// Tells what it would refuse.
    Alert,
    /// Refuses.
    Enforce,
}

/// A policy, and whom it selects: what is left out selects all, but something must be said.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Workload {
    name: String,
    mode: Mode,
    /// The namespace.
    namespace: Option<String>,
    /// The pod's name; `*` at the end stands for any rest.
    pod: Option<String>,
    /// UIDs of pods.
    pod_uids: Vec<String>,
    /// Ids of containers, or their first characters.
    containers: Vec<String>,
    /// Peers that are allowed; then nobody else is.
    allow: Option<Vec<Peer>>,
    /// Peers that are refused.
    deny: Vec<Peer>,
    /// Programs that may run, by path or file name; then no other may.
    programs: Option<Vec<String>>,
    /// Programs that may not.
    deny_programs: Vec<String>,
    /// Programs written after the image may not run.
    deny_written_later: bool,
    /// Programs that are in no file system may not run.
    deny_in_memory: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Peer {
    /// `10.0.0.0/8`, an address, or `any`.
    to: String,
    /// `443` or `8000-8100`; every port when it is left out.
    #[serde(default)]
    port: Option<Ports>,
    /// `tcp` or `udp`; any when it is left out.
    #[serde(default)]
    protocol: Option<Transport>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Ports {
    One(u16),
    Range(String),
}

/// The policies of a file, in the kernel.
pub(super) struct Wall {
    firewall: Firewall,
    lease: Lease,
    renewed: Instant,
    policies: Vec<(Workload, Policy)>,
    /// Containers that were looked at, with the policy that holds for each.
    decided: BTreeMap<u64, Option<usize>>,
    names: BTreeMap<String, (String, String)>,
}

impl Wall {
    /// Reads the file and puts its policies into the kernel.
    pub(super) fn open(file: &Path) -> Result<Self> {
        let failed = || format!("failed to read {}", file.display());
        let text = std::fs::read_to_string(file).with_context(failed)?;
        let read: File = toml::from_str(&text).with_context(failed)?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let blocked = blocked(&read, folder).with_context(failed)?;
        let mut policies = Vec::new();
        for (place, workload) in read.policy.into_iter().enumerate() {
            let number = u32::try_from(place + 1)?;
            let policy = policy(&workload, number).with_context(failed)?;
            policies.push((workload, policy));
        }
        let mut firewall = Firewall::open(&read.pins)?;
        if firewall.was_running {
            anstream::eprintln!("the policies of an earlier sensor held until now");
        }
        firewall.set(&blocked)?;
        for (workload, policy) in &policies {
            if workload.mode != Mode::Observe {
                firewall.set(policy)?;
            }
        }
        let lease = match read.fail {
            Fail::Open => Lease::For(Duration::from_secs(read.lease_seconds.max(10))),
            Fail::Closed => Lease::Forever,
        };
        firewall.renew(lease)?;
        anstream::eprintln!(
            "{} policies and {} blocked ranges; they fail {}",
            policies.len(),
            blocked.rules.len(),
            match lease {
                Lease::Forever =>
                    "closed: they hold until `catseye sensor --remove-policy`".to_owned(),
                Lease::For(time) =>
                    format!("open {} s after the sensor was last there", time.as_secs()),
            }
        );
        Ok(Wall {
            firewall,
            lease,
            renewed: Instant::now(),
            policies,
            decided: BTreeMap::new(),
            names: BTreeMap::new(),
        })
    }

    /// Guards containers that are new, keeps the lease, and hands out what was refused.
    pub(super) fn turn(
        &mut self,
        sensor: &mut Sensor,
        on: &mut dyn FnMut(RuntimeEvent),
    ) -> Result<()> {
        self.guard(sensor)?;
        // Well before the shortest lease ends.
        if self.renewed.elapsed() > Duration::from_secs(3) {
            self.firewall.renew(self.lease)?;
            self.renewed = Instant::now();
        }
        for record in self.firewall.told() {
            let clock = sensor.clock();
            if let Some(event) = sensor.narrator.tell(&record, clock) {
                on(event);
            }
        }
        Ok(())
    }

    fn guard(&mut self, sensor: &Sensor) -> Result<()> {
        let mut there = BTreeSet::new();
        let mut new = Vec::new();
        for (id, group) in sensor.narrator.groups.all() {
            there.insert(id);
            if !self.decided.contains_key(&id) && group.subject.is_container() {
                new.push((id, group.subject.clone()));
            }
        }
        let is_first = self.decided.is_empty();
        for (id, subject) in new {
            let chosen = self.chosen(&subject);
            if let Some(place) = chosen {
                let (workload, policy) = &self.policies[place];
                let word = match workload.mode {
                    Mode::Observe => "would be under",
                    Mode::Alert | Mode::Enforce => "is under",
                };
                anstream::eprintln!("{subject} {word} the policy {}", workload.name);
                if workload.mode == Mode::Observe {
                    self.firewall.release(id)?;
                } else {
                    self.firewall.guard(id, policy)?;
                }
            }
            self.decided.insert(id, chosen);
        }
        self.decided.retain(|id, _| there.contains(id));
        if is_first {
            // An earlier file may have selected others.
            for id in self.firewall.guarded() {
                if self.decided.get(&id).is_some_and(Option::is_none) {
                    self.firewall.release(id)?;
                }
            }
        }
        Ok(())
    }

    /// The first policy that selects a container.
    fn chosen(&mut self, subject: &Subject) -> Option<usize> {
        if !self.names.contains_key(&subject.pod_uid) {
            self.names.extend(pod_names(Path::new(POD_LOGS)));
        }
        let known = self.names.get(&subject.pod_uid);
        self.policies
            .iter()
            .position(|(workload, _)| selects(workload, subject, known))
    }
}

/// Takes the policies out of the kernel.
pub(super) fn remove(file: Option<&Path>) -> Result<()> {
    let pins = match file {
        Some(file) => {
            let failed = || format!("failed to read {}", file.display());
            let text = std::fs::read_to_string(file).with_context(failed)?;
            toml::from_str::<File>(&text).with_context(failed)?.pins
        }
        None => File::default().pins,
    };
    Firewall::open(&pins)?.remove()?;
    anstream::eprintln!("no policy holds any more below {}", pins.display());
    Ok(())
}

fn selects(workload: &Workload, subject: &Subject, known: Option<&(String, String)>) -> bool {
    let is_name = |wanted: &Option<String>, name: Option<&String>| match wanted {
        None => true,
        Some(wanted) => name.is_some_and(|name| match wanted.strip_suffix('*') {
            Some(begin) => name.starts_with(begin),
            None => name == wanted,
        }),
    };
    let is_pod = workload.pod_uids.is_empty() || workload.pod_uids.contains(&subject.pod_uid);
    let is_container = workload.containers.is_empty()
        || workload
            .containers
            .iter()
            .any(|id| !id.is_empty() && subject.container_id.starts_with(id.as_str()));
    is_pod
        && is_container
        && is_name(&workload.namespace, known.map(|it| &it.0))
        && is_name(&workload.pod, known.map(|it| &it.1))
}

/// Namespace and name of pods by UID, as the kubelet's folders of logs are called.
fn pod_names(folder: &Path) -> BTreeMap<String, (String, String)> {
    let mut names = BTreeMap::new();
    // Without a kubelet there are none, and policies select by UID and container alone.
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let mut parts = name.splitn(3, '_');
        if let (Some(namespace), Some(pod), Some(uid)) = (parts.next(), parts.next(), parts.next())
        {
            names.insert(uid.to_owned(), (namespace.to_owned(), pod.to_owned()));
        }
    }
    names
}

/// The list of addresses for the whole node.
fn blocked(file: &File, folder: &Path) -> Result<Policy> {
    let mut rules = Vec::new();
    for text in &file.block {
        rules.push(every_port(text.parse()?, true));
    }
    for name in &file.block_files {
        let path = folder.join(name);
        let failed = || format!("failed to read {}", path.display());
        let text = std::fs::read_to_string(&path).with_context(failed)?;
        let mut intel = Intel::default();
        intel
            .add(&name.display().to_string(), &text, None)
            .with_context(failed)?;
        for (address, bits) in intel.blocks() {
            rules.push(every_port(Prefix::new(address, bits), true));
        }
    }
    Ok(Policy {
        number: 0,
        rules,
        ..Policy::default()
    })
}

fn every_port(prefix: Prefix, deny: bool) -> Rule {
    Rule {
        prefix,
        transport: None,
        low: 0,
        high: u16::MAX,
        deny,
    }
}

fn policy(workload: &Workload, number: u32) -> Result<Policy> {
    let name = &workload.name;
    if name.is_empty() {
        bail!("policy {number} has no `name`");
    }
    let selects_all = workload.namespace.is_none()
        && workload.pod.is_none()
        && workload.pod_uids.is_empty()
        && workload.containers.is_empty();
    if selects_all {
        bail!("policy {name} selects nobody: write `namespace`, `pod`, `pod-uids` or `containers`");
    }
    let mut rules = Vec::new();
    for (peers, deny) in [
        (workload.allow.as_deref().unwrap_or_default(), false),
        (&workload.deny[..], true),
    ] {
        for peer in peers {
            rules.extend(peer.rules(deny).with_context(|| format!("policy {name}"))?);
        }
    }
    let mut programs = Vec::new();
    for (list, deny) in [
        (workload.programs.as_deref().unwrap_or_default(), false),
        (&workload.deny_programs[..], true),
    ] {
        for program in list {
            programs.push(ProgramRule {
                name: program.clone(),
                deny,
            });
        }
    }
    Ok(Policy {
        number,
        default_deny: workload.allow.is_some(),
        rules,
        programs,
        only_listed_programs: workload.programs.is_some(),
        no_upper: workload.deny_written_later,
        no_memfd: workload.deny_in_memory,
        watch: workload.mode == Mode::Alert,
    })
}

impl Peer {
    fn rules(&self, deny: bool) -> Result<Vec<Rule>> {
        let prefix = match self.to.as_str() {
            "any" => Prefix::ALL,
            text => text.parse()?,
        };
        let (low, high) = match &self.port {
            None => (0, u16::MAX),
            Some(Ports::One(port)) => (*port, *port),
            Some(Ports::Range(text)) => {
                let wrong = || format!("port = {text:?}: write 443 or \"8000-8100\"");
                let (low, high) = text.split_once('-').unwrap_or((text, text));
                let low: u16 = low.trim().parse().with_context(wrong)?;
                let high: u16 = high.trim().parse().with_context(wrong)?;
                if low > high {
                    bail!("{}", wrong());
                }
                (low, high)
            }
        };
        Ok(vec![Rule {
            prefix,
            transport: self.protocol,
            low,
            high,
            deny,
        }])
    }
}

/// Opens the wall where a file is given and the kernel takes programs.
pub(super) fn opened(file: Option<&Path>, by_kernel: bool) -> Result<Option<Wall>> {
    match file {
        None => Ok(None),
        Some(_) if !by_kernel => {
            bail!(
                "--policy needs a kernel that takes the sensor's programs: nothing would be refused"
            )
        }
        Some(file) => Wall::open(file).map(Some).inspect_err(|_| {
            anstream::eprintln!(
                "{}: no policy of {} holds",
                output::WARNING.render_word(),
                file.display()
            );
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Result<(Workload, Policy)> {
        let file: File = toml::from_str(text)?;
        let workload = file.policy.into_iter().next().expect("one policy");
        let policy = policy(&workload, 1)?;
        Ok((workload, policy))
    }

    #[test]
    fn a_policy_says_whom_and_what() {
        let (workload, policy) = one(
            "[[policy]]\nname = 'reviews'\nmode = 'enforce'\nnamespace = 'shop'\npod = 'reviews-*'\n\
             deny-written-later = true\nallow = [{to = '10.0.0.0/8', port = 5432}, {to = 'any', port = '53', protocol = 'udp'}]\n",
        )
        .unwrap();
        assert!(policy.default_deny && policy.no_upper && !policy.watch);
        assert_eq!((policy.rules[0].low, policy.rules[0].high), (5432, 5432));
        assert_eq!(policy.rules[1].transport, Some(Transport::Udp));
        let subject = Subject {
            pod_uid: "u1".to_owned(),
            ..Subject::default()
        };
        let known = |pod: &str| ("shop".to_owned(), pod.to_owned());
        assert!(selects(&workload, &subject, Some(&known("reviews-7f-x"))));
        assert!(!selects(&workload, &subject, Some(&known("cart-7f-x"))));
        assert!(!selects(&workload, &subject, None));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, word) in [
            ("[[policy]]\nname = 'x'\n", "selects nobody"),
            ("[[policy]]\nnamespace = 'x'\n", "no `name`"),
            (
                "[[policy]]\nname = 'x'\nnamespace = 'x'\nallow = [{to = 'x'}]\n",
                "no block of addresses",
            ),
            (
                "[[policy]]\nname = 'x'\nnamespace = 'x'\ndeny = [{to = 'any', port = '9-2'}]\n",
                "9-2",
            ),
            ("[[policy]]\nname = 'x'\nmode = 'kill'\n", "unknown variant"),
            ("fial = 'open'\n[[policy]]\nname = 'x'\n", "fial"),
        ] {
            let err = one(text).unwrap_err();
            assert!(format!("{err:#}").contains(word), "{err:#}");
        }
    }

    #[test]
    fn pods_are_named_by_the_folders_of_their_logs() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("shop_web-0_0c1e-22")).unwrap();
        std::fs::create_dir(folder.path().join("other")).unwrap();
        let names = pod_names(folder.path());
        assert_eq!(names["0c1e-22"], ("shop".to_owned(), "web-0".to_owned()));
        assert_eq!(names.len(), 1);
    }
}
