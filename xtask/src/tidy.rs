//! The rules of the house that no compiler knows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::project_root;

/// Crates that answer from their arguments alone.
const PURE: &[&str] = &[
    "model",
    "cel",
    "event",
    "rules",
    "netpol",
    "flows",
    "policy",
    "rbac",
    "checks",
    "admission",
    "detect",
    "graph",
    "drift",
    "respond",
    "report",
];

/// The crates from the bottom up: a crate may use those before it, never those after it.
const LAYERS: &[&str] = &[
    "model",
    "cel",
    "event",
    "rules",
    "netpol",
    "flows",
    "policy",
    "rbac",
    "checks",
    "admission",
    "detect",
    "graph",
    "drift",
    "respond",
    "report",
    "cluster",
    "store",
    "sensor",
    "hub",
    "cli",
];

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = folder
        .read_dir()
        .unwrap_or_else(|err| panic!("{}: {err}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "target") {
                rust_files(&path, files);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for folder in ["crates", "e2e", "xtask"] {
        rust_files(&project_root().join(folder), &mut files);
    }
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source file is UTF-8 text");
            let name = path
                .strip_prefix(project_root())
                .expect("a file of the project");
            (name.to_owned(), text)
        })
        .collect()
}

#[test]
fn no_drawer_modules() {
    for (path, _) in sources() {
        for part in path.components() {
            let part = part.as_os_str().to_string_lossy();
            let stem = part.trim_end_matches(".rs");
            let is_drawer = [
                "util", "utils", "common", "helper", "helpers", "misc", "manager",
            ];
            assert!(
                !is_drawer.contains(&stem),
                "{}: name the idea instead",
                path.display()
            );
        }
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for (path, text) in sources() {
        assert!(
            text.starts_with("//!"),
            "{}: begin with //!",
            path.display()
        );
    }
}

#[test]
fn arrows_point_down() {
    for (height, name) in LAYERS.iter().enumerate() {
        let manifest = project_root().join("crates").join(name).join("Cargo.toml");
        let manifest = fs::read_to_string(manifest).expect("every crate has a manifest");
        for above in &LAYERS[height..] {
            let dependency = format!("catseye-{above}.workspace");
            assert!(
                !manifest.contains(&dependency),
                "{name} must not use {above}"
            );
        }
    }
    let crates = project_root()
        .join("crates")
        .read_dir()
        .expect("crates/ is a folder");
    for entry in crates {
        let name = entry.expect("a readable entry").file_name();
        let name = name.to_string_lossy().into_owned();
        assert!(
            LAYERS.contains(&name.as_str()),
            "give {name} its place in LAYERS"
        );
    }
}

/// `clippy.toml` bans the calls; this bans switching the ban off, and the crates that bring I/O.
#[test]
fn pure_crates_stay_pure() {
    for name in PURE {
        let folder = project_root().join("crates").join(name);
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
        for banned in [
            "tokio", "reqwest", "hyper", "kube", "rayon", "walkdir", "ignore",
        ] {
            let dependency = format!("\n{banned}.workspace");
            assert!(
                !manifest.contains(&dependency),
                "{name} must not use {banned}"
            );
        }
    }
    for (path, text) in sources() {
        let pure = PURE
            .iter()
            .any(|name| path.starts_with(Path::new("crates").join(name)));
        if !pure {
            continue;
        }
        // Tests may read the source tree they stand in, and benchmarks the clock, for a stated reason.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let is_test = path.ends_with("examples.rs")
            || path.ends_with("audit/fixtures.rs")
            || path.ends_with("runtime/fixtures.rs")
            || path.components().any(|part| {
                ["tests", "tests.rs", "benches"]
                    .iter()
                    .any(|name| part.as_os_str() == *name)
            });
        for lint in ["clippy::disallowed_methods", "clippy::disallowed_types"] {
            assert!(
                is_test || !code.contains(lint),
                "{}: no {lint} here",
                path.display()
            );
        }
        for banned in [
            "std::fs::",
            "std::env::",
            "TcpStream",
            "UdpSocket",
            "SystemTime",
            "Instant::now",
        ] {
            let used = code
                .lines()
                .any(|line| line.contains(banned) && !line.trim_start().starts_with("//"));
            assert!(
                is_test || !used,
                "{}: {banned} in a pure crate",
                path.display()
            );
        }
    }
}

#[test]
fn generated_pages_are_current() {
    let stale = crate::docs::stale_pages().expect("the pages can be read");
    let names: Vec<_> = stale.iter().map(|(path, _)| path).collect();
    assert!(names.is_empty(), "run `cargo xtask docs`: {names:?}");
}

#[test]
fn every_dependency_is_fixed_in_the_workspace() {
    let mut manifests = BTreeMap::new();
    for entry in project_root()
        .join("crates")
        .read_dir()
        .expect("crates/ is a folder")
    {
        let path = entry.expect("a readable entry").path().join("Cargo.toml");
        manifests.insert(path.clone(), fs::read_to_string(&path).expect("a manifest"));
    }
    for (path, manifest) in manifests {
        let dependencies = manifest.split("dependencies]").skip(1).flat_map(str::lines);
        for line in dependencies.take_while(|line| !line.starts_with('[')) {
            let fixed = line.is_empty() || line.contains(".workspace = true");
            assert!(fixed, "{}: {line}", path.display());
        }
    }
}

/// All the lints of the workspace forbid it; this keeps crates from leaving them.
#[test]
fn unsafe_code_is_nowhere() {
    for (path, text) in sources() {
        let is_this = path.ends_with("tidy.rs");
        let word = text
            .lines()
            .map(|line| line.split("//").next().unwrap_or_default())
            .any(|code| {
                code.contains("unsafe {")
                    || code.contains("unsafe impl")
                    || code.contains("unsafe fn")
            });
        assert!(is_this || !word, "{}: unsafe code", path.display());
    }
    for entry in project_root()
        .join("crates")
        .read_dir()
        .expect("crates/ is a folder")
    {
        let manifest = entry.expect("a readable entry").path().join("Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("a manifest");
        let inherits = text.contains("[lints]\nworkspace = true");
        assert!(
            inherits,
            "{}: take the lints of the workspace",
            manifest.display()
        );
    }
}

#[test]
fn no_git_dependencies() {
    let lock = fs::read_to_string(project_root().join("Cargo.lock")).expect("a lock file");
    assert!(
        !lock.contains("source = \"git+"),
        "dependencies come from the registry"
    );
}
