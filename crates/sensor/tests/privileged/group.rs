//! Cgroups as a kubelet makes them.

use std::path::{Path, PathBuf};
use std::process::Command;

use catseye_sensor::proc::Hierarchy;

use crate::watch::actor;

/// A cgroup that goes with the test.
pub(crate) struct Group {
    pub(crate) path: PathBuf,
}

impl Group {
    /// Makes `name` below the root of the hierarchy.
    pub(crate) fn new(name: &str) -> Self {
        Group::under(&Hierarchy::find().expect("cgroup2"), name)
    }

    /// Makes `name` below the root of another hierarchy.
    pub(crate) fn under(hierarchy: &Hierarchy, name: &str) -> Self {
        let path = hierarchy.root.join(name);
        std::fs::create_dir_all(&path).expect("a cgroup may be made");
        Group { path }
    }

    /// The kernel's number of it.
    pub(crate) fn id(&self) -> u64 {
        use std::os::unix::fs::MetadataExt as _;
        std::fs::metadata(&self.path).expect("a cgroup").ino()
    }

    /// A program that runs in it.
    pub(crate) fn command(&self, program: &str, words: &[&str]) -> Command {
        let path = self.path.to_str().expect("a path");
        let mut all = vec!["in-group", path, program];
        all.extend(words);
        actor(&all)
    }

    /// This program as an actor in it.
    pub(crate) fn actor(&self, words: &[&str]) -> Command {
        let own = std::env::current_exe().expect("a program has a path");
        let mut all = vec!["act"];
        all.extend(words);
        self.command(own.to_str().expect("a path"), &all)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes a cgroup and what is below it; processes in it have ended.
fn remove(path: &Path) {
    if let Ok(entries) = path.read_dir() {
        for entry in entries.flatten() {
            if entry.path().is_dir() {
                remove(&entry.path());
            }
        }
    }
    let _ = std::fs::remove_dir(path);
}

/// A pod's UID that is the test's own.
pub(crate) fn uid(number: u32) -> String {
    format!("{number:08x}-6a4b-4a55-9d50-0f5a2b1c7d3e")
}
