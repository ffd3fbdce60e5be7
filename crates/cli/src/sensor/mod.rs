//! `catseye sensor`: what runs and talks on this node.

#[cfg(target_os = "linux")]
mod line;
#[cfg(target_os = "linux")]
mod live;
#[cfg(target_os = "linux")]
mod local;
#[cfg(target_os = "linux")]
mod probe;
#[cfg(target_os = "linux")]
mod remote;
#[cfg(target_os = "linux")]
mod send;
#[cfg(target_os = "linux")]
mod wall;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

/// Show what really runs and talks on this node
///
/// `catseye sensor --local` shows this machine like a good `top`: programs as they start, connections
/// with the names that led to them, who they belong to. Piped or with `--json` it writes one line an event.
///
/// Needs root, or the capabilities BPF, PERFMON, NET_ADMIN, SYS_PTRACE and DAC_READ_SEARCH. Where the
/// kernel takes no programs it looks at /proc now and then and says so: what is short is missed.
#[derive(Debug, clap::Args)]
#[allow(
    clippy::doc_markdown,
    clippy::struct_excessive_bools,
    reason = "flags of a command line, and its help"
)]
pub(crate) struct Args {
    /// Show this machine, here and now
    #[arg(long)]
    local: bool,
    /// Say which programs the kernel takes, which it refuses, and why
    #[arg(long, conflicts_with = "local")]
    probe: bool,
    /// Write events as lines of JSON (docs/runtime-events.md)
    #[arg(long)]
    json: bool,
    /// Stop after so many seconds; without, until Ctrl-C
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// Also what runs already, as events at the start
    #[arg(long)]
    found: bool,
    /// Watch the use of capabilities and the loading of kernel modules too
    #[arg(long)]
    capabilities: bool,
    /// Watch single system calls too: setns, mount, ptrace, bpf, opening of sensitive files, and more
    ///
    /// The kernel takes a slower way into every system call of the node while any of these is watched:
    /// about 0.06 microseconds each.
    #[arg(long)]
    calls: bool,
    /// Tell equal programs with equal arguments in one container once in so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    fold: u64,
    /// The name of this node; without, the machine's own
    #[arg(long, value_name = "NAME", env = "CATSEYE_NODE")]
    node: Option<String>,
    /// Look at /proc even where the kernel takes programs
    #[arg(long)]
    sample: bool,
    /// Hold containers to the policies of this file: peers and programs that are allowed or refused, and
    /// addresses that nobody may talk to (docs/sensor.md)
    #[arg(long, value_name = "FILE", conflicts_with = "probe")]
    policy: Option<PathBuf>,
    /// Take the policies out of the kernel and end; with --policy, those of that file
    #[arg(long, conflicts_with_all = ["local", "probe", "hub"])]
    remove_policy: bool,
    /// Send events to this hub: https://HOST:PORT
    ///
    /// Batches wait on the disk until the hub has them. What has no room there is counted and told as lost.
    #[arg(long, value_name = "URL", conflicts_with_all = ["local", "probe"])]
    hub: Option<String>,
    /// The authority of the hub's certificate, as PEM; without, the system's
    #[arg(long, value_name = "FILE", requires = "hub")]
    ca: Option<PathBuf>,
    /// The sensor's own certificate, as PEM
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// The key of that certificate
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// The token of the hub's intake; read anew for each batch
    #[arg(long, value_name = "FILE", requires = "hub")]
    token_file: Option<PathBuf>,
    /// Where batches wait
    #[arg(long, value_name = "FOLDER", default_value = "/var/lib/catseye/sensor")]
    spool: PathBuf,
    /// How many MiB may wait
    #[arg(long, value_name = "MIB", default_value_t = 256)]
    spool_size: u64,
}

/// Runs the subcommand.
#[cfg(target_os = "linux")]
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if args.probe {
        return probe::run(args);
    }
    if args.remove_policy {
        wall::remove(args.policy.as_deref())?;
        return Ok(ExitCode::SUCCESS);
    }
    match &args.hub {
        Some(hub) => remote::run(args, hub),
        None if args.local => local::run(args),
        None => anyhow::bail!(
            "say where the events go: `--local` shows them here, `--hub URL` sends them; \
             `--probe` says what this kernel takes"
        ),
    }
}

/// Runs the subcommand.
#[cfg(not(target_os = "linux"))]
pub(crate) fn run(_: &Args) -> Result<ExitCode> {
    anyhow::bail!("the sensor needs Linux: it asks the kernel itself")
}
