//! The arguments by which every subcommand that reads objects says what to read.

use std::path::PathBuf;

use anyhow::bail;
use catseye_model::{Completeness, Inventory, Object, Version};
use catseye_report::Source;
use catseye_report::scan::{Level, Notice, NoticeKind};
use clap::ValueEnum;

use super::live::{self, LiveArgs};
use super::{Intake, Options};
use crate::output;

/// What to read.
#[derive(Debug, clap::Args)]
pub(crate) struct InputArgs {
    /// Files or folders; `-` reads standard input
    #[arg(required_unless_present_any = ["live", "kubeconfig", "context"], value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// How to read it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ReadingArgs {
    /// How much is visible, which decides about things that are absent; by default a cluster for
    /// dumps, a tree for folders, a fragment for single files
    #[arg(long, value_enum)]
    completeness: Option<CompletenessArg>,
    /// Values file for Helm charts (repeatable)
    #[arg(long, value_name = "FILE")]
    helm_values: Vec<PathBuf>,
    /// Do not render kustomizations and Helm charts
    #[arg(long)]
    no_render: bool,
    /// Read a live cluster rather than files
    #[arg(long, conflicts_with = "helm_values")]
    live: bool,
    #[command(flatten)]
    cluster: LiveArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CompletenessArg {
    /// Single manifests: what is not here may well exist
    Fragment,
    /// The manifests of whole applications
    Tree,
    /// A whole cluster: what is not here does not exist
    Cluster,
}

impl CompletenessArg {
    fn value(self) -> Completeness {
        match self {
            CompletenessArg::Fragment => Completeness::Fragment,
            CompletenessArg::Tree => Completeness::Tree,
            CompletenessArg::Cluster => Completeness::Cluster,
        }
    }
}

/// What was read, ready to be asked.
pub(crate) struct Loaded {
    /// The objects.
    pub(crate) inventory: Inventory,
    /// The files, by file id.
    pub(crate) sources: Vec<Source>,
    /// What the reader has to know.
    pub(crate) notices: Vec<Notice>,
    /// The version of the live cluster.
    pub(crate) server: Option<Version>,
}

impl InputArgs {
    /// Reads everything that the arguments name.
    pub(crate) fn load(self) -> anyhow::Result<Loaded> {
        let InputArgs { paths, reading } = self;
        reading.load(&paths)
    }
}

impl ReadingArgs {
    /// Reads the paths; where there are none and no live cluster either, the current folder.
    pub(crate) fn load_or_here(self, paths: &[PathBuf]) -> anyhow::Result<Loaded> {
        if paths.is_empty() && !self.live && !self.cluster.is_given() {
            return self.load(&[PathBuf::from(".")]);
        }
        self.load(paths)
    }

    /// Reads everything at and below the paths.
    pub(crate) fn load(self, paths: &[PathBuf]) -> anyhow::Result<Loaded> {
        let ReadingArgs {
            completeness,
            helm_values,
            no_render,
            live,
            cluster,
        } = self;
        if live || cluster.is_given() {
            if !paths.is_empty() {
                bail!("read either files or a live cluster, not both");
            }
            return of_cluster(cluster, completeness);
        }
        let Intake {
            sources,
            objects,
            notices,
            completeness: seen,
        } = super::gather(
            paths,
            &Options {
                dumps: false,
                render: !no_render,
                helm_values,
            },
        )?;
        let completeness = completeness.map_or(seen, CompletenessArg::value);
        Ok(Loaded {
            inventory: Inventory::new(objects, completeness),
            sources,
            notices,
            server: None,
        })
    }
}

/// Reads a live cluster. What this identity may not list is told, and then the rest is no whole
/// cluster: nothing may be concluded from absence.
fn of_cluster(cluster: LiveArgs, completeness: Option<CompletenessArg>) -> anyhow::Result<Loaded> {
    let listing = cluster.list()?;
    let mut notices = live::notices(&listing);
    let seen = if listing.gaps.is_empty() {
        Completeness::Cluster
    } else {
        Completeness::Tree
    };
    let server = listing.version.parse().ok();
    let mut objects = Vec::with_capacity(listing.objects.len());
    for value in listing.objects {
        match Object::new(value, None) {
            Ok(object) => objects.push(object),
            Err(err) => notices.push(Notice {
                level: Level::Error,
                kind: NoticeKind::NotAnObject,
                file: None,
                line: None,
                column: None,
                message: format!("the API server sent what is no object: {err}"),
            }),
        }
    }
    let completeness = completeness.map_or(seen, CompletenessArg::value);
    Ok(Loaded {
        inventory: Inventory::new(objects, completeness),
        sources: Vec::new(),
        notices,
        server,
    })
}

impl Loaded {
    /// Says on standard error what could not be read, and fails when there is nothing to ask.
    ///
    /// For subcommands whose answer has no room for notices. True when something was unreadable.
    pub(crate) fn tell(&self) -> anyhow::Result<bool> {
        let mut unreadable = false;
        for notice in &self.notices {
            if notice.level == Level::Error {
                unreadable = true;
                output::tell(notice);
            }
        }
        if self.inventory.is_empty() {
            bail!("no Kubernetes object was found");
        }
        Ok(unreadable)
    }
}
