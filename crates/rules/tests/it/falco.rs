//! Falco rules files.

use std::fmt::Write as _;

use catseye_model::Severity;
use serde_json::json;

use super::*;

/// A rule with this condition.
fn falco(condition: &str) -> String {
    format!(
        "- rule: r\n  desc: d\n  condition: >\n    {condition}\n  output: x (user=%ka.user.name)\n  priority: WARNING\n  source: k8s_audit\n"
    )
}

#[test]
fn conditions_mean_what_falco_means() {
    let pod = json!({
        "requestURI": "/api/v1/namespaces/shop/pods?fieldManager=kubectl%20run&x=1",
        "objectRef": {"resource": "pods", "namespace": "shop", "apiVersion": "v1"},
        "requestObject": {"spec": {
            "hostNetwork": true, "securityContext": {"runAsUser": 7},
            "volumes": [{"name": "v", "hostPath": {"path": "/var/run/docker.sock"}}, {"name": "w", "emptyDir": {}}],
            "initContainers": [{"image": "r.example:5000/init:2", "securityContext": {"privileged": false}}],
            "containers": [
                {"image": "nginx:1.27", "ports": [{"containerPort": 80}, {"hostPort": 443}], "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}},
                {"image": "evil/miner@sha256:00", "securityContext": {"privileged": true, "runAsUser": 0}}]}},
        "responseObject": {"metadata": {"name": "web-0"}},
    });
    for (condition, expected) in [
        (
            "ka.verb=create and ka.target.resource=pods and not ka.target.subresource exists",
            true,
        ),
        ("ka.verb in (get, create)", true),
        ("ka.verb != get", true),
        ("ka.impuser.name != joe", false),
        ("not ka.impuser.name = joe", true),
        ("ka.response.code startswith 2", true),
        ("ka.response.code >= 300", false),
        ("ka.user.groups intersects (dev, ops)", true),
        ("ka.user.groups in (dev)", false),
        (
            "ka.user.groups in (dev, \"system:authenticated\", ops)",
            true,
        ),
        ("ka.req.pod.containers.privileged intersects (true)", true),
        (
            "ka.req.pod.containers.privileged[0] intersects (true)",
            false,
        ),
        (
            "ka.req.pod.containers.privileged[1] intersects (true)",
            true,
        ),
        (
            "ka.req.pod.initContainers.privileged intersects (true)",
            false,
        ),
        (
            "ka.req.pod.initContainers.image.repository in (r.example:5000/init)",
            true,
        ),
        ("ka.req.container.privileged = true", true),
        ("ka.req.pod.containers.image.repository in (nginx)", false),
        (
            "ka.req.pod.containers.image.repository in (nginx, evil/miner)",
            true,
        ),
        ("ka.req.container.image.repository = nginx", true),
        ("ka.req.pod.containers.image contains miner", true),
        ("ka.req.pod.host_network intersects (true)", true),
        ("ka.req.pod.host_pid exists", false),
        (
            "ka.req.pod.volumes.hostpath intersects (/etc, /var/run/docker.sock)",
            true,
        ),
        ("ka.req.pod.volumes.hostpath pmatch (/var/run, /etc)", true),
        ("ka.req.pod.volumes.hostpath pmatch (/var/ru)", false),
        ("ka.req.volume.hostpath[/var/run*] = true", true),
        ("ka.req.pod.volumes.volume_type intersects (emptyDir)", true),
        (
            "ka.req.pod.containers.add_capabilities intersects (NET_ADMIN)",
            true,
        ),
        ("ka.req.pod.containers.eff_run_as_user intersects (7)", true),
        ("ka.req.pod.containers.eff_run_as_user[1] = 0", true),
        ("ka.req.pod.containers.host_port intersects (80, 443)", true),
        ("ka.uri.param[fieldManager] = 'kubectl run'", true),
        ("ka.uri startswith /api/v1", true),
        ("ka.uri glob '/api/*/pods?x=*'", false),
        ("ka.useragent glob kube*", true),
        ("ka.useragent glob '[jk]ubectl/*'", true),
        ("ka.useragent icontains KUBECTL", true),
        ("ka.useragent contains KUBECTL", false),
        ("ka.useragent regex 'kubectl/v1\\.[0-9]+'", true),
        ("ka.useragent regex 'kubectl'", false),
        ("toupper(ka.verb) = CREATE", true),
        ("ka.sourceips intersects (192.0.2.7)", true),
        ("ka.auth.decision=allow", true),
        ("jevt.value[/stage] in (ResponseComplete)", true),
        (
            "jevt.value[/requestObject/spec/containers/0/image] = nginx:1.27",
            true,
        ),
        ("jevt.value[/requestObject/spec/tls] exists", false),
        (
            "jevt.value[/annotations/authorization.k8s.io~1decision] exists and not jevt.value[/a~1~0b] exists",
            true,
        ),
        ("jevt.value[/kind] = Event", true),
        ("jevt.rawtime exists and not jevt.rawtime=0", true),
        ("ka.resp.name = web-0", true),
        (
            "not (ka.verb=get or ka.verb=list) and (ka.verb=create)",
            true,
        ),
    ] {
        assert_eq!(
            fires(&falco(condition), pod.clone()),
            expected,
            "{condition}"
        );
    }
}

#[test]
fn lists_macros_appends_and_overrides_make_one_book() {
    let base = "
- required_engine_version: 0.31.0
- required_plugin_versions: [{name: k8saudit, version: 0.6.0}]
-
- list: more
  items: [root]
- list: known
  items: [admin, more]
- macro: kcreate
  condition: ka.verb=create
- macro: trusted
  condition: (jevt.rawtime=0)
- rule: unknown user
  condition: kcreate and not ka.user.name in (known) and not trusted
  output: unknown (user=%ka.user.name, none=%ka.target.name)
  priority: CRITICAL
  source: k8s_audit
  tags: [k8s, mitre_persistence, T1136]
";
    let set = |extra: &str| {
        let set = RuleSet::load(&[source(base), source(extra)]);
        assert!(!set.has_errors(), "{:#?}", set.problems);
        set
    };
    let of = |user: &str| event(json!({"user": {"username": user}}));
    let events = [of("jane"), of("admin"), of("root")];
    let times = |extra: &str| fired(set(extra), &events).len();
    assert_eq!(times(""), 1);
    assert_eq!(times("- {list: known, append: true, items: [jane]}"), 0);
    assert_eq!(
        times("- {list: known, items: [jane], override: {items: append}}"),
        0
    );
    assert_eq!(times("- {list: known, items: [jane]}"), 2);
    assert_eq!(times("- {macro: trusted, condition: ka.user.name=jane}"), 0);
    assert_eq!(
        times("- {macro: trusted, append: true, condition: or ka.user.name=jane}"),
        0
    );
    assert_eq!(times("- {macro: kcreate, condition: ka.verb=get}"), 0);
    assert_eq!(
        times("- {rule: unknown user, append: true, condition: and ka.user.name=joe}"),
        0
    );
    assert_eq!(
        times(
            "- {rule: unknown user, condition: ka.user.name in (known), override: {condition: replace}}"
        ),
        2
    );
    assert_eq!(times("- {rule: unknown user, enabled: false}"), 0);
    let about = &set("").rules[0].about;
    assert_eq!(about.severity, Severity::Critical);
    assert_eq!(
        (about.tactics[0].as_str(), about.techniques[0].as_str()),
        ("persistence", "T1136")
    );
}

#[test]
fn exceptions_except() {
    let text = "
- list: bots
  items: [ci, cd]
- rule: r
  condition: ka.verb=create
  output: x
  priority: NOTICE
  source: k8s_audit
  exceptions:
    - name: user_on_resource
      fields: [ka.user.name, ka.target.resource]
      comps: [=, in]
      values:
        - [jane, [pods, jobs]]
    - name: bots
      fields: ka.user.name
      comps: in
      values: [bots, robot]
    - name: later
      fields: [ka.target.namespace]
- rule: r
  append: true
  exceptions:
    - name: later
      values: [[test]]
";
    let of = |user: &str, resource: &str, namespace: &str| json!({"user": {"username": user}, "objectRef": {"resource": resource, "namespace": namespace}});
    for (fields, expected) in [
        (of("jane", "pods", ""), false),
        (of("jane", "secrets", ""), true),
        (of("joe", "pods", ""), true),
        (of("cd", "pods", ""), false),
        (of("robot", "pods", ""), false),
        (of("joe", "pods", "test"), false),
    ] {
        assert_eq!(fires(text, fields.clone()), expected, "{fields}");
    }
}

#[test]
fn a_match_says_what_the_rule_says() {
    let text = "
- rule: r
  condition: ka.verb=create
  output: made (user=%ka.user.name groups=%ka.user.groups name=%ka.target.name tls=%jevt.value[/requestObject/spec/tls/0/hosts]) by %evt.nothing.
  priority: NOTICE
  source: k8s_audit
";
    let key = RedactionKey::new([0; 32]);
    let mut engine = Engine::new(rules(text));
    let text = event(json!({"requestObject": {"spec": {"tls": [{"hosts": ["a", "b"]}]}}}));
    let event = Event::parse(&text, &key).expect("JSON").expect("an event");
    let hits = engine.observe(&event, true, 0);
    assert_eq!(
        hits[0].message.as_deref(),
        Some(
            r#"made (user=jane groups=(dev,system:authenticated) name=<NA> tls=["a","b"]) by <NA>."#
        )
    );
}

#[test]
fn what_is_not_for_audit_events_is_passed_over_and_said() {
    let told = problems(
        "
- macro: never
  condition: (jevt.rawtime=0)
- list: nobody
  items: []
- {rule: syscalls, condition: evt.type=open, output: o, priority: ERROR}
- {rule: cloud, condition: ct.user=x, output: o, priority: ERROR, source: aws_cloudtrail}
- {rule: disabled, condition: ka.verb=get, output: o, priority: ERROR, source: k8s_audit, enabled: false}
- {rule: switched, condition: ka.verb=get and never, output: o, priority: ERROR, source: k8s_audit}
- {rule: unfilled, condition: ka.user.name in (nobody), output: o, priority: ERROR, source: k8s_audit}
- {rule: replaced, condition: ka.verb=replace, output: o, priority: ERROR, source: k8s_audit}
- {rule: field, condition: ka.request.verb=get, output: o, priority: ERROR, source: k8s_audit}
- {rule: process, condition: proc.name=sh, output: o, priority: ERROR, source: k8s_audit}
- {rule: macro, condition: not spawned_process, output: o, priority: ERROR, source: k8s_audit}
- {rule: grammar, condition: ka.verb is get, output: o, priority: ERROR, source: k8s_audit}
- {rule: priority, condition: ka.verb=get, output: o, priority: BAD, source: k8s_audit}
- {rule: both, condition: ka.verb=get and ka.verb=list, output: o, priority: ERROR, source: k8s_audit}
- {rule: absent, append: true, condition: and ka.verb=get}
",
    );
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn macros_in_a_circle_and_macros_that_double_are_refused() {
    let circle = "- {macro: a, condition: b}\n- {macro: b, condition: a}\n- {rule: r, condition: a, output: o, priority: ERROR, source: k8s_audit}";
    assert!(problems(circle).join("\n").contains("in a circle"));
    let mut doubling = String::from("- {macro: m0, condition: ka.verb=get}\n");
    for step in 1..31 {
        let before = step - 1;
        writeln!(
            doubling,
            "- {{macro: m{step}, condition: m{before} or m{before}}}"
        )
        .unwrap();
    }
    doubling
        .push_str("- {rule: r, condition: m30, output: o, priority: ERROR, source: k8s_audit}\n");
    assert!(problems(&doubling).join("\n").contains("too often"));
}

#[test]
fn a_pointer_into_the_object_sees_what_a_json_patch_sets() {
    let rule = |pointer: &str, value: &str| {
        format!(
            "- {{rule: r, condition: 'jevt.value[{pointer}] = {value}', output: o, priority: ERROR, source: k8s_audit}}"
        )
    };
    let patch = json!({"verb": "patch", "objectRef": {"resource": "deployments", "apiGroup": "apps"},
        "requestObject": [{"op": "replace", "path": "/spec/replicas", "value": 0}]});
    for (pointer, value, expected) in [
        ("/requestObject/spec/replicas", "0", true),
        ("/requestObject/spec/replicas", "3", false),
        ("/requestObject/0/path", "/spec/replicas", true),
    ] {
        let fired = fires(&rule(pointer, value), patch.clone());
        assert_eq!(fired, expected, "{pointer} = {value}");
    }
}
