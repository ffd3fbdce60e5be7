//! `catseye audit LOG…` and its questions, on small logs written by hand.

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{catseye, folder};

const CART: &str = "system:serviceaccount:shop:cart";

fn event(number: usize, time: &str, user: &str, verb: &str, resource: &str, name: &str) -> Value {
    json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse",
        "auditID": format!("event-{number}"), "stage": "ResponseComplete",
        "requestURI": format!("/api/v1/namespaces/shop/{resource}"), "verb": verb,
        "user": {"username": user, "groups": ["system:authenticated"]}, "sourceIPs": ["10.0.0.1"],
        "userAgent": "cart/v1.0.0 (linux/amd64)",
        "objectRef": {"resource": resource, "namespace": "shop", "name": name, "apiVersion": "v1"},
        "responseStatus": {"code": 200}, "requestReceivedTimestamp": time,
        "annotations": {"authorization.k8s.io/decision": "allow"}})
}

/// A week in which `cart` reads its configuration every hour.
fn week() -> String {
    let mut log = String::new();
    for hour in 0..7 * 24 {
        let time = format!("2026-11-{:02}T{:02}:10:00Z", 16 + hour / 24, hour % 24);
        log += &event(hour, &time, CART, "get", "configmaps", "cart").to_string();
        log.push('\n');
    }
    log
}

fn theft() -> String {
    let mut theft = event(1, "2026-11-24T03:00:00Z", CART, "list", "secrets", "");
    theft["sourceIPs"] = json!(["203.0.113.9"]);
    theft["userAgent"] = "curl/8.14.1".into();
    theft.to_string() + "\n"
}

#[test]
fn what_was_learned_makes_a_theft_an_incident_with_a_receipt() {
    let folder = folder(&[("week.log", &week()), ("later.log", &theft())]);
    let learned = catseye(
        folder.path(),
        &[
            "audit",
            "week.log",
            "--trust",
            "--write-baseline",
            "normal.json",
        ],
    );
    assert_eq!(learned.code, 0, "{}", learned.stderr);
    let found = catseye(
        folder.path(),
        &[
            "audit",
            "later.log",
            "--baseline",
            "normal.json",
            "--format",
            "json",
        ],
    );
    assert_eq!(found.code, 1, "{}", found.stderr);
    let report = found.json();
    assert_eq!(report["version"], 1);
    let incident = &report["incidents"][0];
    assert_eq!(incident["actor"], CART);
    let anomaly = incident["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .find(|evidence| evidence["kind"] == "anomaly")
        .unwrap();
    assert_eq!(anomaly["receipt"]["samples"], 168);
    assert_eq!(anomaly["receipt"]["mature"], true);
}

#[test]
fn an_ordinary_week_is_no_incident() {
    let folder = folder(&[("week.log", &week())]);
    let ran = catseye(folder.path(), &["audit", "week.log"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("0 incidents"), "{}", ran.stdout);
}

#[test]
fn the_same_log_gives_the_same_bytes() {
    let folder = folder(&[("a.log", &(week() + &theft()))]);
    let args = ["audit", "a.log", "--format", "html"];
    let first = catseye(folder.path(), &args).stdout;
    assert!(first.starts_with("<!doctype html>"));
    assert_eq!(first, catseye(folder.path(), &args).stdout);
}

#[test]
fn a_profile_is_told_in_words() {
    let folder = folder(&[("week.log", &week())]);
    let ran = catseye(folder.path(), &["audit", "who", "cart", "week.log"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("168 calls on 7 days"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("get configmaps in shop"),
        "{}",
        ran.stdout
    );
    let nobody = catseye(folder.path(), &["audit", "who", "mallory", "week.log"]);
    assert_eq!(nobody.code, 1);
}

#[test]
fn least_privilege_comes_with_its_proof() {
    let folder = folder(&[("week.log", &week())]);
    let ran = catseye(
        folder.path(),
        &["audit", "least-privilege", CART, "week.log"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let list = ran.json();
    assert_eq!(
        list["items"][0]["metadata"],
        json!({"name": "cart", "namespace": "shop"})
    );
    assert_eq!(
        list["items"][0]["rules"],
        json!([{"verbs": ["get"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["cart"]}])
    );
    assert!(
        ran.stderr.contains("168 of 168 replayed calls"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_binding_is_told_in_words() {
    let mut bound = event(
        1,
        "2026-11-24T03:00:00Z",
        "alice",
        "create",
        "rolebindings",
        "debug",
    );
    bound["objectRef"]["apiGroup"] = "rbac.authorization.k8s.io".into();
    bound["requestObject"] = json!({"roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "Group", "name": "sre"}]});
    let folder = folder(&[("audit.log", &bound.to_string())]);
    let ran = catseye(folder.path(), &["audit", "trail", "audit.log"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let told = "alice gave group sre everything in namespace shop (through RoleBinding shop/debug → ClusterRole cluster-admin)";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
}

#[test]
fn a_wrong_baseline_is_refused_with_what_to_do() {
    let folder = folder(&[("week.log", &week()), ("normal.json", "{}")]);
    let ran = catseye(
        folder.path(),
        &["audit", "week.log", "--baseline", "normal.json"],
    );
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--write-baseline"), "{}", ran.stderr);
}

/// A program that is ended when the test is over, however that ends.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A run that follows `audit.log`, and what it tells line by line.
struct Following {
    running: Running,
    lines: mpsc::Receiver<String>,
}

impl Following {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_catseye"))
            .args(["audit", "--follow", "audit.log", "--format", "json"])
            .args(arguments)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut running = Running(child);
        let out = BufReader::new(running.0.stdout.take().expect("a pipe"));
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Following { running, lines }
    }

    fn next(&self) -> Value {
        let line = self
            .lines
            .recv_timeout(Duration::from_mins(2))
            .expect("the program tells what happened");
        serde_json::from_str(&line).expect("a line is JSON")
    }
}

#[test]
fn a_followed_log_is_judged_by_the_rules_of_the_user_too() {
    let rule = "title: Configuration read\nid: configuration-read\nlevel: high\n\
                logsource: {product: kubernetes, service: audit}\ndetection:\n  \
                selection: {verb: get, objectRef.resource: configmaps, objectRef.name: payroll}\n  \
                condition: selection\n";
    let folder = folder(&[("audit.log", &week()), ("rule.yml", rule)]);
    let following = Following::start(folder.path(), &["--rules", "rule.yml"]);
    let log = folder.path().join("audit.log");
    let mut open = OpenOptions::new().append(true).open(&log).expect("the log");
    let read = event(
        9,
        "2026-11-24T03:00:00Z",
        CART,
        "get",
        "configmaps",
        "payroll",
    );
    open.write_all((read.to_string() + "\n").as_bytes())
        .expect("written");
    let told = following.next();
    let evidence = told["incident"]["evidence"].as_array().expect("evidence");
    let by_rule = |evidence: &Value| evidence["id"] == "configuration-read";
    assert!(evidence.iter().any(by_rule), "{told}");
}

#[cfg(unix)]
#[test]
fn a_run_that_goes_on_with_a_baseline_reads_only_what_was_written_since() {
    let folder = folder(&[("audit.log", &(week() + &theft()))]);
    let run = |arguments: &[&str]| {
        let mut following = Following::start(folder.path(), arguments);
        let told = following.next();
        let pid = following.running.0.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(sent.expect("kill runs").success());
        following.running.0.wait().expect("it ends");
        let evidence = told["incident"]["evidence"].as_array().expect("evidence");
        evidence
            .iter()
            .filter_map(|it| it["count"].as_u64())
            .sum::<u64>()
    };
    let first = run(&["--write-baseline", "normal.json"]);
    let log = folder.path().join("audit.log");
    let mut open = OpenOptions::new().append(true).open(&log).expect("the log");
    open.write_all(theft().as_bytes()).expect("written");
    let second = run(&[
        "--baseline",
        "normal.json",
        "--write-baseline",
        "normal.json",
    ]);
    assert!(
        second <= first,
        "{second} pieces of evidence, {first} before"
    );
    let text = fs::read_to_string(folder.path().join("normal.json.place")).expect("a place");
    let place: Value = serde_json::from_str(&text).expect("JSON");
    let length = log.metadata().expect("the log").len();
    assert_eq!(
        place["places"][0]["logs"]["audit.log"]["read"], length,
        "{text}"
    );
}

#[cfg(unix)]
#[test]
fn what_was_learned_is_saved_when_the_program_is_told_to_end() {
    let folder = folder(&[("audit.log", &(week() + &theft()))]);
    let mut following = Following::start(folder.path(), &["--write-baseline", "normal.json"]);
    following.next();
    let pid = following.running.0.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(sent.expect("kill runs").success());
    let ended = following.running.0.wait().expect("it ends");
    assert_eq!(ended.code(), Some(1), "it told an incident");
    let mut files: Vec<String> = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("text")
        })
        .filter(|name| name.contains("normal"))
        .collect();
    files.sort();
    let expected = ["normal.json", "normal.json.place"];
    assert_eq!(files, expected, "nothing half written is left");
    let arguments = [
        "audit",
        "who",
        "shop:cart",
        "audit.log",
        "--baseline",
        "normal.json",
    ];
    let known = catseye(folder.path(), &arguments);
    assert_eq!(known.code, 0, "{}", known.stderr);
    // The file's week, and the log's once more.
    assert!(known.stdout.contains(": 337 calls"), "{}", known.stdout);
}

#[test]
fn incidents_are_told_as_the_log_grows_and_is_rotated() {
    let folder = folder(&[("audit.log", &week())]);
    let following = Following::start(folder.path(), &[]);
    let next = || following.next();

    let log = folder.path().join("audit.log");
    let mut open = OpenOptions::new().append(true).open(&log).expect("the log");
    open.write_all(theft().as_bytes()).expect("written");
    let opened = next();
    assert_eq!(
        (&opened["version"], &opened["change"]),
        (&json!(1), &json!("opened"))
    );
    assert_eq!(opened["incident"]["actor"], CART);

    fs::rename(&log, folder.path().join("audit-1.log")).expect("rotated");
    let mut entered = event(2, "2026-11-24T03:05:00Z", CART, "create", "pods", "pay-0");
    entered["objectRef"]["subresource"] = "exec".into();
    entered["requestURI"] = "/api/v1/namespaces/shop/pods/pay-0/exec?command=sh".into();
    fs::write(&log, entered.to_string() + "\n").expect("a new log");
    let grown = next();
    assert!(["grown", "raised"].contains(&grown["change"].as_str().expect("a word")));
    assert_eq!(grown["incident"]["id"], opened["incident"]["id"]);
}

const CLUSTER: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: cart, namespace: shop}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: cart, namespace: shop}
";

#[test]
fn an_inventory_says_what_the_actor_could_reach_and_makes_rules_evaluable() {
    let folder = folder(&[("a.log", &(week() + &theft())), ("cluster.yaml", CLUSTER)]);
    let without = catseye(folder.path(), &["audit", "a.log"]);
    assert!(
        without
            .stdout
            .contains("Not judged without the cluster's objects (--inventory): AUD-008"),
        "{}",
        without.stdout
    );
    let with = catseye(
        folder.path(),
        &["audit", "a.log", "--inventory", "cluster.yaml"],
    );
    assert_eq!(with.code, 1, "{}", with.stderr);
    assert!(!with.stdout.contains("--inventory"), "{}", with.stdout);
    assert!(
        with.stdout
            .contains("ServiceAccount shop/cart: the whole cluster, "),
        "{}",
        with.stdout
    );
}

#[test]
fn a_list_of_addresses_comes_from_the_configuration() {
    let config = "[audit]\nmalicious-files = ['bad.txt']\n";
    let folder = folder(&[
        ("a.log", &theft()),
        ("catseye.toml", config),
        ("bad.txt", "# a feed\n203.0.113.0/24\n"),
        ("typo.toml", "[audit]\n\nmaliciuos = []\n"),
        ("wrong.toml", "[audit]\nanonymisers-files = ['wrong.txt']\n"),
        ("wrong.txt", "192.0.2.1\nexit.example\n"),
    ]);
    let found = catseye(folder.path(), &["audit", "a.log", "--format", "json"]);
    let rules: Vec<Value> = found.json()["incidents"][0]["evidence"]
        .as_array()
        .expect("evidence")
        .iter()
        .map(|it| it["id"].clone())
        .collect();
    assert!(rules.contains(&json!("AUD-006")), "{rules:?}");
    let typo = catseye(folder.path(), &["audit", "a.log", "--config", "typo.toml"]);
    assert_eq!(typo.code, 2);
    assert!(typo.stderr.contains("line 3"), "{}", typo.stderr);
    let wrong = catseye(folder.path(), &["audit", "a.log", "--config", "wrong.toml"]);
    assert!(wrong.stderr.contains("line 2"), "{}", wrong.stderr);
}

#[test]
fn evidence_that_somebody_has_accepted_is_no_incident_until_it_expires() {
    let exceptions = |expires: &str| {
        format!(
            "version: 1\nexceptions:\n- {{checks: ['AUD-*x', '*'], actor: 'system:serviceaccount:shop:*', \
             reason: the cart is tested, author: maya, expires: {expires}}}\n"
        )
    };
    let folder = folder(&[
        ("a.log", &(week() + &theft())),
        ("valid.yaml", &exceptions("2099-01-01")),
        ("expired.yaml", &exceptions("2026-01-01")),
    ]);
    let accepted = catseye(
        folder.path(),
        &["audit", "a.log", "--exceptions", "valid.yaml"],
    );
    assert_eq!(accepted.code, 0, "{}", accepted.stdout);
    assert!(
        accepted
            .stdout
            .contains("of evidence accepted by exceptions"),
        "{}",
        accepted.stdout
    );
    let expired = catseye(
        folder.path(),
        &["audit", "a.log", "--exceptions", "expired.yaml"],
    );
    assert_eq!(expired.code, 1);
    assert!(
        expired
            .stderr
            .contains("expired.yaml:3: the exception expired on 2026-01-01"),
        "{}",
        expired.stderr
    );
}

#[test]
fn a_folder_of_packed_dumps_is_an_inventory_of_which_the_last_counts() {
    let objects = [
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "b"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": "cart", "namespace": "shop"}]}),
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "cart", "namespace": "shop"}}),
    ];
    let lines = objects.map(|object| object.to_string() + "\n").concat();
    let folder = folder(&[("a.log", &(week() + &theft()))]);
    let dumps = folder.path().join("dumps");
    fs::create_dir(&dumps).expect("a folder");
    for name in ["T1.jsonl.zst", "T2.jsonl.zst"] {
        let packed = zstd::encode_all(lines.as_bytes(), 1).expect("packed");
        fs::write(dumps.join(name), packed).expect("written");
    }
    let ran = catseye(folder.path(), &["audit", "a.log", "--inventory", "dumps"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("2 objects stand there more than once"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stdout
            .contains("ServiceAccount shop/cart: the whole cluster, "),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_the_operator_has_told_counts_for_every_question() {
    let config = "[audit]\ndeployers = ['alice']\nmalicious = ['203.0.113.0/24']\n\
                  [audit.networks]\noffice = ['10.0.0.0/8']\n";
    let mut bound = event(
        1,
        "2026-11-24T03:00:00Z",
        "alice",
        "create",
        "rolebindings",
        "debug",
    );
    bound["objectRef"]["apiGroup"] = "rbac.authorization.k8s.io".into();
    bound["requestObject"] = json!({"roleRef": {"kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "Group", "name": "sre"}]});
    let log = week() + &theft() + &bound.to_string() + "\n";
    let folder = folder(&[("audit.log", &log), ("catseye.toml", config)]);
    let who = catseye(folder.path(), &["audit", "who", "shop:cart", "audit.log"]);
    assert!(who.stdout.contains("  office "), "{}", who.stdout);
    let trail = catseye(folder.path(), &["audit", "trail", "audit.log", "--people"]);
    assert!(trail.stdout.contains("0 changes"), "{}", trail.stdout);
    let needs = ["audit", "least-privilege", "sa:shop/cart", "audit.log"];
    let needs = catseye(folder.path(), &needs);
    assert!(!needs.stdout.contains("secrets"), "{}", needs.stdout);
    assert!(
        needs
            .stderr
            .contains("calls from malicious addresses that are left out: 1"),
        "{}",
        needs.stderr
    );
}
