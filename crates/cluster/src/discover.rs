//! Which kinds a cluster serves, custom ones too, each once and in the version it prefers.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{APIGroup, APIResourceList};
use kube::Client;
use tokio::time::timeout;

use crate::list::{AT_ONCE, Gap, Reason};

/// A kind that can be listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// The API group; empty for the core group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The plural name, as in URLs.
    pub plural: String,
    /// The kind.
    pub kind: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

impl Resource {
    /// `apiVersion` of its objects.
    pub fn api_version(&self) -> String {
        api_version(&self.group, &self.version)
    }

    /// Its name as `kubectl` writes it: `deployments.apps`.
    pub fn name(&self) -> String {
        if self.group.is_empty() {
            self.plural.clone()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// The path of the list of all its objects.
    pub fn path(&self) -> String {
        format!("{}/{}", self.root(), self.plural)
    }

    /// The path of its API group and version.
    pub(crate) fn root(&self) -> String {
        root(&self.group, &self.version)
    }
}

fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    }
}

fn root(group: &str, version: &str) -> String {
    if group.is_empty() {
        format!("/api/{version}")
    } else {
        format!("/apis/{group}/{version}")
    }
}

/// What is not listed although it can be: history, measurements and heartbeats are not state.
fn is_state(group: &str, plural: &str) -> bool {
    !matches!(
        (group, plural),
        ("" | "events.k8s.io", "events")
            | ("", "componentstatuses")
            | ("coordination.k8s.io", "leases" | "leasecandidates")
            | (
                "metrics.k8s.io" | "custom.metrics.k8s.io" | "external.metrics.k8s.io",
                _
            )
    )
}

/// What a cluster serves.
#[derive(Debug, Clone)]
pub struct Resources {
    /// The server's version, as `v1.36.3`.
    pub version: String,
    /// The kinds that can be listed, sorted.
    pub resources: Vec<Resource>,
    /// Groups that did not answer: an extension server that is down.
    pub gaps: Vec<Gap>,
}

/// Why nothing is known of a cluster.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// The server does not answer, or not to us.
    #[error("failed to reach the API server")]
    Unreachable(#[source] kube::Error),
    /// It does not tell its groups.
    #[error("failed to list the API groups")]
    Groups(#[source] kube::Error),
    /// It does not finish telling.
    #[error("failed to discover the kinds: the API server fell silent")]
    Silent,
}

/// How long discovery may take.
const PATIENCE: Duration = Duration::from_mins(3);

/// Asks a cluster which kinds it serves.
pub async fn discover(client: &Client) -> Result<Resources, DiscoverError> {
    timeout(PATIENCE, ask(client))
        .await
        .map_err(|_| DiscoverError::Silent)?
}

async fn ask(client: &Client) -> Result<Resources, DiscoverError> {
    let version = client
        .apiserver_version()
        .await
        .map_err(DiscoverError::Unreachable)?
        .git_version;
    let groups = client
        .list_api_groups()
        .await
        .map_err(DiscoverError::Groups)?
        .groups;
    let mut wanted = vec![(String::new(), "v1".to_owned())];
    wanted.extend(groups.iter().flat_map(versions));
    let answers: Vec<_> = stream::iter(wanted)
        .map(|(group, version)| async move {
            let answer = if group.is_empty() {
                client.list_core_api_resources(&version).await
            } else {
                let name = api_version(&group, &version);
                client.list_api_group_resources(&name).await
            };
            (group, version, answer)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut found = Resources {
        version,
        resources: Vec::new(),
        gaps: Vec::new(),
    };
    let mut seen = BTreeSet::new();
    for (group, version, answer) in answers {
        match answer {
            Ok(list) => take(&group, &version, list, &mut seen, &mut found.resources),
            Err(err) => found.gaps.push(Gap {
                resource: api_version(&group, &version),
                reason: Reason::of(&err),
                message: kube_message(&err),
            }),
        }
    }
    found.resources.sort();
    Ok(found)
}

/// The versions of a group, the preferred one first.
fn versions(group: &APIGroup) -> Vec<(String, String)> {
    let preferred = group.preferred_version.as_ref().map(|entry| &entry.version);
    let mut versions: Vec<&String> = group.versions.iter().map(|entry| &entry.version).collect();
    versions.sort_by_key(|version| Some(*version) != preferred);
    versions
        .into_iter()
        .map(|version| (group.name.clone(), version.clone()))
        .collect()
}

/// Takes the kinds of one version that no more preferred version of the group has.
fn take(
    group: &str,
    version: &str,
    list: APIResourceList,
    seen: &mut BTreeSet<(String, String)>,
    resources: &mut Vec<Resource>,
) {
    for resource in list.resources {
        let is_subresource = resource.name.contains('/');
        let can_list = resource.verbs.iter().any(|verb| verb == "list");
        if is_subresource || !can_list || !is_state(group, &resource.name) {
            continue;
        }
        if seen.insert((group.to_owned(), resource.name.clone())) {
            resources.push(Resource {
                group: group.to_owned(),
                version: version.to_owned(),
                plural: resource.name,
                kind: resource.kind,
                namespaced: resource.namespaced,
            });
        }
    }
}

/// What went wrong, in a line: the server's own words where there are some.
pub(crate) fn kube_message(err: &kube::Error) -> String {
    match err {
        kube::Error::Api(status) => status.message.clone(),
        other => {
            // The innermost cause says more than the wrapper around it.
            let mut cause: &dyn std::error::Error = other;
            while let Some(deeper) = cause.source() {
                cause = deeper;
            }
            cause.to_string()
        }
    }
}
