//! Environment variables set twice.

use catseye_model::{Container, Fields, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An environment variable is set twice
    ///
    /// The last entry wins without a word, so what a reviewer reads may not be what runs; and tools
    /// that patch by name (`kubectl apply`, Kustomize) may drop either of the two.
    ///
    /// **Fix:** Keep one entry for each name:
    /// ```yaml
    /// env:
    /// - name: LOG_LEVEL
    ///   value: info
    /// ```
    "HYG-104" {
        severity: Low,
        rows: ["H10"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - name: setup
    image: i
    env: [{name: MODE, value: a}, {name: OTHER, value: x}, {name: MODE, value: b}]
  containers:
  - {name: app, image: i}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, env: [{name: MODE, value: a}, {name: mode, value: b}]}
  - {name: other, image: i, env: [{name: MODE, value: c}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        let mut names: Vec<&str> = container.env().filter_map(|(_, env)| name(env)).collect();
        names.sort_unstable();
        let is_twice = |wanted: &str| {
            let first = names.partition_point(|name| *name < wanted);
            names.get(first + 1).is_some_and(|next| *next == wanted)
        };
        if names.array_windows().any(|[one, next]| one == next) {
            report(container, is_twice, found);
        }
    }
}

fn report(container: &Container<'_>, is_twice: impl Fn(&str) -> bool, found: &mut Findings) {
    for (index, env) in container.env() {
        if let Some(name) = name(env).filter(|name| is_twice(name)) {
            let path = container.path("env").index(index).key("name");
            found.in_container_at(container, path, format!("sets {name} more than once"));
        }
    }
}

fn name(env: &catseye_model::Value) -> Option<&str> {
    env.text("name").filter(|name| !name.is_empty())
}
