//! Autoscalers that lack the number to count from.

use catseye_model::Value;
use catseye_model::{Container, FieldPath, Fields, Kind, Object, PodView};

use super::resources::{Resource, has_request};
use super::scaling::scaled;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A HorizontalPodAutoscaler counts utilisation of what is not requested
    ///
    /// Utilisation is a share of the request. When one container of the pods requests none of the
    /// resource, the autoscaler cannot compute it and never scales, without any sign but a
    /// condition in its status.
    ///
    /// **Fix:** Request the resource in every container of the target:
    /// ```yaml
    /// resources:
    ///   requests:
    ///     cpu: 100m
    /// ```
    "REL-118" {
        severity: Medium,
        rows: ["H07"],
        fails: [
            r"
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}
  minReplicas: 2
  maxReplicas: 5
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      containers:
      - {name: app, image: i, resources: {requests: {cpu: 100m}}}
      - {name: logs, image: i, resources: {requests: {memory: 64Mi}}}
",
            r"
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}
  maxReplicas: 5
  targetCPUUtilizationPercentage: 60
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template: {spec: {containers: [{name: app, image: i}]}}
",
        ],
        passes: [
            r"
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}
  minReplicas: 2
  maxReplicas: 5
  metrics:
  - {type: ContainerResource, containerResource: {name: cpu, container: app, target: {type: Utilization, averageUtilization: 60}}}
  - {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 100Mi}}}
  - {type: Pods, pods: {metric: {name: requests}, target: {type: AverageValue, averageValue: 10}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      containers:
      - {name: app, image: i, resources: {limits: {cpu: 100m}}}
      - {name: logs, image: i}
",
        ],
        run: Objects(&[Kind::HorizontalPodAutoscaler], run),
    }
}

fn run(autoscaler: &Object, context: &Context<'_>, found: &mut Findings) {
    let spec = autoscaler.value().at("spec");
    let target = scaled(
        context.inventory,
        autoscaler.namespace(),
        spec.at("scaleTargetRef"),
    )
    .next()
    .map(|id| context.inventory.object(id));
    let Some(pod) = target.and_then(PodView::of) else {
        return;
    };
    if spec.has("targetCPUUtilizationPercentage")
        && let Some(container) = without_request(&pod, context, Resource::Cpu, None)
    {
        let path = FieldPath::root().join("spec.targetCPUUtilizationPercentage");
        found.at(path, message(&pod, container, Resource::Cpu));
    }
    for (index, metric) in spec.list("metrics").iter().enumerate() {
        let Some((field, resource, only)) = utilisation(metric) else {
            continue;
        };
        if let Some(container) = without_request(&pod, context, resource, only) {
            let path = FieldPath::root()
                .join("spec.metrics")
                .index(index)
                .join(field);
            found.at(path, message(&pod, container, resource));
        }
    }
}

/// What a metric counts the utilisation of: its field, the resource, and the one container.
fn utilisation(metric: &Value) -> Option<(&'static str, Resource, Option<&str>)> {
    let field = match metric.text("type")? {
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        _ => return None,
    };
    let source = metric.at(field);
    let counted = source.has("target.averageUtilization")
        // autoscaling/v2beta1 had no `target`.
        || source.has("targetAverageUtilization");
    let resource = match source.text("name")? {
        "cpu" => Resource::Cpu,
        "memory" => Resource::Memory,
        _ => return None,
    };
    counted.then(|| (field, resource, source.text("container")))
}

fn without_request<'a>(
    pod: &'a PodView<'_>,
    context: &Context<'_>,
    resource: Resource,
    only: Option<&str>,
) -> Option<&'a Container<'a>> {
    pod.long_running_containers()
        .filter(|container| only.is_none_or(|only| container.name == only))
        .find(|container| !has_request(pod, container, context, resource))
}

fn message(pod: &PodView<'_>, container: &Container<'_>, resource: Resource) -> String {
    format!(
        "container {} of {} {} requests no {}",
        container.name,
        pod.object.kind_name(),
        pod.object.name(),
        resource.key()
    )
}
