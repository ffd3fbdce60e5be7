//! What Helm installed, as Helm itself keeps it: a Secret `sh.helm.release.v1.NAME.vN` whose value is the
//! release as JSON, packed by gzip, in base64, in the base64 of Secrets.
//!
//! The packed release holds the manifests of Secrets and the values of the chart, so it is opened only where
//! it was read, its manifest alone is kept, and that is redacted before anybody else sees it.

use std::io::Read as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use catseye_model::redact::{RedactionKey, redact};
use catseye_model::{Fields as _, Object, ObjectKey, Value, yaml};
use flate2::read::GzDecoder;

use super::{DesiredState, Source};

/// A release holds at most what a Secret does (1 MiB), packed; unpacked it may be larger, but not without end.
const LARGEST: u64 = 64 << 20;

/// A release as Helm keeps it.
#[derive(Debug, Clone)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its revision, from 1.
    pub revision: i64,
    /// `deployed`, `superseded`, `failed` and so on.
    pub status: String,
    /// The chart, as `web-1.2.3`.
    pub chart: String,
    /// The objects of its manifest, redacted.
    pub objects: Vec<Object>,
    /// Documents of the manifest that are no objects.
    pub unreadable: usize,
}

/// Why a Secret is no release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotARelease {
    /// The value is missing or redacted: the release must be read from the cluster before redaction.
    #[error("holds no packed release; its value is missing or redacted")]
    Absent,
    /// The value is not what Helm packs.
    #[error("is not packed as Helm packs releases: {0}")]
    Unpacked(&'static str),
    /// It unpacks to more than a release can be.
    #[error("unpacks to more than 64 MiB")]
    TooLarge,
}

/// True for a Secret in which Helm keeps a release.
pub fn is_release(object: &Value) -> bool {
    object.text("type") == Some("helm.sh/release.v1")
}

/// Opens a release Secret.
pub fn open(secret: &Value, key: &RedactionKey) -> Result<Release, NotARelease> {
    let packed = secret.text("data.release").ok_or(NotARelease::Absent)?;
    if catseye_model::redact::is_redacted(packed) {
        return Err(NotARelease::Absent);
    }
    let outer = BASE64_STANDARD
        .decode(packed)
        .map_err(|_| NotARelease::Unpacked("the value is not base64"))?;
    let inner = BASE64_STANDARD
        .decode(&outer)
        .map_err(|_| NotARelease::Unpacked("the inner text is not base64"))?;
    let mut json = Vec::new();
    if inner.starts_with(&[0x1f, 0x8b, 0x08]) {
        GzDecoder::new(inner.as_slice())
            .take(LARGEST + 1)
            .read_to_end(&mut json)
            .map_err(|_| NotARelease::Unpacked("the packed bytes are broken"))?;
    } else {
        json = inner;
    }
    if json.len() as u64 > LARGEST {
        return Err(NotARelease::TooLarge);
    }
    let release: Value = serde_json::from_slice(&json)
        .map_err(|_| NotARelease::Unpacked("the unpacked bytes are not JSON"))?;
    Ok(read(&release, key))
}

fn read(release: &Value, key: &RedactionKey) -> Release {
    let text = |path: &str| release.text(path).unwrap_or_default().to_owned();
    let namespace = text("namespace");
    let mut objects = Vec::new();
    let mut unreadable = 0;
    for document in yaml::documents(release.text("manifest").unwrap_or_default()) {
        let Ok(mut value) = document.content else {
            unreadable += 1;
            continue;
        };
        if value.is_null() {
            continue;
        }
        redact(&mut value, key);
        complete_namespace(&mut value, &namespace);
        let (read, errors) = Object::read(value, None);
        unreadable += errors.len();
        objects.extend(read);
    }
    Release {
        name: text("name"),
        namespace,
        revision: release.integer("version").unwrap_or_default(),
        status: text("info.status"),
        chart: format!(
            "{}-{}",
            text("chart.metadata.name"),
            text("chart.metadata.version")
        ),
        objects,
        unreadable,
    }
}

/// Helm installs namespaced objects that do not say where into the release's namespace.
pub fn complete_namespace(value: &mut Value, namespace: &str) {
    use catseye_model::Kind;
    use catseye_model::kind::Scope;
    let group = value
        .text("apiVersion")
        .and_then(|version| version.split_once('/'))
        .map_or("", |(group, _)| group);
    let kind = Kind::of(group, value.text("kind").unwrap_or_default());
    if kind.scope() != Some(Scope::Cluster) && !value.has("metadata.namespace") {
        let mut metadata = value.at("metadata").clone();
        if metadata.is_object() {
            metadata.set("namespace", namespace.into());
            value.set("metadata", metadata);
        }
    }
}

/// Adds what is deployed: of each release its newest deployed revision. While the newest revision of all is
/// on its way in or out, nothing is said of the objects of either.
pub fn add(mut releases: Vec<Release>, into: &mut DesiredState) -> usize {
    releases.sort_by(|one, other| {
        (&one.namespace, &one.name, one.revision).cmp(&(
            &other.namespace,
            &other.name,
            other.revision,
        ))
    });
    let mut unreadable = 0;
    let is_one =
        |one: &Release, other: &Release| one.namespace == other.namespace && one.name == other.name;
    for revisions in releases.chunk_by(is_one) {
        let Some(newest) = revisions.last() else {
            continue;
        };
        let deployed = revisions.iter().rev().find(|it| it.status == "deployed");
        if is_under_way(&newest.status) {
            let (namespace, name) = (&newest.namespace, &newest.name);
            into.under_way
                .push(format!("{namespace}/{name} is {}", newest.status));
            for object in deployed
                .into_iter()
                .chain([newest])
                .flat_map(|it| &it.objects)
            {
                into.hold(ObjectKey::of(object));
            }
        }
        let Some(release) = deployed else { continue };
        unreadable += release.unreadable;
        for object in &release.objects {
            let source = Source::HelmRelease(format!(
                "{}/{} revision {} ({})",
                release.namespace, release.name, release.revision, release.chart
            ));
            into.add(object.clone(), source);
        }
    }
    unreadable
}

/// True while Helm is at work on a release.
fn is_under_way(status: &str) -> bool {
    status.starts_with("pending-") || status == "uninstalling"
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use catseye_model::json;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(release: &Value) -> Value {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(release.to_string().as_bytes()).unwrap();
        let inner = BASE64_STANDARD.encode(gzip.finish().unwrap());
        json!({"type": "helm.sh/release.v1", "data": {"release": BASE64_STANDARD.encode(inner)}})
    }

    #[test]
    fn the_newest_deployed_revision_is_desired_and_its_secrets_are_redacted() {
        let release = |version: i64, status: &str| {
            json!({"name": "web", "namespace": "shop", "version": version, "info": {"status": status},
                "chart": {"metadata": {"name": "web", "version": "1.2.3"}},
                "manifest": format!("---\n# Source: a\napiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{p: hunter2}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{v: \"{version}\"}}\n")})
        };
        let key = RedactionKey::new([1; 32]);
        let releases: Vec<Release> = [(1, "superseded"), (2, "deployed"), (3, "failed")]
            .into_iter()
            .map(|(version, status)| open(&packed(&release(version, status)), &key).unwrap())
            .collect();
        let mut state = DesiredState::default();
        assert_eq!(add(releases, &mut state), 0);
        let told: Vec<String> = state
            .iter()
            .map(|(key, desired)| format!("{key} from {}", desired.source.told()))
            .collect();
        assert_eq!(
            told,
            [
                "ConfigMap shop/c from Helm release shop/web revision 2 (web-1.2.3)",
                "Secret shop/s from Helm release shop/web revision 2 (web-1.2.3)",
            ]
        );
        for (_, desired) in state.iter() {
            assert!(!desired.object.value().to_string().contains("hunter2"));
        }
    }

    #[test]
    fn nothing_is_said_of_a_release_while_helm_is_at_work_on_it() {
        let release = |name: &str, revision: i64, status: &str| {
            let object = json!({"apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": (format!("{name}-{revision}")), "namespace": "shop"}});
            Release {
                name: name.to_owned(),
                namespace: "shop".to_owned(),
                revision,
                status: status.to_owned(),
                chart: String::new(),
                objects: vec![Object::new(object, None).unwrap()],
                unreadable: 0,
            }
        };
        let mut state = DesiredState::default();
        let releases = vec![
            release("web", 1, "deployed"),
            release("web", 2, "pending-upgrade"),
            release("db", 1, "uninstalling"),
            release("api", 1, "pending-upgrade"),
            release("api", 2, "deployed"),
        ];
        add(releases, &mut state);
        assert_eq!(
            state.under_way,
            ["shop/db is uninstalling", "shop/web is pending-upgrade"]
        );
        let mut told = Vec::new();
        for name in ["web-1", "web-2", "db-1", "api-1", "api-2"] {
            let key = ObjectKey {
                group: String::new(),
                kind: "ConfigMap".to_owned(),
                namespace: "shop".to_owned(),
                name: name.to_owned(),
            };
            told.push((state.is_held(&key), state.get(&key).is_some()));
        }
        assert_eq!(
            told,
            [
                (true, true),
                (true, false),
                (true, false),
                (false, false),
                (false, true)
            ]
        );
    }

    #[test]
    fn what_is_no_release_is_refused() {
        let key = RedactionKey::new([1; 32]);
        for (secret, why) in [
            (json!({}), NotARelease::Absent),
            (
                json!({"data": {"release": "!"}}),
                NotARelease::Unpacked("the value is not base64"),
            ),
            (
                json!({"data": {"release": "IQ=="}}),
                NotARelease::Unpacked("the inner text is not base64"),
            ),
            (
                json!({"data": {"release": "SVE9PQ=="}}),
                NotARelease::Unpacked("the unpacked bytes are not JSON"),
            ),
        ] {
            assert_eq!(open(&secret, &key).map(|_| ()), Err(why));
        }
    }
}
