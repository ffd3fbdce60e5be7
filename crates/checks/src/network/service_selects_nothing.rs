//! A Service whose selector selects no pods.

use catseye_model::{Completeness, FieldPath, Kind, Object};

use super::services;
use super::topology::Topology;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A Service selects no pods
    ///
    /// Connections to the Service fail, because no workload of its namespace carries the labels that
    /// its selector demands. Whoever may create pods in the namespace can take those labels and
    /// answer its clients.
    ///
    /// **Fix:** Make `spec.selector` meet the labels in the workload's pod template, or delete the
    /// Service:
    /// ```yaml
    /// spec:
    ///   selector: {app: cart}
    /// ```
    "NET-009" {
        severity: Low,
        rows: ["D09"],
        fails: [
            r"
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {selector: {app: cart, tier: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, labels: {app: cart, tier: web}}
spec: {template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: a, image: i}]}}}
",
            r"
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: bank, labels: {app: cart}}
spec: {containers: [{name: a, image: i}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {selector: {app: cart}, ports: [{port: 80}]}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: cart}
spec: {template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: a, image: i}]}}}
",
            r"
apiVersion: v1
kind: Service
metadata: {name: no-selector}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: another-name}
spec: {type: ExternalName, externalName: db.example.com, selector: {app: x}}
---
apiVersion: v1
kind: Service
metadata: {name: first-member}
spec: {selector: {statefulset.kubernetes.io/pod-name: db-0}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: a, image: i}]}}}
",
            r"
apiVersion: v1
kind: Service
metadata: {name: prometheus}
spec: {selector: {prometheus: main}, ports: [{port: 9090}]}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: main}
spec: {}
",
            // The application of that namespace is kept elsewhere.
            r"
apiVersion: v1
kind: Service
metadata: {name: gpu-exporter, namespace: managed}
spec: {selector: {app: gpu-exporter}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop, labels: {app: cart}}
spec: {containers: [{name: a, image: i}]}
",
            r"# completeness: fragment
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {selector: {app: cart}, ports: [{port: 80}]}
",
        ],
        run: Objects(&[Kind::Service], run),
    }
}

fn run(service: &Object, context: &Context<'_>, found: &mut Findings) {
    if services::is_external_name(service) {
        return;
    }
    let Some(selector) = services::selector(service) else {
        return;
    };
    let Some(id) = context.inventory.id_of(service) else {
        return;
    };
    let topology = context.index::<Topology>();
    if !topology.services.workloads_of(id).is_empty() {
        return;
    }
    if topology.operators.may_run(service.namespace(), &selector) {
        found.unknown("an operator may run the pods");
    } else if context.inventory.completeness() == Completeness::Fragment {
        found.unknown("the pods may stand elsewhere");
    } else if context.inventory.completeness() == Completeness::Tree
        && topology.pods.in_namespace(service.namespace()).is_empty()
        && topology
            .pods
            .selected_anywhere(context.inventory, &selector)
            .is_empty()
    {
        found.unknown("no workload of the namespace stands here");
    } else {
        found.at(
            FieldPath::root().join("spec.selector"),
            format!("{selector} selects no workload here"),
        );
    }
}
