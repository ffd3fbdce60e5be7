//! What the attack graph stands on: the objects as they were read, or as they would be.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use catseye_graph::build::Evidence;
use catseye_graph::{Config, Graph};
use catseye_model::{Completeness, FieldPath, Inventory, Object, Outline, Version, yaml};
use catseye_netpol::Reach;
use catseye_rbac::Rbac;
use catseye_report::Source;

/// The annotation that takes an object away in a what-if.
const WHAT_IF: &str = "catseye.dev/what-if";

/// How to change the objects before the question is asked again.
#[derive(Debug, clap::Args)]
pub(crate) struct ChangeArgs {
    /// Ask again with the objects of this file, which take the place of those of the same kind,
    /// namespace and name; an object with the annotation `catseye.dev/what-if: delete` is taken away
    #[arg(long, value_name = "FILE")]
    what_if: Vec<PathBuf>,
    /// Ask again without this object (repeatable)
    #[arg(long, value_name = "KIND/NAMESPACE/NAME")]
    without: Vec<String>,
}

impl ChangeArgs {
    /// True when there is anything to change.
    pub(crate) fn is_empty(&self) -> bool {
        self.what_if.is_empty() && self.without.is_empty()
    }

    /// The objects as they would be.
    pub(crate) fn apply(&self, inventory: &Inventory) -> anyhow::Result<Inventory> {
        let mut objects: Vec<Object> = inventory
            .objects()
            .map(|(_, object)| object.clone())
            .collect();
        for path in &self.what_if {
            for change in read(path)? {
                let same = |object: &Object| identity(object) == identity(&change);
                let place = objects.iter().position(same);
                let is_removal = change.annotation(WHAT_IF) == Some("delete");
                match place {
                    None if is_removal => bail!(
                        "{}: {change} is to be deleted, but it is not there",
                        path.display()
                    ),
                    Some(_) if is_removal => objects.retain(|object| !same(object)),
                    Some(place) => objects[place] = change,
                    None => objects.push(change),
                }
            }
        }
        for name in &self.without {
            let before = objects.len();
            objects.retain(|object| !is_called(object, name));
            if objects.len() == before {
                bail!(
                    "--without {name}: no such object; write KIND/NAMESPACE/NAME, or KIND/NAME for what has no namespace"
                );
            }
        }
        Ok(Inventory::new(objects, inventory.completeness()))
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<Object>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let mut objects = Vec::new();
    for document in yaml::documents(&text) {
        let value = document
            .content
            .with_context(|| format!("reading {}", path.display()))?;
        if value.is_null() {
            continue;
        }
        let (read, errors) = Object::read(value, None);
        if let Some(error) = errors.into_iter().next() {
            bail!("{}: {error}", path.display());
        }
        objects.extend(read);
    }
    Ok(objects)
}

fn identity(object: &Object) -> (&str, &str, &str, &str) {
    (
        object.group(),
        object.kind_name(),
        object.namespace(),
        object.name(),
    )
}

fn is_called(object: &Object, text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    match parts[..] {
        [kind, namespace, name] => {
            kind.eq_ignore_ascii_case(object.kind_name())
                && namespace == object.namespace()
                && name == object.name()
        }
        [kind, name] => {
            kind.eq_ignore_ascii_case(object.kind_name())
                && name == object.name()
                && object.namespace().is_empty()
        }
        _ => false,
    }
}

/// Which Kubernetes the graph is for.
#[derive(Debug, clap::Args)]
pub(crate) struct GraphArgs {
    /// The version of Kubernetes; by default that of the nodes that were read, else the newest known
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<Version>,
}

impl GraphArgs {
    /// Builds the graph of some objects and asks it something.
    pub(crate) fn ask<T>(&self, inventory: &Inventory, ask: impl FnOnce(&Graph<'_>) -> T) -> T {
        let rbac = Rbac::of(inventory);
        let reach = Reach::of(inventory);
        let config = Config {
            version: self.kubernetes_version,
        };
        ask(&Graph::of(inventory, &rbac, &reach, config))
    }
}

/// How sure an answer can be, by what was read.
pub(crate) fn confidence(inventory: &Inventory) -> (&'static str, &'static str) {
    match inventory.completeness() {
        Completeness::Cluster => ("high", "a whole cluster was read"),
        Completeness::Tree => (
            "medium",
            "manifests were read: what else runs in the cluster, and where, is not known",
        ),
        Completeness::Fragment => (
            "low",
            "single manifests were read: most of the cluster is not known",
        ),
    }
}

/// Where something is written: `deploy/web.yaml:12:5`, if it was read from a file.
pub(crate) fn written(graph: &Graph<'_>, sources: &[Source], evidence: Evidence) -> Option<String> {
    let object = graph.inventory().object(evidence.object?);
    let origin = object.origin()?;
    let source = sources.get(origin.file.0 as usize)?;
    let path: FieldPath = graph.text(evidence.path).parse().ok()?;
    let outline = Outline::read_from(&source.text, origin.document.clone(), origin.start);
    let position = outline.locate(&origin.within.clone().concat(&path));
    Some(format!(
        "{}:{}:{}",
        source.name, position.line, position.column
    ))
}
