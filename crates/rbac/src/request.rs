//! What is asked: a verb on a resource, or on a non-resource URL.

/// A request as the authorizers see it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Request {
    /// On an API resource.
    Resource(ResourceRequest),
    /// On a path such as `/healthz`.
    NonResource(NonResourceRequest),
}

/// A verb on an API resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ResourceRequest {
    /// Such as `get`, `create`, `bind`.
    pub verb: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// The resource in the plural, such as `pods`.
    pub resource: String,
    /// Such as `exec`; empty for the resource itself.
    pub subresource: String,
    /// The object. Empty where the request names none: `list` and `watch` (unless a field selector
    /// `metadata.name=X` names one), `deletecollection`, and `create` of a resource itself.
    pub name: String,
    /// The namespace; empty for cluster-scoped resources and for requests across all namespaces.
    pub namespace: String,
}

/// A verb on a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NonResourceRequest {
    /// The HTTP method in lower case, such as `get`.
    pub verb: String,
    /// The path, from its `/` on.
    pub path: String,
}

impl Request {
    /// A request on a resource, which may be written with its sub-resource: `pods/exec`.
    pub fn resource(verb: &str, group: &str, resource: &str) -> Self {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        Request::Resource(ResourceRequest {
            verb: verb.to_owned(),
            group: group.to_owned(),
            resource: resource.to_owned(),
            subresource: subresource.to_owned(),
            ..ResourceRequest::default()
        })
    }

    /// A request on a path.
    pub fn path(verb: &str, path: &str) -> Self {
        Request::NonResource(NonResourceRequest {
            verb: verb.to_owned(),
            path: path.to_owned(),
        })
    }

    /// The same for one object; a request on a path stays what it is.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        if let Request::Resource(request) = &mut self {
            name.clone_into(&mut request.name);
        }
        self
    }

    /// The same in one namespace; a request on a path stays what it is.
    #[must_use]
    pub fn in_namespace(mut self, namespace: &str) -> Self {
        if let Request::Resource(request) = &mut self {
            namespace.clone_into(&mut request.namespace);
        }
        self
    }

    /// The verb.
    pub fn verb(&self) -> &str {
        match self {
            Request::Resource(request) => &request.verb,
            Request::NonResource(request) => &request.verb,
        }
    }
}
