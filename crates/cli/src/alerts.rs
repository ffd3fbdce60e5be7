//! `catseye alerts`: try the ways out, and send again what did not arrive.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use catseye_cluster::{Target, connect};
use catseye_hub::alert::{AlertConfig, Alerts, Surroundings};
use catseye_hub::config::Config;
use jiff::Timestamp;

/// Try where alerts go, and send again what did not arrive
///
/// Reads `[[alert]]` of the hub's configuration file, secrets from where it says.
///
/// Exit codes: 0 all arrived, 1 some did not, 2 could not run.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
    /// The hub's configuration file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        default_value = "catseye.toml"
    )]
    config: PathBuf,
    /// The hub's folder of data, where alerts that did not arrive are kept
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = "/var/lib/catseye"
    )]
    data: PathBuf,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Send an example to one sink, or to all
    Test(Named),
    /// Show what did not arrive
    Dead(Named),
    /// Send again what did not arrive; while no hub runs on the same folder
    Resend(Named),
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The sink's name; all without it
    sink: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  catseye alerts test soc --config catseye.toml     does it arrive?
  catseye alerts dead                               what did not, and why
  catseye alerts resend                             once more";

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { verb, config, data } = args;
    let Config { alert, .. } = Config::load(&config)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("failed to start the runtime")?;
    runtime.block_on(act(&verb, &alert, &data))
}

async fn act(verb: &Verb, configs: &[AlertConfig], data: &Path) -> anyhow::Result<ExitCode> {
    let writes_reports = configs.iter().any(|config| config.policy_report.is_some());
    let client = if writes_reports {
        Some(connect(&Target::default()).await?)
    } else {
        None
    };
    let surroundings = Surroundings {
        folder: Some(data.join("alerts")),
        client,
        host: std::env::var("HOSTNAME").unwrap_or_default(),
    };
    let alerts = Alerts::start(configs, &surroundings)?;
    let mut failed = false;
    match verb {
        Verb::Test(Named { sink }) => {
            let said = alerts
                .test(sink.as_deref(), "test", Timestamp::now())
                .await?;
            if said.is_empty() {
                anstream::println!("no alert is configured: write [[alert]] into the file");
            }
            for (name, outcome) in said {
                match outcome {
                    Ok(()) => anstream::println!("{name}: arrived"),
                    Err(err) => {
                        failed = true;
                        anstream::println!("{name}: {err}");
                    }
                }
            }
        }
        Verb::Dead(Named { sink }) => {
            for (name, letters) in alerts.dead_letters() {
                if sink.as_ref().is_some_and(|sink| *sink != name) {
                    continue;
                }
                failed |= !letters.is_empty();
                anstream::println!("{name}: {} did not arrive", letters.len());
                for letter in letters {
                    anstream::println!(
                        "  {}  {}  {}  {} (tried {} times)",
                        letter.time,
                        letter.alert.id,
                        letter.alert.severity,
                        letter.error,
                        letter.attempts
                    );
                }
            }
        }
        Verb::Resend(Named { sink }) => {
            let (arrived, still) = alerts.resend(sink.as_deref()).await?;
            failed = still > 0;
            anstream::println!("{arrived} arrived, {still} did not");
        }
    }
    alerts.finish(Duration::from_secs(1)).await;
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
