//! The real cluster under the tests: where it is, who its users are, and its `kubectl`.
//!
//! ```text
//!  cargo xtask e2e ─► cluster up ─► CATSEYE_E2E=DIR ─► tests/e2e_*.rs ─► Cluster::of_environment
//! ```
//!
//! A test asks [`cluster`] and returns when there is none: it has then said why it skips. With
//! `CATSEYE_REQUIRE_CLUSTER=1` a missing cluster fails the test instead.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the harness of end-to-end tests reads the environment and starts kubectl"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use serde::Deserialize;

/// The folder of a running cluster.
pub const FOLDER: &str = "CATSEYE_E2E";
/// The kubeconfig of a cluster of the user's own.
pub const KUBECONFIG: &str = "CATSEYE_E2E_KUBECONFIG";
/// Set to 1, a missing cluster is a failure.
pub const REQUIRED: &str = "CATSEYE_REQUIRE_CLUSTER";

/// `cluster.json` of the cluster's folder.
#[derive(Debug, Clone, Deserialize)]
pub struct Description {
    /// The form of this file: 1.
    pub version: u32,
    /// The version of the API server, as `v1.36.3`.
    pub kubernetes: String,
    /// The API server's URL.
    pub server: String,
    /// The certificate authority's file.
    pub ca: PathBuf,
    /// The audit log: JSON lines.
    pub audit_log: PathBuf,
    /// Where the API server posts audit events, whoever listens there.
    pub audit_webhook: String,
    /// The names of the nodes.
    pub nodes: Vec<String>,
    /// The program that holds all components.
    pub program: PathBuf,
}

/// A cluster that tests may use as they like.
#[derive(Debug, Clone)]
pub struct Cluster {
    kubeconfig: PathBuf,
    own: Option<(PathBuf, Description)>,
}

/// The cluster, or none after having said why the test skips.
///
/// # Panics
/// When a cluster is required, or named and not usable.
pub fn cluster(test: &str) -> Option<Cluster> {
    match Cluster::of_environment() {
        Ok(Some(cluster)) => Some(cluster),
        Ok(None) => {
            let required = std::env::var(REQUIRED).is_ok_and(|value| value == "1");
            assert!(!required, "{test}: {REQUIRED}=1, and there is no cluster");
            eprintln!("{test}: skipped, for there is no cluster; run `cargo xtask e2e`");
            None
        }
        Err(err) => panic!("{test}: {err:#}"),
    }
}

/// What a `kubectl` said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// It ended with 0.
    pub succeeded: bool,
    /// Standard output.
    pub stdout: String,
    /// Standard error: refusals and warnings.
    pub stderr: String,
}

impl Cluster {
    /// The cluster that the environment names.
    pub fn of_environment() -> anyhow::Result<Option<Self>> {
        if let Some(folder) = std::env::var_os(FOLDER) {
            return Cluster::in_folder(Path::new(&folder)).map(Some);
        }
        Ok(std::env::var_os(KUBECONFIG).map(|file| Cluster {
            kubeconfig: file.into(),
            own: None,
        }))
    }

    /// The cluster that `cluster up --dir FOLDER` started.
    pub fn in_folder(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join("cluster.json");
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("failed to read {}", file.display()))?;
        let description: Description = serde_json::from_str(&text)
            .with_context(|| format!("failed to read {}", file.display()))?;
        if description.version != 1 {
            bail!("{}: expected version 1", file.display());
        }
        Ok(Cluster {
            kubeconfig: folder.join("kubeconfigs/admin.kubeconfig"),
            own: Some((folder.to_owned(), description)),
        })
    }

    /// What only our own cluster can tell: none on a cluster of the user's.
    pub fn description(&self) -> Option<&Description> {
        self.own.as_ref().map(|(_, description)| description)
    }

    /// The administrator's kubeconfig.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The kubeconfig of a new user with a client certificate; our own cluster only.
    pub fn user(&self, name: &str, groups: &[&str]) -> anyhow::Result<PathBuf> {
        let (folder, description) = self
            .own
            .as_ref()
            .context("users can be made on our own cluster only")?;
        let mut command = Command::new(&description.program);
        command.arg("user").arg("--dir").arg(folder);
        command.args(["--name", name]);
        for group in groups {
            command.args(["--group", group]);
        }
        let file = output(&mut command)?;
        Ok(PathBuf::from(file.trim_end()))
    }

    /// What `kubectl` prints, as the administrator.
    pub fn kubectl(&self, arguments: &[&str]) -> anyhow::Result<String> {
        output(self.kubectl_command().args(arguments))
    }

    /// What `kubectl` prints on both of its outputs, and whether it succeeded, as the administrator: for
    /// requests that are to be refused.
    pub fn kubectl_said(&self, arguments: &[&str]) -> anyhow::Result<Said> {
        let output = self
            .kubectl_command()
            .args(arguments)
            .output()
            .context("failed to start kubectl")?;
        Ok(Said {
            succeeded: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Creates or changes the objects of a text of YAML documents.
    pub fn apply(&self, manifests: &str) -> anyhow::Result<()> {
        use std::io::Write as _;
        let mut child = self
            .kubectl_command()
            .args(["apply", "--server-side", "--force-conflicts", "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .context("failed to start kubectl")?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(manifests.as_bytes())?;
        }
        let status = child.wait()?;
        if !status.success() {
            bail!("kubectl apply ended with {status}");
        }
        Ok(())
    }

    fn kubectl_command(&self) -> Command {
        let mut command = match &self.own {
            Some((_, description)) => {
                let mut command = Command::new(&description.program);
                command.arg("kubectl");
                command
            }
            None => Command::new("kubectl"),
        };
        command.env("KUBECONFIG", &self.kubeconfig);
        command
    }
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .output()
        .with_context(|| format!("failed to start {}", command.get_program().display()))?;
    if !output.status.success() {
        bail!(
            "{} ended with {}: {}",
            command.get_program().display(),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}
