//! The scrape endpoints of Prometheus' monitors.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Kind, Object};

/// The kinds that tell Prometheus what to scrape.
pub(super) const MONITORS: &[Kind] = &[Kind::ServiceMonitor, Kind::PodMonitor];

/// The endpoints of a monitor with their paths.
pub(super) fn endpoints(monitor: &Object) -> impl Iterator<Item = (FieldPath, &Value)> {
    let field = if monitor.kind() == Kind::PodMonitor {
        "spec.podMetricsEndpoints"
    } else {
        "spec.endpoints"
    };
    monitor
        .value()
        .list(field)
        .iter()
        .enumerate()
        .map(move |(index, endpoint)| (FieldPath::root().join(field).index(index), endpoint))
}

/// True when Prometheus shows who it is: by a password, a token or a client certificate.
pub(super) fn has_credentials(endpoint: &Value) -> bool {
    let named = |path: &str| endpoint.text(path).is_some_and(|text| !text.is_empty());
    ["basicAuth", "authorization", "oauth2"]
        .iter()
        .any(|field| endpoint.at(field).is_object())
        || named("bearerTokenFile")
        || named("bearerTokenSecret.key")
        || named("tlsConfig.certFile")
        || ["tlsConfig.cert.secret", "tlsConfig.cert.configMap"]
            .iter()
            .any(|field| endpoint.has(field))
}
