//! Ephemeral containers in pods.

use std::collections::HashMap;

use catseye_model::{Container, Fields, Inventory, Kind, Object, ObjectId, PodView, Role};

use crate::check::check;
use crate::context::{Changed, Context, Index, Reads};
use crate::findings::Findings;

check! {
    /// A debugging container was added to a running pod
    ///
    /// An ephemeral container is put into a pod by hand, past the workload's manifest and its review.
    /// It runs an image of the caller's choice next to the application, with its network, its volumes
    /// and often its processes. It stays until the pod is gone, and so may an intruder who made it.
    ///
    /// **Fix:** Find in the audit log who patched `pods/ephemeralcontainers`, then delete the pod; its
    /// workload makes a clean one. Grant that subresource to break-glass roles alone.
    "POD-035" {
        severity: Medium,
        rows: ["A35"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i}
  ephemeralContainers:
  - {name: debugger, image: busybox, targetContainerName: app}
",
            r"
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: cart, namespace: shop, uid: '1'}
spec:
  template:
    spec:
      containers:
      - {name: app, image: i}
---
apiVersion: v1
kind: Pod
metadata:
  name: cart-x
  namespace: shop
  ownerReferences:
  - {apiVersion: apps/v1, kind: ReplicaSet, name: cart, uid: '1', controller: true}
spec:
  containers:
  - {name: app, image: i}
  ephemeralContainers:
  - {name: debugger, image: busybox}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - {name: setup, image: i}
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

/// Pods with an ephemeral container that another object stands for, by that object's identity.
struct DebuggedPods(HashMap<Identity, Vec<ObjectId>>);

type Identity = (Kind, Box<str>, Box<str>);

impl Index for DebuggedPods {
    const READS: Reads = Reads::Replicas;

    fn build(inventory: &Inventory) -> Self {
        let mut debugged = HashMap::new();
        add(&mut debugged, inventory, inventory.of_kind(Kind::Pod));
        DebuggedPods(debugged)
    }

    fn renewed(&self, inventory: &Inventory, changed: &Changed) -> Option<Self> {
        let mut debugged = self.0.clone();
        debugged.retain(|(_, namespace, _), _| !changed.namespaces.contains(namespace));
        for namespace in &changed.namespaces {
            let mut pods: Vec<_> = inventory.in_namespace(Kind::Pod, namespace).collect();
            pods.sort_unstable_by_key(|(id, _)| *id);
            add(&mut debugged, inventory, pods.into_iter());
        }
        Some(DebuggedPods(debugged))
    }
}

fn add<'a>(
    debugged: &mut HashMap<Identity, Vec<ObjectId>>,
    inventory: &Inventory,
    pods: impl Iterator<Item = (ObjectId, &'a Object)>,
) {
    for (id, pod) in pods {
        if !inventory.is_judged(id) && !pod.value().list("spec.ephemeralContainers").is_empty() {
            let judged = inventory.object(inventory.representative(id));
            debugged.entry(identity(judged)).or_default().push(id);
        }
    }
}

fn identity(object: &Object) -> Identity {
    (
        object.kind(),
        object.namespace().into(),
        object.name().into(),
    )
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    for container in ephemeral(pod) {
        found.in_container(
            container,
            "",
            format!("runs {}", container.image.unwrap_or("an unnamed image")),
        );
    }
    let debugged = context.index::<DebuggedPods>();
    if debugged.0.is_empty() {
        return;
    }
    for id in debugged.0.get(&identity(pod.object)).into_iter().flatten() {
        let replica = context.inventory.object(*id);
        for container in PodView::of(replica).iter().flat_map(ephemeral) {
            found.at(
                pod.path("ephemeralContainers"),
                format!(
                    "its pod {} runs {} in {}",
                    replica.name(),
                    container.image.unwrap_or("an unnamed image"),
                    container.name,
                ),
            );
        }
    }
}

fn ephemeral<'a, 'b>(pod: &'b PodView<'a>) -> impl Iterator<Item = &'b Container<'a>> {
    pod.containers
        .iter()
        .filter(|container| container.role == Role::Ephemeral)
}
