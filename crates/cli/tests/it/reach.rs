//! `catseye reach`: who can reach whom.

use crate::{catseye, folder};

const SHOP: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web:1, ports: [{containerPort: 8080}]}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: db:1}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: agent, namespace: ops}
spec:
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: agent:1}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 443, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]
";

const OPEN: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 22}]}]
";

fn asked(args: &[&str]) -> (String, i32) {
    let folder = folder(&[("shop.yaml", SHOP), ("more/open.yaml", OPEN)]);
    let ran = catseye(folder.path(), &[&["reach"], args].concat());
    assert_eq!(ran.stderr, "");
    (ran.stdout, ran.code)
}

fn text(args: &[&str]) -> String {
    asked(args).0
}

#[test]
fn all_pairs_put_together_what_is_alike() {
    assert_eq!(
        text(&["shop.yaml"]),
        "\
internet => ops/agent[Deployment] : all
internet => shop/web[Deployment] : all
ops/agent[Deployment] => internet : all
ops/agent[Deployment] => shop/web[Deployment] : all
shop/web[Deployment] => internet : all
shop/web[Deployment] => ops/agent[Deployment] : all
shop/web[Deployment] => shop/db[StatefulSet] : TCP 5432

Ways in
internet => LoadBalancer of Service shop/web => shop/web[Deployment] : TCP 8080
"
    );
}

#[test]
fn without_policies_one_line_says_it() {
    let pods = SHOP.split("---\napiVersion: v1").next().unwrap_or_default();
    let folder = folder(&[("pods.yaml", pods)]);
    let ran = catseye(folder.path(), &["reach", "pods.yaml"]);
    assert_eq!(
        ran.stdout,
        "\
every workload => every workload : all
every workload => internet : all
internet => every workload : all
"
    );
    let each = catseye(folder.path(), &["reach", "pods.yaml", "--each"]);
    assert_eq!(each.stdout.lines().count(), 6 + 3 + 3);
}

#[test]
fn ends_and_ports_restrict_the_answer_and_the_exit_code() {
    let to_db = ["shop.yaml", "--from", "web", "--to", "shop/db"];
    assert_eq!(
        asked(&to_db),
        (
            "shop/web[Deployment] => shop/db[StatefulSet] : TCP 5432\n".to_owned(),
            0
        )
    );
    let on_ssh = [&to_db[..], &["--port", "22"]].concat();
    assert_eq!(asked(&on_ssh), ("nothing passes\n".to_owned(), 1));
    let from_block = [".", "--from", "10.1.0.0/16", "--to", "shop/statefulset/db"];
    assert_eq!(
        asked(&from_block),
        (
            "10.1.0.0/16 => shop/db[StatefulSet] : TCP 22\n".to_owned(),
            0
        )
    );
}

#[test]
fn an_explanation_names_policies_and_rules() {
    assert_eq!(
        text(&["shop.yaml", "--from", "web", "--to", "db", "--explain"]),
        "\
shop/web[Deployment] => shop/db[StatefulSet]
  TCP 5432 : allowed
    out  no policy that decides about what goes out selects it: allowed
    in   NetworkPolicy shop/db, ingress rule 1 allows it
  all but TCP 5432 : denied
    out  no policy that decides about what goes out selects it: allowed
    in   NetworkPolicy shop/db selects it; rule 1 speaks of other ports
"
    );
    let (denied, code) = asked(&["shop.yaml", "--from", "internet", "--to", "db", "--explain"]);
    assert_eq!(code, 1);
    assert_eq!(
        denied,
        "\
internet => shop/db[StatefulSet]
  all : denied
    out  outside the cluster: no policy is known
    in   NetworkPolicy shop/db selects it; none of its rules speaks of the other end
"
    );
}

#[test]
fn a_difference_says_what_opens_and_closes() {
    let (text, code) = asked(&["--diff", "shop.yaml", "."]);
    assert_eq!(
        (text.as_str(), code),
        ("opens  10.0.0.0/8 => shop/db[StatefulSet] : TCP 22\n", 1)
    );
    assert_eq!(
        asked(&["--diff", "shop.yaml", "shop.yaml"]),
        ("nothing changes\n".to_owned(), 0)
    );
}

#[test]
fn exposure_tells_of_pods_that_are_not_there() {
    assert_eq!(
        text(&["shop.yaml", "--exposure", "--to", "db"]),
        "\
shop/db[StatefulSet]
  <= pods with app=web in shop : TCP 5432 (now: shop/web[Deployment])
"
    );
}

#[test]
fn the_answer_for_programs_has_a_version() {
    let golden = serde_json::json!({
        "version": 1,
        "connections": [{
            "source": {"namespace": "shop", "kind": "Deployment", "name": "web"},
            "destination": {"namespace": "shop", "kind": "StatefulSet", "name": "db"},
            "ports": [{"protocol": "TCP", "first": 5432, "last": 5432}],
        }],
        "entries": [],
        "unread": [],
    });
    let json = text(&[
        "shop.yaml",
        "--from",
        "web",
        "--to",
        "db",
        "--format",
        "json",
    ]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json, golden);
    let entries = text(&[
        "shop.yaml",
        "--to",
        "web",
        "--port",
        "8080",
        "--format",
        "json",
    ]);
    let entries: serde_json::Value = serde_json::from_str(&entries).expect("JSON");
    assert_eq!(
        entries["entries"],
        serde_json::json!([{
            "door": "LoadBalancer",
            "origin": "open",
            "object": {"namespace": "shop", "kind": "Service", "name": "web"},
            "backends": [{
                "workload": {"namespace": "shop", "kind": "Deployment", "name": "web"},
                "ports": [{"protocol": "TCP", "first": 8080, "last": 8080}],
                "admitted": [{"protocol": "TCP", "first": 8080, "last": 8080}],
            }],
        }])
    );
}

#[test]
fn tables_and_graphs_hold_every_pair() {
    let to_db = |format| text(&["shop.yaml", "--to", "db", "--format", format]);
    assert_eq!(
        to_db("csv"),
        "source,destination,ports\nshop/web[Deployment],shop/db[StatefulSet],TCP 5432\n"
    );
    assert_eq!(
        to_db("markdown"),
        "| source | destination | ports |\n| --- | --- | --- |\n\
         | shop/web[Deployment] | shop/db[StatefulSet] | TCP 5432 |\n"
    );
    assert!(
        to_db("dot")
            .contains("\"shop/web[Deployment]\" -> \"shop/db[StatefulSet]\" [label=\"TCP 5432\"]")
    );
}

#[test]
fn mistakes_are_told_with_what_to_write() {
    let broken = OPEN.replace("cidr: 10.0.0.0/8", "cidr: 10.0.0.0");
    let folder = folder(&[("shop.yaml", SHOP), ("broken.yaml", &broken)]);
    let ran = catseye(folder.path(), &["reach", ".", "--to", "database"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .contains("no workload is called \"database\"; write NAMESPACE/NAME"),
        "{}",
        ran.stderr
    );
    let place = "broken.yaml:1: NetworkPolicy shop/open: spec.ingress[0].from[0].ipBlock.cidr: \
                 expected an address block such as 10.0.0.0/8; the policy is ignored";
    assert!(ran.stderr.contains(place), "{}", ran.stderr);
    let one = catseye(folder.path(), &["reach", "--diff", "."]);
    assert!(
        one.stderr.contains("catseye reach --diff BEFORE AFTER"),
        "{}",
        one.stderr
    );
}
