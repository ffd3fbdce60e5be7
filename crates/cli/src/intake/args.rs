//! The arguments by which every subcommand that reads objects says what to read.

use std::path::PathBuf;

use anyhow::bail;
use catseye_model::{Completeness, Inventory};
use catseye_report::Source;
use catseye_report::scan::{Level, Notice};
use clap::ValueEnum;

use super::{Intake, Options};
use crate::output;

/// What to read.
#[derive(Debug, clap::Args)]
pub(crate) struct InputArgs {
    /// Files or folders; `-` reads standard input
    #[arg(required = true, value_name = "PATH")]
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

/// What was read, ready to be asked.
pub(crate) struct Loaded {
    /// The objects.
    pub(crate) inventory: Inventory,
    /// The files, by file id.
    pub(crate) sources: Vec<Source>,
    /// What the reader has to know.
    pub(crate) notices: Vec<Notice>,
}

impl InputArgs {
    /// Reads everything that the arguments name.
    pub(crate) fn load(self) -> anyhow::Result<Loaded> {
        let InputArgs { paths, reading } = self;
        reading.load(&paths)
    }
}

impl ReadingArgs {
    /// Reads everything at and below the paths.
    pub(crate) fn load(self, paths: &[PathBuf]) -> anyhow::Result<Loaded> {
        let ReadingArgs {
            completeness,
            helm_values,
            no_render,
        } = self;
        let Intake {
            sources,
            objects,
            notices,
            completeness: seen,
        } = super::gather(
            paths,
            &Options {
                render: !no_render,
                helm_values,
            },
        )?;
        let completeness = match completeness {
            Some(CompletenessArg::Fragment) => Completeness::Fragment,
            Some(CompletenessArg::Tree) => Completeness::Tree,
            Some(CompletenessArg::Cluster) => Completeness::Cluster,
            None => seen,
        };
        Ok(Loaded {
            inventory: Inventory::new(objects, completeness),
            sources,
            notices,
        })
    }
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
