//! The objects of a live cluster.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use catseye_cluster::{Listing, Reason, Target};
use catseye_model::redact::RedactionKey;
use catseye_report::scan::{Level, Notice, NoticeKind};

use crate::progress;

/// Which cluster to read.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LiveArgs {
    /// The kubeconfig of the live cluster [default: $KUBECONFIG, ~/.kube/config, or the pod's own]
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// The context in it [default: its current one]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
}

impl LiveArgs {
    /// True when an argument says where the cluster is.
    pub(crate) fn is_given(&self) -> bool {
        self.kubeconfig.is_some() || self.context.is_some()
    }

    /// Where the cluster is.
    pub(crate) fn target(self) -> Target {
        let LiveArgs {
            kubeconfig,
            context,
        } = self;
        Target {
            kubeconfig,
            context,
        }
    }

    /// Lists every object that we may see; values of Secrets are redacted.
    pub(crate) fn list(self) -> anyhow::Result<Listing> {
        self.session()?.list(&redaction_key()?)
    }

    /// Connects, and asks what the cluster serves.
    pub(crate) fn session(self) -> anyhow::Result<Session> {
        let target = self.target();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("failed to start the network runtime")?;
        let (client, resources) = runtime.block_on(async {
            let client = catseye_cluster::connect(&target).await?;
            let resources = catseye_cluster::discover(&client).await?;
            anyhow::Ok((client, resources))
        })?;
        Ok(Session {
            runtime,
            client,
            resources,
        })
    }
}

/// A key of this run only: hashes of secrets are comparable within it.
pub(crate) fn redaction_key() -> anyhow::Result<RedactionKey> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("failed to get random bytes from the system")?;
    Ok(RedactionKey::new(bytes))
}

/// A connection to a live cluster.
pub(crate) struct Session {
    /// Runs the requests.
    pub(crate) runtime: tokio::runtime::Runtime,
    /// The client.
    pub(crate) client: catseye_cluster::Client,
    /// What the cluster serves.
    pub(crate) resources: catseye_cluster::Resources,
}

impl Session {
    /// Lists every object that we may see; values of Secrets are redacted under this key.
    pub(crate) fn list(&self, key: &RedactionKey) -> anyhow::Result<Listing> {
        let kinds = self.resources.resources.len();
        let listing = progress::shown("listing kinds", kinds, |progress| {
            let resources = self.resources.clone();
            self.runtime
                .block_on(catseye_cluster::list(&self.client, resources, key, |_| {
                    progress.step();
                }))
        });
        match listing.gaps.first() {
            Some(gap) if listing.objects.is_empty() => bail!(
                "nothing could be listed ({} kinds were tried): {}",
                listing.gaps.len(),
                gap.message
            ),
            _ => Ok(listing),
        }
    }

    /// Where objects of a kind are read and written in a version of the API (`apps/v1`).
    pub(crate) fn serving(
        &self,
        group: &str,
        kind: &str,
        api_version: &str,
    ) -> Option<catseye_cluster::Resource> {
        let known = self.resources.resources.iter();
        let mut found = known
            .filter(|resource| resource.group == group && resource.kind == kind)
            .cloned();
        let mut resource = found.next()?;
        if let Some(version) = api_version.rsplit('/').next().filter(|it| !it.is_empty()) {
            version.clone_into(&mut resource.version);
        }
        Some(resource)
    }
}

/// What was not seen, for the reader: kinds with the same cause in one line.
pub(crate) fn notices(listing: &Listing) -> Vec<Notice> {
    let mut forbidden = Vec::new();
    let mut failed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for gap in &listing.gaps {
        match gap.reason {
            Reason::Forbidden => forbidden.push(gap.resource.as_str()),
            Reason::Failed => failed.entry(&gap.message).or_default().push(&gap.resource),
        }
    }
    let mut notices: Vec<Notice> = failed
        .into_iter()
        .map(|(message, kinds)| {
            let kinds = kinds.join(", ");
            notice(
                Level::Error,
                format!("not seen, because {message}: {kinds}"),
            )
        })
        .collect();
    if !forbidden.is_empty() {
        notices.push(notice(
            Level::Warning,
            format!(
                "not seen, because this identity may not list them: {}",
                forbidden.join(", ")
            ),
        ));
    }
    notices
}

fn notice(level: Level, message: String) -> Notice {
    Notice {
        level,
        kind: NoticeKind::Unreadable,
        file: None,
        line: None,
        column: None,
        message,
    }
}
