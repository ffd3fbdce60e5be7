//! `[gate]` of the hub's configuration: policies, exceptions, keys and signatures read for admission.

use std::path::Path;

use anyhow::Context as _;
use catseye_admission::PolicySet;
use catseye_admission::gate::{Config, Gate, Loaded, PublicKey, Signed};
use catseye_hub::Hub;
use catseye_hub::admit::{Admit, AdmitConfig};
use catseye_model::RedactionKey;

use crate::policy::load;
use crate::scan;

/// Sections of the file that the checks read.
const OF_CHECKS: [&str; 6] = [
    "kubernetes-version",
    "images",
    "metadata",
    "admission",
    "namespaces",
    "resources",
];

/// What the checks read of a configuration's text: the other sections are others'.
pub(crate) fn checks_of(text: &str) -> anyhow::Result<catseye_checks::Config> {
    let mut table: toml::Table = toml::from_str(text)?;
    table.retain(|name, _| OF_CHECKS.contains(&name));
    Ok(catseye_checks::Config::from_toml(&table.to_string())?)
}

/// The gate of a configuration's text; none where it has no `[gate]`. Files are looked for beside it.
pub(crate) fn read(
    text: &str,
    beside: &Path,
    namespace: &str,
    key: &RedactionKey,
) -> anyhow::Result<Option<Gate>> {
    let Some(config) = Config::read(text)? else {
        return Ok(None);
    };
    let mut policies = PolicySet::unbound_deny();
    for path in &config.policies {
        for file in load::files(&beside.join(path))? {
            if !load::is_cases(&file) {
                load::add(&mut policies, &file)?;
            }
        }
    }
    let exceptions = match &config.exceptions {
        Some(file) => scan::read_exceptions(Some(&beside.join(file)))?.0,
        None => catseye_policy::Exceptions::default(),
    };
    let checks = checks_of(text)?;
    let read = |file: &String| {
        let path = beside.join(file);
        std::fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))
    };
    let mut keys = Vec::new();
    for file in &config.images.keys {
        keys.push(PublicKey::read(&read(file)?).with_context(|| file.clone())?);
    }
    let mut signed = Signed::default();
    for file in &config.images.signatures {
        signed
            .add(&read(file)?, &keys)
            .with_context(|| file.clone())?;
    }
    if signed.foreign > 0 {
        anstream::eprintln!(
            "{} signatures were made by none of the given keys and count for nothing",
            signed.foreign
        );
    }
    let loaded = Loaded {
        policies,
        exceptions,
        checks,
        signed,
    };
    Ok(Some(Gate::new(config, loaded, namespace, key.clone())))
}

/// Admission by a hub, where its configuration file has a `[gate]`.
pub(crate) fn open(
    hub: &Hub,
    file: Option<&Path>,
    state: &Path,
    namespace: &str,
    key: &RedactionKey,
) -> anyhow::Result<Option<Admit>> {
    let Some(file) = file else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("failed to read {}", file.display()))?;
    let beside = file.parent().unwrap_or(Path::new("."));
    let gate = read(&text, beside, namespace, key)
        .with_context(|| format!("failed to use {}", file.display()))?;
    let Some(gate) = gate else {
        return Ok(None);
    };
    let config = AdmitConfig {
        gate,
        key: key.clone(),
        log: Some(state.join("admission.jsonl")),
    };
    Ok(Some(Admit::open(hub.clone(), config)?))
}
