//! Credentials among the values of `env`.

use catseye_model::{Fields, PodView};

use super::disclosure::{self, Disclosure};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An environment variable holds a credential
    ///
    /// The value stands in the manifest, so everyone who may read the workload, its pods or the
    /// repository has it: the built-in role `view` shows Deployments, and hides Secrets. It also
    /// stays in old ReplicaSets, in rollout history and in every backup of etcd in the clear.
    ///
    /// **Fix:** Put the value into a Secret and refer to it, then replace the credential, since it
    /// was readable:
    /// ```yaml
    /// env:
    /// - name: DB_PASSWORD
    ///   valueFrom:
    ///     secretKeyRef: {name: db, key: password}
    /// ```
    "SEC-001" {
        severity: High,
        rows: ["B01"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      initContainers:
      - name: migrate
        image: i
        env:
        - {name: DATABASE, value: 'postgres://app:hunter22@db:5432/app'}
      containers:
      - name: app
        image: i
        env:
        - {name: MODE, value: fast}
        - {name: DB_PASSWORD, value: hunter22}
        - {name: WHATEVER, value: AKIAQ3EGRTUVWXYZ2345}
        - {name: AWS_SECRET_ACCESS_KEY, value: xxxxx}
        - {name: access_key_id, value: FFFFFFF}
        - {name: AZURE_BATCH_ACCOUNT, value: batch1}
",
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - name: app
            image: i
            env:
            - name: SETTINGS
              value: |
                url: http://backend
                smtp:
                  password: hunter22
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
    - {name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
    - {name: TOKEN, value: ''}
    - {name: DSN, value: 'postgres://app:$(PASSWORD)@db/app'}
    - {name: DB_PASSWORD, value: '<your-password>'}
    - {name: PASSWORD_FILE, value: /run/secrets/password}
    - {name: SECRET_NAME, value: db-login}
    - {name: TOKEN_URL, value: 'https://login.example.com/oauth/token'}
    - {name: TOKEN_TTL, value: 30m}
    - {name: PUBLIC_KEY, value: 9f86d081884c7d659a2feaa0c55ad015}
    - {name: KEYCLOAK_HOST, value: keycloak.example.com}
    - {name: ALLOW_EMPTY_PASSWORD, value: 'yes'}
    - {name: COMMIT, value: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b}
    - {name: NUMBER, value: 7}
    - {name: AZURE_BATCH_ACCOUNT, value: '{{ .Values.account }}'}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        for (index, variable) in container.env() {
            let Some(value) = variable.text("value") else {
                continue;
            };
            let name = variable.text("name");
            if let Some(disclosed) = Disclosure::in_text(name, value) {
                let path = if disclosure::may_be_named(variable) {
                    container.path("env").index(index).join("value")
                } else {
                    container.path("env")
                };
                let (severity, message) = (disclosed.severity(), disclosed.message(name));
                found.in_container_at_severity(severity, container, path, message);
            }
        }
    }
}
