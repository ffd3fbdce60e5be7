//! Loads the observing object and attaches its programs one by one.

use std::collections::BTreeMap;
use std::fs::File;

use aya::maps::lpm_trie::{Key, LpmTrie};
use aya::maps::{Array, MapData};
use aya::programs::cgroup_sock::CgroupSock;
use aya::programs::{
    BtfTracePoint, CgroupAttachMode, CgroupSkb, CgroupSkbAttachType, CgroupSockAddr, Iter,
    ProgramError, TracePoint,
};
use aya::{Btf, Ebpf, EbpfLoader};

use super::hook::{Attachment, HOOKS, Hook, Outcome, Place, Tier};
use super::{SensorError, Settings, read_running};
use crate::object;
use crate::proc::Hierarchy;

type Loaded = (Ebpf, Vec<Attachment>, BTreeMap<u32, u64>);

pub(super) fn load(settings: &Settings, hierarchy: &Hierarchy) -> Result<Loaded, SensorError> {
    let types = Btf::from_sys_fs().map_err(|source| SensorError::Types { source })?;
    let mut object = EbpfLoader::new()
        .btf(Some(&types))
        .override_global("hierarchy", &hierarchy.number, true)
        .override_global("wake_bytes", &settings.wake_bytes, true)
        .map_max_entries("bulk", settings.bulk)
        .map_max_entries("urgent", settings.urgent)
        .map_max_entries("flows", settings.flows)
        .load(object::OBSERVE)
        .map_err(|source| SensorError::Load {
            source: Box::new(source),
        })?;
    set(&mut object, settings)?;

    let mut running = BTreeMap::new();
    let mut attachments = Vec::new();
    for hook in HOOKS {
        let is_asked = match hook.tier {
            Tier::Required => true,
            Tier::Capabilities => settings.capabilities,
            Tier::Calls => settings.calls,
        };
        let outcome = if is_asked {
            match attach(&mut object, &hook, &types, hierarchy, &mut running) {
                Ok(()) => Outcome::Attached,
                Err(refusal) => Outcome::Refused(refusal.words()),
            }
        } else {
            Outcome::NotAsked
        };
        attachments.push(Attachment { hook, outcome });
    }
    let exec = attachments
        .iter()
        .find(|attachment| attachment.hook.program == "on_exec");
    if let Some(Attachment {
        outcome: Outcome::Refused(reason),
        ..
    }) = exec
    {
        return Err(SensorError::Refused {
            reason: reason.clone(),
        });
    }
    Ok((object, attachments, running))
}

/// What may stand in the way of one program.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the object has no such program")]
    Missing,
    #[error(transparent)]
    Program(#[from] ProgramError),
    #[error(transparent)]
    Link(#[from] aya::programs::links::LinkError),
    #[error(transparent)]
    System(#[from] std::io::Error),
    #[error("cgroup hooks need version 2 of the hierarchy")]
    NoCgroup2,
}

impl Refusal {
    /// The chain of reasons, without the verifier's log, which is for those who write programs.
    fn words(&self) -> String {
        let mut words = String::new();
        let mut next: Option<&dyn std::error::Error> = Some(self);
        while let Some(err) = next {
            let text = err.to_string();
            let line = text.lines().next().unwrap_or_default();
            let line = line
                .split("Verifier output")
                .next()
                .unwrap_or(line)
                .trim_end_matches(['.', ' ']);
            if !words.contains(line) {
                if !words.is_empty() {
                    words.push_str(": ");
                }
                words.push_str(line);
            }
            next = err.source();
        }
        words
    }
}

fn attach(
    object: &mut Ebpf,
    hook: &Hook,
    types: &Btf,
    hierarchy: &Hierarchy,
    running: &mut BTreeMap<u32, u64>,
) -> Result<(), Refusal> {
    let program = object.program_mut(hook.program).ok_or(Refusal::Missing)?;
    match hook.place {
        Place::Tracepoint(name) => {
            let program: &mut BtfTracePoint = program.try_into()?;
            program.load(name, types)?;
            program.attach()?;
        }
        Place::Call(name) => {
            let program: &mut TracePoint = program.try_into()?;
            program.load()?;
            program.attach("syscalls", &format!("sys_enter_{name}"))?;
        }
        Place::Iterator(name) => {
            let program: &mut Iter = program.try_into()?;
            program.load(name, types)?;
            let id = program.attach()?;
            let file = program.take_link(id)?.into_file()?;
            *running = read_running(file)?;
            program.unload()?;
        }
        Place::Cgroup(name) => {
            if !hierarchy.is_v2() {
                return Err(Refusal::NoCgroup2);
            }
            let root = File::open(&hierarchy.root)?;
            // One link among others': the kernel runs them all.
            let mode = CgroupAttachMode::Single;
            if let Some(side) = name.strip_prefix("skb/") {
                let program: &mut CgroupSkb = program.try_into()?;
                let side = match side {
                    "egress" => CgroupSkbAttachType::Egress,
                    _ => CgroupSkbAttachType::Ingress,
                };
                program.load()?;
                program.attach(root, side, mode)?;
            } else if name.starts_with("post_bind") {
                let program: &mut CgroupSock = program.try_into()?;
                program.load()?;
                program.attach(root, mode)?;
            } else {
                let program: &mut CgroupSockAddr = program.try_into()?;
                program.load()?;
                program.attach(root, mode)?;
            }
        }
    }
    Ok(())
}

/// Writes the maps that the programs take their orders from.
fn set(object: &mut Ebpf, settings: &Settings) -> Result<(), SensorError> {
    let map_error = |name| move |source| SensorError::Map { name, source };
    let missing = |name| SensorError::Map {
        name,
        source: aya::maps::MapError::ElementNotFound,
    };
    let map = object
        .map_mut("settings")
        .ok_or_else(|| missing("settings"))?;
    let mut map: Array<&mut MapData, u64> = Array::try_from(map).map_err(map_error("settings"))?;
    let fold = u64::try_from(settings.fold_execs.as_nanos()).unwrap_or(u64::MAX);
    map.set(0, fold, 0).map_err(map_error("settings"))?;

    let map = object.map_mut("paths").ok_or_else(|| missing("paths"))?;
    let mut map: LpmTrie<&mut MapData, [u8; 128], u32> =
        LpmTrie::try_from(map).map_err(map_error("paths"))?;
    for path in &settings.paths {
        let bytes = path.as_bytes();
        let mut key = [0; 128];
        let size = bytes.len().min(key.len());
        key[..size].copy_from_slice(&bytes[..size]);
        let bits = u32::try_from(size * 8).expect("at most 1024 bits");
        map.insert(&Key::new(bits, key), 1, 0)
            .map_err(map_error("paths"))?;
    }
    Ok(())
}
