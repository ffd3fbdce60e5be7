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
    clippy::disallowed_types,
    clippy::print_stderr,
    reason = "the harness of end-to-end tests reads the environment and starts kubectl"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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

    /// Where the API server posts audit events from its next start on: a kubeconfig. Our own cluster only.
    pub fn set_audit_webhook(&self, kubeconfig: &str) -> anyhow::Result<()> {
        let (folder, _) = self
            .own
            .as_ref()
            .context("the webhook can be set on our own cluster only")?;
        std::fs::write(folder.join("audit-webhook.kubeconfig"), kubeconfig)
            .context("failed to set the audit webhook")
    }

    /// Stops a component of our own cluster, `kube-apiserver`; it starts again, with the same arguments,
    /// by [`Stopped::start`]. Everybody who uses the cluster at the time notices.
    pub fn stop(&self, component: &str) -> anyhow::Result<Stopped> {
        let (folder, description) = self
            .own
            .as_ref()
            .context("components can be stopped on our own cluster only")?;
        let pid_file = folder.join("pids").join(component);
        let pid = std::fs::read_to_string(&pid_file)
            .with_context(|| format!("{component} does not run"))?;
        let pid: u32 = pid.trim().parse()?;
        let line = std::fs::read(format!("/proc/{pid}/cmdline"))?;
        let line = String::from_utf8(line)?;
        let mut words = line.trim_end_matches('\0').split('\0').map(str::to_owned);
        let name = words.next().unwrap_or_default();
        if name != component {
            bail!("process {pid} is {name}, not {component}");
        }
        // An API server that is asked to end waits a minute for whoever still watches.
        for (signal, patience) in [("-TERM", 5), ("-KILL", 30)] {
            output(Command::new("kill").arg(signal).arg(pid.to_string()))?;
            let deadline = Instant::now() + Duration::from_secs(patience);
            while is_running(pid) && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(50));
            }
            if !is_running(pid) {
                break;
            }
        }
        if is_running(pid) {
            bail!("{component} does not end");
        }
        Ok(Stopped {
            program: description.program.clone(),
            folder: folder.clone(),
            component: component.to_owned(),
            arguments: words.collect(),
            pid_file,
        })
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

/// True while a process runs; one that has ended and was not waited for does not.
fn is_running(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().unwrap_or_default().trim();
    !state.is_empty() && !state.starts_with('Z')
}

/// A component that was stopped.
#[derive(Debug)]
pub struct Stopped {
    program: PathBuf,
    folder: PathBuf,
    component: String,
    arguments: Vec<String>,
    pid_file: PathBuf,
}

impl Stopped {
    /// Starts it again, and returns when the cluster answers.
    pub fn start(self, cluster: &Cluster) -> anyhow::Result<()> {
        use std::os::unix::process::CommandExt as _;
        let log = std::fs::File::create(
            self.folder
                .join("logs")
                .join(format!("{}.log", self.component)),
        )?;
        let child = Command::new(&self.program)
            .arg0(&self.component)
            .args(&self.arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // It outlives the test, as the rest of the cluster does.
            .process_group(0)
            .spawn()
            .with_context(|| format!("failed to start {}", self.component))?;
        std::fs::write(&self.pid_file, child.id().to_string())?;
        // Waited for, so that it is seen to have ended when it has.
        std::thread::spawn(move || {
            let mut child = child;
            let _ = child.wait();
        });
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            match cluster.kubectl(&["get", "--raw", "/readyz"]) {
                Ok(said) if said == "ok" => return Ok(()),
                _ if Instant::now() > deadline => bail!("{} does not answer", self.component),
                _ => std::thread::sleep(Duration::from_millis(200)),
            }
        }
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
