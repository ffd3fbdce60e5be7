//! Limits that do not fit their requests.

use catseye_model::{PodView, Quantity};

use super::resources::{Resource, Side, amount, text};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A limit does not fit its request
    ///
    /// The API server refuses pods whose limit is below their request: the Deployment is accepted
    /// and then never gets a pod. A limit many times the request promises each pod memory that
    /// the node does not have once several of them grow at a time; the team sets how many times is
    /// too many (`resources.max-limit-to-request`).
    ///
    /// **Fix:** Make the limit at least the request, and keep the two within the agreed ratio:
    /// ```yaml
    /// resources:
    ///   requests:
    ///     memory: 256Mi
    ///   limits:
    ///     memory: 256Mi
    /// ```
    "REL-104" {
        severity: Medium,
        rows: ["H04"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      initContainers:
      - {name: setup, image: i, resources: {requests: {memory: 1G}, limits: {memory: 999M}}}
      containers:
      - {name: app, image: i, resources: {requests: {cpu: 1}, limits: {cpu: 500m}}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: equal, image: i, resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {cpu: 0.5, memory: 1024Mi}}}
  - {name: wide, image: i, resources: {requests: {cpu: 100m}, limits: {cpu: 4}}}
  - {name: half-said, image: i, resources: {requests: {cpu: 100m}, limits: {memory: 1Mi}}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let most = context.config.resources.max_limit_to_request;
    for container in &pod.containers {
        for resource in Resource::ALL {
            let Some((limit, request)) = amount(container.value, Side::Limits, resource)
                .zip(amount(container.value, Side::Requests, resource))
            else {
                continue;
            };
            let Some((limit_amount, request_amount)) =
                Quantity::of(limit).zip(Quantity::of(request))
            else {
                continue;
            };
            let path = Side::Limits.path(resource);
            let key = resource.key();
            if limit_amount < request_amount {
                let message = format!(
                    "{key} limit {} is below the request {}",
                    text(limit),
                    text(request)
                );
                found.in_container(container, path, message);
            } else if let Some(most) = most
                && request_amount
                    .nanos()
                    .checked_mul(i128::from(most))
                    .is_some_and(|highest| limit_amount.nanos() > highest)
            {
                let message = format!(
                    "{key} limit {} is more than {most} times the request {}",
                    text(limit),
                    text(request)
                );
                found.in_container(container, path, message);
            }
        }
    }
}
