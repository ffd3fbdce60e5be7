//! The bootstrap policy of RBAC, taken from the reference data in Kubernetes' own source tree, where
//! its tests keep one file per kind of role and binding.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use catseye_model::{Fields as _, Object, yaml};
use serde_json::{Map, Value, json};

use crate::project_root;

/// Write the bootstrap policy that stands in for what manifests do not hold
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// `plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata` of a Kubernetes source tree
    #[arg(value_name = "DIR")]
    from: PathBuf,
}

/// With default features; other files of the folder show alternatives.
const FILES: [&str; 6] = [
    "cluster-roles.yaml",
    "cluster-role-bindings.yaml",
    "controller-roles.yaml",
    "controller-role-bindings.yaml",
    "namespace-roles.yaml",
    "namespace-role-bindings.yaml",
];

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut text = String::new();
    let mut count = 0;
    for file in FILES {
        let path = args.from.join(file);
        let yaml = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        for document in yaml::documents(&yaml) {
            let (objects, errors) = Object::read(document.content?, None);
            ensure!(errors.is_empty(), "{}: {errors:?}", path.display());
            for object in objects {
                writeln!(text, "{}", essence(&object.value().into()))?;
                count += 1;
            }
        }
    }
    let path = project_root().join("crates/rbac/src/bootstrap/policy.jsonl");
    fs::write(&path, text).with_context(|| path.display().to_string())?;
    println!("{count} objects");
    Ok(())
}

/// The object without what does not decide.
fn essence(object: &Value) -> Value {
    let mut metadata = Map::new();
    for field in ["name", "namespace", "labels"] {
        if object.at("metadata").has(field) {
            metadata.insert(field.to_owned(), object.at("metadata").at(field).clone());
        }
    }
    let mut kept = Map::new();
    for field in [
        "apiVersion",
        "kind",
        "aggregationRule",
        "rules",
        "subjects",
        "roleRef",
    ] {
        if object.has(field) {
            kept.insert(field.to_owned(), object.at(field).clone());
        }
    }
    kept.insert("metadata".to_owned(), json!(metadata));
    Value::Object(kept)
}
