//! The sections of the file, with their defaults.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use catseye_store::Retention;

use crate::alert::{self, AlertConfig};
use crate::drift::DriftRules;

/// The configuration of a hub: `catseye.toml`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// How the hub judges.
    pub hub: HubSection,
    /// How it is reached.
    pub serve: ServeSection,
    /// What it remembers, and where.
    pub store: StoreSection,
    /// How audit events come in.
    pub intake: IntakeSection,
    /// What is desired, and what of a difference is expected.
    pub drift: DriftSection,
    /// Where incidents are told, a table a receiver.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alert: Vec<AlertConfig>,
}

/// How the hub judges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct HubSection {
    /// The cluster's name, shown beside every answer.
    pub cluster: String,
    /// At most so many new incidents are shown a day, critical ones aside; 0 for no limit.
    pub incidents_a_day: u32,
    /// Accepted risks, a file as `catseye scan --exceptions` reads it, looked for beside this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exceptions: Option<String>,
    /// Findings that were known before, a file as `catseye scan --write-baseline` writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
}

/// How the hub is reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ServeSection {
    /// Address and port to listen on. Beyond loopback, TLS is on and the cluster authenticates people.
    #[schema(example = "127.0.0.1:7171")]
    pub listen: String,
    /// How connections are encrypted.
    pub tls: TlsMode,
    /// Names and addresses under which clients know the hub, for the certificates it makes itself.
    pub names: Vec<String>,
    /// The certificate chain, PEM, for `tls = "files"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// Its key, PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Connections at a time; more are refused.
    pub most_connections: u32,
    /// The dashboard's address as people reach it, for links in alerts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://catseye.example")]
    pub url: Option<String>,
}

/// How connections are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// Plain on loopback, own certificates elsewhere.
    #[default]
    Auto,
    /// Certificates of the hub's own authority, made and renewed by itself.
    Own,
    /// A certificate from elsewhere.
    Files,
}

/// What the hub remembers, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct StoreSection {
    /// A folder (SQLite), or `postgres://…`. A password belongs into PGPASSWORD or ~/.pgpass, not here.
    pub url: String,
    /// The folder of the event segments, which PostgreSQL needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<String>,
    /// Days that events are kept; 0 for ever.
    pub event_days: u32,
    /// Bytes of events that are kept, the newest; 0 for all.
    pub event_bytes: u64,
    /// Days that past versions of objects, settled incidents, findings that are gone and what users did
    /// are kept; 0 for ever.
    pub history_days: u32,
}

impl StoreSection {
    /// What the store keeps.
    pub fn retention(&self) -> Retention {
        let days = |days: u32| (days > 0).then_some(days);
        let history = days(self.history_days);
        Retention {
            event_days: days(self.event_days),
            event_bytes: (self.event_bytes > 0).then_some(self.event_bytes),
            object_days: history,
            object_bytes: None,
            incident_days: history,
            finding_days: history,
            action_days: history,
        }
    }
}

/// How audit events come in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct IntakeSection {
    /// Whether POST /audit takes batches of the API server's audit webhook.
    pub webhook: bool,
    /// Bytes of batches that may wait; beyond that they are refused with 429.
    pub queue_bytes: u64,
    /// Audit logs to follow.
    pub files: Vec<String>,
    /// Whether POST /intake/runtime takes batches of node sensors.
    pub sensors: bool,
    /// Bytes of memory that waiting batches of sensors may take; beyond that they are refused with 429.
    pub sensor_queue_bytes: u64,
}

/// What is desired, and what of a difference is expected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct DriftSection {
    /// Folders and files of manifests, kustomizations and charts, read again when they change.
    pub desired: Vec<String>,
    /// What Helm keeps of its releases is desired, too. The hub's own watch sees Secrets without their
    /// values, so release Secrets are read once more, opened, and only their manifests are kept, redacted.
    pub helm_releases: bool,
    /// What the last `kubectl apply` left in an object's annotation is desired, where nothing else says.
    pub last_applied: bool,
    /// What Argo CD and Flux list as theirs is managed; what else is in their namespaces is not.
    pub inventories: bool,
    /// Field managers that are trusted with all that they write, such as an operator of yours.
    pub trust: Vec<String>,
    /// The field manager that deploys; told per object where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployer: Option<String>,
}

impl DriftSection {
    /// The same for the hub.
    pub fn rules(&self) -> DriftRules {
        DriftRules {
            last_applied: self.last_applied,
            inventories: self.inventories,
            trust: self.trust.clone(),
            deployer: self.deployer.clone(),
        }
    }
}

impl Default for DriftSection {
    fn default() -> Self {
        DriftSection {
            desired: Vec::new(),
            helm_releases: false,
            last_applied: true,
            inventories: true,
            trust: Vec::new(),
            deployer: None,
        }
    }
}

impl Default for HubSection {
    fn default() -> Self {
        HubSection {
            cluster: "cluster".to_owned(),
            incidents_a_day: 20,
            exceptions: None,
            baseline: None,
        }
    }
}

impl Default for ServeSection {
    fn default() -> Self {
        ServeSection {
            listen: "127.0.0.1:7171".to_owned(),
            tls: TlsMode::Auto,
            names: vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
            certificate: None,
            key: None,
            most_connections: 512,
            url: None,
        }
    }
}

impl Default for StoreSection {
    fn default() -> Self {
        StoreSection {
            url: "catseye-state".to_owned(),
            events: None,
            event_days: 30,
            event_bytes: 8 << 30,
            history_days: 90,
        }
    }
}

impl Default for IntakeSection {
    fn default() -> Self {
        IntakeSection {
            webhook: true,
            queue_bytes: 64 << 20,
            files: Vec::new(),
            sensors: true,
            sensor_queue_bytes: 64 << 20,
        }
    }
}

impl Config {
    /// What no type could say.
    pub(super) fn checked(self) -> Result<Self, String> {
        if self.serve.listen.parse::<SocketAddr>().is_err() {
            return Err(format!(
                "[serve] listen: {:?} is no address with a port: write 127.0.0.1:7171",
                self.serve.listen
            ));
        }
        let has_files = self.serve.certificate.is_some() && self.serve.key.is_some();
        if self.serve.tls == TlsMode::Files && !has_files {
            return Err("[serve] tls = \"files\" needs certificate and key".to_owned());
        }
        if self.intake.queue_bytes < 1 << 20 {
            return Err(format!(
                "[intake] queue-bytes: {} is less than one batch may hold: write 1048576 or more",
                self.intake.queue_bytes
            ));
        }
        if self.intake.sensor_queue_bytes < 1 << 20 {
            return Err(format!(
                "[intake] sensor-queue-bytes: {} is less than one batch may hold: write 1048576 or more",
                self.intake.sensor_queue_bytes
            ));
        }
        if let Some(url) = &self.serve.url
            && !(url.starts_with("https://") || url.starts_with("http://"))
        {
            return Err(format!(
                "[serve] url: {url:?} is no address of a page: write https://catseye.example"
            ));
        }
        alert::config::check(&self.alert).map_err(|err| err.to_string())?;
        if self.store.url.contains("://") && self.store.url.contains('@') {
            let user = self.store.url.split("://").nth(1).unwrap_or_default();
            let user = user.split('@').next().unwrap_or_default();
            if user.contains(':') {
                return Err(
                    "[store] url holds a password: put it into PGPASSWORD or ~/.pgpass".to_owned(),
                );
            }
        }
        Ok(self)
    }
}

/// The JSON Schema of the file.
pub(super) fn schema() -> String {
    let mut schemas = Vec::new();
    Config::schemas(&mut schemas);
    let definitions: BTreeMap<String, _> = schemas.into_iter().collect();
    let own = serde_json::to_value(<Config as utoipa::PartialSchema>::schema()).unwrap_or_default();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "catseye.toml",
        "$defs": definitions,
    });
    if let (Some(schema), Some(own)) = (schema.as_object_mut(), own.as_object()) {
        schema.extend(own.clone());
    }
    // What other commands read of the same file is theirs to check.
    for other in super::OTHERS {
        schema["properties"][other] = json!({"description": "Read by other commands."});
    }
    // The references of OpenAPI point to where its schemas are.
    let mut text = serde_json::to_string_pretty(&schema)
        .unwrap_or_default()
        .replace("#/components/schemas/", "#/$defs/");
    text.push('\n');
    text
}
