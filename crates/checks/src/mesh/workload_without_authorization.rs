//! A workload of the mesh that no `AuthorizationPolicy` holds for.

use catseye_model::{Completeness, Kind, PodView};

use super::istio::Istio;
use super::membership::{Membership, in_istio, is_gateway};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// No authorization policy holds for a mesh workload
    ///
    /// Mutual TLS tells who calls; without a policy everyone may. Any workload of the mesh that an
    /// attacker takes over calls every operation of this one.
    ///
    /// **Fix:** Deny by default in the namespace, then allow callers by name:
    /// ```yaml
    /// apiVersion: security.istio.io/v1
    /// kind: AuthorizationPolicy
    /// metadata: {name: deny-all, namespace: shop}
    /// spec: {}
    /// ```
    "MESH-003" {
        severity: Medium,
        rows: ["E03"],
        fails: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: a, image: i}]}}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: other, namespace: shop}
spec: {selector: {matchLabels: {app: bill}}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: audit, namespace: shop}
spec: {action: AUDIT}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: a, image: i}]}}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: cart, namespace: shop}
spec: {selector: {matchLabels: {app: cart}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: answers-nobody, namespace: shop}
spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: i}]}}}}}
",
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: whole-mesh, namespace: istio-system}
spec: {}
---
apiVersion: v1
kind: Pod
metadata: {name: namespace-not-visible, namespace: bank}
spec: {containers: [{name: a, image: i}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let inventory = context.inventory;
    if matches!(pod.object.kind(), Kind::Job | Kind::CronJob)
        || in_istio(inventory, pod) != Membership::Inside
        || is_gateway(pod)
    {
        return;
    }
    let Some(id) = inventory.id_of(pod.object) else {
        return;
    };
    let istio = context.index::<Istio>();
    let namespace = pod.object.namespace();
    if namespace == &*istio.root || istio.is_authorized(id, namespace) {
        return;
    }
    if inventory.completeness() == Completeness::Fragment {
        found.unknown("policies of the namespace may stand elsewhere");
    } else {
        found.at(
            pod.metadata_path("labels"),
            "every workload of the mesh may call these pods",
        );
    }
}
