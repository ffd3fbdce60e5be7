//! git-sync with arguments that run programs or give files away.

use catseye_model::{Container, Fields, ImageReference, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// git-sync is told to run another program, or to send the pod's token
    ///
    /// git-sync runs the program named by `--git` or by its hooks, and sends the content of
    /// `--password-file` to the repository's server. A manifest that sets them makes a harmless looking
    /// sidecar run a file from the synced repository, or hand the service account's token to whoever
    /// owns the server, without a suspicious image or command line.
    ///
    /// **Fix:** Remove `--git` (`GITSYNC_GIT`); let hooks run programs of the image alone, with an
    /// absolute path outside the synced folder; keep the password in a Secret volume of its own.
    "IMG-009" {
        severity: High,
        rows: ["G09"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - name: sync
    image: registry.k8s.io/git-sync/git-sync:v4.4.0
    restartPolicy: Always
    args: [--repo=https://git.example.com/app, --git=/git/app/run]
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: sync
    image: registry.k8s.io/git-sync/git-sync:v4.4.0
    args: [--exechook-command, ./reload.sh]
    env:
    - {name: GITSYNC_PASSWORD_FILE, value: /var/run/secrets/kubernetes.io/serviceaccount/token}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: sync
    image: registry.k8s.io/git-sync/git-sync:v4.4.0
    args: [--repo=https://git.example.com/app, --root=/git, --git=git, --exechook-command=/bin/true, --git-config=a:b]
    env:
    - {name: GITSYNC_PASSWORD_FILE, value: /etc/git-secret/password}
  - name: other
    image: git:1
    args: [--git=/git/run]
",
        ],
        run: Pods(run),
    }
}

const TOKEN_FOLDER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Why a value of an option gives someone else control; `None` for options and values without harm.
fn harm(option: &str, value: &str) -> Option<&'static str> {
    match option {
        "git" if !matches!(value, "" | "git" | "/usr/bin/git" | "/usr/local/bin/git") => {
            Some("runs another program in place of git")
        }
        // A relative path is looked up in the synced repository.
        "exechook-command" | "sync-hook-command"
            if !value.is_empty() && !value.starts_with('/') =>
        {
            Some("runs a program from the synced repository")
        }
        "password-file" | "cookie-file" | "ssh-key-file" if value.starts_with(TOKEN_FOLDER) => {
            Some("sends the pod's token to the repository's server")
        }
        _ => None,
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        let is_git_sync = container
            .image
            .and_then(|image| ImageReference::parse(image).ok())
            .is_some_and(|image| image.name() == "git-sync");
        if is_git_sync {
            judge_arguments(container, found);
            judge_environment(container, found);
        }
    }
}

fn judge_arguments(container: &Container<'_>, found: &mut Findings) {
    let words: Vec<_> = container.words().collect();
    for (position, (path, word)) in words.iter().enumerate() {
        let Some(option) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else {
            continue;
        };
        let following = || words.get(position + 1).map(|(_, value)| *value);
        let (option, value) = match option.split_once('=') {
            Some(pair) => pair,
            None => (option, following().unwrap_or_default()),
        };
        if let Some(harm) = harm(option, value) {
            found.in_container_at(container, path.clone(), format!("--{option}: {harm}"));
        }
    }
}

fn judge_environment(container: &Container<'_>, found: &mut Findings) {
    for (index, variable) in container.env() {
        let name = variable.text("name").unwrap_or_default();
        let value = variable.text("value").unwrap_or_default();
        // GIT_SYNC_ is the prefix of version 3, GITSYNC_ of version 4.
        let Some(option) = name
            .strip_prefix("GITSYNC_")
            .or_else(|| name.strip_prefix("GIT_SYNC_"))
        else {
            continue;
        };
        let option = option.to_ascii_lowercase().replace('_', "-");
        if let Some(harm) = harm(&option, value) {
            let path = container.path("env").index(index).join("value");
            found.in_container_at(container, path, format!("{name}: {harm}"));
        }
    }
}
