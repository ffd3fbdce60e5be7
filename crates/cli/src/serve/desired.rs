//! What is desired, for a hub: folders that are read again when they change, and Helm's releases.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use catseye_cluster::Client;
use catseye_drift::desired::helm;
use catseye_drift::{DesiredState, Source};
use catseye_hub::Hub;
use catseye_model::redact::{RedactionKey, redact};
use catseye_model::{Fields as _, Kind, Object};
use catseye_report::scan::Level;

use super::sources::signs;
use crate::intake::{self, Options};

/// How often folders are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How often it is looked whether Helm has new releases.
const LOOK_RELEASES: Duration = Duration::from_secs(5);

/// The name of the folders among the sources of desired state.
const FOLDERS: &str = "folders";
/// The name of Helm's releases among them.
const RELEASES: &str = "helm-releases";

/// Folders and files of manifests, kustomizations and charts.
pub(super) struct Folders {
    pub(super) paths: Vec<PathBuf>,
    pub(super) key: RedactionKey,
}

impl Folders {
    /// What they hold now, and what of it could not be read.
    fn read(&self) -> anyhow::Result<(DesiredState, Option<String>)> {
        let options = Options {
            render: true,
            helm_values: Vec::new(),
            dumps: false,
        };
        let read = intake::gather(&self.paths, &options)?;
        let errors: Vec<&str> = read
            .notices
            .iter()
            .filter(|notice| notice.level == Level::Error)
            .map(|notice| notice.message.as_str())
            .collect();
        let note = errors.first().map(|first| match errors.len() {
            1 => (*first).to_owned(),
            count => format!("{first}, and {} more", count - 1),
        });
        let mut state = DesiredState::default();
        for object in read.objects {
            let source = object.origin().map_or_else(String::new, |origin| {
                let file = read.sources.get(origin.file.0 as usize);
                format!("{}:{}", file.map_or("?", |file| &file.name), origin.line)
            });
            let mut value = object.value().clone();
            redact(&mut value, &self.key);
            if let Ok(object) = Object::new(value, object.origin().cloned()) {
                state.add(object, Source::File(source));
            }
        }
        Ok((state, note))
    }

    /// Tells the hub what they hold; a folder that cannot be read at all is an error.
    pub(super) fn tell(&self, hub: &Hub) -> anyhow::Result<()> {
        let (state, note) = self.read()?;
        if let Some(note) = &note {
            anstream::eprintln!("desired state: {note}");
        }
        hub.desire(FOLDERS, state, note);
        Ok(())
    }

    /// Reads again whenever something changed, on a thread of its own.
    pub(super) fn follow(self, hub: Hub) {
        std::thread::spawn(move || {
            let mut known = signs(&self.paths);
            loop {
                std::thread::sleep(LOOK);
                let now = signs(&self.paths);
                if now == known {
                    continue;
                }
                known = now;
                if let Err(err) = self.tell(&hub) {
                    anstream::eprintln!("desired state was not read again: {err:#}");
                }
            }
        });
    }
}

/// Reads Helm's releases whenever one came, changed or went.
///
/// The hub's watch takes the values of Secrets out before anything sees them, and a release is such a value.
/// So release Secrets are read once more here, opened, and only their manifests go on, redacted.
pub(super) async fn follow_releases(hub: Hub, client: Client, key: RedactionKey) {
    let mut known = None;
    loop {
        tokio::time::sleep(LOOK_RELEASES).await;
        let now = releases_of(&hub);
        if known.as_ref() == Some(&now) {
            continue;
        }
        let mut releases = Vec::new();
        let mut refused = 0;
        let visit = |secret: &catseye_model::Value| match helm::open(secret, &key) {
            Ok(release) => releases.push(release),
            Err(_) => refused += 1,
        };
        let read = catseye_cluster::visit_secrets(&client, "helm.sh/release.v1", visit).await;
        let mut state = DesiredState::default();
        let note = match read {
            Ok(()) => {
                let lost = helm::add(releases, &mut state);
                known = Some(now);
                (lost + refused > 0).then(|| {
                    format!("{refused} releases and {lost} of their documents cannot be read")
                })
            }
            Err(err) => Some(format!("release Secrets cannot be read: {err}")),
        };
        hub.desire(RELEASES, state, note);
    }
}

/// What tells one state of the releases from another.
fn releases_of(hub: &Hub) -> BTreeSet<(String, String, String)> {
    let world = hub.world();
    let mut found = BTreeSet::new();
    for (_, secret) in world.inventory().of_kind(Kind::Secret) {
        if helm::is_release(secret.value()) {
            let version = secret.value().text("metadata.resourceVersion");
            found.insert((
                secret.namespace().to_owned(),
                secret.name().to_owned(),
                version.unwrap_or_default().to_owned(),
            ));
        }
    }
    found
}
