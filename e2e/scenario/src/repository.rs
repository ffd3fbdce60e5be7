//! The folder that continuous delivery deploys from, as text, and the commits to it during the story.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use catseye_model::{Fields, yaml};
use serde_json::Value;

use crate::clock::Moment;

/// A change of one file at a moment of the story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// When it is merged; delivery follows.
    pub at: Moment,
    /// The file, relative to the folder.
    pub file: String,
    /// The text that goes.
    pub from: String,
    /// The text that comes in its place, everywhere in the file.
    pub to: String,
}

/// The folder and its history.
#[derive(Debug, Clone, Default)]
pub struct Repository {
    files: BTreeMap<String, String>,
    commits: Vec<Commit>,
}

/// Folders whose objects others than continuous delivery own, with the field manager that writes them.
const OTHERS: [(&str, &str); 3] = [
    ("secrets/", "external-secrets"),
    ("kube-system/", "kubeadm"),
    ("dev-sandbox/", "kubectl-client-side-apply"),
];

/// The field manager that writes the objects of a file.
pub fn manager_of(file: &str) -> &'static str {
    OTHERS
        .iter()
        .find(|(folder, _)| file.starts_with(folder))
        .map_or("argocd-controller", |&(_, manager)| manager)
}

impl Repository {
    /// Reads every YAML file of a folder.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            let entries = fs::read_dir(&next).with_context(|| format!("{}", next.display()))?;
            for entry in entries {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "yaml") {
                    let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
                    files.insert(name, fs::read_to_string(&path)?);
                }
            }
        }
        Ok(Self {
            files,
            commits: Vec::new(),
        })
    }

    /// The files as they were merged by `at`; `None` is the state before the first commit.
    pub fn files_at(&self, at: Option<Moment>) -> BTreeMap<String, String> {
        let mut files = self.files.clone();
        let merged = |commit: &&Commit| at.is_some_and(|at| commit.at <= at);
        for commit in self.commits.iter().filter(merged) {
            if let Some(text) = files.get_mut(&commit.file) {
                *text = text.replace(&commit.from, &commit.to);
            }
        }
        files
    }

    /// Merges a commit, and gives the objects that it changed, as they are now.
    pub fn commit(&mut self, commit: Commit) -> Result<Vec<Value>> {
        if self.commits.last().is_some_and(|last| last.at > commit.at) {
            bail!("{}: commits come in the order of time", commit.file);
        }
        let before = objects(&self.text_of(&commit.file)?)?;
        let file = commit.file.clone();
        self.commits.push(commit);
        let after = objects(&self.text_of(&file)?)?;
        let changed: Vec<Value> = after
            .into_iter()
            .zip(before)
            .filter(|(new, old)| new != old)
            .map(|(new, _)| new)
            .collect();
        if changed.is_empty() {
            bail!("{file}: the commit changes nothing");
        }
        Ok(changed)
    }

    fn text_of(&self, file: &str) -> Result<String> {
        let last = self.commits.last().map(|commit| commit.at);
        self.files_at(last)
            .remove(file)
            .ok_or_else(|| anyhow!("{file}: no such file in the repository"))
    }
}

/// The objects of a YAML text.
pub fn objects(text: &str) -> Result<Vec<Value>> {
    yaml::documents(text)
        .into_iter()
        .map(|document| {
            let value = document.content.map_err(|err| anyhow!("{err}"))?;
            Ok(value.into())
        })
        .collect()
}

/// The path of an object in the API.
pub fn path_of(object: &Value) -> Result<String> {
    let name = object.text("metadata.name").context("an object's name")?;
    Ok(format!("{}/{name}", collection_of(object)?))
}

/// The path of the collection that an object belongs to.
pub fn collection_of(object: &Value) -> Result<String> {
    let version = object.text("apiVersion").context("an apiVersion")?;
    let kind = object.text("kind").context("a kind")?;
    let root = if version.contains('/') {
        format!("/apis/{version}")
    } else {
        format!("/api/{version}")
    };
    let plural = plural_of(kind);
    Ok(match object.text("metadata.namespace") {
        Some(namespace) => format!("{root}/namespaces/{namespace}/{plural}"),
        None => format!("{root}/{plural}"),
    })
}

/// The resource of a kind; the kinds of the folder follow the plain rules of English.
pub fn plural_of(kind: &str) -> String {
    let lower = kind.to_lowercase();
    match lower.strip_suffix('y') {
        Some(stem) if !lower.ends_with("ay") => format!("{stem}ies"),
        _ if lower.ends_with("ss") => format!("{lower}es"),
        _ => format!("{lower}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_follow_group_namespace_and_kind() {
        let policy = json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                            "metadata": {"name": "cart", "namespace": "shop"}});
        assert_eq!(
            path_of(&policy).unwrap(),
            "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/cart"
        );
        let class = json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "nginx"}});
        assert_eq!(
            path_of(&class).unwrap(),
            "/apis/networking.k8s.io/v1/ingressclasses/nginx"
        );
    }

    #[test]
    fn a_commit_gives_the_objects_that_it_changed() {
        let text =
            "kind: A\nmetadata: {name: a}\n---\nkind: B\nmetadata: {name: b}\nspec: {image: x:1}\n";
        let mut repository = Repository {
            files: BTreeMap::from([("f.yaml".to_owned(), text.to_owned())]),
            commits: Vec::new(),
        };
        let commit = |to: &str| Commit {
            at: Moment(5),
            file: "f.yaml".to_owned(),
            from: "x:1".to_owned(),
            to: to.to_owned(),
        };
        let changed = repository.commit(commit("x:2")).unwrap();
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].text("spec.image"), Some("x:2"));
        assert!(repository.commit(commit("x:3")).is_err(), "x:1 is gone");
        assert!(repository.files_at(None)["f.yaml"].contains("x:1"));
    }
}
