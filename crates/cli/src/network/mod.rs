//! `catseye network`: the map of who was seen talking to whom, and policies made from it.

mod generate;
mod map;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use catseye_detect::runtime::{Config, RuntimeRules};
use catseye_flows::{FlowMap, Limits};
use catseye_model::Inventory;
use catseye_netpol::Reach;
use clap::Subcommand;

use crate::audit::read_inventory;
use crate::runtime::recordings::{self, RecordingArgs};

/// The network as it was observed: who talks to whom, what policies say of it, and the policies that would
/// allow exactly that
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Map(map::Args),
    Generate(generate::Args),
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Map(args) => map::run(&args),
        Command::Generate(args) => generate::run(&args),
    }
}

/// What was observed, and where.
#[derive(Debug, clap::Args)]
struct ObservedArgs {
    #[command(flatten)]
    recordings: RecordingArgs,
    /// The cluster's objects (a dump, or files): its workloads, Services and policies
    #[arg(long, value_name = "PATH")]
    inventory: PathBuf,
}

impl ObservedArgs {
    /// The cluster; whether all of it could be read.
    fn cluster(&self) -> anyhow::Result<(Inventory, bool)> {
        match read_inventory(&self.inventory)? {
            (Some(inventory), unreadable) => Ok((inventory, !unreadable)),
            (None, _) => bail!(
                "--inventory {}: no Kubernetes object was found",
                self.inventory.display()
            ),
        }
    }

    /// Fills the map with what was observed; whether all of it could be read.
    fn observe<'i>(
        &self,
        inventory: &'i Inventory,
        reach: &'i Reach,
    ) -> anyhow::Result<(FlowMap<'i>, bool)> {
        // Rules are not asked, but names and parents are joined the same way.
        let mut prepared = RuntimeRules::of([], Config::default()).attributing(inventory);
        let mut map = FlowMap::new(inventory, reach, Limits::default());
        let read = self.recordings.for_each_event(&mut |mut event| {
            prepared.prepare(&mut event);
            map.observe(&event);
        })?;
        let complete = recordings::tell(&read);
        if map.flows() == 0 && complete {
            bail!("these recordings hold no flows of known workloads");
        }
        Ok((map, complete))
    }
}
