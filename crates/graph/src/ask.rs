//! Arcs that a permission gives: from what a role permits to what it is permitted on, one arc for each
//! rule that says so, because each of these rules would have to go.

use catseye_model::ObjectId;

use crate::authority::Grant;
use crate::build::{Builder, Effort, Evidence};
use crate::node::{Ability, Node, Scope, Set};
use crate::topology::NO_FIX;
use crate::world::World;

/// What an edge kind asks of rules: any of the verbs on any of the resources (`pods/exec`) of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ask {
    /// The verbs, any of which is enough.
    pub(crate) verbs: &'static [&'static str],
    /// The API group.
    pub(crate) group: &'static str,
    /// The resources, any of which is enough.
    pub(crate) resources: &'static [&'static str],
}

/// A question about rules.
pub(crate) const fn may(
    verbs: &'static [&'static str],
    group: &'static str,
    resources: &'static [&'static str],
) -> Ask {
    Ask {
        verbs,
        group,
        resources,
    }
}

impl<'a> Builder<'a> {
    /// Where a rule stands. The current kind is then one that asks for it.
    pub(crate) fn rule(&mut self, grant: &Grant<'a>) -> Evidence {
        self.asks_for(grant.ask);
        self.at_text(grant.role, &format!("rules[{}]", grant.rule))
    }

    /// The fix of a rule: to take it out of its role, unless Kubernetes would put it back.
    pub(crate) fn narrowed(&mut self, grant: &Grant<'a>, rule: Evidence) -> u32 {
        if grant.is_default {
            return NO_FIX;
        }
        self.fix(rule, "narrow this rule to what is needed", Effort::Medium)
    }

    /// An arc of the current kind that a rule gives.
    pub(crate) fn granted(&mut self, grant: &Grant<'a>, to: Node<'a>) {
        let rule = self.rule(grant);
        let fix = self.narrowed(grant, rule);
        self.arc(grant.permissions, to, rule, fix);
    }

    /// The same, where it works in `percent` of all cases rather than as usual.
    pub(crate) fn granted_likely(&mut self, percent: u8, grant: &Grant<'a>, to: Node<'a>) {
        let rule = self.rule(grant);
        let fix = self.narrowed(grant, rule);
        self.arc_likely(percent, grant.permissions, to, rule, fix);
    }

    /// Half of a step that a rule gives.
    pub(crate) fn half_granted(&mut self, grant: &Grant<'a>, ability: Ability) {
        let rule = self.rule(grant);
        let fix = self.narrowed(grant, rule);
        let to = Node::Ability(ability, grant.scope);
        self.premise(grant.permissions, to, rule, fix);
    }

    /// Half of a step that a rule gives, to a node of its own.
    pub(crate) fn half_granted_to(&mut self, grant: &Grant<'a>, to: Node<'a>) {
        let rule = self.rule(grant);
        let fix = self.narrowed(grant, rule);
        self.premise(grant.permissions, to, rule, fix);
    }

    /// For each rule that permits it, an arc to the members of a set that the rule covers: the set of its
    /// scope, or the single ones that it names.
    pub(crate) fn permit_on(
        &mut self,
        world: &World<'a>,
        ask: Ask,
        set: Set,
        one: impl Fn(&World<'a>, &'a str, &'a str) -> Option<Node<'a>>,
    ) {
        for grant in world.authority.grants(ask) {
            let Some(names) = &grant.names else {
                self.granted(&grant, Node::Set(set, grant.scope));
                continue;
            };
            for name in names {
                let namespaces: Vec<&str> = match grant.scope {
                    Scope::Namespace(namespace) => vec![namespace],
                    Scope::Cluster => world.namespaces().collect(),
                };
                for namespace in namespaces {
                    if let Some(node) = one(world, namespace, name) {
                        self.granted(&grant, node);
                    }
                }
            }
        }
    }

    /// For each rule that permits it without naming single objects, half of a step.
    pub(crate) fn permit_half(&mut self, world: &World<'a>, ask: Ask, ability: Ability) {
        for grant in world.authority.grants(ask) {
            if grant.names.is_none() {
                self.half_granted(&grant, ability);
            }
        }
    }

    /// Two abilities together lead somewhere, in every scope in which both can be held.
    pub(crate) fn in_each_scope(
        &mut self,
        world: &World<'a>,
        abilities: &[Ability],
        to: impl Fn(Scope<'a>) -> Option<Node<'a>>,
    ) {
        for (scope, both) in self.both_in_each_scope(world, abilities) {
            if let Some(to) = to(scope) {
                self.arc(both, to, Evidence::default(), NO_FIX);
            }
        }
    }

    /// The node of holding all of some abilities, in every scope in which they can be held. What is held
    /// for the cluster is held in each namespace too; where all are held for the cluster, a namespace
    /// adds nothing.
    pub(crate) fn both_in_each_scope(
        &mut self,
        world: &World<'a>,
        abilities: &[Ability],
    ) -> Vec<(Scope<'a>, Node<'a>)> {
        let mut found = Vec::new();
        let scopes =
            std::iter::once(Scope::Cluster).chain(world.namespaces().map(Scope::Namespace));
        for scope in scopes {
            let premises: Vec<Node<'a>> = abilities
                .iter()
                .map(|ability| Node::Ability(*ability, scope))
                .collect();
            if scope != Scope::Cluster {
                if !premises.iter().any(|premise| self.knows(premise)) {
                    continue;
                }
                for ability in abilities {
                    let whole = Node::Ability(*ability, Scope::Cluster);
                    if self.knows(&whole) {
                        self.join(whole, Node::Ability(*ability, scope));
                    }
                }
            }
            if premises.iter().all(|premise| self.knows(premise)) {
                found.push((scope, self.both(&premises)));
            }
        }
        found
    }
}

/// The workload of the pod of that name.
pub(crate) fn pod_named<'a>(world: &World<'a>, namespace: &str, name: &str) -> Option<Node<'a>> {
    let (id, _) = world
        .inventory
        .named(catseye_model::Kind::Pod, namespace, name)
        .next()?;
    Some(Node::Pod(world.inventory.representative(id)))
}

/// The object of a kind in a namespace, by name.
pub(crate) fn id_of(
    world: &World<'_>,
    kind: catseye_model::Kind,
    namespace: &str,
    name: &str,
) -> Option<ObjectId> {
    world
        .inventory
        .named(kind, namespace, name)
        .next()
        .map(|(id, _)| id)
}
