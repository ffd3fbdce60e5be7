//! From paths to objects: walk folders, render charts and kustomizations, read documents.
//!
//! ```text
//!  paths ─► walk ─┬─► charts ──────────► helm template ──────┐
//!                 ├─► kustomizations ──► kubectl kustomize ──┼─► read ─► sources, objects, notices
//!                 └─► files, standard input ─────────────────┘
//! ```
//!
//! Nothing is dropped in silence: what is not read leaves a notice.

mod args;
mod compressed;
mod helm;
mod kustomize;
pub(crate) mod live;
mod read;
mod renderer;
mod walk;

use std::path::{Path, PathBuf};

use catseye_model::{Completeness, Object};
use catseye_report::Source;
use catseye_report::scan::{Level, Notice, NoticeKind};
use rayon::prelude::*;

use crate::progress;

pub(crate) use args::{InputArgs, Loaded, ReadingArgs};

/// How to read.
pub(crate) struct Options {
    /// Whether to render charts and kustomizations.
    pub(crate) render: bool,
    /// Values files for Helm.
    pub(crate) helm_values: Vec<PathBuf>,
    /// Whether a folder may hold dumps as well: JSON lines, and any of it packed.
    pub(crate) dumps: bool,
}

/// All that was read.
pub(crate) struct Intake {
    /// The files, by file id.
    pub(crate) sources: Vec<Source>,
    /// Their objects, in the order of the files.
    pub(crate) objects: Vec<Object>,
    /// What the reader has to know.
    pub(crate) notices: Vec<Notice>,
    /// How much of a cluster the paths seem to show.
    pub(crate) completeness: Completeness,
}

/// Something to read documents from.
enum Input {
    /// A file.
    File {
        /// Where it is.
        path: PathBuf,
        /// Whether the user named it, rather than a folder that holds it.
        named: bool,
    },
    /// Text that is there already: standard input, or what a renderer wrote.
    Text {
        /// What to call it.
        name: String,
        /// The text.
        text: String,
    },
}

/// Reads everything at and below the paths.
pub(crate) fn gather(paths: &[PathBuf], options: &Options) -> anyhow::Result<Intake> {
    let mut notices = Vec::new();
    let found = walk::walk(paths, options.dumps, &mut notices)?;
    let is_tree = found.has_folder;
    let mut inputs = Vec::new();
    let remaining = helm::render(found, options, &mut inputs, &mut notices);
    let remaining = kustomize::render(remaining, options, &mut inputs, &mut notices);
    inputs.extend(remaining.files.into_iter().map(|file| Input::File {
        path: file.path,
        named: file.named,
    }));
    if let Some(text) = remaining.standard_input {
        inputs.push(Input::Text {
            name: "-".to_owned(),
            text,
        });
    }
    inputs.sort_by_cached_key(Input::name);

    let read: Vec<read::Read> = progress::shown("reading", inputs.len(), |progress| {
        inputs
            .into_par_iter()
            .enumerate()
            .map(|(index, input)| {
                progress.step();
                read::read(index, input)
            })
            .collect()
    });
    let mut intake = Intake {
        sources: Vec::with_capacity(read.len()),
        objects: Vec::new(),
        notices,
        completeness: Completeness::Fragment,
    };
    let mut passed_over = PassedOver::default();
    for read in read {
        if read.foreign_documents > 0 {
            passed_over.documents += read.foreign_documents;
            passed_over.files.push(read.source.name.clone());
        }
        intake.sources.push(read.source);
        intake.objects.extend(read.objects);
        intake.notices.extend(read.notices);
    }
    intake.notices.extend(passed_over.notice());
    intake.completeness = completeness(&intake.objects, is_tree);
    Ok(intake)
}

/// A dump shows what a cluster holds: objects that carry what only an API server writes.
fn completeness(objects: &[Object], is_tree: bool) -> Completeness {
    use catseye_model::Fields as _;
    let live = objects
        .iter()
        .filter(|object| {
            object.value().has("metadata.uid") && object.value().has("metadata.resourceVersion")
        })
        .count();
    if live > 0 && live * 10 >= objects.len() * 9 {
        Completeness::Cluster
    } else if is_tree {
        Completeness::Tree
    } else {
        Completeness::Fragment
    }
}

/// Documents below a folder that are no Kubernetes objects: other tools keep YAML and JSON too.
#[derive(Default)]
struct PassedOver {
    documents: usize,
    files: Vec<String>,
}

impl PassedOver {
    fn notice(&self) -> Option<Notice> {
        let first: Vec<&str> = self.files.iter().take(3).map(String::as_str).collect();
        let more = match self.files.len().saturating_sub(first.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (self.documents > 0).then(|| Notice {
            level: Level::Note,
            kind: NoticeKind::NotAnObject,
            file: None,
            line: None,
            column: None,
            message: format!(
                "{} document{} without apiVersion and kind passed over, in {}{more}",
                self.documents,
                if self.documents == 1 { "" } else { "s" },
                first.join(", "),
            ),
        })
    }
}

impl Input {
    fn name(&self) -> String {
        match self {
            Input::File { path, .. } => display_name(path),
            Input::Text { name, .. } => name.clone(),
        }
    }
}

/// The name of a path as it is shown: as given, with forward slashes and without a leading `./`.
pub(crate) fn display_name(path: &Path) -> String {
    let current = std::env::current_dir().ok();
    let relative = current
        .as_deref()
        .and_then(|current| path.strip_prefix(current).ok());
    let name = relative
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/");
    match name.strip_prefix("./") {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ if name.is_empty() => ".".to_owned(),
        _ => name,
    }
}

/// A notice about a file as a whole.
fn notice(level: Level, kind: NoticeKind, path: &Path, message: String) -> Notice {
    let file = Some(display_name(path));
    Notice {
        level,
        kind,
        file,
        line: None,
        column: None,
        message,
    }
}
