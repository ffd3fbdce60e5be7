//! The webhook on a real API server: enforced, warned, audited, its glass broken, killed and restarted.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use catseye_e2e::{Cluster, Said};

use crate::harness::{eventually, namespace};

/// A hub with a gate, ended with the test.
struct Hub {
    child: Child,
    url: String,
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Hub {
    fn start(cluster: &Cluster, folder: &Path, listen: &str) -> Self {
        let config = folder.join("catseye.toml");
        let text = "[serve]\ntls = \"own\"\n[gate]\nmode = \"off\"\nrecheck-minutes = 0\n\
            [gate.namespaces]\ngate-enforce = \"enforce\"\ngate-warn = \"warn\"\ngate-audit = \"audit\"\n\
            [gate.break-glass]\nusers = [\"*\"]\n";
        std::fs::write(&config, text).expect("written");
        let mut child = Command::new(env!("CARGO_BIN_EXE_catseye"))
            .args([
                "serve", "--listen", listen, "--state", "state", "--store", "state",
            ])
            .arg("--config")
            .arg(&config)
            .current_dir(folder)
            .env("KUBECONFIG", cluster.kubeconfig())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let mut told = String::new();
        let url = loop {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("it tells its address before it ends: {told}"))
                .expect("UTF-8");
            if let Some((_, url)) = line.split_once("the dashboard: ") {
                break url.split("/#").next().unwrap_or_default().to_owned();
            }
            told.push_str(&line);
            told.push('\n');
        };
        // Nobody may fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Hub { child, url }
    }
}

fn webhook(url: &str, failure: &str) -> String {
    format!(
        "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {{name: catseye-e2e}}
webhooks:
- name: admit.catseye.dev
  admissionReviewVersions: [v1]
  sideEffects: NoneOnDryRun
  failurePolicy: {failure}
  timeoutSeconds: 5
  clientConfig: {{url: '{url}/admit'}}
  namespaceSelector: {{matchExpressions: [{{key: kubernetes.io/metadata.name, operator: In, values: [gate-enforce, gate-warn, gate-audit]}}]}}
  rules: [{{apiGroups: [''], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [pods]}}]
"
    )
}

fn privileged(namespace: &str, note: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: bad, namespace: {namespace}, annotations: {{{note}}}}}\n\
        spec: {{containers: [{{name: c, image: 'nginx:1', securityContext: {{privileged: true}}}}]}}\n"
    )
}

fn try_create(cluster: &Cluster, folder: &Path, manifest: &str) -> Said {
    let file = folder.join("try.yaml");
    std::fs::write(&file, manifest).expect("written");
    let arguments = [
        "create",
        "--dry-run=server",
        "-f",
        file.to_str().expect("UTF-8"),
    ];
    cluster.kubectl_said(&arguments).expect("kubectl starts")
}

#[test]
fn the_webhook_refuses_warns_and_lets_pass_as_configured_and_a_killed_hub_blocks_nothing_more() {
    let Some(cluster) = catseye_e2e::cluster("the_webhook") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["gate-enforce", "gate-warn", "gate-audit"] {
        namespace(&cluster, name);
    }
    let mut hub = Hub::start(&cluster, folder.path(), "127.0.0.1:0");
    let listen = hub.url.trim_start_matches("https://").to_owned();
    cluster
        .apply(&webhook(&hub.url, "Ignore"))
        .expect("registered");
    // The hub writes its authority by the same call when it runs in a cluster.
    let authority = std::fs::read(folder.path().join("state/tls/ca.crt")).expect("its authority");
    let bundle = base64(&authority);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let changed = runtime.block_on(async {
        let target = catseye_cluster::Target {
            kubeconfig: Some(cluster.kubeconfig().to_owned()),
            ..catseye_cluster::Target::default()
        };
        let client = catseye_cluster::connect(&target).await.expect("connected");
        let first = catseye_cluster::webhook::set_bundle(&client, "catseye-e2e", &bundle).await;
        let again = catseye_cluster::webhook::set_bundle(&client, "catseye-e2e", &bundle).await;
        (first.expect("patched"), again.expect("looked at"))
    });
    assert_eq!(changed, (true, false));

    let bad = privileged("gate-enforce", "");
    let refused = eventually("the webhook holds", || {
        let said = try_create(&cluster, folder.path(), &bad);
        (!said.succeeded).then_some(said)
    });
    assert!(
        refused.stderr.contains("admit.catseye.dev"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("privileged") && refused.stderr.contains("Fix: "),
        "{}",
        refused.stderr
    );
    let warned = try_create(&cluster, folder.path(), &privileged("gate-warn", ""));
    assert!(
        warned.succeeded && warned.stderr.contains("Warning: catseye: "),
        "{warned:?}"
    );
    let audited = try_create(&cluster, folder.path(), &privileged("gate-audit", ""));
    assert!(
        audited.succeeded && audited.stderr.is_empty(),
        "{audited:?}"
    );
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(30);
    let note = format!("catseye.dev/break-glass: 'until={until}: INC-4711'");
    let broken = try_create(&cluster, folder.path(), &privileged("gate-enforce", &note));
    assert!(
        broken.succeeded && broken.stderr.contains("the glass is broken"),
        "{broken:?}"
    );
    let log = eventually("the log is written", || {
        let text = std::fs::read_to_string(folder.path().join("state/admission.jsonl")).ok()?;
        text.contains("glass-broken").then_some(text)
    });
    assert!(
        log.contains("INC-4711") && log.contains("\"denied\""),
        "{log}"
    );

    // Killed, the API server does what the webhook says, and the restarted hub answers again.
    hub.child.kill().expect("killed");
    hub.child.wait().expect("ended");
    let open = try_create(&cluster, folder.path(), &bad);
    assert!(open.succeeded, "failing open lets it pass: {open:?}");
    cluster
        .kubectl(&[
            "patch",
            "validatingwebhookconfiguration",
            "catseye-e2e",
            "--type=json",
            "-p",
            "[{\"op\":\"replace\",\"path\":\"/webhooks/0/failurePolicy\",\"value\":\"Fail\"}]",
        ])
        .expect("patched");
    eventually("failing closed refuses", || {
        let said = try_create(&cluster, folder.path(), &bad);
        (!said.succeeded && said.stderr.contains("failed calling webhook")).then_some(())
    });
    // What is not in the webhook's namespaces is not touched by its failure.
    let elsewhere = try_create(&cluster, folder.path(), &privileged("default", ""));
    assert!(elsewhere.succeeded, "{elsewhere:?}");
    let _again = Hub::start(&cluster, folder.path(), &listen);
    eventually("it refuses for a reason again", || {
        let said = try_create(&cluster, folder.path(), &bad);
        (!said.succeeded && said.stderr.contains("Fix: ")).then_some(())
    });
    cluster
        .kubectl(&["delete", "validatingwebhookconfiguration", "catseye-e2e"])
        .expect("removed");
    for name in ["gate-enforce", "gate-warn", "gate-audit"] {
        let _ = cluster.kubectl(&["delete", "namespace", name, "--wait=false"]);
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}
