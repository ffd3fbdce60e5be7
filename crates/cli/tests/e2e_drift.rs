//! Drift on a real cluster: nothing where nobody did anything, everything where somebody did, and back.
#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and read what they wrote"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use catseye_e2e::Cluster;
use catseye_model::{Fields as _, Value, yaml};

const CHANGES: &str = include_str!("drift/changes.yaml");
/// Folders of the shop whose namespaces this test has for itself, under names of its own.
const FOLDERS: [&str; 4] = ["00-cluster", "shop", "payments", "data"];
const NAMESPACES: [&str; 3] = ["shop", "payments", "data"];
/// What the test wants beside the shop: a Secret, and a robot that may write.
const MORE: &str = r"
apiVersion: v1
kind: Secret
metadata: {name: api, namespace: drift-shop}
stringData: {token: correct-horse}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: drift-shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: robot, namespace: drift-shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: ServiceAccount, name: robot, namespace: drift-shop}]
";

type Json = serde_json::Value;

/// The shop's objects of three namespaces, renamed, namespaces first.
fn desired() -> Vec<Json> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/scenario/shop");
    let mut texts = vec![MORE.to_owned()];
    for folder in FOLDERS {
        let mut files: Vec<PathBuf> = std::fs::read_dir(root.join(folder))
            .expect("a folder of the shop")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        files.sort();
        texts.extend(
            files
                .iter()
                .map(|file| std::fs::read_to_string(file).expect("a manifest")),
        );
    }
    let mut objects = Vec::new();
    for document in texts.iter().flat_map(|text| yaml::documents(text)) {
        let value = document.content.expect("a manifest is YAML");
        let mut object = Json::from(&value);
        if object.is_null() || object["kind"] == "PostgresCluster" {
            continue;
        }
        let is_namespace = object["kind"] == "Namespace";
        let field = if is_namespace { "name" } else { "namespace" };
        let name = object["metadata"][field]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if NAMESPACES.contains(&name.as_str()) {
            object["metadata"][field] = format!("drift-{name}").into();
        } else if !name.starts_with("drift-") {
            continue;
        }
        let subjects = object.get_mut("subjects").and_then(Json::as_array_mut);
        for subject in subjects.into_iter().flatten() {
            let namespace = subject["namespace"].as_str().unwrap_or_default().to_owned();
            if NAMESPACES.contains(&namespace.as_str()) {
                subject["namespace"] = format!("drift-{namespace}").into();
            }
        }
        objects.push(object);
    }
    objects.sort_by_key(|object| object["kind"] != "Namespace");
    objects
}

struct Stage {
    cluster: Cluster,
    folder: tempfile::TempDir,
    users: BTreeMap<String, PathBuf>,
}

impl Stage {
    fn new(cluster: Cluster) -> Self {
        let users = ["argocd", "jane", "bob", "eve"]
            .into_iter()
            .map(|name| {
                let file = cluster.user(name, &["system:masters"]).expect("a user");
                (name.to_owned(), file)
            })
            .collect();
        Stage {
            cluster,
            folder: tempfile::tempdir().expect("a folder"),
            users,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `kubectl` as somebody.
    fn kubectl(
        &self,
        user: &str,
        arguments: &[&str],
        input: Option<&str>,
        editor: Option<&str>,
    ) -> Output {
        let description = self.cluster.description().expect("our own cluster");
        let mut command = Command::new(&description.program);
        command.arg("kubectl").args(arguments);
        command.env("KUBECONFIG", &self.users[user]);
        if let Some(editor) = editor {
            command.env("KUBE_EDITOR", editor);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("kubectl starts");
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(input.unwrap_or_default().as_bytes())
            .expect("written");
        drop(pipe);
        child.wait_with_output().expect("kubectl ends")
    }

    fn must(
        &self,
        user: &str,
        arguments: &[&str],
        input: Option<&str>,
        editor: Option<&str>,
    ) -> String {
        let output = self.kubectl(user, arguments, input, editor);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The robot calls with its token and nothing else.
    fn add_robot(&mut self) {
        let token = self.must(
            "argocd",
            &["create", "token", "robot", "-n", "drift-shop"],
            None,
            None,
        );
        let description = self.cluster.description().expect("our own cluster");
        let config = serde_json::json!({"apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": description.server, "certificate-authority": description.ca}}],
            "users": [{"name": "u", "user": {"token": token.trim()}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]});
        let file = self.file("sa.kubeconfig");
        std::fs::write(&file, config.to_string()).expect("written");
        self.users.insert("sa".to_owned(), file);
    }

    /// `catseye drift` on the desired state; the answer and the exit code.
    fn drift(&self, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_catseye"))
            .arg("drift")
            .arg("--kubeconfig")
            .arg(self.cluster.kubeconfig())
            .args(more)
            .output()
            .expect("catseye starts")
    }

    fn found(&self, audit: bool) -> Found {
        let desired = self.file("desired.json");
        let desired = desired.to_str().expect("UTF-8");
        let log = &self
            .cluster
            .description()
            .expect("our own cluster")
            .audit_log;
        let mut more = vec![desired, "--format", "json", "--only", "drift-"];
        if audit {
            more.extend(["--audit", log.to_str().expect("UTF-8")]);
        }
        let output = self.drift(&more);
        let answer: Json = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|err| panic!("{err}: {}", String::from_utf8_lossy(&output.stderr)));
        Found(answer["objects"].as_array().expect("objects").clone())
    }
}

struct Found(Vec<Json>);

impl Found {
    fn object(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|object| told(&object["object"]) == name)
    }

    fn listed(&self) -> Vec<String> {
        let mut listed = Vec::new();
        for object in &self.0 {
            for difference in object["differences"].as_array().expect("differences") {
                listed.push(format!(
                    "{} {} {}",
                    told(&object["object"]),
                    difference["class"].as_str().expect("a class"),
                    difference["path"].as_str().expect("a path")
                ));
            }
        }
        listed
    }
}

/// `Deployment shop/cart` of a key.
fn told(key: &Json) -> String {
    let text = |field: &str| key[field].as_str().unwrap_or_default();
    match text("namespace") {
        "" => format!("{} {}", text("kind"), text("name")),
        namespace => format!("{} {namespace}/{}", text("kind"), text("name")),
    }
}

/// Waits for the controllers to have done their work.
fn settled(stage: &Stage) -> Found {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let found = stage.found(false);
        let ready = stage.must(
            "argocd",
            &["get", "deployments", "-A", "-o", "jsonpath={range .items[*]}{.metadata.namespace}:{.status.observedGeneration} {end}"],
            None,
            None,
        );
        let all_seen = ready
            .split_whitespace()
            .filter(|entry| entry.starts_with("drift-"))
            .all(|entry| !entry.ends_with(':'));
        if all_seen || Instant::now() > deadline {
            return found;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn every_change_by_hand_is_found_with_its_author_and_taken_back() {
    let Some(cluster) = catseye_e2e::cluster("every_change_by_hand_is_found") else {
        return;
    };
    if cluster.description().is_none() {
        assert!(
            std::env::var(catseye_e2e::REQUIRED).is_ok(),
            "a cluster of the user's has no audit log that we can read"
        );
        return;
    }
    let mut stage = Stage::new(cluster);
    let objects = desired();
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": objects});
    let file = stage.file("desired.json");
    std::fs::write(&file, list.to_string()).expect("written");
    let file = file.to_str().expect("UTF-8").to_owned();
    let apply = [
        "apply",
        "--server-side",
        "--field-manager=argocd-controller",
        "-f",
    ];
    stage.must("argocd", &[&apply[..], &[&file]].concat(), None, None);

    // 1. Nobody did anything: nothing is told.
    let quiet = settled(&stage);
    assert_eq!(quiet.listed(), Vec::<String>::new());

    // 2. Forty changes and more, by different people with different tools.
    stage.add_robot();
    let changes = yaml::documents(CHANGES)
        .remove(0)
        .content
        .expect("the table is YAML");
    let changes = changes.as_array().expect("a list");
    assert!(changes.len() >= 40);
    for change in changes {
        if !change.has("run") {
            continue;
        }
        let by = change.text("by").expect("somebody");
        let mut arguments: Vec<String> = change.texts("run").map(str::to_owned).collect();
        if let Some(user) = change.text("as") {
            arguments.extend([
                format!("--as={user}"),
                "--as-group=system:masters".to_owned(),
            ]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        stage.must(by, &arguments, change.text("input"), change.text("editor"));
        let then: Vec<&str> = change.texts("then").collect();
        if !then.is_empty() {
            stage.must(by, &then, None, None);
        }
        if change.flag("then-desired") == Some(true) {
            let budget = objects
                .iter()
                .find(|object| {
                    object["kind"] == "PodDisruptionBudget"
                        && object["metadata"]["name"] == "checkout"
                })
                .expect("the budget of the shop");
            stage.must(
                "argocd",
                &[&apply[..], &["-"]].concat(),
                Some(&budget.to_string()),
                None,
            );
        }
    }
    let with_audit = stage.found(true);
    let without = stage.found(false);
    let mut wrong = Vec::new();
    let mut explained = BTreeSet::new();
    for change in changes {
        judge(change, &with_audit, true, &mut explained, &mut wrong);
        judge(change, &without, false, &mut BTreeSet::new(), &mut wrong);
    }
    for line in with_audit.listed() {
        if !explained.contains(&line) && !is_consequence(&line) {
            wrong.push(format!("found beside the changes: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // 3. What `kubectl diff --server-side` sees, we see; what it does not see is what desired is silent about.
    agrees_with_kubectl(&stage, &objects, &without);

    // 4. Back: exactly as desired, and a second time nothing is left to do. Undone: as it was.
    let undo = stage.file("undo.json");
    let undo = undo.to_str().expect("UTF-8");
    let before = without.listed();
    let restored = stage.drift(&[
        &file,
        "--only",
        "drift-",
        "--restore",
        "apply",
        "--prune",
        "--undo-file",
        undo,
    ]);
    assert_eq!(
        restored.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&restored.stderr)
    );
    // What was deleted takes a moment to go.
    let deadline = Instant::now() + Duration::from_mins(1);
    let mut left = stage.found(false).listed();
    while !left.is_empty() && Instant::now() < deadline {
        left = stage.found(false).listed();
    }
    assert_eq!(left, Vec::<String>::new());
    let undone = Command::new(env!("CARGO_BIN_EXE_catseye"))
        .args(["drift", "--undo", undo, "--kubeconfig"])
        .arg(stage.cluster.kubeconfig())
        .output()
        .expect("catseye starts");
    let words = String::from_utf8_lossy(&undone.stderr).into_owned();
    // The value of a Secret is the one thing that is not kept.
    let after: BTreeSet<String> = stage.found(false).listed().into_iter().collect();
    let not_undone: Vec<&String> = before
        .iter()
        .filter(|line| !after.contains(*line))
        .collect();
    assert_eq!(
        not_undone,
        ["Secret drift-shop/api changed data.token"],
        "{words}"
    );

    for namespace in ["drift-shop", "drift-payments", "drift-data"] {
        stage.must(
            "argocd",
            &["delete", "namespace", namespace, "--wait=false"],
            None,
            None,
        );
    }
}

/// What the API server or a controller does because of a change.
fn is_consequence(line: &str) -> bool {
    // The token's Secret and the pods of what was added belong to their owners; nothing else is known.
    line.contains("unmanaged") && line.starts_with("ReplicaSet")
}

fn judge(
    change: &Value,
    found: &Found,
    audit: bool,
    explained: &mut BTreeSet<String>,
    wrong: &mut Vec<String>,
) {
    let name = change.text("name").expect("a name");
    let expected = change.at("found");
    if expected.flag("audit-only") == Some(true) && !audit {
        return;
    }
    let object_name = expected.text("object").expect("an object");
    let Some(object) = found.object(object_name) else {
        wrong.push(format!(
            "{name}: {object_name} was not found (audit: {audit})"
        ));
        return;
    };
    let class = expected.text("class").expect("a class");
    let mut hit = None;
    for difference in object["differences"].as_array().expect("differences") {
        let path = difference["path"].as_str().expect("a path");
        let fits = expected.text("path") == Some(path)
            || expected
                .text("under")
                .is_some_and(|under| path.starts_with(under));
        if difference["class"] == class && fits {
            explained.insert(format!("{object_name} {class} {path}"));
            hit = Some(difference);
        }
    }
    let Some(difference) = hit else {
        wrong.push(format!(
            "{name}: not found as {class} (audit: {audit}): {}",
            object["differences"]
        ));
        return;
    };
    let by = &difference["by"];
    let known = by["known_by"].as_str().unwrap_or_default();
    if !audit {
        // Who deleted a field or an object, nothing in the cluster tells.
        let silent = matches!(class, "removed" | "missing");
        if by.get("user").is_some()
            || !(known == "managed-fields" || (known == "unknown" && silent))
        {
            wrong.push(format!("{name}: without the log told as {by}"));
        }
        return;
    }
    let user = expected
        .text("user")
        .or(change.text("by"))
        .expect("somebody");
    let wanted = expected.text("known").unwrap_or("audit");
    if by["user"] != user || known != wanted {
        wrong.push(format!("{name}: expected {user} by {wanted}, told {by}"));
    }
    if let Some(tool) = expected.text("tool")
        && by["tool"] != tool
    {
        wrong.push(format!("{name}: expected {tool}, told {by}"));
    }
    if let Some(who) = expected.text("impersonated")
        && by["impersonated_by"] != who
    {
        wrong.push(format!("{name}: expected {who} behind it, told {by}"));
    }
    if let Some(severity) = expected.text("severity")
        && object["severity"] != severity
    {
        wrong.push(format!(
            "{name}: expected {severity}, told {}",
            object["severity"]
        ));
    }
}

/// A merge of desired with the privileged container is invalid (privileged, and no escalation), and
/// `kubectl diff` then tells nothing of any object: it does not get that one.
const INVALID_MERGED: &str = "apps.v1.Deployment.drift-shop.search";

fn agrees_with_kubectl(stage: &Stage, objects: &[Json], found: &Found) {
    let items: Vec<&Json> = objects
        .iter()
        .filter(|object| object["kind"] != "Deployment" || object["metadata"]["name"] != "search")
        .collect();
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items});
    let file = stage.file("for-kubectl.json");
    std::fs::write(&file, list.to_string()).expect("written");
    let file = file.to_str().expect("UTF-8");
    let arguments = [
        "diff",
        "--server-side",
        "--force-conflicts",
        "--field-manager=argocd-controller",
        "-f",
        file,
    ];
    let output = stage.kubectl("argocd", &arguments, None, None);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // `diff -u -N /tmp/LIVE-1/apps.v1.Deployment.drift-shop.cart /tmp/MERGED-2/…`
    let theirs: BTreeSet<String> = text
        .lines()
        .filter(|line| line.starts_with("diff "))
        .filter_map(|line| Some(line.rsplit('/').next()?.to_owned()))
        .collect();
    assert!(
        !theirs.is_empty(),
        "kubectl diff told nothing: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut ours = BTreeMap::new();
    for object in &found.0 {
        let version = object["apiVersion"]
            .as_str()
            .expect("a version")
            .replace('/', ".");
        let key = &object["object"];
        let text = |field: &str| key[field].as_str().unwrap_or_default();
        let name = format!(
            "{version}.{}.{}.{}",
            text("kind"),
            text("namespace"),
            text("name")
        );
        let classes: BTreeSet<&str> = object["differences"]
            .as_array()
            .expect("differences")
            .iter()
            .map(|difference| difference["class"].as_str().expect("a class"))
            .collect();
        ours.insert(name, classes);
    }
    for object in &theirs {
        assert!(
            ours.contains_key(object),
            "kubectl diff sees {object}, and we do not"
        );
    }
    // kubectl compares what is desired with what applying it would make: fields that desired does not name
    // stay, so it cannot see them; nor objects that nobody desires.
    for (object, classes) in &ours {
        if object == INVALID_MERGED {
            continue;
        }
        let silent = classes
            .iter()
            .all(|class| matches!(*class, "added" | "unmanaged" | "re-owned"));
        assert!(
            silent || theirs.contains(object),
            "we see {object} ({classes:?}), and kubectl diff does not"
        );
    }
}
