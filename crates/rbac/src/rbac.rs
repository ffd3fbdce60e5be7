//! The roles and bindings of an Inventory, compiled.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use catseye_model::{Inventory, Kind, Object, ObjectId};

use crate::binding::{self, Binding, BindingId};
use crate::bootstrap;
use crate::identity::Identity;
use crate::node::Nodes;
use crate::permission_set::{PermissionSet, SetId};
use crate::problem::Problem;
use crate::role::{Role, RoleId, RoleKind, RoleNames, Roles, number};
use crate::subject::{Scope, Subject, SubjectId};
use crate::table::Table;
use crate::token::{Token, Words};

/// Who can do what in a cluster: all its roles and bindings, read once and never changed.
#[derive(Debug)]
pub struct Rbac {
    /// Groups, resources, names and namespaces.
    pub(crate) words: Words,
    pub(crate) verbs: Words,
    pub(crate) roles: Vec<Role>,
    role_names: RoleNames,
    pub(crate) tables: Vec<Table>,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) subjects: Vec<Subject>,
    pub(crate) users: HashMap<Box<str>, SubjectId, foldhash::fast::RandomState>,
    pub(crate) groups: HashMap<Box<str>, SubjectId, foldhash::fast::RandomState>,
    pub(crate) held: Vec<Held>,
    pub(crate) nodes: Nodes,
    problems: Vec<Problem>,
    of_roles: OfRoles,
    bootstrapped: bool,
}

/// What of this comes from roles alone.
#[derive(Debug, Clone)]
struct OfRoles {
    /// How many of the words.
    words: usize,
    problems: Vec<Problem>,
}

/// What a subject holds by the bindings that name it.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// Permission sets that count everywhere, each once.
    pub(crate) cluster: Box<[SetId]>,
    /// Permission sets by namespace, sorted by it.
    pub(crate) namespaces: Box<[(Token, Box<[SetId]>)]>,
    /// The bindings, in their order.
    pub(crate) bindings: Box<[BindingId]>,
    /// The Inventory holds a `ServiceAccount` object of this name.
    pub(crate) object: Option<ObjectId>,
}

impl Rbac {
    /// Reads the roles, bindings, service accounts and nodes of an Inventory.
    ///
    /// Unless the Inventory is a whole cluster's, the bootstrap policy of the newest known Kubernetes
    /// is added as far as the Inventory does not define it.
    pub fn of(inventory: &Inventory) -> Self {
        let mut words = Words::new();
        let mut verbs = Words::new();
        let mut problems = Vec::new();
        let policy = bootstrap::missing_from(inventory);
        let Roles {
            all: roles,
            names,
            tables,
        } = Roles::read(inventory, policy, &mut words, &mut verbs, &mut problems);
        let of_roles = OfRoles {
            words: words.len(),
            problems,
        };
        let rbac = Rbac {
            words,
            verbs,
            roles,
            role_names: names,
            tables,
            bindings: Vec::new(),
            subjects: Vec::new(),
            users: HashMap::default(),
            groups: HashMap::default(),
            held: Vec::new(),
            nodes: Nodes::default(),
            problems: Vec::new(),
            of_roles,
            bootstrapped: !policy.is_empty(),
        };
        rbac.bound(inventory)
    }

    /// The same as [`Rbac::of`] for an Inventory that holds the same roles under the same ids: bindings,
    /// service accounts and nodes are read anew. Far cheaper, as roles are most of what there is to read.
    #[must_use]
    pub fn rebound(&self, inventory: &Inventory) -> Self {
        let rbac = Rbac {
            words: self.words.first(self.of_roles.words),
            verbs: self.verbs.clone(),
            roles: self.roles.clone(),
            role_names: self.role_names.clone(),
            tables: self.tables.clone(),
            bindings: Vec::new(),
            subjects: Vec::new(),
            users: HashMap::default(),
            groups: HashMap::default(),
            held: Vec::new(),
            nodes: Nodes::default(),
            problems: Vec::new(),
            of_roles: self.of_roles.clone(),
            bootstrapped: self.bootstrapped,
        };
        rbac.bound(inventory)
    }

    /// With the bindings, service accounts and nodes of an Inventory.
    fn bound(mut self, inventory: &Inventory) -> Self {
        let policy = bootstrap::missing_from(inventory);
        let mut problems = self.of_roles.problems.clone();
        self.bindings = binding::read_all(inventory, policy, &self.role_names, &mut problems);
        self.nodes = Nodes::of(inventory, &mut self.words);
        problems.sort();
        self.problems = problems;
        self.index_subjects(inventory);
        self
    }

    fn index_subjects(&mut self, inventory: &Inventory) {
        let accounts: BTreeMap<Subject, ObjectId> = inventory
            .of_kind(Kind::ServiceAccount)
            .map(|(id, object)| (account(object), id))
            // The first of several variants stands for all.
            .fold(BTreeMap::new(), |mut accounts, (subject, id)| {
                accounts.entry(subject).or_insert(id);
                accounts
            });
        let mut bound: BTreeMap<Subject, BTreeSet<BindingId>> = BTreeMap::new();
        for (place, binding) in self.bindings.iter().enumerate() {
            for subject in &binding.subjects {
                let bindings = bound.entry(subject.subject.clone()).or_default();
                bindings.insert(BindingId(number(place)));
            }
        }
        for subject in accounts.keys() {
            bound.entry(subject.clone()).or_default();
        }
        // In the order of subjects, whatever order the objects came in.
        for (subject, bindings) in bound {
            let id = SubjectId(number(self.subjects.len()));
            let by_name = match subject {
                Subject::Group(_) => &mut self.groups,
                _ => &mut self.users,
            };
            by_name.insert(subject.user_name().into(), id);
            let held = self.held_by(&bindings, accounts.get(&subject).copied());
            self.held.push(held);
            self.subjects.push(subject);
        }
    }

    fn held_by(&mut self, bindings: &BTreeSet<BindingId>, object: Option<ObjectId>) -> Held {
        let mut cluster = BTreeSet::new();
        let mut namespaces: BTreeMap<Token, BTreeSet<SetId>> = BTreeMap::new();
        for id in bindings {
            let binding = &self.bindings[id.0 as usize];
            let sets = binding
                .roles
                .iter()
                .map(|role| self.roles[role.0 as usize].set)
                .filter(|set| !self.tables[set.0 as usize].is_empty());
            match &binding.scope {
                Scope::Cluster => cluster.extend(sets),
                Scope::Namespace(name) => {
                    let namespace = self.words.intern(name);
                    namespaces.entry(namespace).or_default().extend(sets);
                }
            }
        }
        Held {
            cluster: cluster.into_iter().collect(),
            namespaces: namespaces
                .into_iter()
                .map(|(namespace, sets)| (namespace, sets.into_iter().collect()))
                .collect(),
            bindings: bindings.iter().copied().collect(),
            object,
        }
    }

    /// What is written but grants nothing, or not what was meant, by object.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The problems of one object.
    pub fn problems_of(&self, object: ObjectId) -> &[Problem] {
        let begin = self.problems.partition_point(|p| p.object < Some(object));
        let end = self.problems.partition_point(|p| p.object <= Some(object));
        &self.problems[begin..end]
    }

    /// The version of the bootstrap policy that completes the Inventory; `None` where the cluster's
    /// own is there.
    pub fn bootstrap_version(&self) -> Option<&'static str> {
        self.bootstrapped.then_some(bootstrap::VERSION)
    }

    /// All roles with their ids.
    pub fn roles(&self) -> impl Iterator<Item = (RoleId, &Role)> {
        (0..).map(RoleId).zip(&self.roles)
    }

    /// The role of an id that this `Rbac` gave out.
    pub fn role(&self, id: RoleId) -> &Role {
        &self.roles[id.0 as usize]
    }

    /// The roles of a name; the namespace is empty for cluster roles.
    pub fn roles_named(&self, kind: RoleKind, namespace: &str, name: &str) -> &[RoleId] {
        self.role_names
            .get(&(kind, namespace.to_owned(), name.to_owned()))
            .map_or(&[], Vec::as_slice)
    }

    /// All bindings with their ids.
    pub fn bindings(&self) -> impl Iterator<Item = (BindingId, &Binding)> {
        (0..).map(BindingId).zip(&self.bindings)
    }

    /// The binding of an id that this `Rbac` gave out.
    pub fn binding(&self, id: BindingId) -> &Binding {
        &self.bindings[id.0 as usize]
    }

    /// The number of permission sets.
    pub fn set_count(&self) -> usize {
        self.tables.len()
    }

    /// The permission set of an id that this `Rbac` gave out.
    pub fn set(&self, id: SetId) -> PermissionSet<'_> {
        PermissionSet {
            words: &self.words,
            table: &self.tables[id.0 as usize],
        }
    }

    /// All subjects with their ids, sorted: those that bindings name, and every service account of
    /// the Inventory.
    pub fn subjects(&self) -> impl Iterator<Item = (SubjectId, &Subject)> {
        (0..).map(SubjectId).zip(&self.subjects)
    }

    /// The subject of an id that this `Rbac` gave out.
    pub fn subject(&self, id: SubjectId) -> &Subject {
        &self.subjects[id.0 as usize]
    }

    /// The id of a subject that is among [`subjects`](Rbac::subjects).
    pub fn find(&self, subject: &Subject) -> Option<SubjectId> {
        let by_name = match subject {
            Subject::Group(_) => &self.groups,
            _ => &self.users,
        };
        by_name.get(subject.user_name().as_str()).copied()
    }

    /// The bindings that name a subject.
    pub fn bindings_of(&self, subject: SubjectId) -> &[BindingId] {
        &self.held[subject.0 as usize].bindings
    }

    /// The `ServiceAccount` object of a subject, where the Inventory holds one.
    pub fn account_of(&self, subject: SubjectId) -> Option<ObjectId> {
        self.held[subject.0 as usize].object
    }

    /// The subjects of bindings that stand for an identity, of those that any binding names.
    pub(crate) fn subjects_of<'a>(
        &'a self,
        identity: &'a Identity,
    ) -> impl Iterator<Item = SubjectId> + 'a {
        let user = self.users.get(identity.user_name()).copied();
        let groups = identity
            .groups()
            .filter_map(|group| self.groups.get(group).copied());
        user.into_iter().chain(groups)
    }
}

fn account(object: &Object) -> Subject {
    Subject::service_account(object.namespace(), object.name())
}
