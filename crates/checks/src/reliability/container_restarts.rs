//! Containers that restart again and again.

use std::collections::HashMap;

use catseye_model::{Container, Fields, Inventory, Kind, ObjectId, PodView};

use crate::check::check;
use crate::context::{Context, Index, Reads};
use crate::findings::Findings;

check! {
    /// A container restarts again and again, or cannot start
    ///
    /// In the live state a container crash-loops, was restarted many times, or waits for an image
    /// or a configuration that does not come. Each crash may lose requests and data, and crashes
    /// that an attacker provokes at will, or tries to exploit, look the same.
    ///
    /// **Fix:** Read why the last run ended, and mend that:
    /// ```sh
    /// kubectl logs --previous POD -c CONTAINER
    /// kubectl describe pod POD
    /// ```
    "REL-123" {
        severity: Medium,
        rows: ["H14"],
        fails: [
            r"# completeness: cluster
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop}
spec: {template: {spec: {containers: [{name: app, image: i}, {name: logs, image: i}]}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: a-1
  namespace: shop
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: a, controller: true}]
spec: {template: {spec: {containers: [{name: app, image: i}]}}}
---
apiVersion: v1
kind: Pod
metadata:
  name: a-1-x
  namespace: shop
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: a-1, controller: true}]
spec: {containers: [{name: app, image: i}]}
status:
  phase: Running
  containerStatuses:
  - {name: app, restartCount: 2, state: {waiting: {reason: CrashLoopBackOff}}}
  - {name: logs, restartCount: 41, state: {running: {}}}
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: app, image: i}]}
status:
  containerStatuses:
  - {name: app, restartCount: 2, state: {running: {}}}
  initContainerStatuses:
  - {name: setup, restartCount: 0, state: {waiting: {reason: PodInitializing}}}
",
        ],
        run: Pods(run),
    }
}

/// Fewer restarts happen to any pod over the weeks: node reboots, an upgrade, one bad day.
const MANY: i64 = 10;

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let troubles = context.index::<Troubles>();
    if troubles.by_workload.is_empty() {
        return;
    }
    let Some(id) = context.inventory.id_of(pod.object) else {
        return;
    };
    for (name, message) in troubles.by_workload.get(&id).into_iter().flatten() {
        let template = pod
            .containers
            .iter()
            .find(|container: &&Container<'_>| container.name == &**name);
        match template {
            Some(container) => found.in_container(container, "", message.as_str()),
            // Injected when the pod was made; the template does not have it.
            None => found.at(
                pod.path("containers"),
                format!("container {name} {message}"),
            ),
        }
    }
}

/// For each judged workload, its containers in trouble: name and message.
struct Troubles {
    by_workload: HashMap<ObjectId, Vec<(Box<str>, String)>>,
}

impl Index for Troubles {
    const READS: Reads = Reads::Replicas;

    fn build(inventory: &Inventory) -> Self {
        let mut by_workload: HashMap<ObjectId, Vec<(Box<str>, String)>> = HashMap::new();
        for (id, pod) in inventory.of_kind(Kind::Pod) {
            let status = pod.value().at("status");
            let containers = ["initContainerStatuses", "containerStatuses"]
                .into_iter()
                .flat_map(|list| status.list(list));
            for container in containers {
                let Some(message) = trouble(container) else {
                    continue;
                };
                let name = container.text("name").unwrap_or_default();
                let troubles = by_workload.entry(inventory.representative(id)).or_default();
                // The pods of one workload share their troubles.
                if troubles.iter().all(|(known, _)| &**known != name) {
                    troubles.push((name.into(), message));
                }
            }
        }
        Troubles { by_workload }
    }
}

fn trouble(container: &catseye_model::Value) -> Option<String> {
    let restarts = container.integer("restartCount").unwrap_or(0);
    let waits_for = container.text("state.waiting.reason").filter(|reason| {
        matches!(
            *reason,
            "CrashLoopBackOff"
                | "ImagePullBackOff"
                | "ErrImagePull"
                | "InvalidImageName"
                | "CreateContainerConfigError"
                | "CreateContainerError"
                | "RunContainerError"
        )
    });
    match waits_for {
        Some(reason) if restarts > 0 => Some(format!("waits: {reason}, after {restarts} restarts")),
        Some(reason) => Some(format!("waits: {reason}")),
        None if restarts >= MANY => Some(format!("was restarted {restarts} times")),
        None => None,
    }
}
