//! Sandboxes without a sandboxing `runtimeClassName`.

use catseye_model::{Fields, Kind, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Untrusted code runs on the node's own kernel
    ///
    /// A Sandbox exists to run code that nobody has read, such as what an AI agent writes. Without a
    /// runtime class it runs under the ordinary runtime, one kernel flaw away from the node and all
    /// pods on it; gVisor or Kata Containers put a second kernel in between.
    ///
    /// **Fix:** Name a runtime class whose handler isolates:
    /// ```yaml
    /// spec:
    ///   podTemplate:
    ///     spec:
    ///       runtimeClassName: gvisor
    /// ```
    "POD-032" {
        severity: High,
        rows: ["A32"],
        fails: [
            r"
apiVersion: agents.x-k8s.io/v1alpha1
kind: Sandbox
metadata: {name: a}
spec:
  podTemplate:
    spec:
      containers:
      - {name: agent, image: i}
",
            r"
apiVersion: extensions.agents.x-k8s.io/v1alpha1
kind: SandboxTemplate
metadata: {name: a}
spec:
  podTemplate:
    spec:
      runtimeClassName: fast
      containers:
      - {name: agent, image: i}
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: fast}
handler: crun
",
        ],
        passes: [
            r"
apiVersion: agents.x-k8s.io/v1alpha1
kind: Sandbox
metadata: {name: a}
spec:
  podTemplate:
    spec:
      runtimeClassName: gvisor
      containers:
      - {name: agent, image: i}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: ordinary}
spec:
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

/// Handlers and customary class names of runtimes that share the node's kernel.
const SHARED_KERNEL: [&str; 6] = ["runc", "crun", "youki", "nvidia", "docker", "containerd"];

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    if !matches!(pod.object.kind(), Kind::Sandbox | Kind::SandboxTemplate) {
        return;
    }
    let class = pod.spec.text("runtimeClassName").unwrap_or_default();
    if class.is_empty() {
        found.at(
            pod.path("runtimeClassName"),
            "no runtime class: runs on the node's kernel",
        );
        return;
    }
    let handler = context
        .inventory
        .find(Kind::RuntimeClass, "", class)
        .and_then(|class| class.value().text("handler"))
        .unwrap_or(class);
    if SHARED_KERNEL.contains(&handler) {
        found.at(
            pod.path("runtimeClassName"),
            format!("the handler {handler} shares the node's kernel"),
        );
    }
}
