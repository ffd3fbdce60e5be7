//! Yes or no, fast.
//!
//! A question and an identity are each turned into numbers once; what remains are a few searches in
//! small sorted tables. [`Rbac::decide`] does all three for one pair; who asks the same question for
//! many identities, or many questions for one, keeps the halves.

use std::cell::Cell;

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
        // Looked up when a table asks for them, which few do.
        let late = |cell: &Cell<Option<Token>>, word: &str| {
            let token = cell.get().unwrap_or_else(|| self.words.find(word));
            cell.set(Some(token));
            token
        };
        let (name, namespace) = (Cell::new(None), Cell::new(None));
        match request {
            Request::NonResource(request) => {
                let verb = self.verb(&request.verb);
                self.any_subject(identity, |held| {
                    self.path_allowed(held, verb, &request.path)
                })
            }
            Request::Resource(request) => {
                let question = self.question(request);
                let by_rbac = |held: &Held| {
                    self.resource_allowed(
                        held,
                        &question,
                        || late(&name, &request.name),
                        || late(&namespace, &request.namespace),
                    )
                };
                self.any_subject(identity, by_rbac)
                    || identity
                        .node_name()
                        .is_some_and(|node| self.node_may(node, request).is_some())
            }
        }
    }

    /// True for `system:masters`, and when the user or a group holds what it takes.
    fn any_subject(&self, identity: &Identity, allowed: impl Fn(&Held) -> bool) -> bool {
        let by_name = |id: Option<&SubjectId>| {
            id.is_some_and(|id| self.held.get(id.0 as usize).is_some_and(&allowed))
        };
        by_name(self.users.get(identity.user_name()))
            || identity
                .groups()
                .any(|group| by_name(self.groups.get(group)) || group == MASTERS)
    }

    /// The request in numbers.
    pub fn ask<'a>(&self, request: &'a Request) -> Asked<'a> {
        Asked(match request {
            Request::NonResource(request) => Numbers::Path {
                verb: self.verb(&request.verb),
                path: &request.path,
            },
            Request::Resource(request) => Numbers::Resource {
                question: self.question(request),
                name: self.words.find(&request.name),
                namespace: self.words.find(&request.namespace),
                request,
            },
        })
    }

    fn question(&self, request: &ResourceRequest) -> Question {
        let base = self.words.find(&request.resource);
        let (resource, any_with_sub) = if request.subresource.is_empty() {
            (base, Token::UNKNOWN)
        } else {
            let sub = self.words.find(&request.subresource);
            let joined = |base| self.words.joined(base, sub);
            (joined(base), joined(Token::ANY))
        };
        Question {
            verb: self.verb(&request.verb),
            group: self.words.find(&request.group),
            resource,
            any_with_sub,
        }
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
            Numbers::Path { verb, path } => self.path_allowed(held, *verb, path),
            Numbers::Resource {
                question,
                name,
                namespace,
                ..
            } => self.resource_allowed(held, question, || *name, || *namespace),
        }
    }

    fn path_allowed(&self, held: &Held, verb: VerbId, path: &str) -> bool {
        let mut everywhere = held.cluster.iter();
        everywhere.any(|set| self.table(*set).allows_path(verb, path))
    }

    fn resource_allowed(
        &self,
        held: &Held,
        question: &Question,
        name: impl Fn() -> Token,
        namespace: impl Fn() -> Token,
    ) -> bool {
        let allows = |set: &SetId| self.table(*set).allows(question, &name);
        held.cluster.iter().any(allows)
            || !held.namespaces.is_empty() && held.in_namespace(namespace()).iter().any(allows)
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
    /// What counts in a namespace; no binding is in the empty one, which stands for the cluster.
    fn in_namespace(&self, namespace: Token) -> &[SetId] {
        self.namespaces
            .binary_search_by_key(&namespace, |(name, _)| *name)
            .map_or(&[], |place| &self.namespaces[place].1)
    }
}
