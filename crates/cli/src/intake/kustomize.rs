//! Kustomizations: rendered by `kubectl kustomize` where it is installed.
//!
//! Only roots are rendered: a base that an overlay uses is judged as the overlay makes it. Files that a
//! rendered kustomization uses are not read by themselves; patches never are, because half an object
//! cannot be judged.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use catseye_model::Value;
use catseye_model::{Fields as _, yaml};
use catseye_report::scan::{Level, Notice, NoticeKind};

use super::renderer::{self, Failure};
use super::walk::{Found, KUSTOMIZATION_NAMES, plain};
use super::{Input, Options, display_name, notice};

/// One kustomization file, as far as it matters here.
#[derive(Debug, Default)]
struct Kustomization {
    folder: PathBuf,
    /// Other kustomizations that it builds on.
    folders: Vec<PathBuf>,
    /// Manifests that it takes up.
    manifests: Vec<PathBuf>,
    /// Files that are no whole objects: patches, generators, values.
    parts: Vec<PathBuf>,
    /// Addresses of bases elsewhere.
    remote: Vec<String>,
    is_component: bool,
}

/// Renders the roots; returns what is left to read otherwise.
pub(super) fn render(
    mut found: Found,
    options: &Options,
    inputs: &mut Vec<Input>,
    notices: &mut Vec<Notice>,
) -> Found {
    let kustomizations: Vec<Kustomization> = std::mem::take(&mut found.kustomizations)
        .iter()
        .filter_map(|path| read(path, notices))
        .collect();
    if kustomizations.is_empty() {
        return found;
    }
    let used: BTreeSet<&PathBuf> = kustomizations
        .iter()
        .flat_map(|kustomization| &kustomization.folders)
        .collect();
    let mut taken: BTreeSet<PathBuf> = kustomizations
        .iter()
        .flat_map(|kustomization| kustomization.parts.clone())
        .collect();
    for root in &kustomizations {
        if root.is_component || used.contains(&root.folder) {
            continue;
        }
        let closure = closure(root, &kustomizations);
        let remote = closure.iter().flat_map(|part| &part.remote).next();
        let rendered = match remote {
            _ if !options.render => Err(Failure::Failed("--no-render was given".to_owned())),
            // Rendering would fetch it: a scan makes no outside request.
            Some(address) => Err(Failure::Failed(format!(
                "it builds on {address}, which is elsewhere"
            ))),
            None => kustomize(&root.folder),
        };
        match rendered {
            Ok(text) => {
                let name = format!(
                    "{}/kustomization.yaml (rendered)",
                    display_name(&root.folder)
                );
                inputs.push(Input::Text { name, text });
                taken.extend(
                    closure
                        .iter()
                        .flat_map(|part| part.manifests.iter().cloned()),
                );
            }
            Err(failure) => {
                let reason = match failure {
                    Failure::NotInstalled => {
                        "kubectl is not on PATH; install it, or scan the output of \
                         `kubectl kustomize`"
                            .to_owned()
                    }
                    Failure::Failed(reason) => reason,
                };
                let message = format!(
                    "kustomization not rendered, its manifests are scanned as they stand and \
                     patches are left out: {reason}"
                );
                notices.push(notice(
                    Level::Warning,
                    NoticeKind::NotRendered,
                    &root.folder,
                    message,
                ));
            }
        }
    }
    found
        .files
        .retain(|file| file.named || !taken.contains(&file.path));
    found
}

/// A kustomization and all that it builds on.
fn closure<'a>(root: &'a Kustomization, all: &'a [Kustomization]) -> Vec<&'a Kustomization> {
    let mut reached = vec![root];
    let mut next = 0;
    while let Some(kustomization) = reached.get(next).copied() {
        next += 1;
        for folder in &kustomization.folders {
            let base = all.iter().find(|other| other.folder == *folder);
            if let Some(base) = base
                && !reached.iter().any(|known| known.folder == base.folder)
            {
                reached.push(base);
            }
        }
    }
    reached
}

fn kustomize(folder: &Path) -> Result<String, Failure> {
    let mut command = Command::new("kubectl");
    // The current folder's plain path is empty.
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    command.arg("kustomize").arg(folder);
    renderer::run(command)
}

fn read(path: &Path, notices: &mut Vec<Notice>) -> Option<Kustomization> {
    let unreadable = |message: String| notice(Level::Error, NoticeKind::Unreadable, path, message);
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(err) => {
            notices.push(unreadable(format!("failed to read: {err}")));
            return None;
        }
    };
    let value = match yaml::documents(&text).into_iter().next()?.content {
        Ok(value) => value,
        Err(err) => {
            notices.push(unreadable(err.to_string()));
            return None;
        }
    };
    let folder = plain(path.parent().unwrap_or(Path::new("")));
    let mut kustomization = Kustomization {
        is_component: value.text("kind") == Some("Component"),
        folder,
        ..Kustomization::default()
    };
    for field in ["resources", "bases", "components", "crds"] {
        for entry in value.texts(field) {
            kustomization.refer(entry);
        }
    }
    for part in parts(&value) {
        let path = plain(&kustomization.folder.join(part));
        kustomization.parts.push(path);
    }
    Some(kustomization)
}

impl Kustomization {
    fn refer(&mut self, entry: &str) {
        let path = plain(&self.folder.join(entry));
        if path.is_dir() {
            let has_file = KUSTOMIZATION_NAMES
                .iter()
                .any(|name| path.join(name).is_file());
            if has_file {
                self.folders.push(path);
            }
        } else if path.is_file() {
            self.manifests.push(path);
        } else if entry.contains("://") || entry.contains("github.com") || entry.contains("?ref=") {
            self.remote.push(entry.to_owned());
        }
    }
}

/// Files that are parts of objects: patches, and the sources of generators and transformers.
fn parts(kustomization: &Value) -> Vec<&str> {
    let mut parts: Vec<&str> = Vec::new();
    for field in [
        "patchesStrategicMerge",
        "transformers",
        "generators",
        "validators",
        "configurations",
        "replacements",
    ] {
        parts.extend(kustomization.texts(field));
    }
    for field in ["patches", "patchesJson6902", "replacements"] {
        parts.extend(
            kustomization
                .list(field)
                .iter()
                .filter_map(|patch| patch.text("path")),
        );
    }
    for field in ["configMapGenerator", "secretGenerator"] {
        for generator in kustomization.list(field) {
            for list in ["files", "envs"] {
                // `files` entries may be `key=path`.
                parts.extend(
                    generator
                        .texts(list)
                        .map(|entry| entry.rsplit('=').next().unwrap_or(entry)),
                );
            }
        }
    }
    parts
}
