//! Which pods need probes, and what a probe asks.

use catseye_model::Value;
use catseye_model::{Container, Fields, Kind, PodView, Severity};

use crate::context::Context;
use crate::network::topology::Topology;

/// True for workloads whose containers are meant to run on and on: no Jobs, no pods that end, none
/// that a controller of another project probes by itself.
pub(super) fn runs_on(pod: &PodView<'_>) -> bool {
    match pod.object.kind() {
        Kind::Pod => !matches!(pod.spec.text("restartPolicy"), Some("Never" | "OnFailure")),
        Kind::Deployment
        | Kind::StatefulSet
        | Kind::DaemonSet
        | Kind::ReplicaSet
        | Kind::ReplicationController
        | Kind::Rollout
        | Kind::DeploymentConfig => true,
        _ => false,
    }
}

/// Main containers without that probe, in pods that need one.
pub(super) fn without<'a>(
    pod: &'a PodView<'_>,
    probe: &'static str,
) -> impl Iterator<Item = &'a Container<'a>> {
    let needed = runs_on(pod);
    pod.main_containers()
        .filter(move |container| needed && !container.value.has(probe))
}

/// What a missing probe weighs: little where, as far as can be seen, nobody waits for an answer of the
/// container, since it declares no port and no Service stands before pods that declare none.
pub(super) fn weight(
    pod: &PodView<'_>,
    container: &Container<'_>,
    context: &Context<'_>,
) -> Severity {
    let has_port = |container: &Container<'_>| container.ports().next().is_some();
    let has_service = || {
        context.inventory.id_of(pod.object).is_some_and(|id| {
            let topology = context.index::<Topology>();
            !topology.services.services_of(id).is_empty()
        })
    };
    if has_port(container) || (!pod.main_containers().any(has_port) && has_service()) {
        Severity::Low
    } else {
        Severity::Info
    }
}

/// How long a container may fail the probe before it has an effect, in seconds.
pub(super) fn patience(probe: &Value) -> i64 {
    let period = probe.integer("periodSeconds").unwrap_or(10);
    let failures = probe.integer("failureThreshold").unwrap_or(3);
    period.saturating_mul(failures)
}

/// The question that a probe asks: the handler's name and its value.
pub(super) fn question(probe: &Value) -> Option<(&'static str, &Value)> {
    ["httpGet", "tcpSocket", "exec", "grpc"]
        .into_iter()
        .find_map(|handler| {
            let asked = probe.get(handler).filter(|asked| asked.is_object())?;
            Some((handler, asked))
        })
}
