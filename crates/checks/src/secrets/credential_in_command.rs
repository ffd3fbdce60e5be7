//! Credentials in commands, arguments, probes and hooks.

use catseye_model::Value;
use catseye_model::{Container, FieldPath, Fields, PodView};

use super::disclosure::{self, Disclosure};
use crate::check::check;
use crate::context::Context;
use crate::credential::{Credential, detect, detect_args};
use crate::findings::Findings;

check! {
    /// A command line holds a credential
    ///
    /// The arguments of a process are open to every process of the container, and of the node where
    /// the process namespace is shared, to whoever may read the workload or the repository, and to
    /// every tool that logs process starts. None of them treats arguments as a secret.
    ///
    /// **Fix:** Have the program read a file or an environment variable that comes from a Secret, and
    /// replace the credential, since it was readable. Where only a flag will do, `$(NAME)` inserts the
    /// variable when the container starts and keeps the value out of the manifest:
    /// ```yaml
    /// args: ["--password=$(DB_PASSWORD)"]
    /// env:
    /// - name: DB_PASSWORD
    ///   valueFrom:
    ///     secretKeyRef: {name: db, key: password}
    /// ```
    "SEC-003" {
        severity: High,
        rows: ["B03"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    command: [app, --db-password]
    args: [hunter22, --verbose, --token=q7WwX8zzE2rT5yU1iO9p]
  - name: sidecar
    image: i
    command: [sh, -c]
    args:
    - |
      export PGPASSWORD=hunter22
      psql -h db
    livenessProbe:
      exec: {command: [redis-cli, -a, hunter22, ping]}
    readinessProbe:
      exec: {command: [sh, -c, mysqladmin ping -u root -phunter22]}
    startupProbe:
      httpGet:
        port: 80
        httpHeaders:
        - {name: Authorization, value: Basic YWRtaW46aHVudGVyMjI=}
    lifecycle:
      preStop:
        exec: {command: [curl, -u, 'admin:hunter22', 'http://localhost/stop']}
",
        ],
        passes: [
            r#"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    command: [app, --token-file, /run/secrets/token, --password, $(DB_PASSWORD)]
    args: [--tls-private-key-file=/etc/tls/tls.key, --auth-mode, token, --token, --verbose, 7]
    livenessProbe:
      exec: {command: [sh, -c, 'redis-cli -a "$REDIS_PASSWORD" ping']}
    readinessProbe:
      exec: {command: [sh, -c, 'mysqladmin ping -u root -p${MYSQL_ROOT_PASSWORD}']}
    lifecycle:
      preStop:
        exec: {command: [curl, -u, $(USER):$(PASSWORD), 'http://localhost/stop']}
  - name: mysql
    image: i
    command: [mysql, -p, -P, '3306']
  - name: mkdir
    image: i
    command: [mkdir, -pfolder]
  - name: plain
    image: i
"#,
        ],
        run: Pods(run),
    }
}

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];
const HOOKS: [&str; 2] = ["lifecycle.postStart", "lifecycle.preStop"];

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        judge_command(container, "", &["command", "args"], found);
        for handler in PROBES.into_iter().chain(HOOKS) {
            if container.value.has(handler) {
                judge_command(container, handler, &["exec.command"], found);
                judge_request(container, handler, found);
            }
        }
    }
}

/// Words in `lists` below `base`, one after the other, as the process gets them.
fn judge_command(
    container: &Container<'_>,
    base: &str,
    lists: &[&'static str],
    found: &mut Findings,
) {
    let parent = container.value.at(base);
    // Words that are no text keep their place as empty ones.
    let words: Vec<&str> = lists
        .iter()
        .flat_map(|list| parent.list(list))
        .map(|word| word.as_str().unwrap_or_default())
        .collect();
    if words.is_empty() {
        return;
    }
    let mut last = None;
    for (index, credential) in in_words(&words) {
        // A script with several is one place.
        if last.replace(index) == Some(index) {
            continue;
        }
        let Some(path) = place(container, base, parent, lists, index) else {
            continue;
        };
        let disclosed = Disclosure::of(credential);
        let (severity, message) = (disclosed.severity(), disclosed.message(None));
        found.in_container_at_severity(severity, container, path, message);
    }
}

fn in_words(words: &[&str]) -> Vec<(usize, Credential)> {
    let mut found = detect_args(words);
    found.sort_by_key(|(index, credential)| (*index, std::cmp::Reverse(credential.confidence)));
    found
}

/// The path of the word with that index in all lists together.
fn place(
    container: &Container<'_>,
    base: &str,
    parent: &Value,
    lists: &[&'static str],
    index: usize,
) -> Option<FieldPath> {
    let mut rest = index;
    for list in lists {
        let length = parent.list(list).len();
        if rest < length {
            return Some(container.path(base).join(list).index(rest));
        }
        rest -= length;
    }
    None
}

/// Headers and path of an HTTP probe or hook.
fn judge_request(container: &Container<'_>, handler: &str, found: &mut Findings) {
    let request = container.value.at(handler).at("httpGet");
    let path = |field: &str| container.path(handler).join("httpGet").join(field);
    let mut report = |path: FieldPath, credential| {
        let disclosed = Disclosure::of(credential);
        let (severity, message) = (disclosed.severity(), disclosed.message(None));
        found.in_container_at_severity(severity, container, path, message);
    };
    for (index, header) in request.list("httpHeaders").iter().enumerate() {
        let value = header.text("value").unwrap_or_default();
        if let Some(credential) = detect(header.text("name"), value) {
            let headers = path("httpHeaders");
            if disclosure::may_be_named(header) {
                report(headers.index(index).join("value"), credential);
            } else {
                report(headers, credential);
            }
        }
    }
    if let Some(credential) = request.text("path").and_then(|text| detect(None, text)) {
        report(path("path"), credential);
    }
}
