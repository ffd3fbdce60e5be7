//! `authorizer`: questions about who may do what, put together by an expression and answered by whoever
//! evaluates it.

use std::sync::Arc;

/// Answers the questions of expressions.
pub trait Authorizer: Send + Sync {
    /// Whether the identity may do this.
    fn decide(&self, who: &Who, what: &Attempt) -> Decision;
}

/// Whose rights are asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// The author of the request that is judged.
    Requester,
    /// A service account, by namespace and name.
    ServiceAccount(String, String),
}

/// What is attempted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attempt {
    /// Such as `get`.
    pub verb: String,
    /// A path outside the API's resources; then all that follows is empty.
    pub path: Option<String>,
    /// The API group.
    pub group: String,
    /// The plural.
    pub resource: String,
    /// Such as `exec`.
    pub subresource: String,
    /// The namespace.
    pub namespace: String,
    /// The object.
    pub name: String,
    /// As written, when one was given.
    pub field_selector: Option<String>,
    /// As written, when one was given.
    pub label_selector: Option<String>,
}

/// An authorizer's answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// It may.
    pub allowed: bool,
    /// Why, where the authorizer says.
    pub reason: String,
    /// Why there is no answer.
    pub error: Option<String>,
}

/// A step of a question.
#[derive(Clone)]
pub enum Authorization {
    /// `authorizer`, or `authorizer.serviceAccount(…)`.
    Authorizer(Arc<dyn Authorizer>, Who),
    /// `.path(…)`.
    Path(Arc<dyn Authorizer>, Who, String),
    /// `.group(…)`.
    Group(Arc<dyn Authorizer>, Who, String),
    /// `.resource(…)` and what narrows it.
    Resource(Arc<dyn Authorizer>, Who, Box<Attempt>),
    /// `.check(…)`.
    Decision(Decision),
}

impl Authorization {
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Authorization::Authorizer(..) => "kubernetes.authorization.Authorizer",
            Authorization::Path(..) => "kubernetes.authorization.PathCheck",
            Authorization::Group(..) => "kubernetes.authorization.GroupCheck",
            Authorization::Resource(..) => "kubernetes.authorization.ResourceCheck",
            Authorization::Decision(_) => "kubernetes.authorization.Decision",
        }
    }
}
