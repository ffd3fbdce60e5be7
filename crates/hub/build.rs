//! Lists what is in `ui/dist`, and what the recorded shop's delivery deployed from, so that both become part
//! of the program. Builds nothing: the dashboard is built by npm, and what comes of it is committed.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a build script reads files and speaks to cargo"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    dashboard();
    desired();
}

fn dashboard() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let dist = root.join("../../ui/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    list(&dist, &dist, &mut files);
    files.sort();
    let mut table = String::from("&[\n");
    for (name, path) in &files {
        #[expect(
            clippy::case_sensitive_file_extension_comparisons,
            reason = "our own build writes it"
        )]
        let is_packed = name.ends_with(".br");
        if is_packed
            || name
                .rsplit('/')
                .next()
                .is_some_and(|name| name.starts_with('.'))
        {
            continue;
        }
        let packed = files
            .iter()
            .find(|(other, _)| *other == format!("{name}.br"));
        let packed = packed.map_or("None".to_owned(), |(_, path)| {
            format!("Some(include_bytes!({path:?}))")
        });
        // Writing to a string never fails.
        let _ = writeln!(
            table,
            "    File {{ name: {name:?}, plain: include_bytes!({path:?}), brotli: {packed} }},"
        );
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("assets.rs");
    fs::write(out, table).expect("cargo made the folder");
}

/// The manifests of the recorded shop at each of its times: of every time those files that are others than
/// at the time before.
fn desired() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let folder = root.join("../../fixtures/clusters/shop/desired");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut known = std::collections::BTreeMap::new();
    let mut table = String::from("&[\n");
    for number in 1.. {
        let at = folder.join(format!("T{number}"));
        if !at.is_dir() {
            break;
        }
        let mut files = Vec::new();
        list(&at, &at, &mut files);
        files.sort();
        table.push_str("    &[\n");
        for (name, path) in &files {
            let text = fs::read_to_string(path).unwrap_or_default();
            if known.get(name) != Some(&text) {
                // Writing to a string never fails.
                let _ = writeln!(table, "        ({name:?}, include_str!({path:?})),");
                known.insert(name.clone(), text);
            }
        }
        table.push_str("    ],\n");
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("desired.rs");
    fs::write(out, table).expect("cargo made the folder");
}

/// Every file below a folder, with its name from the folder on.
fn list(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            list(root, &path, files);
        } else if let (Ok(name), Ok(full)) = (path.strip_prefix(root), path.canonicalize()) {
            let name = name.to_string_lossy().replace('\\', "/");
            files.push((name, full.to_string_lossy().into_owned()));
        }
    }
}
