//! `catseye config`: is the configuration right, what is in effect, what may stand in it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use catseye_checks::Config as ChecksConfig;
use catseye_detect::Settings;
use catseye_hub::config::Config;

use crate::output;

/// Check the configuration file, show what is in effect, or print its JSON Schema
///
/// One file, `catseye.toml`, serves every command: `[hub]`, `[serve]`, `[store]`, `[intake]` and `[[alert]]`
/// are the hub's, `[audit]` tells the rules about the cluster, the rest is the team's baseline for checks.
/// An unknown key is refused with its line and the nearest key that there is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  catseye config check                             catseye.toml of the current folder
  catseye config check /etc/catseye/catseye.toml
  catseye config print catseye.toml                the hub's part, with every default
  catseye config schema > catseye.schema.json      for editors")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Say whether a file is right, and what to write instead
    Check(Named),
    /// Show what is in effect, without what may be a secret
    Print(Named),
    /// Print the JSON Schema of the hub's part
    Schema,
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The file
    #[arg(default_value = "catseye.toml")]
    file: PathBuf,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.verb {
        Verb::Check(Named { file }) => {
            let config = checked(file)?;
            anstream::println!(
                "{} is right: {} receivers of alerts, {} logs to follow",
                file.display(),
                config.alert.len(),
                config.intake.files.len()
            );
        }
        Verb::Print(Named { file }) => output::print(&checked(file)?.shown())?,
        Verb::Schema => output::print(&Config::schema())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads a file as every command that uses it does.
fn checked(file: &std::path::Path) -> anyhow::Result<Config> {
    let config = Config::load(file)?;
    let text = std::fs::read_to_string(file)?;
    let failed = || format!("failed to read {}", file.display());
    ChecksConfig::from_toml(&text).with_context(failed)?;
    Settings::from_toml(&text).with_context(failed)?;
    Ok(config)
}
