//! The hub's configuration: one file, `catseye.toml`, read strictly.
//!
//! A key that nobody knows is refused with its line and the nearest key that there is: a misspelt limit
//! must not be no limit. What flags say counts before the file, the file before the defaults.

mod nearest;
mod section;

use std::path::Path;

use serde::Deserialize;

pub use section::{Config, HubSection, IntakeSection, ServeSection, StoreSection, TlsMode};

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
const OTHERS: [&str; 4] = ["checks", "scan", "alerts", "gate"];

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
        // What belongs to others is taken out before what is ours is read strictly.
        let mut table: toml::Table = toml::from_str(text).map_err(refused)?;
        if OTHERS.iter().any(|other| table.contains_key(*other)) {
            table.retain(|name, _| !OTHERS.contains(&name));
            // Positions are those of the whole file, so it is read again without what is not ours only
            // when that is needed, and told by key then.
            let config = Config::deserialize(table)
                .map_err(|err| at(0, nearest::with_suggestion(err.message())))?;
            return config.checked().map_err(|message| at(0, message));
        }
        let config: Config = toml::from_str(text).map_err(refused)?;
        config.checked().map_err(|message| at(0, message))
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

    /// The JSON Schema of the file.
    pub fn schema() -> String {
        section::schema()
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

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
        assert_eq!(sections, ["hub", "intake", "serve", "store"]);
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
