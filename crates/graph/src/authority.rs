//! Who may do what, as arcs need it: permission sets with their rules, and who holds them.
//!
//! A permission set is a role in a scope: what `ClusterRole admin` permits in namespace `shop` and what it
//! permits everywhere are two. All subjects bound to it share its node.

use std::collections::{BTreeMap, BTreeSet};

use catseye_model::{Inventory, ObjectId};
use catseye_rbac::{Rbac, Role, RoleId, RoleKind, Rule, Subject};

use crate::ask::Ask;
use crate::node::{Node, Scope};

/// A role in a scope.
#[derive(Debug, Clone, Copy)]
pub struct Permissions<'a> {
    /// The role.
    pub role: &'a Role,
    /// Where its rules count.
    pub scope: Scope<'a>,
}

/// A subject that holds a permission set by a binding.
#[derive(Debug, Clone)]
pub struct Holding<'a> {
    /// The subject.
    pub subject: Node<'a>,
    /// The permission set's number.
    pub permissions: u32,
    /// The binding; `None` for one of Kubernetes' own.
    pub binding: Option<ObjectId>,
    /// The subject's place in it.
    pub index: usize,
    /// True for what Kubernetes itself binds (and would bind again).
    pub is_default: bool,
}

/// One rule that permits what was asked.
#[derive(Debug, Clone)]
pub(crate) struct Grant<'a> {
    /// What was asked.
    pub(crate) ask: Ask,
    /// The permission set, as a node.
    pub(crate) permissions: Node<'a>,
    /// Its number.
    pub(crate) number: u32,
    /// Where it counts.
    pub(crate) scope: Scope<'a>,
    /// The objects that the rule names; `None` for all.
    pub(crate) names: Option<Vec<&'a str>>,
    /// The role in which the rule is written (an aggregated role takes it from another).
    pub(crate) role: Option<ObjectId>,
    /// The rule's place there.
    pub(crate) rule: usize,
    /// The rule's place in the permission set.
    pub(crate) place: usize,
    /// True for a role of Kubernetes' own, which it would restore.
    pub(crate) is_default: bool,
}

impl Grant<'_> {
    /// The rule's place among those of its permission set's role, for a node of its own.
    pub(crate) fn rule_place(&self) -> u16 {
        u16::try_from(self.place).unwrap_or(u16::MAX)
    }

    /// True when the rule covers the object of that namespace and name.
    pub(crate) fn covers(&self, namespace: &str, name: &str) -> bool {
        let in_scope = match self.scope {
            Scope::Cluster => true,
            Scope::Namespace(own) => own == namespace,
        };
        let named = self
            .names
            .as_ref()
            .is_none_or(|names| names.contains(&name));
        in_scope && named
    }
}

/// Permission sets and their holders.
#[derive(Debug)]
pub struct Authority<'a> {
    rbac: &'a Rbac,
    permissions: Vec<Permissions<'a>>,
    holdings: Vec<Holding<'a>>,
    numbers: BTreeMap<(RoleId, Scope<'a>), u32>,
}

impl<'a> Authority<'a> {
    /// Reads the roles and bindings.
    pub fn of(inventory: &'a Inventory, rbac: &'a Rbac) -> Self {
        let mut authority = Authority {
            rbac,
            permissions: Vec::new(),
            holdings: Vec::new(),
            numbers: BTreeMap::new(),
        };
        for (_, binding) in rbac.bindings() {
            let scope = scope_of(&binding.scope);
            for role in &binding.roles {
                let permissions = authority.number(*role, scope);
                for bound in &binding.subjects {
                    authority.holdings.push(Holding {
                        subject: node_of(&bound.subject),
                        permissions,
                        binding: binding.object,
                        index: bound.index,
                        is_default: bound.is_default,
                    });
                }
            }
        }
        // A role that nobody holds can still be bound by whoever may bind.
        for (id, role) in rbac.roles() {
            if role.kind == RoleKind::Role {
                authority.number(id, Scope::Namespace(&role.namespace));
            } else if role
                .object
                .is_some_and(|id| inventory.len() > id.0 as usize)
            {
                authority.number(id, Scope::Cluster);
            }
        }
        authority
    }

    fn number(&mut self, role: RoleId, scope: Scope<'a>) -> u32 {
        let next = u32::try_from(self.permissions.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry((role, scope)).or_insert(next);
        if number == next {
            self.permissions.push(Permissions {
                role: self.rbac.role(role),
                scope,
            });
        }
        number
    }

    /// Every permission set, by number.
    pub fn permissions(&self) -> &[Permissions<'a>] {
        &self.permissions
    }

    /// Who holds which, binding by binding.
    pub fn holdings(&self) -> &[Holding<'a>] {
        &self.holdings
    }

    /// Everyone that a binding names.
    pub fn subjects(&self) -> impl Iterator<Item = Node<'a>> {
        self.holdings.iter().map(|holding| holding.subject)
    }

    /// Everyone that people bound, with the binding and the place in it.
    pub fn bound_by_people(&self) -> impl Iterator<Item = (Node<'a>, ObjectId, usize)> {
        self.holdings
            .iter()
            .filter(|holding| !holding.is_default)
            .filter_map(|holding| Some((holding.subject, holding.binding?, holding.index)))
    }

    /// The service accounts that bindings name.
    pub fn accounts(&self) -> BTreeSet<Node<'a>> {
        self.subjects()
            .filter(|subject| matches!(subject, Node::ServiceAccount(..)))
            .collect()
    }

    /// The groups of all service accounts of a namespace that bindings name, with the namespace.
    pub fn account_groups(&self) -> BTreeSet<(Node<'a>, &'a str)> {
        self.subjects()
            .filter_map(|subject| match subject {
                Node::Group(name) => Some((subject, name.strip_prefix("system:serviceaccounts:")?)),
                _ => None,
            })
            .collect()
    }

    /// Every rule that permits any of what is asked.
    pub(crate) fn grants(&self, ask: Ask) -> Vec<Grant<'a>> {
        let mut found = Vec::new();
        for (number, permissions) in (0_u32..).zip(&self.permissions) {
            for (place, rule) in permissions.role.rules.iter().enumerate() {
                let Some(names) = permitted(&rule.rule, ask) else {
                    continue;
                };
                let (origin, written) = rule.from;
                let origin = self.rbac.role(origin);
                found.push(Grant {
                    ask,
                    permissions: Node::Permissions(number),
                    number,
                    scope: permissions.scope,
                    names,
                    role: origin.object,
                    rule: written,
                    place,
                    is_default: origin.is_default,
                });
            }
        }
        found
    }

    /// Every rule that permits everything.
    pub(crate) fn grants_of_everything(&self) -> Vec<Grant<'a>> {
        let everything = Ask {
            verbs: &["*"],
            group: "*",
            resources: &["*"],
        };
        let mut found = self.grants(everything);
        found.retain(|grant| grant.names.is_none());
        found
    }
}

/// The objects on which a rule permits it, if it does: `None` for all.
#[expect(clippy::option_option, reason = "whether, and on what")]
fn permitted(rule: &Rule, ask: Ask) -> Option<Option<Vec<&str>>> {
    let has =
        |texts: &[String], wanted: &str| texts.iter().any(|text| text == "*" || text == wanted);
    if !has(&rule.api_groups, ask.group) {
        return None;
    }
    if !ask.verbs.iter().any(|verb| has(&rule.verbs, verb)) {
        return None;
    }
    let resource = ask
        .resources
        .iter()
        .find(|resource| covers_resource(&rule.resources, resource))?;
    if rule.resource_names.is_empty() {
        return Some(None);
    }
    // An object that is made, or a whole collection, has no name when the request is decided.
    let has_no_name =
        |verb: &str| verb == "deletecollection" || (verb == "create" && !resource.contains('/'));
    let covers_names = ask
        .verbs
        .iter()
        .any(|verb| has(&rule.verbs, verb) && !has_no_name(verb));
    covers_names.then(|| Some(rule.resource_names.iter().map(String::as_str).collect()))
}

/// `pods/exec` is covered by itself, by `*` and by `*/exec`, never by `pods/*`.
fn covers_resource(rule: &[String], wanted: &str) -> bool {
    rule.iter().any(|resource| {
        resource == "*"
            || resource == wanted
            || resource.strip_prefix("*/").is_some_and(|sub| {
                wanted
                    .split_once('/')
                    .is_some_and(|(_, wanted)| wanted == sub)
            })
    })
}

fn scope_of(scope: &catseye_rbac::Scope) -> Scope<'_> {
    match scope {
        catseye_rbac::Scope::Cluster => Scope::Cluster,
        catseye_rbac::Scope::Namespace(name) => Scope::Namespace(name),
    }
}

fn node_of(subject: &Subject) -> Node<'_> {
    match subject {
        Subject::ServiceAccount { namespace, name } => Node::ServiceAccount(namespace, name),
        Subject::User(name) => Node::User(name),
        Subject::Group(name) => Node::Group(name),
    }
}
