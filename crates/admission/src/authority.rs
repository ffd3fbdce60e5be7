//! `authorizer` answered from roles and bindings.

use std::sync::Arc;

use catseye_cel::authorizer::{Attempt, Authorizer, Decision, Who};
use catseye_model::Selector;
use catseye_rbac::{Identity, NonResourceRequest, Rbac, Request, ResourceRequest};

/// Answers for one requester.
pub struct RoleAuthorizer {
    rbac: Arc<Rbac>,
    requester: Identity,
}

impl RoleAuthorizer {
    /// An authorizer over these roles; the requester has exactly these groups.
    pub fn new(rbac: Arc<Rbac>, user: &str, groups: &[String]) -> Self {
        RoleAuthorizer {
            rbac,
            requester: Identity::raw(user, groups.iter().cloned()),
        }
    }
}

impl Authorizer for RoleAuthorizer {
    fn decide(&self, who: &Who, what: &Attempt) -> Decision {
        // RBAC does not look at selectors, but the API server refuses broken ones.
        if let Some(selector) = &what.label_selector
            && let Err(err) = selector.parse::<Selector>()
        {
            return Decision {
                error: Some(err.to_string()),
                ..Decision::default()
            };
        }
        let account;
        let identity = match who {
            Who::Requester => &self.requester,
            Who::ServiceAccount(namespace, name) => {
                account = Identity::service_account(namespace, name);
                &account
            }
        };
        let request = match &what.path {
            Some(path) => Request::NonResource(NonResourceRequest {
                verb: what.verb.clone(),
                path: path.clone(),
            }),
            None => Request::Resource(ResourceRequest {
                verb: what.verb.clone(),
                group: what.group.clone(),
                resource: what.resource.clone(),
                subresource: what.subresource.clone(),
                name: what.name.clone(),
                namespace: what.namespace.clone(),
            }),
        };
        Decision {
            allowed: self.rbac.decide(identity, &request),
            ..Decision::default()
        }
    }
}
