//! The Helm chart, within the program.

/// The chart's values.
pub(super) const VALUES: &str = include_str!("../../../../deploy/chart/catseye/values.yaml");

/// The chart's templates, in the order in which they are applied.
pub(super) const TEMPLATES: &[(&str, &str)] = &[
    (
        "00-namespace.yaml",
        include_str!("../../../../deploy/chart/catseye/templates/00-namespace.yaml"),
    ),
    (
        "10-serviceaccount.yaml",
        include_str!("../../../../deploy/chart/catseye/templates/10-serviceaccount.yaml"),
    ),
    (
        "11-rbac.yaml",
        include_str!("../../../../deploy/chart/catseye/templates/11-rbac.yaml"),
    ),
    (
        "20-config.yaml",
        include_str!("../../../../deploy/chart/catseye/templates/20-config.yaml"),
    ),
    (
        "30-deployment.yaml",
        include_str!("../../../../deploy/chart/catseye/templates/30-deployment.yaml"),
    ),
    (
        "40-network.yaml",
        include_str!("../../../../deploy/chart/catseye/templates/40-network.yaml"),
    ),
    (
        "50-metrics.yaml",
        include_str!("../../../../deploy/chart/catseye/templates/50-metrics.yaml"),
    ),
    (
        "60-admission.yaml",
        include_str!("../../../../deploy/chart/catseye/templates/60-admission.yaml"),
    ),
    (
        "70-sensor.yaml",
        include_str!("../../../../deploy/chart/catseye/templates/70-sensor.yaml"),
    ),
];

/// What an API server is to log.
pub(super) const AUDIT_POLICY: &str = include_str!("../../../../deploy/audit/policy.yaml");

/// Where it is to send it.
pub(super) const AUDIT_WEBHOOK: &str = include_str!("../../../../deploy/audit/webhook.yaml");
