//! Finding manifests below paths, as `git` would: `.gitignore` and hidden files are respected.

use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};
use catseye_report::scan::{Level, Notice, NoticeKind};
use ignore::WalkBuilder;

use super::notice;

/// What lies at and below the paths.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// YAML and JSON files.
    pub(super) files: Vec<File>,
    /// Folders with a `Chart.yaml`, without charts inside charts.
    pub(super) charts: Vec<PathBuf>,
    /// Files named `kustomization.yaml` or alike.
    pub(super) kustomizations: Vec<PathBuf>,
    /// What was read from standard input.
    pub(super) standard_input: Option<String>,
    /// Whether one of the paths is a folder.
    pub(super) has_folder: bool,
}

/// A file that may hold manifests.
#[derive(Debug, Clone)]
pub(super) struct File {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Whether the user named it.
    pub(super) named: bool,
}

/// The names under which kustomize looks for its file.
pub(super) const KUSTOMIZATION_NAMES: [&str; 3] =
    ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Walks the paths in their order, each folder by name.
pub(super) fn walk(
    paths: &[PathBuf],
    dumps: bool,
    notices: &mut Vec<Notice>,
) -> anyhow::Result<Found> {
    let mut found = Found::default();
    for path in paths {
        if path.as_os_str() == "-" {
            if found.standard_input.is_some() {
                bail!("standard input can be read once only; write - once");
            }
            let mut bytes = Vec::new();
            std::io::stdin()
                .read_to_end(&mut bytes)
                .context("failed to read standard input")?;
            let text = String::from_utf8(bytes).context("standard input is not UTF-8 text")?;
            found.standard_input = Some(text);
            continue;
        }
        let metadata = path
            .metadata()
            .with_context(|| format!("failed to read {}", path.display()))?;
        if metadata.is_dir() {
            found.has_folder = true;
            below(path, dumps, &mut found, notices);
        } else if is_kustomization(path) {
            found.kustomizations.push(plain(path));
        } else {
            found.files.push(File {
                path: plain(path),
                named: true,
            });
        }
    }
    found
        .files
        .sort_by(|a, b| (&a.path, !a.named).cmp(&(&b.path, !b.named)));
    found.files.dedup_by(|a, b| a.path == b.path);
    found.charts.sort();
    found.charts.dedup();
    let charts = found.charts.clone();
    found
        .charts
        .retain(|chart| !charts.iter().any(|other| is_below(chart, other)));
    found.kustomizations.sort();
    found.kustomizations.dedup();
    Ok(found)
}

fn below(folder: &Path, dumps: bool, found: &mut Found, notices: &mut Vec<Notice>) {
    let walk = WalkBuilder::new(folder)
        .require_git(false)
        .sort_by_file_name(std::ffi::OsStr::cmp)
        .build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(err) => {
                let message = format!("{err}");
                notices.push(notice(
                    Level::Error,
                    NoticeKind::Unreadable,
                    folder,
                    message,
                ));
                continue;
            }
        };
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let path = plain(entry.path());
        if path.file_name().is_some_and(|name| name == "Chart.yaml") {
            if let Some(chart) = path.parent() {
                found.charts.push(chart.to_owned());
            }
        } else if is_kustomization(&path) {
            found.kustomizations.push(path);
        } else if has_manifest_ending(&path) || (dumps && has_dump_ending(&path)) {
            found.files.push(File { path, named: false });
        }
    }
}

fn is_kustomization(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| KUSTOMIZATION_NAMES.iter().any(|known| name == *known))
}

fn has_manifest_ending(path: &Path) -> bool {
    path.extension().is_some_and(|ending| {
        ["yaml", "yml", "json"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

/// `objects.jsonl`, `objects.json.gz`: what `catseye dump` and `kubectl get -o json` write, once it is packed
/// or cut into lines.
fn has_dump_ending(path: &Path) -> bool {
    let packed = path.extension().is_some_and(|ending| {
        ["gz", "zst"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    });
    let stem = if packed { path.file_stem() } else { None };
    let plain = stem.map_or(path, Path::new);
    has_manifest_ending(plain)
        || plain.extension().is_some_and(|ending| {
            ["jsonl", "ndjson"]
                .iter()
                .any(|known| ending.eq_ignore_ascii_case(known))
        })
}

/// True when `path` lies below `folder`, and is not the folder itself.
pub(super) fn is_below(path: &Path, folder: &Path) -> bool {
    path != folder && path.starts_with(folder)
}

/// The path without `.` and, as far as it can be told by its text, without `..`.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if plain
                    .components()
                    .next_back()
                    .is_some_and(|last| matches!(last, Component::Normal(_))) =>
            {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}
