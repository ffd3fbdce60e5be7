//! The running cluster: where it is, and the program that makes its users and nodes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use catseye_model::Fields;
use serde_json::Value;

/// The cluster as its program describes it in `cluster.json`.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// The cluster's folder.
    pub dir: PathBuf,
    /// The API server's address.
    pub server: String,
    /// The audit log.
    pub audit_log: PathBuf,
    /// The program that makes users and nodes.
    pub program: PathBuf,
    /// The server's version.
    pub kubernetes: String,
}

impl Cluster {
    /// Reads `cluster.json`.
    pub fn open(dir: &Path) -> Result<Self> {
        let path = dir.join("cluster.json");
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{}: start the cluster first", path.display()))?;
        let value: Value = serde_json::from_str(&text)?;
        let text = |field: &str| -> Result<String> {
            let found = value.text(field);
            Ok(found
                .with_context(|| format!("{field} in cluster.json"))?
                .to_owned())
        };
        Ok(Self {
            dir: dir.to_owned(),
            server: text("server")?,
            audit_log: text("audit_log")?.into(),
            program: text("program")?.into(),
            kubernetes: text("kubernetes")?,
        })
    }

    /// Runs the cluster's program.
    pub async fn program(&self, arguments: Vec<String>) -> Result<()> {
        let (program, dir) = (self.program.clone(), self.dir.clone());
        let done = tokio::task::spawn_blocking(move || {
            let (command, rest) = arguments.split_first().context("a subcommand")?;
            let output = Command::new(program)
                .arg(command)
                .arg("--dir")
                .arg(dir)
                .args(rest)
                .output()?;
            if !output.status.success() {
                bail!("{command}: {}", String::from_utf8_lossy(&output.stderr));
            }
            Ok(())
        });
        done.await?
    }
}
