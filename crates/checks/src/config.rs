//! The team's own security baseline: what is allowed here, and what every workload must carry.
//!
//! Every list that is empty means "no opinion": the checks behind it then judge by general rules, or pass.

use catseye_model::{Quantity, Version};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The configuration of the checks, read from `catseye.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The version whose rules apply, such as `1.33`.
    #[serde(deserialize_with = "version")]
    pub kubernetes_version: Version,
    /// Where images may come from.
    pub images: Images,
    /// Labels and annotations that objects must carry.
    pub metadata: Metadata,
    /// Admission webhooks and operators that the team knows.
    pub admission: Admission,
    /// Namespaces.
    pub namespaces: Namespaces,
    /// Resources.
    pub resources: Resources,
    /// What `catseye audit` reads; no check looks at it.
    #[serde(deserialize_with = "passed_over")]
    pub audit: (),
    /// What `catseye serve` reads, as the next ones; no check looks at it.
    #[serde(deserialize_with = "passed_over")]
    pub hub: (),
    /// How the hub is reached.
    #[serde(deserialize_with = "passed_over")]
    pub serve: (),
    /// What the hub remembers.
    #[serde(deserialize_with = "passed_over")]
    pub store: (),
    /// How events come to the hub.
    #[serde(deserialize_with = "passed_over")]
    pub intake: (),
    /// Where the hub tells incidents.
    #[serde(deserialize_with = "passed_over")]
    pub alert: (),
    /// What is told of the nodes; `catseye serve` reads it, no check looks at it.
    #[serde(deserialize_with = "passed_over")]
    pub runtime: (),
    /// What the hub's admission reads; no check looks at it.
    #[serde(deserialize_with = "passed_over")]
    pub gate: (),
}

/// Where images may come from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Images {
    /// Registries or repositories that are allowed, such as `registry.example.com` or
    /// `ghcr.io/example`; matched by whole host and whole path segments, `*.example.com` by the
    /// host's subdomains.
    pub allowed: Vec<String>,
    /// Registries or repositories that are forbidden; matched alike.
    pub blocked: Vec<String>,
    /// Registries or repositories whose images need no digest; matched alike.
    pub digest_exempt: Vec<String>,
}

/// Labels and annotations that objects must carry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Metadata {
    /// Label keys that every workload carries.
    pub workload_labels: Vec<String>,
    /// Annotation keys that every workload carries.
    pub workload_annotations: Vec<String>,
    /// Label keys that every Service carries.
    pub service_labels: Vec<String>,
}

/// Admission webhooks that the team knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Admission {
    /// Names of known webhook configurations; with an empty list none is unknown.
    pub known_webhooks: Vec<String>,
}

/// Namespaces.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Namespaces {
    /// Namespaces of the cluster itself, whose workloads may need what others must not have.
    pub system: Vec<String>,
}

/// Resources.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Resources {
    /// The largest allowed limit as a multiple of the request; `None` allows any.
    pub max_limit_to_request: Option<u32>,
    /// How much CPU a container may request.
    pub cpu_requests: Range,
    /// How high a container's CPU limit may be.
    pub cpu_limits: Range,
    /// How much memory a container may request.
    pub memory_requests: Range,
    /// How high a container's memory limit may be.
    pub memory_limits: Range,
    /// The same as `cpu-requests` for the sandboxes of agents, whose code nobody reviewed.
    pub sandbox_cpu_requests: Range,
    /// The same as `cpu-limits` for the sandboxes of agents.
    pub sandbox_cpu_limits: Range,
    /// The same as `memory-requests` for the sandboxes of agents.
    pub sandbox_memory_requests: Range,
    /// The same as `memory-limits` for the sandboxes of agents.
    pub sandbox_memory_limits: Range,
}

/// The amounts between `min` and `max`, both included and both optional.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Range {
    /// The least, such as `50m` or `64Mi`.
    #[serde(deserialize_with = "quantity")]
    pub min: Option<Quantity>,
    /// The most.
    #[serde(deserialize_with = "quantity")]
    pub max: Option<Quantity>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            kubernetes_version: Version::LATEST,
            images: Images::default(),
            metadata: Metadata::default(),
            admission: Admission::default(),
            namespaces: Namespaces::default(),
            resources: Resources::default(),
            audit: (),
            runtime: (),
            hub: (),
            serve: (),
            store: (),
            intake: (),
            alert: (),
            gate: (),
        }
    }
}

impl Default for Namespaces {
    fn default() -> Self {
        let system = ["kube-system", "kube-public", "kube-node-lease"];
        Namespaces {
            system: system.map(str::to_owned).to_vec(),
        }
    }
}

impl Config {
    /// Reads `catseye.toml`.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// True for namespaces of the cluster itself.
    pub fn is_system(&self, namespace: &str) -> bool {
        self.namespaces
            .system
            .iter()
            .any(|system| system == namespace)
    }
}

fn passed_over<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| ())
}

fn version<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
    String::deserialize(deserializer)?
        .parse()
        .map_err(serde::de::Error::custom)
}

fn quantity<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Quantity>, D::Error> {
    String::deserialize(deserializer)?
        .parse()
        .map(Some)
        .map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_refused() {
        let config = Config::from_toml("kubernetes-version = '1.30'").unwrap();
        assert_eq!(config.kubernetes_version, Version::minor(30));
        assert!(Config::from_toml("kubernetes = '1.30'").is_err());
        assert!(Config::from_toml("[images]\nallow = []").is_err());
    }
    #[test]
    fn ranges_are_quantities() {
        let config = Config::from_toml("[resources.cpu-limits]\nmax = '500m'").unwrap();
        assert_eq!(
            config.resources.cpu_limits.max,
            Some("0.5".parse().unwrap())
        );
        assert!(Config::from_toml("[resources.cpu-limits]\nmax = '1 core'").is_err());
    }
}
