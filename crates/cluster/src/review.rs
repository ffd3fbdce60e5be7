//! Who a token belongs to, and what its owner may do: asked of the API server, never guessed.
//!
//! `TokenReview` authenticates, `SubjectAccessReview` authorises. Both need the rights of the cluster
//! role `system:auth-delegator`.

use std::collections::BTreeMap;

use kube::Client;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::request::{RequestError, read, send};

/// A user, as the API server knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct User {
    /// The name: `alice`, `system:serviceaccount:shop:web`.
    #[serde(default)]
    pub username: String,
    /// The unique id, where the authenticator has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// The groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// What else the authenticator says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, Vec<String>>,
}

/// What a user asks to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attributes {
    /// Something to objects of the cluster.
    Resource {
        /// The verb: `get`, `list`, `update`.
        verb: String,
        /// The API group; empty for the core group.
        group: String,
        /// The plural name: `pods`.
        resource: String,
        /// The subresource, if it is one: `log`.
        subresource: Option<String>,
        /// The namespace; none for all, and for what stands in none.
        namespace: Option<String>,
        /// The object; none for all.
        name: Option<String>,
    },
    /// Something to a path of the server.
    NonResource {
        /// The verb: `get`.
        verb: String,
        /// The path: `/metrics`.
        path: String,
    },
}

/// The answer to [`access`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether the user may.
    pub allowed: bool,
    /// Why, in the authorizer's words; may be empty.
    pub reason: String,
}

#[derive(Deserialize)]
struct Answer<T> {
    status: T,
}

#[derive(Deserialize)]
struct TokenStatus {
    #[serde(default)]
    authenticated: bool,
    #[serde(default)]
    user: User,
    #[serde(default)]
    audiences: Vec<String>,
}

#[derive(Deserialize)]
struct SelfStatus {
    #[serde(default, rename = "userInfo")]
    user_info: User,
}

#[derive(Deserialize)]
struct AccessStatus {
    #[serde(default)]
    allowed: bool,
    #[serde(default)]
    denied: bool,
    #[serde(default)]
    reason: String,
}

/// Whose token this is; none when it is nobody's, or not meant for any of `audiences`.
///
/// Without audiences the token must be meant for the API server itself.
pub async fn token(
    client: &Client,
    token: &str,
    audiences: &[&str],
) -> Result<Option<User>, RequestError> {
    let mut spec = json!({ "token": token });
    if !audiences.is_empty() {
        spec["audiences"] = json!(audiences);
    }
    let body = json!({
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": spec,
    });
    let path = "/apis/authentication.k8s.io/v1/tokenreviews";
    let answer: Answer<TokenStatus> =
        read(client, send("POST", path, "application/json", &body)?).await?;
    let TokenStatus {
        authenticated,
        user,
        audiences: meant_for,
    } = answer.status;
    // An authenticator that knows no audiences leaves them out: its answer is then for the API
    // server alone, and does not count for us.
    let is_meant = audiences.is_empty()
        || audiences
            .iter()
            .any(|name| meant_for.iter().any(|one| one == name));
    Ok((authenticated && is_meant && !user.username.is_empty()).then_some(user))
}

/// Who we are to the API server (Kubernetes 1.28 and newer).
pub async fn myself(client: &Client) -> Result<User, RequestError> {
    let body = json!({
        "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
    });
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let answer: Answer<SelfStatus> =
        read(client, send("POST", path, "application/json", &body)?).await?;
    Ok(answer.status.user_info)
}

/// Whether a user may do something.
pub async fn access(
    client: &Client,
    user: &User,
    attributes: &Attributes,
) -> Result<Decision, RequestError> {
    let mut spec = json!({
        "user": user.username, "groups": user.groups, "uid": user.uid, "extra": user.extra,
    });
    match attributes {
        Attributes::Resource {
            verb,
            group,
            resource,
            subresource,
            namespace,
            name,
        } => {
            spec["resourceAttributes"] = json!({
                "verb": verb,
                "group": group,
                "resource": resource,
                "subresource": subresource.as_deref().unwrap_or_default(),
                "namespace": namespace.as_deref().unwrap_or_default(),
                "name": name.as_deref().unwrap_or_default(),
            });
        }
        Attributes::NonResource { verb, path } => {
            spec["nonResourceAttributes"] = json!({ "verb": verb, "path": path });
        }
    }
    let body: Value = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec,
    });
    let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    let answer: Answer<AccessStatus> =
        read(client, send("POST", path, "application/json", &body)?).await?;
    let AccessStatus {
        allowed,
        denied,
        reason,
    } = answer.status;
    Ok(Decision {
        allowed: allowed && !denied,
        reason,
    })
}
