//! Containers that restart again and again.

use std::collections::HashMap;
use std::sync::Arc;

use catseye_model::{Container, Fields, Inventory, Kind, Object, ObjectId, PodView};

use crate::check::check;
use crate::context::{Changed, Context, Index, Reads};
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
    if troubles.is_empty() {
        return;
    }
    let Some(id) = context.inventory.id_of(pod.object) else {
        return;
    };
    for (name, message) in troubles.of(pod.object.namespace(), id) {
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

/// For each judged workload, its containers in trouble: name and message. By namespace.
struct Troubles(HashMap<Box<str>, Arc<OfNamespace>>);

type OfNamespace = HashMap<ObjectId, Vec<(Box<str>, String)>>;

impl Troubles {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn of(&self, namespace: &str, workload: ObjectId) -> &[(Box<str>, String)] {
        self.0
            .get(namespace)
            .and_then(|troubles| troubles.get(&workload))
            .map_or(&[], Vec::as_slice)
    }
}

impl Index for Troubles {
    const READS: Reads = Reads::Replicas;

    fn build(inventory: &Inventory) -> Self {
        let mut namespaces: HashMap<&str, OfNamespace> = HashMap::new();
        for (id, pod) in inventory.of_kind(Kind::Pod) {
            for (name, message) in troubles(pod) {
                let troubles = namespaces.entry(pod.namespace()).or_default();
                add(troubles, inventory.representative(id), name, message);
            }
        }
        let namespaces = namespaces.into_iter();
        Troubles(
            namespaces
                .map(|(name, troubles)| (name.into(), Arc::new(troubles)))
                .collect(),
        )
    }

    fn renewed(&self, inventory: &Inventory, changed: &Changed) -> Option<Self> {
        let mut namespaces = self.0.clone();
        for namespace in &changed.namespaces {
            namespaces.remove(namespace);
            let mut pods: Vec<_> = inventory.in_namespace(Kind::Pod, namespace).collect();
            pods.sort_unstable_by_key(|(id, _)| *id);
            let mut found = OfNamespace::new();
            for (id, pod) in pods {
                for (name, message) in troubles(pod) {
                    add(&mut found, inventory.representative(id), name, message);
                }
            }
            if !found.is_empty() {
                namespaces.insert(namespace.clone(), Arc::new(found));
            }
        }
        Some(Troubles(namespaces))
    }
}

/// The pods of one workload share their troubles.
fn add(troubles: &mut OfNamespace, workload: ObjectId, name: &str, message: String) {
    let troubles = troubles.entry(workload).or_default();
    if troubles.iter().all(|(known, _)| &**known != name) {
        troubles.push((name.into(), message));
    }
}

fn troubles(pod: &Object) -> impl Iterator<Item = (&str, String)> {
    let status = pod.value().at("status");
    ["initContainerStatuses", "containerStatuses"]
        .into_iter()
        .flat_map(|list| status.list(list))
        .filter_map(|container| {
            let message = trouble(container)?;
            Some((container.text("name").unwrap_or_default(), message))
        })
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
