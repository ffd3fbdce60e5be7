//! Pods without a priority class.

use catseye_model::{Fields, Inventory, Kind, PodView};

use crate::check::check;
use crate::context::{Context, Index, Reads};
use crate::findings::Findings;

check! {
    /// A workload has no priority class
    ///
    /// When a cluster runs out of room, pods without a priority class all count the same, below
    /// every pod that has one: whoever may create pods with a high priority makes the scheduler
    /// evict these, and nothing says which application matters.
    ///
    /// **Fix:** Name a class, or make one the default of the cluster (`globalDefault: true`):
    /// ```yaml
    /// spec:
    ///   priorityClassName: business-critical
    /// ```
    "REL-113" {
        severity: Info,
        rows: ["H06"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template: {spec: {priorityClassName: '', containers: [{name: app, image: i}]}}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template: {spec: {priorityClassName: high, containers: [{name: app, image: i}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: by-number, namespace: kube-system}
spec: {priority: 2000001000, containers: [{name: app, image: i}]}
",
            r"
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: ordinary}
globalDefault: true
value: 1000
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: app, image: i}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let named = pod
        .spec
        .text("priorityClassName")
        .is_some_and(|name| !name.is_empty());
    let numbered = pod
        .spec
        .integer("priority")
        .is_some_and(|number| number != 0);
    if !named && !numbered && !context.index::<DefaultClass>().exists {
        found.at(pod.path("priorityClassName"), "names no priority class");
    }
}

/// Whether the cluster gives a class to pods that name none.
struct DefaultClass {
    exists: bool,
}

impl Index for DefaultClass {
    const READS: Reads = Reads::Kinds(&[Kind::PriorityClass]);

    fn build(inventory: &Inventory) -> Self {
        let exists = inventory
            .of_kind(Kind::PriorityClass)
            .any(|(_, class)| class.value().flag("globalDefault") == Some(true));
        DefaultClass { exists }
    }
}
