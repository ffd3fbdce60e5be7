//! Autoscalers that scale nothing.

use std::collections::HashSet;

use catseye_model::{Completeness, FieldPath, Fields, Inventory, Kind, Object};

use super::scaling::{scaled, target_kind};
use crate::check::check;
use crate::context::{Context, Index, Reads};
use crate::findings::Findings;

check! {
    /// A HorizontalPodAutoscaler scales nothing
    ///
    /// Its target does not exist, so the application that it was meant for, often renamed since,
    /// stays at a fixed size and falls over at the first peak.
    ///
    /// **Fix:** Name the workload in the same namespace, with its API group:
    /// ```yaml
    /// scaleTargetRef:
    ///   apiVersion: apps/v1
    ///   kind: Deployment
    ///   name: cart
    /// ```
    "REL-007" {
        severity: Medium,
        rows: ["H07"],
        fails: [
            r"
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}
  maxReplicas: 5
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: bank}
spec:
  template: {spec: {containers: [{name: app, image: i}]}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: cart, namespace: shop}
spec:
  template: {spec: {containers: [{name: app, image: i}]}}
",
        ],
        passes: [
            r"
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}
  maxReplicas: 5
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  template: {spec: {containers: [{name: app, image: i}]}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: b, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: example.com/v1, kind: Workers, name: cart}
  maxReplicas: 5
---
apiVersion: example.com/v1beta1
kind: Workers
metadata: {name: cart, namespace: shop}
",
            r"# completeness: fragment
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}
  maxReplicas: 5
",
        ],
        run: Objects(&[Kind::HorizontalPodAutoscaler], run),
    }
}

fn run(autoscaler: &Object, context: &Context<'_>, found: &mut Findings) {
    let target = autoscaler.value().at("spec.scaleTargetRef");
    let Some((kind, name)) = target.text("kind").zip(target.text("name")) else {
        return;
    };
    let namespace = autoscaler.namespace();
    let exists = match target_kind(target) {
        Kind::Other => context
            .index::<Others>()
            .identities
            .contains(&identity(kind, namespace, name)),
        _ => scaled(context.inventory, namespace, target)
            .next()
            .is_some(),
    };
    if exists {
        return;
    }
    match (context.inventory.completeness(), target_kind(target)) {
        (Completeness::Fragment, _) => {
            found.unknown(format!("{kind} {name} may stand in another file"));
        }
        // A custom resource may not be among what was collected.
        (_, Kind::Other) => found.unknown(format!("{kind} {name} is not among the objects")),
        _ => found.at(
            FieldPath::root().join("spec.scaleTargetRef.name"),
            format!("{kind} {name} does not exist in namespace {namespace}"),
        ),
    }
}

/// The objects of kinds not known by name.
struct Others {
    identities: HashSet<[Box<str>; 3]>,
}

impl Index for Others {
    const READS: Reads = Reads::Kinds(&[Kind::Other]);

    fn build(inventory: &Inventory) -> Self {
        let identities = inventory
            .of_kind(Kind::Other)
            .map(|(_, object)| identity(object.kind_name(), object.namespace(), object.name()))
            .collect();
        Others { identities }
    }
}

fn identity(kind: &str, namespace: &str, name: &str) -> [Box<str>; 3] {
    [kind, namespace, name].map(Into::into)
}
