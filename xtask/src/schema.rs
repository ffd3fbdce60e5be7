//! `cargo xtask schema`: what comparison must know of the built-in kinds, taken from a real API server.
//!
//! The `OpenAPI` documents tell list types, their keys, formats and declared defaults. Most defaults of the
//! older kinds are set by the server's code and stand in no document, so probe objects are sent to the
//! server as a dry run, and what comes back beyond what was sent is what the server sets by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use catseye_model::yaml;
use serde_json::{Map, Value, json};

use crate::{cluster, project_root};

/// Write the schema tables of the built-in kinds from a running cluster
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of a running cluster (`cargo xtask cluster up`)
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// The server allocates these or takes them from its surroundings: code tells them, not a table.
const ALLOCATED: [&str; 17] = [
    "clusterIP",
    "clusterIPs",
    "nodePort",
    "healthCheckNodePort",
    "ipFamilies",
    "ipFamilyPolicy",
    "targetPort",
    "imagePullPolicy",
    "serviceAccount",
    "storageClassName",
    "creationTimestamp",
    "selector",
    "requests",
    "hostPort",
    "finalizers",
    "labels",
    "clusterTrustBundle",
];

pub(crate) fn run(args: &Args) -> Result<()> {
    let server = Server {
        program: cluster::program()?,
        kubeconfig: cluster::folder(args.dir.as_deref()).join("kubeconfigs/admin.kubeconfig"),
    };
    let version = server.read(&["get", "--raw", "/version"])?;
    let version = version["gitVersion"].as_str().unwrap_or_default();
    let index = server.read(&["get", "--raw", "/openapi/v3"])?;
    let mut schemas = Map::new();
    for path in index["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(path, _)| path)
    {
        let is_version = path.starts_with("api/v") || path.matches('/').count() == 2;
        if !is_version {
            continue;
        }
        let document = server.read(&["get", "--raw", &format!("/openapi/v3/{path}")])?;
        if let Some(found) = document
            .pointer("/components/schemas")
            .and_then(Value::as_object)
        {
            schemas.extend(found.clone());
        }
    }
    let mut tables = Tables {
        schemas,
        numbers: BTreeMap::new(),
        defaults: BTreeMap::new(),
        disputed: BTreeSet::new(),
    };
    tables.probe(&server)?;
    let (kinds, types) = tables.written();
    let text = json!({"kubernetes": version, "kinds": kinds, "types": types}).to_string();
    let file = project_root().join("crates/drift/schema/builtin.json");
    fs::write(&file, text + "\n").with_context(|| file.display().to_string())?;
    println!(
        "{} kinds, {} types of Kubernetes {version}",
        kinds.len(),
        types.len()
    );
    for (name, field) in &tables.disputed {
        println!("not constant: {name}.{field}");
    }
    Ok(())
}

struct Server {
    program: PathBuf,
    kubeconfig: PathBuf,
}

impl Server {
    fn read(&self, arguments: &[&str]) -> Result<Value> {
        let output = Command::new(&self.program)
            .arg("kubectl")
            .args(arguments)
            .env("KUBECONFIG", &self.kubeconfig)
            .output()
            .context("failed to start kubectl")?;
        if !output.status.success() {
            bail!(
                "kubectl {arguments:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

struct Tables {
    schemas: Map<String, Value>,
    numbers: BTreeMap<String, usize>,
    defaults: BTreeMap<(String, String), Value>,
    disputed: BTreeSet<(String, String)>,
}

impl Tables {
    /// Sends the probes and notes what the server adds to them.
    fn probe(&mut self, server: &Server) -> Result<()> {
        let file = project_root().join("xtask/src/schema/probes.yaml");
        let text = fs::read_to_string(&file)?;
        for document in yaml::documents(&text) {
            let sent: Value = (&document.content?).into();
            let one = tempfile_named(&sent)?;
            let answer = server.read(&["create", "--dry-run=server", "-o", "json", "-f", &one]);
            fs::remove_file(&one)?;
            let answer = answer.with_context(|| sent["kind"].to_string())?;
            let (group, version) = sent["apiVersion"]
                .as_str()
                .map_or(("", ""), |text| text.split_once('/').unwrap_or(("", text)));
            let Some(name) =
                self.type_of(group, version, sent["kind"].as_str().unwrap_or_default())
            else {
                bail!("{}: no schema", sent["kind"]);
            };
            self.note(&name, &sent, &answer, true);
        }
        Ok(())
    }

    fn type_of(&self, group: &str, version: &str, kind: &str) -> Option<String> {
        let wanted = json!({"group": group, "version": version, "kind": kind});
        let found = self.schemas.iter().find(|(_, schema)| {
            schema["x-kubernetes-group-version-kind"]
                .as_array()
                .is_some_and(|kinds| kinds.len() == 1 && kinds[0] == wanted)
        });
        found.map(|(name, _)| name.clone())
    }

    fn note(&mut self, name: &str, sent: &Value, answer: &Value, is_root: bool) {
        let Some(fields) = self.schemas[name]["properties"].as_object().cloned() else {
            return;
        };
        for (field, schema) in &fields {
            let aside = ["metadata", "status", "apiVersion", "kind"];
            if (is_root && aside.contains(&field.as_str())) || ALLOCATED.contains(&field.as_str()) {
                continue;
            }
            let Some(given) = answer.get(field) else {
                continue;
            };
            match sent.get(field) {
                None => self.note_default(name, field, given),
                Some(sent) => self.note_below(schema, sent, given),
            }
        }
    }

    fn note_below(&mut self, schema: &Value, sent: &Value, answer: &Value) {
        if let Some(name) = reference(schema) {
            self.note(&name, sent, answer, false);
        } else if let (Some(sent), Some(answer)) = (sent.as_array(), answer.as_array()) {
            for (sent, answer) in sent.iter().zip(answer) {
                self.note_below(&schema["items"], sent, answer);
            }
        }
    }

    fn note_default(&mut self, name: &str, field: &str, value: &Value) {
        let key = (name.to_owned(), field.to_owned());
        match self.defaults.get(&key) {
            Some(known) if known != value => {
                self.disputed.insert(key);
            }
            Some(_) => {}
            None => {
                self.defaults.insert(key, value.clone());
            }
        }
    }

    /// Kinds to type numbers, and the types by number.
    fn written(&mut self) -> (Map<String, Value>, Vec<Value>) {
        let mut kinds = Map::new();
        let mut order = Vec::new();
        let names: Vec<String> = self.schemas.keys().cloned().collect();
        for name in names {
            let Some([kind]) = self.schemas[&name]["x-kubernetes-group-version-kind"]
                .as_array()
                .map(Vec::as_slice)
            else {
                continue;
            };
            let (group, version, kind) = (
                text(kind, "group"),
                text(kind, "version"),
                text(kind, "kind"),
            );
            let is_object = self.schemas[&name]["properties"].get("metadata").is_some();
            if !is_object || kind.ends_with("List") {
                continue;
            }
            let key = if group.is_empty() {
                format!("{version}/{kind}")
            } else {
                format!("{group}/{version}/{kind}")
            };
            let number = self.number(&name, &mut order);
            kinds.insert(key, json!(number));
        }
        let mut types = Vec::new();
        let mut next = 0;
        while next < order.len() {
            let name = order[next].clone();
            types.push(self.fields(&name, &mut order));
            next += 1;
        }
        (kinds, types)
    }

    fn number(&mut self, name: &str, order: &mut Vec<String>) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = order.len();
        order.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn fields(&mut self, name: &str, order: &mut Vec<String>) -> Value {
        let schema = self.schemas[name].clone();
        let is_root = schema.get("x-kubernetes-group-version-kind").is_some();
        let mut fields = Map::new();
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            if is_root && ["status", "apiVersion", "kind"].contains(&field.as_str()) {
                continue;
            }
            let key = (name.to_owned(), field.clone());
            let disputed = self.disputed.contains(&key);
            let probed = self.defaults.get(&key).filter(|_| !disputed).cloned();
            // A default that only says the zero value of Go is none that a server writes.
            let declared = schema
                .get("default")
                .filter(|value| !is_zero(value))
                .cloned();
            let node = self.node(schema, order);
            fields.insert(
                field.clone(),
                match probed.or(declared) {
                    Some(default) => json!([node, default]),
                    None => json!([node]),
                },
            );
        }
        Value::Object(fields)
    }

    fn node(&mut self, schema: &Value, order: &mut Vec<String>) -> Value {
        if let Some(name) = reference(schema) {
            let short = name.rsplit('.').next().unwrap_or_default();
            return match short {
                "Quantity" => json!("quantity"),
                "IntOrString" => json!("int-or-string"),
                "Duration" => json!("duration"),
                "Time" | "MicroTime" => json!("time"),
                _ if self.schemas[&name]["properties"].is_object() => {
                    json!(self.number(&name, order))
                }
                _ => json!("any"),
            };
        }
        match schema["type"].as_str() {
            Some("array") => {
                let item = self.node(&schema["items"], order);
                match schema["x-kubernetes-list-type"].as_str() {
                    Some("map") => {
                        json!({"keyed": item, "by": schema["x-kubernetes-list-map-keys"]})
                    }
                    Some("set") => json!({"set": item}),
                    _ => match schema["x-kubernetes-patch-merge-key"].as_str() {
                        Some(key) => json!({"keyed": item, "by": [key]}),
                        None => json!({"list": item}),
                    },
                }
            }
            Some("object") => match schema.get("additionalProperties") {
                Some(values) if values.is_object() => json!({"map": self.node(values, order)}),
                _ => json!("any"),
            },
            Some("string") => match schema["format"].as_str() {
                Some("byte") => json!("base64"),
                Some("date-time") => json!("time"),
                _ => json!("plain"),
            },
            Some("integer" | "boolean" | "number") => json!("plain"),
            _ => match schema["format"].as_str() {
                Some("int-or-string") => json!("int-or-string"),
                _ => json!("any"),
            },
        }
    }
}

fn reference(schema: &Value) -> Option<String> {
    let reference = schema["$ref"]
        .as_str()
        .or_else(|| schema["allOf"][0]["$ref"].as_str())?;
    Some(reference.rsplit('/').next()?.to_owned())
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

/// One probe in a file of its own, for `kubectl create -f`.
fn tempfile_named(object: &Value) -> Result<String> {
    let name = format!("catseye-probe-{}.json", std::process::id());
    let file = std::env::temp_dir().join(Path::new(&name));
    fs::write(&file, object.to_string())?;
    Ok(file.display().to_string())
}
