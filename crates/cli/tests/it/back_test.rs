//! `catseye policy back-test` on the recorded shop, and `catseye policy generate`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catseye_admission::gate::{Config, Effect, Gate, Loaded, Neighbourhood};
use catseye_admission::past::{Past, Recorded};
use catseye_admission::{PolicySet, RoleAuthorizer, review};
use catseye_event::intake::Intake;
use catseye_model::{Completeness, Inventory, Object, RedactionKey, json, yaml};
use catseye_rbac::Rbac;

use crate::{catseye, folder};

/// What nobody of the shop may do by hand: images without a registry of ours, and Secrets removed.
const POLICY: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: deployed-by-robots}
spec:
  failurePolicy: Ignore
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], resources: [deployments, daemonsets], operations: [CREATE, UPDATE]}
  matchConditions:
  - {name: people, expression: \"!request.userInfo.username.startsWith('system:')\"}
  validations:
  - expression: object.metadata.namespace == 'sandbox'
    messageExpression: \"request.userInfo.username + ' is no robot'\"
";

fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clusters/shop")
}

fn back_test(folder: &Path) -> serde_json::Value {
    let shop = shop();
    let log = shop.join("audit.jsonl.zst");
    let state = folder.join("state.jsonl");
    let packed = std::fs::read(shop.join("objects/T1.jsonl.zst")).expect("the recording");
    std::fs::write(&state, zstd::decode_all(&packed[..]).expect("zstd")).expect("written");
    let ran = catseye(
        folder,
        &[
            "policy",
            "back-test",
            "policy.yaml",
            "--events",
            log.to_str().expect("UTF-8"),
            "--state",
            state.to_str().expect("UTF-8"),
            "--format",
            "json",
        ],
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    ran.json()
}

/// The recorded calls go through the webhook's own reading and the gate, one by one; what that refuses is
/// what the back-test has listed, call by call.
#[test]
fn what_a_back_test_lists_is_what_the_gate_refuses_when_the_shop_is_replayed() {
    let folder = folder(&[("policy.yaml", POLICY)]);
    let answer = back_test(folder.path());
    let listed: BTreeSet<String> = answer["denied"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|call| call["auditID"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert!(!listed.is_empty());
    assert_eq!(
        listed.len(),
        answer["denied"].as_array().map_or(0, Vec::len)
    );

    let mut policies = PolicySet::unbound_deny();
    for document in yaml::documents(POLICY) {
        let object = Object::new(document.content.expect("YAML"), None).expect("an object");
        policies.add(&object).expect("usable");
    }
    let key = RedactionKey::new([1; 32]);
    let config = "[gate]\nmode = 'enforce'\nseverity = 'critical'\n";
    let config = Config::read(config).expect("valid").expect("a section");
    let loaded = Loaded {
        policies,
        ..Loaded::default()
    };
    let gate = Gate::new(config, loaded, "", key.clone());
    let packed = std::fs::read(shop().join("objects/T1.jsonl.zst")).expect("the recording");
    let text = String::from_utf8(zstd::decode_all(&packed[..]).expect("zstd")).expect("UTF-8");
    let objects = text.lines().filter_map(|line| {
        Object::new(
            serde_json::from_str::<catseye_model::Value>(line).ok()?,
            None,
        )
        .ok()
    });
    let inventory = Inventory::new(objects.collect(), Completeness::Cluster);
    let authorizer = Arc::new(RoleAuthorizer::new(Arc::new(Rbac::of(&inventory)), "", &[]));
    let mut past = Past::of(&inventory);
    let mut refused = BTreeSet::new();
    let mut asked = 0;
    let around = Neighbourhood::of(&inventory, "shop", &gate);
    let packed = std::fs::read(shop().join("audit.jsonl.zst")).expect("the recording");
    let log = zstd::decode_all(&packed[..]).expect("zstd");
    let mut intake = Intake::new(key);
    let mut replay = |event: &catseye_event::Event<'_>| {
        let Recorded::Judged(request) = past.request(event) else {
            return;
        };
        past.done(&request);
        let body = json!({
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": {
                "uid": request.uid, "operation": request.operation.name(),
                "kind": {"group": request.group, "version": request.version, "kind": request.kind},
                "resource": {"group": request.group, "version": request.version, "resource": request.resource},
                "subResource": request.subresource, "name": request.name, "namespace": request.namespace,
                "userInfo": {"username": request.user.name, "groups": request.user.groups},
                "object": request.object, "oldObject": request.old_object, "options": request.options,
                "dryRun": request.dry_run,
            },
        });
        let request = review::read(body.to_string().as_bytes()).expect("a review");
        asked += 1;
        let ruling = gate.judge(
            &request,
            &around,
            authorizer.clone(),
            event.time().expect("a time"),
        );
        let is_refused = ruling
            .with_effect(Effect::Deny)
            .any(|objection| objection.id == "deployed-by-robots");
        if is_refused {
            refused.insert(request.uid);
        }
    };
    intake.feed(&log, &mut replay);
    intake.finish(&mut replay);
    assert!(asked > 3000, "{asked}");
    assert_eq!(refused, listed);
}

#[test]
fn a_back_test_tells_what_the_log_does_not_show() {
    let folder = folder(&[("policy.yaml", POLICY)]);
    let answer = back_test(folder.path());
    let unseen = answer["notJudged"].as_object().expect("a map");
    assert!(
        unseen.contains_key("the log does not show the object"),
        "{unseen:?}"
    );
    let total: u64 = answer["byIdentity"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|sum| sum["count"].as_u64())
        .sum();
    assert_eq!(
        Some(total),
        answer["denied"].as_array().map(|list| list.len() as u64)
    );
}

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: c, image: 'registry.example.com/web:1', securityContext: {capabilities: {add: [NET_BIND_SERVICE]}}}
";

#[test]
fn what_was_learned_holds_for_what_it_was_learned_from_and_not_for_what_is_new() {
    let other = DEPLOYMENT
        .replace("registry.example.com", "evil.example.net")
        .replace("NET_BIND_SERVICE", "SYS_ADMIN");
    let folder = folder(&[("known.yaml", DEPLOYMENT), ("new.yaml", &other)]);
    let ran = catseye(
        folder.path(),
        &["policy", "generate", "--learn", "known.yaml"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    std::fs::write(folder.path().join("learned.json"), &ran.stdout).expect("written");
    let ran = catseye(
        folder.path(),
        &["policy", "check", "learned.json", "known.yaml"],
    );
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let ran = catseye(
        folder.path(),
        &["policy", "check", "learned.json", "new.yaml"],
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for policy in ["catseye-known-registries", "catseye-known-capabilities"] {
        assert!(ran.stdout.contains(policy), "{}", ran.stdout);
    }
}

#[test]
fn exceptions_become_conditions_of_the_policy() {
    let exceptions = "version: 1\nexceptions:\n- {checks: [host-network], namespace: 'mon*', reason: reads the node, author: ann}\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: NAMESPACE}\n\
        spec: {hostNetwork: true, containers: [{name: c, image: i}]}\n";
    let folder = folder(&[
        ("exceptions.yaml", exceptions),
        ("accepted.yaml", &pod.replace("NAMESPACE", "monitoring")),
        ("refused.yaml", &pod.replace("NAMESPACE", "shop")),
    ]);
    let ran = catseye(
        folder.path(),
        &[
            "policy",
            "generate",
            "--check",
            "host-network",
            "--exceptions",
            "exceptions.yaml",
        ],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    std::fs::write(folder.path().join("made.json"), &ran.stdout).expect("written");
    for (file, code) in [("accepted.yaml", 0), ("refused.yaml", 1)] {
        let ran = catseye(folder.path(), &["policy", "check", "made.json", file]);
        assert_eq!(ran.code, code, "{file}: {}{}", ran.stdout, ran.stderr);
    }
    let ran = catseye(
        folder.path(),
        &["policy", "generate", "--check", "orphaned-role"],
    );
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("looks at more than a pod"),
        "{}",
        ran.stderr
    );
}

/// A hub's store with one Deployment that ann makes and a controller changes.
fn store_of_a_hub(folder: &Path) {
    use catseye_store::{Batch, Depth, EventRecord, ObjectChange, ObjectKey, Options, Store};
    let deployment = |version: &str, replicas: u32| {
        serde_json::json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop", "resourceVersion": version,
                "creationTimestamp": "2026-11-20T10:00:00Z"},
            "spec": {"replicas": replicas}})
    };
    let event = |time: &str, user: &str, verb: &str, version: &str, replicas: u32| {
        let id = format!("call-{version}");
        let raw = serde_json::json!({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse",
            "auditID": id, "stage": "ResponseComplete", "verb": verb,
            "requestURI": "/apis/apps/v1/namespaces/shop/deployments",
            "user": {"username": user, "groups": ["system:authenticated"]},
            "objectRef": {"apiGroup": "apps", "apiVersion": "v1", "resource": "deployments", "namespace": "shop", "name": "web"},
            "responseStatus": {"code": 200}, "responseObject": deployment(version, replicas),
            "requestReceivedTimestamp": time, "stageTimestamp": time});
        EventRecord {
            time: time.parse().expect("a time"),
            source: "audit".into(),
            actor: user.into(),
            verb: verb.into(),
            resource: "deployments".into(),
            subresource: String::new(),
            namespace: "shop".into(),
            name: "web".into(),
            code: 200,
            source_ip: String::new(),
            user_agent: String::new(),
            id,
            raw: raw.to_string(),
        }
    };
    let change = |at: &str, version: &str, replicas: u32| ObjectChange {
        key: ObjectKey {
            group: "apps".into(),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: "web".into(),
        },
        uid: "u".into(),
        resource_version: version.into(),
        at: at.parse().expect("a time"),
        body: Some(deployment(version, replicas)),
        depth: Depth::Everything,
    };
    let robot = "system:serviceaccount:kube-system:robot";
    let batch = Batch {
        events: vec![
            event("2026-11-20T10:00:00Z", "ann", "create", "5", 1),
            event("2026-11-20T10:20:00Z", robot, "update", "9", 3),
        ],
        objects: vec![
            change("2026-11-20T10:00:01Z", "5", 1),
            change("2026-11-20T10:20:01Z", "9", 3),
        ],
        ..Batch::default()
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let url = folder.to_str().expect("UTF-8");
        let store = Store::open(url, Options::default()).await.expect("a store");
        store.apply(batch).await.expect("applied");
    });
}

#[test]
fn a_back_test_over_the_history_names_who_made_a_version() {
    let folder = folder(&[("policy.yaml", POLICY)]);
    store_of_a_hub(&folder.path().join("state"));
    for source in ["--history", "--events"] {
        let arguments = ["policy", "back-test", "policy.yaml", source, "state"];
        let ran = catseye(folder.path(), &arguments);
        assert_eq!(ran.code, 1, "{source}: {}{}", ran.stdout, ran.stderr);
        assert!(
            ran.stdout.contains("ann create deployments shop/web"),
            "{source}: {}",
            ran.stdout
        );
        assert!(
            ran.stdout.contains("1 of 2 calls denied"),
            "{source}: {}",
            ran.stdout
        );
    }
}

#[test]
fn what_was_there_before_the_history_was_not_made_in_it() {
    let folder = folder(&[("policy.yaml", POLICY)]);
    store_of_a_hub(&folder.path().join("state"));
    let ran = catseye(
        folder.path(),
        &[
            "policy",
            "back-test",
            "policy.yaml",
            "--history",
            "state",
            "--since",
            "2026-11-20T10:10:00Z",
        ],
    );
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("0 of 1 calls denied"), "{}", ran.stdout);
}
