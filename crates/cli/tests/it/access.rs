//! `catseye who-can` and `catseye can`.

use tempfile::TempDir;

use crate::{Ran, catseye, folder};

const RBAC: &str = "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: db, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules:
  - {verbs: [get, list], apiGroups: [''], resources: [pods, pods/log]}
  - {verbs: [get], apiGroups: [''], resources: [secrets], resourceNames: [db-password]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
  - {kind: ServiceAccount, name: web}
  - {kind: ServiceAccount, name: db, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: operators}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects:
  - {kind: Group, name: ops}
";

fn shop() -> TempDir {
    folder(&[("rbac.yaml", RBAC)])
}

fn ask(folder: &TempDir, line: &str) -> Ran {
    let args: Vec<&str> = line.split(' ').collect();
    catseye(folder.path(), &args)
}

#[test]
fn who_can_names_subjects_with_what_lets_them() {
    let ran = ask(&shop(), "who-can get secrets");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        ran.stdout,
        "\
Who can get secrets

  ServiceAccount shop/db
  ServiceAccount shop/web
    in namespace shop, only db-password: RoleBinding shop/readers gives Role shop/reader: rules[1]  rbac.yaml:16

  Group ops
    cluster-wide: ClusterRoleBinding operators gives ClusterRole edit: rules[0] of ClusterRole system:aggregate-to-edit, aggregated  rbac.yaml:24

  Group system:masters  allowed everything; no role can take it away

5 of Kubernetes' own users and controllers may as well; --all names them
",
    );
}

#[test]
fn what_a_request_without_a_name_cannot_get_is_not_listed() {
    let folder = shop();
    for (question, expected) in [
        ("who-can list secrets", false),
        ("who-can create secrets", false),
        ("who-can get secrets db-password -n shop", true),
        ("who-can get secrets other -n shop", false),
        ("who-can get secrets -n bank", false),
        ("who-can get secrets -A", false),
        ("who-can get pods/log -n shop", true),
        ("who-can get pods/exec -n shop", false),
        ("who-can get nodes", false),
    ] {
        let ran = ask(&folder, question);
        assert_eq!(
            ran.stdout.contains("shop/web"),
            expected,
            "{question}\n{}",
            ran.stdout
        );
    }
}

#[test]
fn can_lists_everything_merged() {
    let ran = ask(&shop(), "can sa:shop/web");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        ran.stdout,
        "\
ServiceAccount shop/web
  groups: system:serviceaccounts, system:serviceaccounts:shop, system:authenticated
  the same: ServiceAccount shop/db

in namespace shop
  get, list  pods, pods/log
  get        secrets, only db-password

And what every cluster allows everyone, such as discovery; --all lists it.
",
    );
}

#[test]
fn can_answers_by_its_exit_code_and_says_why() {
    let folder = shop();
    for (question, code, expected) in [
        (
            "can sa:shop/web get secrets db-password --explain",
            0,
            "yes\n  RoleBinding shop/readers (rbac.yaml:16) gives Role shop/reader to it: rules[1] (rbac.yaml:9)\n",
        ),
        (
            "can sa:shop/web get secrets other --explain",
            1,
            "no\n  allowed in namespace shop, only db-password\n",
        ),
        (
            "can sa:shop/web delete nodes n1 --explain",
            1,
            "no\n  no rule of any role that it holds allows this anywhere\n",
        ),
        ("can system:serviceaccount:shop:db list po", 0, "yes\n"),
        ("can sa:shop/web list po -n bank", 1, "no\n"),
        ("can user:ann --group ops delete deploy -A", 0, "yes\n"),
        ("can user:ann delete deploy -A", 1, "no\n"),
        (
            "can group:ops update deployments.apps/scale -n any",
            0,
            "yes\n",
        ),
        ("can group:system:masters * *  -A", 0, "yes\n"),
        ("can anonymous get --path /healthz", 0, "yes\n"),
        ("can anonymous get /metrics", 1, "no\n"),
        (
            "can node:n1 get nodes n1 --explain",
            0,
            "yes\n  node authorizer: a kubelet keeps its own Node, as NodeRestriction checks\n",
        ),
    ] {
        let ran = ask(&folder, &question.replace("  ", " "));
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (code, expected),
            "{question}\n{}",
            ran.stderr
        );
    }
}

#[test]
fn an_aggregated_rule_names_the_role_that_holds_it() {
    let ran = ask(&shop(), "can group:ops create pods/exec -n shop --explain");
    assert!(
        ran.stdout
            .contains("of ClusterRole system:aggregate-to-edit, aggregated (Kubernetes' own)"),
        "{}",
        ran.stdout
    );
}

#[test]
fn answers_for_programs_are_versioned() {
    let folder = shop();
    let who = ask(&folder, "who-can get secrets -n shop --format json");
    let can = ask(&folder, "can sa:shop/web --format json");
    let yes = ask(
        &folder,
        "can sa:shop/web get secrets db-password --format json",
    );
    assert_eq!(who.code, 0);
    let mut holders = who.json();
    // The bootstrap policy's holders change with Kubernetes; the format does not.
    if let Some(list) = holders["holders"].as_array_mut() {
        list.retain(|holder| holder["default"] == false);
    }
    assert_eq!(
        format!("{holders:#}\n"),
        include_str!("golden/who-can.json")
    );
    assert_eq!(can.stdout, include_str!("golden/can.json"));
    assert_eq!(yes.stdout, include_str!("golden/can-yes.json"));
}

#[test]
fn what_is_not_understood_is_answered_with_what_to_write() {
    let folder = shop();
    for (line, expected) in [
        (
            "can ann",
            "write sa:NAMESPACE/NAME, user:NAME, group:NAME, node:NAME or anonymous",
        ),
        ("can sa:web", "write sa:NAMESPACE/NAME"),
        ("can user:ann get pods", "write -n NAMESPACE, or -A"),
        (
            "can user:ann get",
            "write a resource such as secrets or pods/exec, or --path /metrics",
        ),
        (
            "who-can",
            "write a verb and a resource, such as get secrets",
        ),
        (
            "who-can get gadgets",
            "write plural and group, such as gadgets.example.com",
        ),
        ("who-can get --path metrics", "begin it with /"),
    ] {
        let ran = ask(&folder, line);
        assert_eq!(ran.code, 2, "{line}");
        assert!(ran.stderr.contains(expected), "{line}: {}", ran.stderr);
    }
}

#[test]
fn what_grants_nothing_is_said() {
    let lost = RBAC.replace("name: edit}", "name: absent}");
    let folder = folder(&[("rbac.yaml", &lost)]);
    let ran = ask(&folder, "who-can get secrets");
    assert!(
        ran.stderr
            .contains("rbac.yaml:24: roleRef: ClusterRole absent was not among what was read"),
        "{}",
        ran.stderr
    );
    let json = ask(&folder, "who-can get secrets --format json").json();
    assert_eq!(json["problems"][0]["line"], 24);
}
