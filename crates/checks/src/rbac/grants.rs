//! Who may do what, for checks: RBAC evaluated once, and for every permission set which of the
//! dangerous powers it holds.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use catseye_model::{FieldPath, Inventory, Kind, Object, ObjectId, Severity};
use catseye_rbac::{
    Binding, BindingId, BoundSubject, Names, PermissionSet, Rbac, Request, Role, RoleId, Scope,
    SetId, Subject,
};

use crate::context::{Context, Index, Reads};
use crate::findings::Findings;

/// The namespace of the cluster's own controllers: power there is power over the cluster.
const SYSTEM_NAMESPACE: &str = "kube-system";

/// Verbs on resources, any of which is the power.
pub(super) struct Ask {
    /// The verbs.
    pub(super) verbs: &'static [&'static str],
    /// The API group.
    pub(super) group: &'static str,
    /// The resources, with their sub-resource.
    pub(super) resources: &'static [&'static str],
}

/// Something that few should be able to do.
pub(super) struct Power {
    /// How bad it is in the whole cluster, or in `kube-system`.
    pub(super) everywhere: Severity,
    /// How bad it is in one namespace; `None` where a binding in a namespace does not grant it,
    /// because what it is about lives in none.
    pub(super) in_namespace: Option<Severity>,
    /// What it takes.
    pub(super) asks: &'static [Ask],
}

/// What a permission set holds of a power.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    verbs: Vec<&'static str>,
    resources: Vec<&'static str>,
    /// The group, verb and resource that were found first.
    first: (&'static str, &'static str, &'static str),
}

impl Held {
    /// `get and list secrets`.
    pub(super) fn in_words(&self) -> String {
        format!("{} {}", listed(&self.verbs), listed(&self.resources))
    }
}

/// `a, b and c`.
fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// RBAC with what checks ask of it.
pub(super) struct Grants {
    pub(super) rbac: Rbac,
    by_object: BTreeMap<ObjectId, BindingId>,
    roles_by_object: BTreeMap<ObjectId, RoleId>,
    /// What permission sets hold, looked up when first asked: a review of one binding asks of one role.
    sets: BTreeMap<SetId, OnceLock<OfSet>>,
}

/// What a permission set holds.
struct OfSet {
    /// Of each of `POWERS`.
    held: Vec<Option<Held>>,
    /// Everything, in words, if it allows everything.
    everything: Option<&'static str>,
}

impl Index for Grants {
    const READS: Reads = Reads::Kinds(&[
        Kind::Role,
        Kind::ClusterRole,
        Kind::RoleBinding,
        Kind::ClusterRoleBinding,
        Kind::ServiceAccount,
        Kind::Node,
    ]);

    fn build(inventory: &Inventory) -> Self {
        let rbac = Rbac::of(inventory);
        let by_object = rbac
            .bindings()
            .filter_map(|(id, binding)| Some((binding.object?, id)))
            .collect();
        let roles_by_object = rbac
            .roles()
            .filter_map(|(id, role)| Some((role.object?, id)))
            .collect();
        let roles = rbac.roles();
        let sets = roles.map(|(_, role)| (role.set, OnceLock::new())).collect();
        Grants {
            rbac,
            by_object,
            roles_by_object,
            sets,
        }
    }
}

impl Grants {
    fn of_set(&self, role: RoleId) -> Option<&OfSet> {
        let id = self.rbac.role(role).set;
        let of_set = self.sets.get(&id)?;
        Some(of_set.get_or_init(|| {
            let set = self.rbac.set(id);
            let powers = super::POWERS.iter();
            OfSet {
                held: powers.map(|power| power.held_by(&self.rbac, set)).collect(),
                everything: everything(&self.rbac, id),
            }
        }))
    }

    /// The binding of an object.
    pub(super) fn binding(&self, inventory: &Inventory, object: &Object) -> Option<&Binding> {
        let id = self.by_object.get(&inventory.id_of(object)?)?;
        Some(self.rbac.binding(*id))
    }

    /// The role of an object, unless Kubernetes brought it along.
    pub(super) fn role(&self, inventory: &Inventory, object: &Object) -> Option<&Role> {
        let id = self.roles_by_object.get(&inventory.id_of(object)?)?;
        let role = self.rbac.role(*id);
        (!role.is_default).then_some(role)
    }

    /// What a role holds of a power.
    pub(super) fn held(&self, role: RoleId, power: &Power) -> Option<&Held> {
        let place = super::POWERS
            .iter()
            .position(|known| std::ptr::eq(*known, power))?;
        self.of_set(role)?.held.get(place)?.as_ref()
    }

    /// The role allows everything where it is bound: that is one finding, not one for each power.
    pub(super) fn is_everything(&self, role: RoleId) -> bool {
        self.everything(role).is_some()
    }

    /// Everything that a role allows, in words, if it is everything.
    pub(super) fn everything(&self, role: RoleId) -> Option<&'static str> {
        self.of_set(role)?.everything
    }

    /// Where the power comes from: the rule, in the role that holds it.
    pub(super) fn rule(&self, role: RoleId, held: &Held) -> String {
        let (group, verb, resource) = held.first;
        let request = Request::resource(verb, group, resource);
        let bound = self.rbac.role(role);
        let mut granting = bound.rules.iter().filter(|rule| rule.rule.allows(&request));
        match granting.next().map(|rule| rule.from) {
            Some((home, index)) => format!("rules[{index}] of {}", self.rbac.role(home)),
            None => bound.to_string(),
        }
    }
}

/// Every verb that matters on every resource of every group, or every verb on the core group: that
/// holds Secrets, pods, `pods/exec`, `nodes/proxy` and impersonation, which lead to all the rest.
fn everything(rbac: &Rbac, set: SetId) -> Option<&'static str> {
    let allows = |verb: &str, group: &str| {
        let request = Request::resource(verb, group, "*");
        rbac.set(set).names(&rbac.ask(&request)) == Names::All
    };
    let verbs = ["get", "list", "create", "update", "delete"];
    if verbs.iter().all(|verb| allows(verb, "*")) {
        Some("do everything")
    } else if allows("*", "") {
        Some("do everything with all of the core API group")
    } else {
        None
    }
}

impl Power {
    /// What a permission set holds of the power, on every object: a rule for objects of certain names
    /// was narrowed by its author.
    fn held_by(&self, rbac: &Rbac, set: PermissionSet<'_>) -> Option<Held> {
        let mut held: Option<Held> = None;
        for ask in self.asks {
            for &resource in ask.resources {
                for &verb in ask.verbs {
                    let request = Request::resource(verb, ask.group, resource);
                    if set.names(&rbac.ask(&request)) != Names::All {
                        continue;
                    }
                    let held = held.get_or_insert_with(|| Held {
                        verbs: Vec::new(),
                        resources: Vec::new(),
                        first: (ask.group, verb, resource),
                    });
                    if !held.verbs.contains(&verb) {
                        held.verbs.push(verb);
                    }
                    if !held.resources.contains(&resource) {
                        held.resources.push(resource);
                    }
                }
            }
        }
        held
    }

    /// How bad the power is in a scope; `None` where it is none there.
    pub(super) fn severity(&self, scope: &Scope) -> Option<Severity> {
        match scope.namespace_name() {
            None => Some(self.everywhere),
            Some(SYSTEM_NAMESPACE) => self.in_namespace.map(|_| self.everywhere),
            Some(_) => self.in_namespace,
        }
    }

    /// Reports every subject that a binding gives the power.
    pub(super) fn judge(&self, object: &Object, context: &Context<'_>, found: &mut Findings) {
        judge_binding(object, context, found, |grants, binding, role| {
            let severity = self.severity(&binding.scope)?;
            if grants.is_everything(role) {
                return None;
            }
            let held = grants.held(role, self)?;
            Some((severity, held.in_words(), grants.rule(role, held)))
        });
    }
}

/// Reports every subject of a binding for which the closure finds something in one of its roles:
/// how bad it is, what the subject may do, and by which rule.
pub(super) fn judge_binding(
    object: &Object,
    context: &Context<'_>,
    found: &mut Findings,
    find: impl Fn(&Grants, &Binding, RoleId) -> Option<(Severity, String, String)>,
) {
    let grants = context.index::<Grants>();
    let Some(binding) = grants.binding(context.inventory, object) else {
        return;
    };
    if unknown_role(binding, found) {
        return;
    }
    let worst = binding
        .roles
        .iter()
        .filter_map(|role| find(&grants, binding, *role))
        .max_by_key(|(severity, ..)| *severity);
    let Some((severity, power, rule)) = worst else {
        return;
    };
    for bound in people(binding) {
        found.at_severity(
            severity,
            subject_path(bound),
            format!(
                "{} may {power} {}, by {rule}",
                bound.subject,
                place(&binding.scope)
            ),
        );
    }
}

/// True when the binding's role is not among the objects; the check then cannot be answered.
pub(super) fn unknown_role(binding: &Binding, found: &mut Findings) -> bool {
    if let (Some(role), true) = (&binding.role_ref, binding.roles.is_empty()) {
        found.unknown(format!("{role} is not among the objects"));
        return true;
    }
    false
}

/// The subjects that are not there by default, without `system:masters`, which needs no role.
pub(super) fn people(binding: &Binding) -> impl Iterator<Item = &BoundSubject> {
    binding
        .subjects
        .iter()
        .filter(|bound| !bound.is_default && bound.subject != Subject::group("system:masters"))
}

/// The field of a subject.
pub(super) fn subject_path(bound: &BoundSubject) -> FieldPath {
    FieldPath::root().key("subjects").index(bound.index)
}

/// A scope as it reads in a sentence.
pub(super) fn place(scope: &Scope) -> String {
    match scope {
        Scope::Cluster => "in the whole cluster".to_owned(),
        Scope::Namespace(name) => format!("in namespace {name}"),
    }
}

/// Which of some ConfigMaps of `kube-system` a role lets its holders rewrite.
pub(super) enum ConfigMapOf {
    /// None.
    Nothing,
    /// One that a rule names.
    Named(&'static str),
    /// Any ConfigMap, the first of them too.
    Any(&'static str),
}

impl Grants {
    /// Whether a role, where it is bound, lets its holders rewrite ConfigMaps of `kube-system`.
    pub(super) fn writes_config_map(
        &self,
        binding: &Binding,
        role: RoleId,
        names: &[&'static str],
    ) -> ConfigMapOf {
        let reaches = matches!(
            binding.scope.namespace_name(),
            None | Some(SYSTEM_NAMESPACE)
        );
        if !reaches || self.is_everything(role) {
            return ConfigMapOf::Nothing;
        }
        let set = self.rbac.set(self.rbac.role(role).set);
        let mut one = None;
        for verb in ["update", "patch"] {
            let request = Request::resource(verb, "", "configmaps");
            match set.names(&self.rbac.ask(&request)) {
                Names::Nothing => {}
                Names::All => {
                    let first = names.first().copied();
                    return first.map_or(ConfigMapOf::Nothing, ConfigMapOf::Any);
                }
                allowed @ Names::Some(_) => {
                    one = one.or(names.iter().find(|name| allowed.contain(name)));
                }
            }
        }
        one.map_or(ConfigMapOf::Nothing, |name| ConfigMapOf::Named(name))
    }
}

impl ConfigMapOf {
    /// What may be done, in words that go before a scope.
    pub(super) fn in_words(&self) -> Option<String> {
        match self {
            ConfigMapOf::Nothing => None,
            ConfigMapOf::Named(name) => Some(format!("rewrite ConfigMap {name}")),
            ConfigMapOf::Any(name) => Some(format!("rewrite every ConfigMap, {name} too,")),
        }
    }
}
