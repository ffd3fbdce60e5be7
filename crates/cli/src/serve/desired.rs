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
            let mut seen = known.clone();
            loop {
                std::thread::sleep(LOOK);
                let now = signs(&self.paths);
                // What was another a moment ago is still being written.
                if now == seen
                    && now != known
                    && self.tell_again(&hub, || signs(&self.paths) == now)
                {
                    known.clone_from(&now);
                }
                seen = now;
            }
        });
    }

    /// Reads again; what was read before holds where not all of it can be read. False where `is_still` says
    /// that something changed meanwhile, and nothing was told.
    fn tell_again(&self, hub: &Hub, is_still: impl FnOnce() -> bool) -> bool {
        let read = self.read();
        if !is_still() {
            return false;
        }
        let trouble = match read {
            Ok((state, None)) => {
                hub.desire(FOLDERS, state, None);
                return true;
            }
            Ok((_, Some(note))) => note,
            Err(err) => format!("{err:#}"),
        };
        anstream::eprintln!("desired state was not read again: {trouble}");
        let note = format!("{trouble}; what was read before holds");
        hub.note_desired(FOLDERS, Some(note));
        true
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
        if let Err(err) = read {
            let note = format!("release Secrets cannot be read: {err}; what was read before holds");
            hub.note_desired(RELEASES, Some(note));
            continue;
        }
        let mut state = DesiredState::default();
        let lost = helm::add(releases, &mut state);
        known = Some(now);
        let mut notes = state.under_way.clone();
        if lost + refused > 0 {
            notes.push(format!(
                "{refused} releases and {lost} of their documents cannot be read"
            ));
        }
        let note = (!notes.is_empty()).then(|| notes.join("; "));
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

#[cfg(test)]
mod tests {
    use catseye_hub::{Clock, DriftRules, Durability, HubConfig};
    use catseye_model::Completeness;

    use super::*;

    #[test]
    fn what_cannot_be_read_again_leaves_what_was_read_before() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("web.yaml");
        let key = RedactionKey::new([1; 32]);
        let hub = Hub::open(
            HubConfig {
                cluster: "shop".to_owned(),
                completeness: Completeness::Cluster,
                incidents_a_day: 0,
                redaction_key: RedactionKey::new([1; 32]),
                durability: Durability::Gathered,
                settings: catseye_detect::Settings::default(),
            },
            Clock::told(jiff::Timestamp::UNIX_EPOCH),
        )
        .unwrap();
        hub.watch_drift(DriftRules::default());
        let folders = Folders {
            paths: vec![folder.path().to_owned()],
            key,
        };
        let told = || {
            let source = hub.desired_sources().remove(0);
            (source.objects, source.note.is_some())
        };
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
        std::fs::write(&file, map).unwrap();
        folders.tell(&hub).unwrap();
        assert_eq!(told(), (1, false));
        std::fs::write(&file, "apiVersion: v1\nkind: [\n").unwrap();
        assert!(!folders.tell_again(&hub, || false));
        assert_eq!(told(), (1, false), "it is still being written");
        assert!(folders.tell_again(&hub, || true));
        assert_eq!(told(), (1, true));
        std::fs::write(&file, format!("{map}---\n{}", map.replace(": a", ": b"))).unwrap();
        assert!(folders.tell_again(&hub, || true));
        assert_eq!(told(), (2, false));
    }
}
