//! A monitor that finds nothing to scrape.

use catseye_model::Value;
use catseye_model::selector::Condition;
use catseye_model::{Completeness, FieldPath, Fields, Kind, Object, Selector};

use super::scrape::MONITORS;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A monitor selects nothing to scrape
    ///
    /// No Service (for a PodMonitor: no workload) in the monitor's namespaces carries the labels
    /// that it asks for. Prometheus reports no error: graphs stay empty and alerts built on
    /// `rate(…) > x` never fire.
    ///
    /// In a folder this is told only where the folder holds something there with the same label keys and
    /// other values.
    ///
    /// **Fix:** Make `spec.selector` match the labels of the Service (not of its pods), and name the
    /// namespace where it is another:
    /// ```yaml
    /// spec:
    ///   namespaceSelector: {matchNames: [shop]}
    ///   selector: {matchLabels: {app: cart}}
    /// ```
    "OPR-103" {
        severity: Medium,
        rows: ["F07"],
        fails: [
            r"
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: a, namespace: shop}
spec: {selector: {matchLabels: {app: cart}}, endpoints: [{port: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop, labels: {app: card}}
",
            r"# completeness: cluster
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: a, namespace: monitoring}
spec: {namespaceSelector: {matchNames: [shop]}, selector: {matchLabels: {app: cart}}}
---
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: other, labels: {app: cart}}
spec: {containers: [{name: a, image: b}]}
",
        ],
        passes: [
            r"
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: a, namespace: monitoring}
spec: {namespaceSelector: {any: true}, selector: {matchLabels: {app: cart}}}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop, labels: {app: cart}}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: everything-here, namespace: shop}
spec: {selector: {}}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: another-repository, namespace: monitoring}
spec: {namespaceSelector: {matchNames: [elsewhere]}, selector: {matchLabels: {app: x}}}
---
# Nothing here is labelled in that way, so what it means comes from another repository.
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: another-product, namespace: shop}
spec: {selector: {matchLabels: {istio: pilot}}}
",
            r"
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: a}
spec: {selector: {matchExpressions: [{key: app, operator: In, values: [cart]}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: a, image: b}]}
",
        ],
        run: Objects(MONITORS, run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let Ok(selector) = Selector::of(object.value().at("spec.selector")) else {
        return;
    };
    let search = match object.kind() {
        Kind::PodMonitor => workloads(object, &selector, context),
        _ => services(object, &selector, context),
    };
    match (search, context.inventory.completeness()) {
        (Search::Found, _) => {}
        (Search::NearMiss, Completeness::Tree) | (_, Completeness::Cluster) => {
            let what = if object.kind() == Kind::PodMonitor {
                "no workload has these labels"
            } else {
                "no Service has these labels"
            };
            found.at(FieldPath::root().join("spec.selector"), what);
        }
        _ => found.unknown("what it selects is not among the objects"),
    }
}

enum Search {
    /// Something matches.
    Found,
    /// Something carries the keys of the labels, with other values.
    NearMiss,
    /// Nothing is labelled in that way.
    NothingThere,
}

impl Search {
    fn over<'a>(candidates: impl Iterator<Item = &'a Value>, selector: &Selector) -> Self {
        let mut search = Search::NothingThere;
        for labels in candidates {
            if selector.matches(labels) {
                return Search::Found;
            }
            if has_keys(labels, selector) {
                search = Search::NearMiss;
            }
        }
        search
    }
}

/// True when the labels have every key that the selector asks for.
fn has_keys(labels: &Value, selector: &Selector) -> bool {
    selector.requirements().iter().all(|requirement| {
        matches!(
            requirement.condition,
            Condition::NotIn(_) | Condition::DoesNotExist
        ) || labels.get(&requirement.key).is_some()
    })
}

fn services(monitor: &Object, selector: &Selector, context: &Context<'_>) -> Search {
    let inventory = context.inventory;
    if any_namespace(monitor) {
        let services = inventory.of_kind(Kind::Service);
        return Search::over(services.map(|(_, service)| service.labels()), selector);
    }
    let services =
        namespaces(monitor).flat_map(|namespace| inventory.in_namespace(Kind::Service, namespace));
    Search::over(services.map(|(_, service)| service.labels()), selector)
}

fn workloads(monitor: &Object, selector: &Selector, context: &Context<'_>) -> Search {
    let inventory = context.inventory;
    if any_namespace(monitor) {
        let workloads = inventory.workloads();
        return Search::over(workloads.map(|(_, pod)| pod.labels()), selector);
    }
    let everything = Selector::default();
    let workloads = namespaces(monitor)
        .flat_map(|namespace| inventory.workloads_selected(namespace, &everything));
    Search::over(workloads.map(|(_, pod)| pod.labels()), selector)
}

fn any_namespace(monitor: &Object) -> bool {
    monitor.value().flag("spec.namespaceSelector.any") == Some(true)
}

/// The namespaces that the monitor names, or its own.
fn namespaces(monitor: &Object) -> impl Iterator<Item = &str> {
    let named = monitor.value().list("spec.namespaceSelector.matchNames");
    let own = named.is_empty().then(|| monitor.namespace());
    named.iter().filter_map(|name| name.as_str()).chain(own)
}
