//! The hub's configuration: one file, `catseye.toml`, read strictly.
//!
//! A key that nobody knows is refused with its line and the nearest key that there is: a misspelt limit
//! must not be no limit. What flags say counts before the file, the file before the defaults.

mod nearest;
mod section;

use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::alert::AlertConfig;

pub use section::{
    Config, DriftSection, HubSection, IntakeSection, ServeSection, StoreSection, TlsMode,
};

/// What is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct ConfigError {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
}

/// Sections of the same file that other commands read.
const OTHERS: [&str; 9] = [
    "kubernetes-version",
    "images",
    "metadata",
    "admission",
    "namespaces",
    "resources",
    "audit",
    "runtime",
    "gate",
];

/// The whole file: what is ours is read strictly, what is others' is passed over.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct File {
    hub: HubSection,
    serve: ServeSection,
    store: StoreSection,
    intake: IntakeSection,
    drift: DriftSection,
    alert: Vec<AlertConfig>,
    #[serde(rename = "kubernetes-version")]
    _version: IgnoredAny,
    #[serde(rename = "images")]
    _images: IgnoredAny,
    #[serde(rename = "metadata")]
    _metadata: IgnoredAny,
    #[serde(rename = "admission")]
    _admission: IgnoredAny,
    #[serde(rename = "namespaces")]
    _namespaces: IgnoredAny,
    #[serde(rename = "resources")]
    _resources: IgnoredAny,
    #[serde(rename = "audit")]
    _audit: IgnoredAny,
    #[serde(rename = "runtime")]
    _runtime: IgnoredAny,
    #[serde(rename = "gate")]
    _gate: IgnoredAny,
}

impl Config {
    /// Reads a configuration. `file` is what it is called in errors.
    pub fn read(text: &str, file: &str) -> Result<Self, ConfigError> {
        let at = |offset: usize, message: String| {
            let before = text.get(..offset).unwrap_or(text);
            ConfigError {
                file: file.to_owned(),
                line: before.matches('\n').count() + 1,
                column: before
                    .rsplit('\n')
                    .next()
                    .unwrap_or_default()
                    .chars()
                    .count()
                    + 1,
                message,
            }
        };
        let refused = |err: toml::de::Error| {
            let offset = err.span().map_or(0, |span| span.start);
            at(offset, nearest::with_suggestion(err.message()))
        };
        let File {
            hub,
            serve,
            store,
            intake,
            drift,
            alert,
            ..
        } = toml::from_str(text).map_err(refused)?;
        let config = Config {
            hub,
            serve,
            store,
            intake,
            drift,
            alert,
        };
        config
            .checked()
            .map_err(|message| at(place_of(text, &message), message))
    }

    /// Reads a file; what is absent is the default.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Config::read(&text, &file),
            Err(err) => Err(ConfigError {
                message: format!("failed to read it: {err}"),
                file,
                line: 1,
                column: 1,
            }),
        }
    }

    /// The configuration in effect as TOML.
    pub fn print(&self) -> String {
        // Plain numbers and texts under fixed keys always make TOML.
        toml::to_string_pretty(self).unwrap_or_default()
    }

    /// The configuration in effect as TOML for others to see: addresses that are written out may hold a
    /// password, so their host is all that is left.
    pub fn shown(&self) -> String {
        let mut shown = self.clone();
        for alert in &mut shown.alert {
            alert.hide();
        }
        shown.print()
    }

    /// The JSON Schema of the file.
    pub fn schema() -> String {
        section::schema()
    }
}

/// Where the section begins that a message is about: `[serve] listen: …`, `alert "soc", …`.
fn place_of(text: &str, message: &str) -> usize {
    let quoted = |name: &str| text.find(&format!("\"{name}\"")).unwrap_or(0);
    if let Some(rest) = message.strip_prefix("alert \"") {
        return rest.split('"').next().map_or(0, quoted);
    }
    let Some((section, rest)) = message
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "))
    else {
        return 0;
    };
    let begin = text.find(&format!("[{section}]")).unwrap_or(0);
    let key: String = rest
        .chars()
        .take_while(|letter| letter.is_alphanumeric() || *letter == '-')
        .collect();
    let within = text.get(begin..).unwrap_or_default();
    begin
        + within
            .find(&format!("\n{key}"))
            .map_or(0, |found| found + 1)
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn what_other_commands_read_is_passed_over_and_places_stay_right() {
        let text =
            "[images]\nallowed = [\"ghcr.io\"]\n[audit]\ndeployers = []\n[hub]\nclustre = 1\n";
        let err = Config::read(text, "catseye.toml").unwrap_err();
        assert_eq!((err.line, err.column), (6, 1), "{err}");
        let good = text.replace("clustre = 1", "cluster = \"shop\"");
        assert_eq!(Config::read(&good, "f").unwrap().hub.cluster, "shop");
    }

    #[test]
    fn alerts_are_read_checked_and_shown_without_what_may_be_a_password() {
        let text = "[hub]\n[[alert]]\nname = \"chat\"\n\
            slack = { url = { is = \"https://hooks.example/T0/B0/secret\" } }\n";
        let config = Config::read(text, "f").unwrap();
        assert_eq!(config.alert[0].name, "chat");
        assert!(!config.shown().contains("secret"), "{}", config.shown());
        assert!(config.shown().contains("https://hooks.example"));
        let twice = format!("{text}[[alert]]\nname = \"two\"\n");
        let err = Config::read(&twice, "f").unwrap_err();
        assert_eq!(err.line, 6, "{err}");
        assert!(err.message.contains("set exactly one"), "{err}");
        let misspelt = text.replace("slack", "slak");
        let err = Config::read(&misspelt, "f").unwrap_err();
        assert_eq!(err.line, 4, "{err}");
    }

    #[test]
    fn what_is_printed_is_read_again() {
        let config = Config::read("", "catseye.toml").unwrap();
        assert_eq!(config, Config::default());
        assert_eq!(
            Config::read(&config.print(), "catseye.toml").unwrap(),
            config
        );
    }

    #[test]
    fn the_schema_knows_every_section() {
        let schema: serde_json::Value = serde_json::from_str(&Config::schema()).unwrap();
        let sections: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        assert!(sections.iter().any(|name| *name == "alert"), "{sections:?}");
        let listen = schema.pointer("/$defs/ServeSection/properties/listen/type");
        assert_eq!(listen, Some(&serde_json::json!("string")));
    }

    #[test]
    fn a_misspelt_key_is_refused_with_its_line_and_the_nearest_key() {
        let text = "[hub]\ncluster = \"shop\"\n\n[serve]\nlisen = \"127.0.0.1:1\"\n";
        let err = Config::read(text, "catseye.toml").unwrap_err();
        assert_eq!((err.line, err.column), (5, 1), "{err}");
        assert!(err.message.contains("write `listen`"), "{err}");
    }

    #[test]
    fn values_that_cannot_be_are_refused() {
        for (text, says) in [
            ("[serve]\nlisten = \"nowhere\"\n", "listen"),
            ("[serve]\nlisten = 7\n", "string"),
            ("[intake]\nqueue-bytes = 1\n", "queue-bytes"),
            ("[hub\n", "unclosed table"),
        ] {
            let err = Config::read(text, "catseye.toml").unwrap_err();
            assert!(err.to_string().contains(says), "{text:?}: {err}");
        }
    }
}
