//! Every object of a cluster, page by page, several kinds at once.

use catseye_model::Value;
use futures_util::{StreamExt as _, stream};
use http::Request;
use kube::Client;
use serde::Deserialize;

use catseye_model::redact::{RedactionKey, redact_secret};

use crate::discover::{Resource, Resources, kube_message};
use crate::request::{RequestError, get, read};

/// How many requests are under way at a time: enough to hide the latency, few enough to be fair.
pub(crate) const AT_ONCE: usize = 6;

/// How many objects a page holds, as `kubectl` asks for.
const PAGE: usize = 500;

/// The objects of a cluster, and what is missing.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The server's version, as `v1.36.3`.
    pub version: String,
    /// The objects, sorted by kind as the server names them, then as it lists them.
    pub objects: Vec<Value>,
    /// What could not be seen.
    pub gaps: Vec<Gap>,
}

/// A kind, or a group, that could not be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// `deployments.apps`, or `metrics.k8s.io/v1beta1` for a whole group.
    pub resource: String,
    /// Why.
    pub reason: Reason,
    /// The server's words.
    pub message: String,
}

/// Why something could not be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// We may not list it.
    Forbidden,
    /// The server, or the extension server behind it, failed.
    Failed,
}

impl Reason {
    pub(crate) fn of(err: &kube::Error) -> Self {
        match err {
            kube::Error::Api(status) if matches!(status.code, 401 | 403) => Reason::Forbidden,
            _ => Reason::Failed,
        }
    }
}

/// Lists every object of the given kinds; `seen` hears of each kind that is done.
pub async fn list(
    client: &Client,
    resources: Resources,
    key: &RedactionKey,
    seen: impl Fn(&Resource),
) -> Listing {
    let Resources {
        version,
        resources,
        gaps,
    } = resources;
    let seen = &seen;
    let answers: Vec<_> = stream::iter(resources)
        .map(|resource| async move {
            let answer = all(client, &resource, key).await;
            seen(&resource);
            (resource, answer)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut listing = Listing {
        version,
        objects: Vec::new(),
        gaps,
    };
    for (resource, answer) in answers {
        match answer {
            Ok(objects) => listing.objects.extend(objects),
            Err(err) => listing.gaps.push(Gap {
                resource: resource.name(),
                reason: Reason::of(&err),
                message: kube_message(&err),
            }),
        }
    }
    listing
}

/// Shows the Secrets of a type as they are, values included, to `visit` and to nobody else.
///
/// For what Helm keeps of its releases, which cannot be read once it is redacted. The visitor keeps what is no
/// secret.
pub async fn visit_secrets(
    client: &Client,
    secret_type: &str,
    mut visit: impl FnMut(&Value),
) -> Result<(), RequestError> {
    let mut token = String::new();
    loop {
        let selector = secret_type.replace('/', "%2F");
        let url = format!(
            "/api/v1/secrets?fieldSelector=type%3D{selector}&limit={PAGE}&continue={token}"
        );
        let page: Page = read(client, get(&url)?).await?;
        page.items.iter().flatten().for_each(&mut visit);
        match page.metadata.r#continue.filter(|token| !token.is_empty()) {
            Some(next) => token = next,
            None => return Ok(()),
        }
    }
}

/// A page of a list. Items are whole; nothing of the list itself is read but where it goes on.
#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: PageMetadata,
    items: Option<Vec<Value>>,
}

#[derive(Default, Deserialize)]
struct PageMetadata {
    #[serde(default)]
    r#continue: Option<String>,
}

/// All objects of one kind.
async fn all(
    client: &Client,
    resource: &Resource,
    key: &RedactionKey,
) -> Result<Vec<Value>, kube::Error> {
    let mut objects = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = match page(client, resource, Some(PAGE), token.as_deref()).await {
            // The list grew too old while we read it: its pages no longer fit together. One answer
            // without pages is consistent.
            Err(kube::Error::Api(status)) if status.code == 410 && token.is_some() => {
                objects.clear();
                page(client, resource, None, None).await?
            }
            answer => answer?,
        };
        for mut object in page.items.unwrap_or_default() {
            complete(&mut object, resource);
            if resource.group.is_empty() && resource.plural == "secrets" {
                redact_secret(&mut object, key);
            }
            objects.push(object);
        }
        token = page.metadata.r#continue.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(objects);
        }
    }
}

async fn page(
    client: &Client,
    resource: &Resource,
    limit: Option<usize>,
    token: Option<&str>,
) -> Result<Page, kube::Error> {
    let path = resource.path();
    // The token is base64 for URLs: nothing in it needs quoting.
    let url = match (limit, token) {
        (Some(limit), Some(token)) => format!("{path}?limit={limit}&continue={token}"),
        (Some(limit), None) => format!("{path}?limit={limit}"),
        (None, _) => path,
    };
    let request = Request::get(url)
        .body(Vec::new())
        .map_err(kube::Error::HttpError)?;
    client.request(request).await
}

/// Members of a list do not say what they are; on their own they must.
pub(crate) fn complete(object: &mut Value, resource: &Resource) {
    object.complete("apiVersion", resource.api_version());
    object.complete("kind", resource.kind.as_str());
}
