//! A seeded corpus of Kubernetes manifests, for benchmarks.
//!
//! ```text
//! seed, number of the application -> facts and faults -> objects -> YAML in some style -> files
//!                                    app.rs              workload.rs … yaml.rs         layout.rs
//! ```
//!
//! The same seed gives the same bytes on every machine, and a smaller corpus is a prefix of a
//! larger one. About half of the workloads are hardened; the others have faults as they come in
//! practice. Nothing here is secret: credentials are drawn from the same stream as all the rest.

mod app;
mod capacity;
mod config;
mod custom;
mod layout;
mod network;
mod pod;
mod random;
mod rbac;
mod workload;
mod yaml;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use layout::Manifest;

/// Write a corpus of Kubernetes manifests, the same for the same seed
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory to write to; it must be empty or not exist
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// How many files to write, of 1 to 5 objects each
    #[arg(long, value_name = "N", default_value_t = 3000)]
    files: usize,

    /// How many objects to write, instead of a number of files
    #[arg(long, value_name = "N", conflicts_with = "files")]
    objects: Option<usize>,

    /// Which corpus to write
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// Where the corpus ends.
#[derive(Debug, Clone, Copy)]
enum Size {
    Files(usize),
    Objects(usize),
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let Args {
        out,
        files,
        objects,
        seed,
    } = args;
    ensure_empty(out)?;
    let size = objects.map_or(Size::Files(*files), Size::Objects);

    let (mut file_count, mut object_count, mut byte_count) = (0, 0, 0);
    for manifest in manifests(*seed, size) {
        let text = manifest.text();
        file_count += 1;
        object_count += manifest.documents.len();
        byte_count += text.len();
        write(&out.join(&manifest.path), &text)?;
    }
    println!(
        "{file_count} files, {object_count} objects, {byte_count} bytes in {}",
        out.display()
    );
    Ok(())
}

/// The manifests of a corpus, up to `size` exactly.
fn manifests(seed: u64, size: Size) -> impl Iterator<Item = Manifest> {
    let (file_limit, object_limit) = match size {
        Size::Files(limit) => (limit, usize::MAX),
        Size::Objects(limit) => (usize::MAX, limit),
    };
    let mut objects_left = object_limit;
    (0..)
        .flat_map(move |index| layout::manifests(seed, index))
        .take(file_limit)
        .map_while(move |mut manifest| {
            manifest.documents.truncate(objects_left);
            objects_left -= manifest.documents.len();
            (!manifest.documents.is_empty()).then_some(manifest)
        })
}

/// Refuses to mix a corpus with files of another origin.
fn ensure_empty(directory: &Path) -> Result<()> {
    if directory.exists() {
        let mut entries = fs::read_dir(directory)
            .with_context(|| format!("failed to read {}", directory.display()))?;
        ensure!(
            entries.next().is_none(),
            "{} is not empty; remove it first",
            directory.display()
        );
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    let parent = path
        .parent()
        .expect("a manifest stands in the directory of its application");
    fs::create_dir_all(parent).with_context(|| format!("failed to create {}", parent.display()))?;
    fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))
}

#[cfg(test)]
mod tests;
