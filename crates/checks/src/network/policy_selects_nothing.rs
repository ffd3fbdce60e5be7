//! A network policy whose `podSelector` selects no pods.

use catseye_model::{Completeness, FieldPath, Fields, Kind, Object, Selector};

use super::topology::Topology;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A network policy selects no pods
    ///
    /// The policy protects nothing: its `podSelector` meets the labels of no workload in its
    /// namespace, often after a label was renamed. Whoever wrote it believes the pods to be isolated
    /// while every pod of the cluster reaches them.
    ///
    /// **Fix:** Make `podSelector` meet the labels in the workload's pod template (not those of the
    /// Deployment itself), in the workload's namespace:
    /// ```yaml
    /// spec:
    ///   podSelector: {matchLabels: {app: cart}}
    /// ```
    "NET-003" {
        severity: Medium,
        rows: ["D03"],
        fails: [
            r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart, namespace: shop}
spec: {podSelector: {matchLabels: {app: cart}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop, labels: {app: cart}}
spec: {template: {metadata: {labels: {app: carts}}, spec: {containers: [{name: a, image: i}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: bank}
spec: {template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: a, image: i}]}}}
",
            r"
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: cart, namespace: shop}
spec: {endpointSelector: {matchLabels: {app: cart}}, ingress: [{}]}
",
        ],
        passes: [
            r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart, namespace: shop}
spec: {podSelector: {matchLabels: {app: cart}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: cart, namespace: shop}
spec: {jobTemplate: {spec: {template: {metadata: {labels: {app: cart}}, spec: {containers: []}}}}}
",
            r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: empty}
spec: {podSelector: {}}
",
            r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: kafka, namespace: shop}
spec: {podSelector: {matchLabels: {strimzi.io/cluster: orders}}}
---
apiVersion: kafka.strimzi.io/v1beta2
kind: Kafka
metadata: {name: orders, namespace: shop}
spec: {kafka: {replicas: 3}}
",
            r"# completeness: fragment
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart}
spec: {podSelector: {matchLabels: {app: cart}}}
",
        ],
        run: Objects(&[Kind::NetworkPolicy, Kind::CiliumNetworkPolicy], run),
    }
}

fn run(policy: &Object, context: &Context<'_>, found: &mut Findings) {
    let topology = context.index::<Topology>();
    let selected_by = |value| {
        let selector = Selector::of(value).ok()?;
        if selector.selects_everything() {
            return None;
        }
        let pods = &topology.pods;
        let nothing = pods
            .selected(context.inventory, policy.namespace(), &selector)
            .is_empty();
        nothing.then_some(selector)
    };
    let mut report = |path: FieldPath, selector: &Selector| {
        if topology.operators.may_run(policy.namespace(), selector) {
            found.unknown("an operator may run the pods");
        } else if context.inventory.completeness() == Completeness::Fragment {
            found.unknown("the pods may stand elsewhere");
        } else {
            found.at(path, format!("{selector} selects no workload here"));
        }
    };
    if policy.kind() == Kind::NetworkPolicy {
        if let Some(selector) = selected_by(policy.value().at("spec.podSelector")) {
            report(FieldPath::root().join("spec.podSelector"), &selector);
        }
        return;
    }
    let value = policy.value();
    let one = value
        .get("spec")
        .map(|spec| (FieldPath::root().join("spec"), spec));
    let several = value
        .list("specs")
        .iter()
        .enumerate()
        .map(|(index, spec)| (FieldPath::root().join("specs").index(index), spec));
    for (path, spec) in one.into_iter().chain(several) {
        // Keys with a source or a meaning of their own are left to Cilium.
        let Some(selector) =
            spec.get("endpointSelector")
                .and_then(selected_by)
                .filter(|selector| {
                    selector.requirements().iter().all(|requirement| {
                        !requirement.key.contains(':')
                            && !requirement.key.contains("io.cilium")
                            && requirement.key != "io.kubernetes.pod.namespace"
                    })
                })
        else {
            continue;
        };
        report(path.join("endpointSelector"), &selector);
    }
}
