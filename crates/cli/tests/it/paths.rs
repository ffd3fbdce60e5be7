//! `catseye paths`, `catseye blast-radius` and `catseye query`.

use tempfile::TempDir;

use crate::{Ran, catseye, folder};

/// A web server behind a load balancer whose account may start programs in a privileged agent.
const SHOP: &str = "\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers: [{name: app, image: web, ports: [{containerPort: 80}]}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: ops}
spec:
  template:
    metadata: {labels: {app: agent}}
    spec:
      automountServiceAccountToken: false
      containers:
      - name: agent
        image: agent
        securityContext: {privileged: true}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: none, namespace: ops}
spec: {podSelector: {}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: debug}
rules:
- {apiGroups: [''], resources: [pods/exec], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web-debug}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: debug}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
";

fn shop() -> TempDir {
    folder(&[("shop.yaml", SHOP)])
}

fn paths(folder: &TempDir, args: &[&str]) -> Ran {
    catseye(folder.path(), &[&["paths", "shop.yaml"], args].concat())
}

#[test]
fn the_way_is_told_in_sentences_with_object_field_and_line() {
    let ran = paths(&shop(), &["--from", "internet", "--to", "node"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for expected in [
        "From the internet to a node",
        "The internet reaches Service shop/web, a load balancer  EXPOSE_LB T1190",
        "Service shop/web, spec.type  shop.yaml:4:",
        "ServiceAccount shop/web holds ClusterRole debug",
        "ClusterRole debug may start programs in the pods of DaemonSet ops/agent  POD_EXEC T1609",
        "ClusterRole debug, rules[0]  shop.yaml:38:",
        "is privileged, so its code takes over the node on which they land",
        "Every way passes Service shop/web, then",
        "Mend first",
    ] {
        assert!(
            ran.stdout.contains(expected),
            "{expected} in\n{}",
            ran.stdout
        );
    }
    assert!(!ran.stdout.contains('\u{1b}'));
}

#[test]
fn a_fix_has_the_effect_that_was_promised() {
    let folder = shop();
    let before = paths(&folder, &["--fix-first", "--format", "json"]).json();
    let first = &before["fix_first"][0];
    assert_eq!(first["object"], "DaemonSet ops/agent");
    assert_eq!(first["changes"][0]["change"], "set `privileged: false`");
    let fixed = SHOP.replace("privileged: true", "privileged: false");
    std::fs::write(folder.path().join("shop.yaml"), fixed).expect("a file");
    let after = paths(&folder, &["--format", "json"]).json();
    assert_eq!(after["risk"]["score"], first["after"]["score"]);
    assert_eq!(after["risk"]["ways"], first["after"]["ways"]);
}

#[test]
fn without_an_object_the_way_is_gone() {
    let folder = shop();
    let args = [
        "--from",
        "internet",
        "--to",
        "node",
        "--without",
        "ClusterRoleBinding/web-debug",
    ];
    let ran = paths(&folder, &args);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("There is no way."), "{}", ran.stdout);
    let absent = paths(&folder, &["--without", "Role/shop/x"]);
    assert_eq!(absent.code, 2);
    assert!(
        absent.stderr.contains("no such object"),
        "{}",
        absent.stderr
    );
}

#[test]
fn a_what_if_replaces_and_deletes_objects() {
    let folder = shop();
    let narrowed = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: debug}\n\
        rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]\n";
    let deleted = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata:\n  name: agent\n  namespace: ops\n  \
        annotations: {catseye.dev/what-if: delete}\n";
    for change in [narrowed, deleted] {
        std::fs::write(folder.path().join("change.yaml"), change).expect("a file");
        let args = [
            "--from",
            "internet",
            "--to",
            "node",
            "--what-if",
            "change.yaml",
        ];
        let ran = paths(&folder, &args);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("-> 0 of 100"), "{}", ran.stdout);
    }
}

#[test]
fn json_is_versioned_and_stays_as_it_is() {
    let ran = paths(
        &shop(),
        &["--from", "internet", "--to", "node", "--format", "json"],
    );
    is_golden(&ran.stdout, include_str!("golden/paths.json"), "paths.json");
    let ran = catseye(
        shop().path(),
        &[
            "blast-radius",
            "sa:shop/web",
            "-f",
            "shop.yaml",
            "--format",
            "json",
        ],
    );
    is_golden(
        &ran.stdout,
        include_str!("golden/blast-radius.json"),
        "blast-radius.json",
    );
    let query = "MATCH (c:Container)-[r]->(n:Node) RETURN c.name, type(r)";
    let ran = catseye(
        shop().path(),
        &["query", query, "-f", "shop.yaml", "--format", "json"],
    );
    is_golden(&ran.stdout, include_str!("golden/query.json"), "query.json");
}

/// Compares with a golden file; `CATSEYE_GOLDEN=write` writes it anew, to be read before it is kept.
pub(crate) fn is_golden(found: &str, golden: &str, name: &str) {
    if std::env::var_os("CATSEYE_GOLDEN").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golden/");
        std::fs::write(format!("{path}{name}"), found).expect("a golden file");
        return;
    }
    assert_eq!(found, golden);
}

#[test]
fn pictures_are_whole_and_the_same_each_time() {
    let folder = shop();
    for format in ["dot", "html"] {
        let args = ["--from", "internet", "--to", "node", "--format", format];
        let first = paths(&folder, &args).stdout;
        assert_eq!(first, paths(&folder, &args).stdout);
        let (start, end) = match format {
            "dot" => ("digraph paths {", "}\n"),
            _ => ("<!doctype html>", "</html>\n"),
        };
        assert!(first.starts_with(start) && first.ends_with(end), "{first}");
        assert!(first.contains("POD_EXEC"), "{first}");
        // Nothing is fetched and nothing runs.
        for outside in ["http://", "https://", "<script", "src=", "@import"] {
            assert!(!first.contains(outside), "{outside}");
        }
    }
}

#[test]
fn the_blast_radius_names_what_falls_and_how() {
    let ran = catseye(
        shop().path(),
        &["blast-radius", "shop/web", "-f", "shop.yaml"],
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for expected in [
        "What falls with the pods of Deployment shop/web:",
        "Node (1)",
        "the node on which they land",
        "by CONTAINS, IDENTITY_ASSUME, HAS_PERMISSION, POD_EXEC, CONTAINS, CE_PRIVILEGED",
    ] {
        assert!(
            ran.stdout.contains(expected),
            "{expected} in\n{}",
            ran.stdout
        );
    }
}

#[test]
fn wrong_words_say_what_to_write() {
    let folder = shop();
    for (args, expected) in [
        (
            vec!["paths", ".", "--from", "web"],
            "did you mean Deployment/shop/web or Service/shop/web or sa:shop/web?",
        ),
        (
            vec!["blast-radius", "nothing", "-f", "."],
            "write internet, cluster, NAMESPACE/WORKLOAD",
        ),
        (
            vec!["query", "MATCH (a RETURN a", "-f", "."],
            "column 10: expected a closing )",
        ),
        (
            vec!["query", "MATCH (a:Thing) RETURN a", "-f", "."],
            "no node has the label \"Thing\"",
        ),
    ] {
        let ran = catseye(folder.path(), &args);
        assert_eq!(ran.code, 2, "{}", ran.stdout);
        assert!(
            ran.stderr.contains(expected),
            "{expected} in\n{}",
            ran.stderr
        );
    }
}

/// An audit log in which the agent's operator lists pods, and the web server's account does nothing.
const LOG: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"1","stage":"ResponseComplete","requestURI":"/api/v1/pods","verb":"list","user":{"username":"jane","groups":["system:authenticated"]},"objectRef":{"resource":"pods","apiVersion":"v1"},"responseStatus":{"code":200},"requestReceivedTimestamp":"2026-11-20T08:00:00.000000Z","stageTimestamp":"2026-11-20T08:00:00.010000Z"}
{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"2","stage":"ResponseComplete","requestURI":"/api/v1/pods","verb":"list","user":{"username":"jane","groups":["system:authenticated"]},"objectRef":{"resource":"pods","apiVersion":"v1"},"responseStatus":{"code":200},"requestReceivedTimestamp":"2026-11-23T08:00:00.000000Z","stageTimestamp":"2026-11-23T08:00:00.010000Z"}
"#;

/// The same log with a program started in a pod by the web server's account.
const EXEC: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"3","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/ops/pods/agent-1/exec","verb":"create","user":{"username":"system:serviceaccount:shop:web","groups":["system:serviceaccounts","system:authenticated"]},"objectRef":{"resource":"pods","subresource":"exec","namespace":"ops","name":"agent-1","apiVersion":"v1"},"responseStatus":{"code":101},"requestReceivedTimestamp":"2026-11-22T08:00:00.000000Z","stageTimestamp":"2026-11-22T08:00:00.010000Z"}
"#;

#[test]
fn a_log_says_which_steps_are_used() {
    let whole = format!("{LOG}{EXEC}");
    let folder = folder(&[("shop.yaml", SHOP), ("idle.log", LOG), ("busy.log", &whole)]);
    let idle = paths(&folder, &["--to", "node", "--audit", "idle.log"]);
    assert!(
        idle.stdout.contains("not seen in 3 days of log"),
        "{}",
        idle.stdout
    );
    assert!(!idle.stdout.contains("seen used"), "{}", idle.stdout);
    let busy = paths(&folder, &["--to", "node", "--audit", "busy.log"]);
    let seen = "seen used (once, last at 2026-11-22T08:00:00Z)";
    assert!(busy.stdout.contains(seen), "{}", busy.stdout);
    let dot = paths(
        &folder,
        &["--to", "node", "--audit", "idle.log", "--format", "dot"],
    );
    assert!(dot.stdout.contains("style=dashed"), "{}", dot.stdout);
}
