//! Yes or no, fast.
//!
//! A question and an identity are each turned into numbers once; what remains are a few searches in
//! small sorted tables. [`Rbac::decide`] does all three for one pair; who asks the same question for
//! many identities, or many questions for one, keeps the halves.

use crate::identity::{Identity, MASTERS};
use crate::permission_set::SetId;
use crate::rbac::{Held, Rbac};
use crate::request::{Request, ResourceRequest};
use crate::subject::SubjectId;
use crate::table::{Question, Table, VerbId};
use crate::token::Token;

/// A request in the numbers of one [`Rbac`].
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a>(pub(crate) Numbers<'a>);

/// What was asked, as numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Numbers<'a> {
    /// About a resource.
    Resource {
        question: Question,
        name: Token,
        namespace: Token,
        request: &'a ResourceRequest,
    },
    /// About a path.
    Path { verb: VerbId, path: &'a str },
}

/// An identity in the numbers of one [`Rbac`].
#[derive(Debug, Clone)]
pub struct Bound {
    masters: bool,
    node: Option<String>,
    subjects: Vec<SubjectId>,
}

impl Rbac {
    /// True when the API server's authorizers would allow the request.
    pub fn decide(&self, identity: &Identity, request: &Request) -> bool {
        let asked = self.ask(request);
        let mut masters = false;
        let by_rbac = |id| self.subject_may(id, &asked);
        if self
            .users
            .get(identity.user_name())
            .copied()
            .is_some_and(by_rbac)
        {
            return true;
        }
        for group in identity.groups() {
            masters |= group == MASTERS;
            if self.groups.get(group).copied().is_some_and(by_rbac) {
                return true;
            }
        }
        masters
            || identity
                .node_name()
                .zip(asked.resource())
                .is_some_and(|(node, request)| self.node_may(node, request).is_some())
    }

    /// The request in numbers.
    pub fn ask<'a>(&self, request: &'a Request) -> Asked<'a> {
        Asked(match request {
            Request::NonResource(request) => Numbers::Path {
                verb: self.verb(&request.verb),
                path: &request.path,
            },
            Request::Resource(request) => {
                let base = self.words.find(&request.resource);
                let (resource, any_with_sub) = if request.subresource.is_empty() {
                    (base, Token::UNKNOWN)
                } else {
                    let sub = self.words.find(&request.subresource);
                    (
                        self.words.joined(base, sub),
                        self.words.joined(Token::ANY, sub),
                    )
                };
                let namespace = if request.namespace.is_empty() {
                    Token::UNKNOWN
                } else {
                    self.words.find(&request.namespace)
                };
                Numbers::Resource {
                    question: Question {
                        verb: self.verb(&request.verb),
                        group: self.words.find(&request.group),
                        resource,
                        any_with_sub,
                    },
                    name: self.words.find(&request.name),
                    namespace,
                    request,
                }
            }
        })
    }

    /// The identity in numbers.
    pub fn bind(&self, identity: &Identity) -> Bound {
        Bound {
            masters: identity.is_in(MASTERS),
            node: identity.node_name().map(str::to_owned),
            subjects: self.subjects_of(identity).collect(),
        }
    }

    /// [`decide`](Rbac::decide), of halves that were prepared.
    pub fn may(&self, identity: &Bound, asked: &Asked<'_>) -> bool {
        identity.masters
            || identity
                .subjects
                .iter()
                .any(|subject| self.subject_may(*subject, asked))
            || identity
                .node
                .as_deref()
                .zip(asked.resource())
                .is_some_and(|(node, request)| self.node_may(node, request).is_some())
    }

    /// True when the bindings that name the subject itself allow it.
    pub(crate) fn subject_may(&self, subject: SubjectId, asked: &Asked<'_>) -> bool {
        let held = &self.held[subject.0 as usize];
        match &asked.0 {
            Numbers::Path { verb, path } => held
                .cluster
                .iter()
                .any(|set| self.table(*set).allows_path(*verb, path)),
            Numbers::Resource {
                question,
                name,
                namespace,
                ..
            } => {
                let allows = |set: &SetId| self.table(*set).allows(question, *name);
                held.cluster.iter().any(allows) || held.in_namespace(*namespace).iter().any(allows)
            }
        }
    }

    pub(crate) fn table(&self, set: SetId) -> &Table {
        &self.tables[set.0 as usize]
    }

    fn verb(&self, verb: &str) -> VerbId {
        VerbId(self.verbs.find(verb).number())
    }

    pub(crate) fn verb_word(&self, verb: VerbId) -> &str {
        self.verbs.word_at(verb.0)
    }
}

impl<'a> Asked<'a> {
    /// The request, if it is about a resource.
    pub(crate) fn resource(&self) -> Option<&'a ResourceRequest> {
        match self.0 {
            Numbers::Resource { request, .. } => Some(request),
            Numbers::Path { .. } => None,
        }
    }
}

impl Held {
    fn in_namespace(&self, namespace: Token) -> &[SetId] {
        self.namespaces
            .binary_search_by_key(&namespace, |(name, _)| *name)
            .map_or(&[], |place| &self.namespaces[place].1)
    }
}
