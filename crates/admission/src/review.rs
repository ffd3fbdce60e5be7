//! `AdmissionReview` of `admission.k8s.io/v1`: what the API server asks a webhook, and the answer.

use std::collections::BTreeMap;

use catseye_model::{Fields as _, RedactionKey, Value, json, redact};

use crate::gate::{Effect, Ruling};
use crate::pruned;
use crate::request::{Operation, Request, User};

/// The version that is spoken.
const VERSION: &str = "admission.k8s.io/v1";
/// The longest audit annotation, which the API server would cut too.
const LONGEST_ANNOTATION: usize = 10 * 1024;

/// Why a body is no review that can be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReview {
    /// The body is no JSON.
    #[error("the body is no JSON: {0}")]
    NoJson(String),
    /// The body is something else.
    #[error("{field}: expected {expected}")]
    Field {
        /// The field.
        field: &'static str,
        /// What should stand there.
        expected: &'static str,
    },
}

/// A request as far as it could be read.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The request.
    pub request: Request,
    /// Its objects nest so deep that a part was left out, so that not all of it can be judged.
    pub is_cut: bool,
}

/// Reads a review, whose objects may nest as deep as the API server stores them.
pub fn read_asked(body: &[u8]) -> Result<Asked, InvalidReview> {
    if let Ok(review) = serde_json::from_slice(body) {
        return Ok(Asked {
            request: request(&review)?,
            is_cut: false,
        });
    }
    let (review, is_cut) =
        pruned::read(body).map_err(|err| InvalidReview::NoJson(err.to_string()))?;
    Ok(Asked {
        request: request(&review.into())?,
        is_cut,
    })
}

/// Reads a review. Fields that are not known are passed over.
pub fn read(body: &[u8]) -> Result<Request, InvalidReview> {
    let review: Value =
        serde_json::from_slice(body).map_err(|err| InvalidReview::NoJson(err.to_string()))?;
    request(&review)
}

fn request(review: &Value) -> Result<Request, InvalidReview> {
    let wrong = |field, expected| InvalidReview::Field { field, expected };
    if review.text("kind") != Some("AdmissionReview") {
        return Err(wrong("kind", "AdmissionReview"));
    }
    if review.text("apiVersion") != Some(VERSION) {
        return Err(wrong("apiVersion", "admission.k8s.io/v1"));
    }
    let request = review.at("request");
    let text = |field: &str| request.text(field).unwrap_or_default().to_owned();
    let uid = text("uid");
    if uid.is_empty() {
        return Err(wrong("request.uid", "the id of the request"));
    }
    let operation = request
        .text("operation")
        .and_then(Operation::named)
        .ok_or_else(|| wrong("request.operation", "CREATE, UPDATE, DELETE or CONNECT"))?;
    let resource = text("resource.resource");
    if resource.is_empty() {
        return Err(wrong("request.resource.resource", "the plural"));
    }
    let user = request.at("userInfo");
    Ok(Request {
        uid,
        operation,
        group: text("resource.group"),
        version: text("resource.version"),
        kind: text("kind.kind"),
        resource,
        subresource: text("subResource"),
        name: text("name"),
        namespace: text("namespace"),
        user: User {
            name: user.text("username").unwrap_or_default().to_owned(),
            uid: user.text("uid").unwrap_or_default().to_owned(),
            groups: user.texts("groups").map(str::to_owned).collect(),
            extra: user.at("extra").clone(),
        },
        object: request.at("object").clone(),
        old_object: request.at("oldObject").clone(),
        options: request.at("options").clone(),
        dry_run: request.at("dryRun").as_bool().unwrap_or(false),
    })
}

impl Request {
    /// The request with the values of Secrets taken out of its objects: what may be judged by checks,
    /// logged and kept.
    #[must_use]
    pub fn redacted(mut self, key: &RedactionKey) -> Self {
        redact(&mut self.object, key);
        redact(&mut self.old_object, key);
        self
    }

    /// True when the values of its object must not be repeated.
    pub fn is_secret(&self) -> bool {
        self.group.is_empty() && self.resource == "secrets"
    }
}

/// The answer to a request.
pub fn answer(uid: &str, ruling: &Ruling) -> Value {
    let allowed = ruling.allowed();
    let mut response = json!({"uid": uid, "allowed": allowed});
    if !allowed {
        let message = ruling.message(uid);
        response.set(
            "status",
            json!({"code": 403, "reason": "Forbidden", "message": message}),
        );
    }
    let warnings: Vec<Value> = ruling.warnings().into_iter().map(Value::from).collect();
    if !warnings.is_empty() {
        response.set("warnings", Value::Array(warnings.into_iter().collect()));
    }
    let annotations = annotations(ruling);
    if !annotations.is_empty() {
        let mut map = json!({});
        for (name, text) in annotations {
            map.set(name, Value::from(text.as_str()));
        }
        response.set("auditAnnotations", map);
    }
    let mut review = json!({"apiVersion": VERSION, "kind": "AdmissionReview"});
    review.set("response", response);
    review
}

/// What the audit log is told; the API server puts the webhook's name before each key.
fn annotations(ruling: &Ruling) -> BTreeMap<&'static str, String> {
    let mut annotations = BTreeMap::new();
    for (effect, key) in [
        (Effect::Deny, "denied"),
        (Effect::Warn, "warned"),
        (Effect::Audit, "would-deny"),
        (Effect::Accepted, "accepted"),
    ] {
        let mut ids: Vec<&str> = ruling
            .with_effect(effect)
            .map(|objection| objection.id.as_str())
            .collect();
        ids.dedup();
        if !ids.is_empty() {
            let text: String = ids.join(",").chars().take(LONGEST_ANNOTATION).collect();
            annotations.insert(key, text);
        }
    }
    if let Some(glass) = &ruling.glass {
        let text = format!("until {}: {}", glass.until, glass.reason);
        annotations.insert("break-glass", text);
    }
    annotations
}
