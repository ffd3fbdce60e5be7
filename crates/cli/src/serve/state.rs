//! What a hub keeps for itself: a folder of keys, and in a cluster one Secret with the same.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use catseye_cluster::Client;
use catseye_cluster::secret::{self, Entries};

/// Keys of the Secret, and the files of the folder that they stand for.
const KEPT: [(&str, &str); 9] = [
    ("ca.crt", "tls/ca.crt"),
    ("ca.key", "tls/ca.key"),
    ("tls.crt", "tls/tls.crt"),
    ("tls.key", "tls/tls.key"),
    ("token", "webhook.token"),
    ("admission.token", "admission.token"),
    ("redaction.key", "redaction.key"),
    ("sensor.crt", "tls/sensor.crt"),
    ("sensor.key", "tls/sensor.key"),
];

/// Keys of the Secret of the sensors: whom to trust, and what to show.
const SENSORS: [(&str, &str); 3] = [
    ("ca.crt", "tls/ca.crt"),
    ("tls.crt", "tls/sensor.crt"),
    ("tls.key", "tls/sensor.key"),
];

/// A Secret in which a hub keeps its certificate, the webhook's token and its keys, so that they outlive a
/// folder that does not last, and so that others find the authority's certificate and the token.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Kept {
    /// Fills what the folder lacks from the Secret.
    pub(super) async fn restore(&self, client: &Client, folder: &Path) -> anyhow::Result<()> {
        let found = secret::entries(client, &self.namespace, &self.name)
            .await
            .with_context(|| format!("failed to read the Secret {}", self.shown()))?;
        let Some(entries) = found else {
            bail!(
                "there is no Secret {}: make an empty one, `catseye install --print` does",
                self.shown()
            );
        };
        for (key, file) in KEPT {
            let path = folder.join(file);
            if let Some(value) = entries.0.get(key).filter(|value| !value.is_empty())
                && !path.exists()
            {
                write_private(&path, value)?;
            }
        }
        Ok(())
    }

    /// Writes into the Secret what the folder holds and it does not.
    pub(super) async fn save(&self, client: &Client, folder: &Path) -> anyhow::Result<()> {
        self.write(client, folder, &KEPT).await
    }

    /// The same for the Secret from which sensors take their certificate.
    pub(super) async fn save_sensors(&self, client: &Client, folder: &Path) -> anyhow::Result<()> {
        for_sensors(folder)?;
        self.write(client, folder, &SENSORS).await
    }

    async fn write(
        &self,
        client: &Client,
        folder: &Path,
        parts: &[(&str, &str)],
    ) -> anyhow::Result<()> {
        let known = secret::entries(client, &self.namespace, &self.name)
            .await
            .with_context(|| format!("failed to read the Secret {}", self.shown()))?
            .unwrap_or_default();
        let mut new = Entries::default();
        for (key, file) in parts {
            if let Ok(value) = std::fs::read(folder.join(file))
                && known.0.get(*key) != Some(&value)
            {
                new.0.insert((*key).to_owned(), value);
            }
        }
        if new.0.is_empty() {
            return Ok(());
        }
        secret::set(client, &self.namespace, &self.name, &new)
            .await
            .with_context(|| format!("failed to write the Secret {}", self.shown()))
    }

    fn shown(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// Fails where the folder lacks what sensors are given: a hub that uses certificates of others makes none.
fn for_sensors(folder: &Path) -> anyhow::Result<()> {
    let missing: Vec<&str> = SENSORS
        .iter()
        .map(|(_, file)| *file)
        .filter(|file| !folder.join(file).exists())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "there is no {} in {}; with [serve] tls = \"files\" the hub makes none: put your own there, or write tls = \"own\"",
        missing.join(", "),
        folder.display()
    )
}

/// 32 random bytes that stay the same from run to run, readable by this user alone; kept as hexadecimal
/// text, because the webhook's token has to be given to the API server.
pub(crate) fn secret(file: &Path) -> anyhow::Result<[u8; 32]> {
    let failed = || format!("failed to use {}", file.display());
    if let Ok(text) = std::fs::read_to_string(file) {
        let mut bytes = [0; 32];
        let pairs = text.trim().as_bytes().chunks(2);
        let is_whole = pairs.len() == bytes.len();
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            let pair = std::str::from_utf8(pair).with_context(failed)?;
            *byte = u8::from_str_radix(pair, 16).with_context(failed)?;
        }
        if !is_whole {
            bail!(
                "{} is not 64 hexadecimal digits; remove it to have a new one made",
                file.display()
            );
        }
        return Ok(bytes);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("failed to get random bytes from the system")?;
    write_private(file, digits(&bytes).as_bytes())?;
    Ok(bytes)
}

pub(crate) fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Writes a new file for this user alone.
fn write_private(file: &Path, value: &[u8]) -> anyhow::Result<()> {
    let failed = || format!("failed to write {}", file.display());
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(failed)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut to = options.open(file).with_context(failed)?;
    std::io::Write::write_all(&mut to, value).with_context(failed)
}

/// The namespace of the pod that this is: from the environment, else as Kubernetes mounts it.
pub(super) fn own_namespace(given: Option<String>) -> anyhow::Result<String> {
    const MOUNTED: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
    if let Some(name) = given {
        return Ok(name);
    }
    std::fs::read_to_string(PathBuf::from(MOUNTED))
        .map(|text| text.trim().to_owned())
        .context("--secret needs --namespace, for this is no pod")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sensors_would_lack_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let tls = folder.path().join("tls");
        std::fs::create_dir(&tls).unwrap();
        std::fs::write(tls.join("ca.crt"), "a").unwrap();
        let err = for_sensors(folder.path()).unwrap_err().to_string();
        assert!(
            err.contains("no tls/sensor.crt, tls/sensor.key in"),
            "{err}"
        );
        for file in ["sensor.crt", "sensor.key"] {
            std::fs::write(tls.join(file), "a").unwrap();
        }
        for_sensors(folder.path()).unwrap();
    }

    #[test]
    fn a_secret_stays_the_same_and_a_damaged_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.key");
        let first = secret(&file).unwrap();
        assert_eq!(secret(&file).unwrap(), first);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), digits(&first));
        std::fs::write(&file, "abc").unwrap();
        let err = secret(&file).unwrap_err();
        assert!(
            format!("{err:#}").contains("64 hexadecimal digits"),
            "{err:#}"
        );
    }
}
