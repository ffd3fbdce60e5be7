//! `cargo xtask cluster`: the real cluster of `e2e/cluster`, built once per machine.
//!
//! The program lies in the user's cache folder under a name that tells its sources, so that a
//! change builds anew and nothing else does.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::project_root;

/// What is built into the program as its version; go.mod names the same.
const KUBERNETES: &str = "v1.36.3";

/// A real Kubernetes cluster on loopback
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Build the program if need be, and start a cluster
    Up(UpArgs),
    /// Stop the cluster and remove its files
    Down(DownArgs),
    /// Build the program if need be, and print where it is
    Build,
}

#[derive(Debug, clap::Args)]
struct UpArgs {
    /// Where the cluster keeps its files [default: target/e2e/cluster]
    #[arg(long)]
    dir: Option<PathBuf>,
    /// How many nodes
    #[arg(long, default_value_t = 2)]
    nodes: u32,
}

#[derive(Debug, clap::Args)]
struct DownArgs {
    /// Where the cluster keeps its files [default: target/e2e/cluster]
    #[arg(long)]
    dir: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    match &args.command {
        Verb::Up(UpArgs { dir, nodes }) => {
            up(&program()?, &folder(dir.as_deref()), *nodes)?;
        }
        Verb::Down(DownArgs { dir }) => down(&program()?, &folder(dir.as_deref()))?,
        Verb::Build => println!("{}", program()?.display()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Where a cluster lies unless told otherwise.
pub(crate) fn folder(given: Option<&Path>) -> PathBuf {
    given.map_or_else(|| project_root().join("target/e2e/cluster"), Path::to_owned)
}

/// Starts a cluster.
pub(crate) fn up(program: &Path, dir: &Path, nodes: u32) -> Result<()> {
    let mut command = Command::new(program);
    command.arg("up").arg("--dir").arg(dir);
    command.args(["--nodes", &nodes.to_string()]);
    succeed(&mut command)
}

/// Stops it.
pub(crate) fn down(program: &Path, dir: &Path) -> Result<()> {
    succeed(Command::new(program).arg("down").arg("--dir").arg(dir))
}

/// Stops what an earlier run left, because it was killed or told to leave its cluster up.
///
/// Process ids are taken again after a restart of the machine: what does not look like the cluster's own
/// API server is not ours to stop, and only the files go.
pub(crate) fn clear(program: &Path, dir: &Path) -> Result<()> {
    let pid = std::fs::read_to_string(dir.join("pids/kube-apiserver")).unwrap_or_default();
    let command_line = std::fs::read(format!("/proc/{}/cmdline", pid.trim())).unwrap_or_default();
    let is_ours = String::from_utf8_lossy(&command_line).contains(&*dir.to_string_lossy());
    if is_ours && dir.join("cluster.json").is_file() {
        return down(program, dir);
    }
    std::fs::remove_dir_all(dir).with_context(|| format!("failed to remove {}", dir.display()))
}

/// The cluster program, built if this machine does not have it yet.
pub(crate) fn program() -> Result<PathBuf> {
    let sources = project_root().join("e2e/cluster");
    let file = cache()?.join(format!("cluster-{}", fingerprint(&sources)?));
    if file.is_file() {
        return Ok(file);
    }
    let go = go_version()?;
    eprintln!("building the cluster program with {go}; this takes some minutes, once");
    let began = Instant::now();
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let flags = format!(
        "-s -w -X k8s.io/component-base/version.gitVersion={KUBERNETES} \
         -X k8s.io/client-go/pkg/version.gitVersion={KUBERNETES}"
    );
    // Another run may build at the same time: only a whole program gets the name.
    let unfinished = file.with_extension(std::process::id().to_string());
    succeed(
        Command::new("go")
            .args(["build", "-trimpath", "-buildvcs=false", "-ldflags", &flags])
            .arg("-o")
            .arg(&unfinished)
            .arg(".")
            .env("CGO_ENABLED", "0")
            .current_dir(&sources),
    )?;
    std::fs::rename(&unfinished, &file)?;
    eprintln!(
        "built in {:.0} s: {}",
        began.elapsed().as_secs_f64(),
        file.display()
    );
    Ok(file)
}

fn cache() -> Result<PathBuf> {
    let home = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let folder = match (home("XDG_CACHE_HOME"), home("HOME")) {
        (Some(cache), _) => PathBuf::from(cache),
        (None, Some(home)) => PathBuf::from(home).join(".cache"),
        (None, None) => bail!("neither XDG_CACHE_HOME nor HOME is set"),
    };
    Ok(folder.join("catseye/e2e"))
}

/// Tells one state of the sources from another.
fn fingerprint(sources: &Path) -> Result<String> {
    let mut files = Vec::new();
    for entry in sources.read_dir()? {
        let path = entry?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if matches!(ending, Some("go" | "mod" | "sum" | "yaml")) {
            files.push(path);
        }
    }
    files.sort();
    let mut hash = Sha256::new();
    hash.update(KUBERNETES);
    for file in files {
        let text =
            std::fs::read(&file).with_context(|| format!("failed to read {}", file.display()))?;
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    Ok(hash
        .finalize()
        .iter()
        .take(8)
        .fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        }))
}

/// Which Go there is; an error says what to install.
fn go_version() -> Result<String> {
    let output = Command::new("go")
        .args(["env", "GOVERSION"])
        .output()
        .context("Go is not installed; the cluster program needs Go 1.26 or later")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a command to its end.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("failed to start {}", command.get_program().display()))?;
    if !status.success() {
        bail!("{} ended with {status}", command.get_program().display());
    }
    Ok(())
}
