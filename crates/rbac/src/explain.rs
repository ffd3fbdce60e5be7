//! Why, and who: the bindings and rules behind an answer.

use std::collections::BTreeMap;

use catseye_model::FieldPath;

use crate::binding::BindingId;
use crate::identity::{Identity, MASTERS, NODE_PREFIX};
use crate::rbac::Rbac;
use crate::request::Request;
use crate::role::RoleId;
use crate::subject::{Scope, Subject, SubjectId};

/// A rule of a role that a binding gives to a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The binding.
    pub binding: BindingId,
    /// The subject in the binding: the identity's user, or one of its groups.
    pub subject: SubjectId,
    /// The role.
    pub role: RoleId,
    /// The rule's place among the role's rules.
    pub rule: usize,
}

/// Why a request is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The group `system:masters` may do everything, and no role can take that away.
    Masters,
    /// A rule allows it.
    Rule(Grant),
    /// The node authorizer allows it, for the reason in words.
    Node(&'static str),
}

/// A subject that may do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who; a group where the permission is the group's.
    pub subject: Subject,
    /// Why.
    pub reasons: Vec<Reason>,
}

impl Rbac {
    /// Every reason for which the request is allowed; none when it is refused.
    pub fn explain(&self, identity: &Identity, request: &Request) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if identity.is_in(MASTERS) {
            reasons.push(Reason::Masters);
        }
        for subject in self.subjects_of(identity) {
            reasons.extend(self.grants(subject, request).map(Reason::Rule));
        }
        if let (Some(node), Request::Resource(request)) = (identity.node_name(), request) {
            reasons.extend(self.node_may(node, request).map(Reason::Node));
        }
        reasons
    }

    /// Every subject that may do what is asked, sorted: users and service accounts by bindings that
    /// name them, groups as groups, `system:masters` always, and nodes by the node authorizer.
    pub fn who_can(&self, request: &Request) -> Vec<Holder> {
        let asked = self.ask(request);
        let mut holders: BTreeMap<Subject, Vec<Reason>> = BTreeMap::new();
        holders.insert(Subject::group(MASTERS), vec![Reason::Masters]);
        for (id, subject) in self.subjects() {
            if self.subject_may(id, &asked) {
                let reasons = self.grants(id, request).map(Reason::Rule);
                holders.entry(subject.clone()).or_default().extend(reasons);
            }
        }
        if let Request::Resource(request) = request {
            for node in self.node_names() {
                if let Some(reason) = self.node_may(node, request) {
                    let subject = Subject::User(format!("{NODE_PREFIX}{node}"));
                    holders
                        .entry(subject)
                        .or_default()
                        .push(Reason::Node(reason));
                }
            }
        }
        holders
            .into_iter()
            .map(|(subject, reasons)| Holder { subject, reasons })
            .collect()
    }

    /// The rules that allow the request by bindings that name the subject itself.
    pub fn grants(&self, subject: SubjectId, request: &Request) -> impl Iterator<Item = Grant> {
        self.holdings_of(subject)
            .filter(move |held| match (&held.scope, request) {
                (Scope::Cluster, _) => true,
                (Scope::Namespace(_), Request::NonResource(_)) => false,
                (Scope::Namespace(name), Request::Resource(request)) => {
                    **name == *request.namespace
                }
            })
            .flat_map(move |held| {
                let rules = self.role(held.role).rules.iter().enumerate();
                rules
                    .filter(|(_, rule)| rule.rule.allows(request))
                    .map(move |(rule, _)| Grant {
                        binding: held.binding,
                        subject,
                        role: held.role,
                        rule,
                    })
            })
    }

    /// Where a grant's rule is written: the role that holds it, which for an aggregated rule is not
    /// the bound one, and the field.
    pub fn place_of(&self, grant: &Grant) -> (RoleId, FieldPath) {
        let (role, index) = self
            .role(grant.role)
            .rules
            .get(grant.rule)
            .map_or((grant.role, grant.rule), |rule| rule.from);
        (role, FieldPath::root().key("rules").index(index))
    }
}
