//! The hub as it is installed, on a real API server: its rights, its Secret, the audit webhook over TLS, who
//! may sign in, and what becomes of a privileged pod by a new user.
//!
//! One test, because it restarts the API server: what runs beside it on the same cluster would fail.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests start the program and listen"
)]

mod serve_support;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use catseye_e2e::{Cluster, Stopped};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use serve_support::{Program, Receiver, Site, eventually};

const NAMESPACE: &str = "catseye-serve";
const SIGNING_KEY: &str = "c2lnbmluZy1rZXktb2YtdGhlLXRlc3Q=";

/// Who may look at the dashboard, and who may not.
const PEOPLE: &str = r"
apiVersion: v1
kind: ServiceAccount
metadata: {name: looks, namespace: catseye-serve}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: nobody, namespace: catseye-serve}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: catseye-serve-looks}
rules:
- {apiGroups: [catseye.io], resources: ['*'], verbs: [get, update]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: catseye-serve-looks}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: catseye-serve-looks}
subjects: [{kind: ServiceAccount, name: looks, namespace: catseye-serve}]
---
apiVersion: v1
kind: Namespace
metadata: {name: serve-shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: mallory-edits}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: mallory}]
";

const PRIVILEGED: &str = r"
apiVersion: v1
kind: Pod
metadata: {name: debug, namespace: serve-shop}
spec:
  hostPID: true
  containers:
  - name: sh
    image: registry.example.com/debug:1
    securityContext: {privileged: true}
    volumeMounts: [{name: host, mountPath: /host}]
  volumes: [{name: host, hostPath: {path: /}}]
";

const DOOR: &str = r"
apiVersion: v1
kind: Service
metadata: {name: door, namespace: serve-shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}
";

#[test]
fn an_installed_hub_sees_a_privileged_pod_by_a_new_user_as_one_incident() {
    let Some(cluster) = catseye_e2e::cluster("an_installed_hub") else {
        return;
    };
    if cluster.description().is_none() {
        return; // the audit webhook can be set on our own cluster only
    }
    let folder = tempfile::tempdir().expect("a folder");
    let receiver = Receiver::start();
    let manifests = install(&cluster, folder.path(), &receiver);
    cluster.apply(PEOPLE).expect("people");
    let kubeconfig = hub_kubeconfig(&cluster, folder.path());

    let program = start(&manifests, folder.path(), &kubeconfig);
    let kept = secret(&cluster);
    let site = Site::new(program.port, &kept["ca.crt"]);
    eventually("the hub is ready", Duration::from_mins(1), || {
        site.get("/readyz", None).0 == 200
    });
    who_may_sign_in(&cluster, &site);
    let looks = token(&cluster, "looks");

    // The API server is told of the webhook, and is away for a while on the way.
    point_webhook(&cluster, folder.path(), program.port, &kept);
    api_server_goes_away_and_comes_back(&cluster, &site);

    let mallory = cluster.user("mallory", &[]).expect("a user");
    apply_as(&cluster, &mallory, PRIVILEGED);
    let incident = one_incident(&site, &looks);
    assert_eq!(incident["row"]["severity"], "high", "{incident:#}");
    assert_eq!(incident["row"]["actor"]["name"], "mallory");
    let path = &incident["path"];
    assert!(!path.is_null(), "a way leads on: {incident:#}");
    let fixes = incident["fixes"].as_array().expect("fixes");
    assert!(!fixes.is_empty(), "there is a fix: {incident:#}");
    let id = incident["row"]["id"].as_str().expect("an id").to_owned();

    told_once_and_signed(&receiver, &id);
    exposure_follows(&cluster, &site, &looks);
    coverage_says_what_is_missing(&site, &looks);

    // Killed and started again: the same incident, once, and the same certificate authority.
    program.kill();
    let program = start(&manifests, folder.path(), &kubeconfig);
    let site = Site::new(program.port, &kept["ca.crt"]);
    eventually("the hub is ready again", Duration::from_mins(1), || {
        site.get("/readyz", None).0 == 200
    });
    let again = one_incident(&site, &looks);
    assert_eq!(again["row"]["id"], id.as_str());
    cluster
        .kubectl(&["delete", "pod", "debug", "-n", "serve-shop", "--now"])
        .expect("deleted");
    eventually("what is gone is gone", Duration::from_secs(30), || {
        site.get("/api/v1/objects/Pod/serve-shop/debug", Some(&looks))
            .0
            == 404
    });
    told_once_and_signed(&receiver, &id);
    program.end();
    clear(&cluster, folder.path());
}

/// The API server, and before it those who lead by a lease: they end when they cannot renew it.
fn stop_control_plane(cluster: &Cluster) -> [Stopped; 3] {
    let parts = [
        "kube-scheduler",
        "kube-controller-manager",
        "kube-apiserver",
    ];
    parts.map(|part| cluster.stop(part).expect("stopped"))
}

fn start_control_plane(cluster: &Cluster, stopped: [Stopped; 3]) {
    for part in stopped.into_iter().rev() {
        part.start(cluster).expect("it is back");
    }
}

/// While it is away the hub says what it does not see, and answers on; afterwards it sees everything again.
fn api_server_goes_away_and_comes_back(cluster: &Cluster, site: &Site) {
    // Nobody can sign in while there is no API server to ask, so this is asked of what needs no sign-in.
    let missing = || {
        let (code, text) = site.get("/readyz", None);
        assert_eq!(code, 200, "what was seen last is answered: {text}");
        let count = text.rsplit(": ").next().unwrap_or_default();
        count.trim().parse().unwrap_or(0_usize)
    };
    let before = missing();
    let stopped = stop_control_plane(cluster);
    eventually("what is not seen is told", Duration::from_mins(2), || {
        missing() > before + 10
    });
    start_control_plane(cluster, stopped);
    eventually("everything is seen again", Duration::from_mins(3), || {
        missing() <= before
    });
}

/// Applies what `catseye install --print` prints; gives it.
fn install(cluster: &Cluster, folder: &Path, receiver: &Receiver) -> String {
    let config = folder.join("given.toml");
    std::fs::write(
        &config,
        format!(
            "[hub]\ncluster = \"e2e\"\n\n[[alert]]\nname = \"soc\"\nminimum = \"high\"\n\
             webhook = {{ url = {{ is = \"http://127.0.0.1:{}/in\" }}, secret = {{ env = \"SOC_KEY\" }} }}\n",
            receiver.port
        ),
    )
    .expect("written");
    let printed = serve_support::catseye(&[
        "install",
        "--print",
        "--namespace",
        NAMESPACE,
        "--config",
        config.to_str().expect("UTF-8"),
    ]);
    cluster.apply(&printed).expect("installed");
    printed
}

/// Starts the hub with the arguments and the configuration that its Deployment gives it, paths replaced.
fn start(manifests: &str, folder: &Path, kubeconfig: &Path) -> Program {
    let documents: Vec<Value> = serve_support::documents(manifests);
    let of_kind = |kind: &str, name: &str| {
        documents
            .iter()
            .find(|it| it["kind"] == kind && it["metadata"]["name"] == name)
            .unwrap_or_else(|| panic!("no {kind} {name}"))
    };
    let config = folder.join("catseye.toml");
    let text = of_kind("ConfigMap", "catseye-config")["data"]["catseye.toml"]
        .as_str()
        .expect("a configuration");
    std::fs::write(&config, text).expect("written");
    let container =
        &of_kind("Deployment", "catseye-hub")["spec"]["template"]["spec"]["containers"][0];
    let arguments: Vec<String> = container["args"]
        .as_array()
        .expect("arguments")
        .iter()
        .map(|it| {
            it.as_str()
                .expect("text")
                .replace("/etc/catseye/catseye.toml", config.to_str().expect("UTF-8"))
                .replace(
                    "/var/lib/catseye",
                    folder.join("state").to_str().expect("UTF-8"),
                )
                .replace("[::]:8443", "127.0.0.1:0")
        })
        .collect();
    assert_eq!(container["env"][0]["name"], "CATSEYE_NAMESPACE");
    let environment = [
        ("CATSEYE_NAMESPACE", NAMESPACE),
        ("KUBECONFIG", kubeconfig.to_str().expect("UTF-8")),
        ("SOC_KEY", &format!("whsec_{SIGNING_KEY}")),
    ];
    Program::start(&arguments, &environment)
}

/// The hub's own service account, as its pod would be it.
fn hub_kubeconfig(cluster: &Cluster, folder: &Path) -> std::path::PathBuf {
    let description = cluster.description().expect("our own cluster");
    let token = token(cluster, "catseye-hub");
    let file = folder.join("hub.kubeconfig");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: hub\n\
         clusters: [{{name: hub, cluster: {{server: {:?}, certificate-authority: {}}}}}]\n\
         users: [{{name: hub, user: {{token: {token}}}}}]\n\
         contexts: [{{name: hub, context: {{cluster: hub, user: hub}}}}]\n",
        description.server,
        description.ca.display()
    );
    std::fs::write(&file, text).expect("written");
    file
}

fn token(cluster: &Cluster, account: &str) -> String {
    let said = cluster
        .kubectl(&["create", "token", "-n", NAMESPACE, account])
        .expect("a token");
    said.trim().to_owned()
}

/// What the hub keeps in its Secret.
fn secret(cluster: &Cluster) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    eventually("the hub fills its Secret", Duration::from_mins(1), || {
        let said = cluster
            .kubectl(&[
                "get",
                "secret",
                "-n",
                NAMESPACE,
                "catseye-tls",
                "-o",
                "json",
            ])
            .expect("the Secret");
        let secret: Value = serde_json::from_str(&said).expect("JSON");
        found = secret["data"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| {
                let value = STANDARD
                    .decode(value.as_str().expect("text"))
                    .expect("base64");
                (key.clone(), value)
            })
            .collect();
        found.contains_key("ca.crt") && found.contains_key("token")
    });
    found
}

/// What `catseye install --print=audit-webhook` prints, with the files that it names, given to the API
/// server.
fn point_webhook(
    cluster: &Cluster,
    folder: &Path,
    port: u16,
    kept: &std::collections::BTreeMap<String, Vec<u8>>,
) {
    let hub = format!("https://127.0.0.1:{port}");
    let printed = serve_support::catseye(&["install", "--print=audit-webhook", "--hub", &hub]);
    for name in ["ca.crt", "token"] {
        std::fs::write(folder.join(name), &kept[name]).expect("written");
    }
    let place = folder.to_str().expect("UTF-8");
    let printed = printed.replace("/etc/kubernetes/catseye", place);
    cluster.set_audit_webhook(&printed).expect("set");
}

fn who_may_sign_in(cluster: &Cluster, site: &Site) {
    let nobody = token(cluster, "nobody");
    let looks = token(cluster, "looks");
    for (who, expected) in [
        (None, 401),
        (Some("not-a-token"), 401),
        (Some(nobody.as_str()), 403),
        (Some(looks.as_str()), 200),
    ] {
        let (code, body) = site.get("/api/v1/incidents", who);
        assert_eq!(code, expected, "{body}");
    }
    let (_, session) = site.get("/api/v1/session", Some(&looks));
    assert!(
        session.contains("system:serviceaccount:catseye-serve:looks"),
        "{session}"
    );
    let (code, _) = site.post("/audit", Some(&looks), "{\"items\":[]}");
    assert_eq!(code, 401, "the webhook has a token of its own");
}

fn apply_as(cluster: &Cluster, kubeconfig: &Path, manifest: &str) {
    use std::io::Write as _;
    let program = &cluster.description().expect("our own cluster").program;
    let mut child = std::process::Command::new(program)
        .args(["kubectl", "apply", "-f", "-"])
        .env("KUBECONFIG", kubeconfig)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("kubectl starts");
    let mut input = child.stdin.take().expect("piped");
    input.write_all(manifest.as_bytes()).expect("written");
    drop(input);
    assert!(child.wait().expect("waited for").success());
}

/// The one incident of mallory, once it has its way and fix.
fn one_incident(site: &Site, token: &str) -> Value {
    let mut found = Value::Null;
    eventually("the incident is there", Duration::from_mins(1), || {
        let listed = site.json("/api/v1/incidents?text=mallory&held_back=true", token);
        let ids: Vec<&str> = listed["items"]
            .as_array()
            .expect("items")
            .iter()
            .filter(|it| it["actor"]["name"] == "mallory")
            .filter_map(|it| it["id"].as_str())
            .collect();
        assert!(ids.len() < 2, "one incident, not {ids:?}");
        let Some(id) = ids.first() else { return false };
        found = site.json(&format!("/api/v1/incidents/{id}"), token);
        !found["path"].is_null()
    });
    found
}

/// The receiver heard of it once as opened, and the signature is right.
fn told_once_and_signed(receiver: &Receiver, id: &str) {
    let mut opened = Vec::new();
    eventually("the alert arrives", Duration::from_mins(1), || {
        opened = receiver
            .got()
            .into_iter()
            .filter(|message| message.body.contains(id))
            .collect();
        !opened.is_empty()
    });
    // A hub that is killed between a delivery and its note delivers again, under the same id.
    let ids: BTreeSet<String> = opened
        .iter()
        .filter(|message| {
            let alert: Value = serde_json::from_str(&message.body).expect("JSON");
            alert["reason"] == "opened"
        })
        .map(|message| message.headers.get("webhook-id").cloned().expect("an id"))
        .collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let message = &opened[0];
    let key = STANDARD.decode(SIGNING_KEY).expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any key");
    let header = |name: &str| message.headers.get(name).cloned().unwrap_or_default();
    mac.update(
        format!(
            "{}.{}.{}",
            header("webhook-id"),
            header("webhook-timestamp"),
            message.body
        )
        .as_bytes(),
    );
    let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    assert_eq!(header("webhook-signature"), expected);
    let alert: Value = serde_json::from_str(&message.body).expect("JSON");
    assert_eq!(alert["actor"], "mallory");
    assert!(
        alert["path"].is_string() && alert["fix"].is_string(),
        "{alert:#}"
    );
}

fn exposure_follows(cluster: &Cluster, site: &Site, token: &str) {
    cluster.apply(DOOR).expect("a door is opened");
    eventually("the exposure is told", Duration::from_mins(1), || {
        let changes = site.json(
            "/api/v1/changes?kind=exposure-widened&namespace=serve-shop",
            token,
        );
        changes["items"]
            .as_array()
            .is_some_and(|items| items.iter().any(|it| it["object"]["name"] == "door"))
    });
    let findings = site.json("/api/v1/findings?namespace=serve-shop&text=door", token);
    assert!(
        findings["total"].as_u64().is_some_and(|total| total > 0),
        "{findings:#}"
    );
}

/// The role does not let it read Secrets, and it says so.
fn coverage_says_what_is_missing(site: &Site, token: &str) {
    let coverage = site.json("/api/v1/coverage", token);
    let missing = coverage["kinds_missing"].as_array().expect("a list");
    assert!(
        missing.iter().any(|it| it["what"] == "Secret"),
        "{coverage:#}"
    );
    let sources = coverage["sources"].as_array().expect("a list");
    let webhook = sources.iter().find(|it| it["name"] == "audit: webhook");
    let webhook = webhook.unwrap_or_else(|| panic!("no webhook: {coverage:#}"));
    assert_eq!(webhook["state"], "live");
    assert!(webhook["count"].as_u64().is_some_and(|count| count > 0));
    assert_eq!(coverage["lost"]["audit batches refused"], 0);
}

/// Leaves the cluster to others as it was: the webhook leads nowhere again.
fn clear(cluster: &Cluster, _: &Path) {
    let described = cluster.description().expect("our own cluster");
    let nowhere = format!(
        "apiVersion: v1\nkind: Config\nclusters: [{{name: hook, cluster: {{server: {:?}}}}}]\n\
         contexts: [{{name: hook, context: {{cluster: hook, user: \"\"}}}}]\ncurrent-context: hook\n",
        described.audit_webhook
    );
    cluster.set_audit_webhook(&nowhere).expect("set back");
    let stopped = stop_control_plane(cluster);
    start_control_plane(cluster, stopped);
    for what in [
        vec![
            "delete",
            "namespace",
            NAMESPACE,
            "serve-shop",
            "--wait=false",
        ],
        vec![
            "delete",
            "clusterrolebinding",
            "catseye-serve-looks",
            "mallory-edits",
            "catseye-hub",
        ],
        vec![
            "delete",
            "clusterrole",
            "catseye-serve-looks",
            "catseye-hub",
        ],
    ] {
        cluster.kubectl(&what).expect("removed");
    }
}
