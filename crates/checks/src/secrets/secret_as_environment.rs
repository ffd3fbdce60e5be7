//! Secrets in environment variables.

use catseye_model::{Fields, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A secret is passed in the environment
    ///
    /// Environment variables are inherited by every child process, stand in `/proc/PID/environ`, and
    /// end up in crash reports, debug pages and logs, where an attacker finds them. They also keep the
    /// old value until the pod restarts, when the Secret was rotated because it leaked.
    ///
    /// **Fix:** Mount the Secret as a file, readable by the application alone:
    /// ```yaml
    /// volumeMounts:
    /// - {name: credentials, mountPath: /etc/credentials, readOnly: true}
    /// volumes:
    /// - name: credentials
    ///   secret: {secretName: cart-credentials, defaultMode: 0400}
    /// ```
    "SEC-004" {
        severity: Low,
        rows: ["B04"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - name: setup
    image: i
    envFrom:
    - {prefix: DB_, secretRef: {name: db}}
  containers:
  - name: app
    image: i
    env:
    - {name: MODE, value: fast}
    - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    env:
    - {name: MODE, valueFrom: {configMapKeyRef: {name: a, key: mode}}}
    - {name: DB_PASSWORD_FILE, value: /etc/db/password}
    envFrom:
    - {configMapRef: {name: a}}
    volumeMounts:
    - {name: db, mountPath: /etc/db}
  volumes:
  - {name: db, secret: {secretName: db}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        for (index, variable) in container.env() {
            if let Some(secret) = variable.text("valueFrom.secretKeyRef.name") {
                let name = variable.text("name").unwrap_or_default();
                let path = container.path("env").index(index).join("name");
                found.in_container_at(
                    container,
                    path,
                    format!("{name} holds a key of Secret {secret}"),
                );
            }
        }
        for (index, source) in container.value.list("envFrom").iter().enumerate() {
            if let Some(secret) = source.text("secretRef.name") {
                let path = container.path("envFrom").index(index).join("secretRef");
                found.in_container_at(
                    container,
                    path,
                    format!("every key of Secret {secret} is a variable"),
                );
            }
        }
    }
}
