//! The graph, ready to be asked.

use catseye_model::{Inventory, ObjectId, PodView, Version};
use catseye_netpol::Reach;
use catseye_rbac::Rbac;

use crate::ask::Ask;
use crate::authority::Permissions;
use crate::build::{Builder, Built, Evidence, Fix, JOIN, Numbers};
use crate::edge::{ALL, EdgeKind};
use crate::node::{Node, Scope};
use crate::sets;
use crate::text::{TextId, Texts};
use crate::topology::Topology;
use crate::world::{CONTROL_PLANE, Config, SOMEWHERE, World};

/// The attack graph of an Inventory.
#[derive(Debug)]
pub struct Graph<'a> {
    inventory: &'a Inventory,
    nodes: Vec<Node<'a>>,
    numbers: Numbers<Node<'a>>,
    topology: Topology,
    kinds: Vec<u16>,
    evidence: Vec<Evidence>,
    fixes: Vec<Fix>,
    texts: Texts,
    /// What each kind asks of rules.
    asks: Vec<Vec<Ask>>,
    rbac: &'a Rbac,
    /// The permission sets, by number.
    permissions: Vec<Permissions<'a>>,
    version: Version,
}

impl<'a> Graph<'a> {
    /// Derives every edge that the Inventory proves.
    pub fn of(inventory: &'a Inventory, rbac: &'a Rbac, reach: &'a Reach, config: Config) -> Self {
        let world = World::of(inventory, rbac, reach, config);
        let mut builder = Builder::new();
        builder.node(Node::Internet);
        for (number, kind) in (0_u16..).zip(ALL) {
            if kind.exists_in(world.version) {
                builder.begin(number, kind);
                (kind.derive)(&world, &mut builder);
            }
        }
        sets::join_all(&world, &mut builder);
        let Built {
            nodes,
            numbers,
            topology,
            kinds,
            evidence,
            fixes,
            texts,
            asks,
        } = builder.build();
        let permissions = world.authority.permissions().to_vec();
        Graph {
            inventory,
            nodes,
            numbers,
            topology,
            kinds,
            evidence,
            fixes,
            texts,
            asks,
            rbac,
            permissions,
            version: world.version,
        }
    }

    /// The objects that it was made of.
    pub fn inventory(&self) -> &'a Inventory {
        self.inventory
    }

    /// The version of Kubernetes that it was made for.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Nodes and arcs, by number.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// A node.
    pub fn node(&self, number: u32) -> Node<'a> {
        self.nodes[number as usize]
    }

    /// Every node with its number.
    pub fn nodes(&self) -> impl Iterator<Item = (u32, Node<'a>)> {
        (0_u32..).zip(self.nodes.iter().copied())
    }

    /// The number of a node, if anything leads to it or from it.
    pub fn number(&self, node: Node<'a>) -> Option<u32> {
        self.numbers.get(&node).copied()
    }

    /// The kind of an arc; `None` for one that only joins.
    pub fn kind(&self, arc: u32) -> Option<&'static EdgeKind> {
        let number = self.kinds[arc as usize];
        (number != JOIN).then(|| ALL[number as usize])
    }

    /// What the kind of an arc asks of rules; empty for a kind that has nothing to do with them.
    pub(crate) fn asks(&self, arc: u32) -> &[Ask] {
        let kind = usize::from(self.kinds[arc as usize]);
        self.asks.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The roles and bindings.
    pub(crate) fn rbac(&self) -> &'a Rbac {
        self.rbac
    }

    /// A permission set, by number.
    pub(crate) fn permissions_of(&self, number: u32) -> Permissions<'a> {
        self.permissions[number as usize]
    }

    /// What shows an arc.
    pub fn evidence(&self, arc: u32) -> Evidence {
        self.evidence[arc as usize]
    }

    /// A fix.
    pub fn fix(&self, fix: u32) -> Fix {
        self.fixes[fix as usize]
    }

    /// How many fixes there are.
    pub fn fixes(&self) -> u32 {
        u32::try_from(self.fixes.len()).unwrap_or(u32::MAX)
    }

    /// A text.
    pub fn text(&self, id: TextId) -> &str {
        self.texts.get(id)
    }

    /// Where something is seen, in words: `Deployment shop/web, spec.hostPID`.
    pub fn place(&self, evidence: Evidence) -> Option<String> {
        let object = self.object_name(evidence.object?);
        let path = self.text(evidence.path);
        Some(if path.is_empty() {
            object
        } else {
            format!("{object}, {path}")
        })
    }

    /// An object in words: `Deployment shop/web`.
    pub fn object_name(&self, id: ObjectId) -> String {
        self.inventory.object(id).to_string()
    }

    /// A fix in words.
    pub fn fix_text(&self, fix: u32) -> String {
        let fix = self.fix(fix);
        let place = self.place(fix.place).unwrap_or_default();
        format!("{place}: {}", fix.change)
    }

    /// A node in words, as they stand in a sentence.
    pub fn name(&self, number: u32) -> String {
        match self.node(number) {
            Node::Internet => "the internet".into(),
            Node::Endpoint(id) => self.object_name(id),
            Node::Listener(id) => format!("the ports of {}", self.object_name(id)),
            Node::Pod(id) => format!("the pods of {}", self.object_name(id)),
            Node::Container(id, place) => {
                let view = PodView::of(self.inventory.object(id));
                let container = view
                    .as_ref()
                    .and_then(|view| view.containers.get(usize::from(place)))
                    .map_or("", |container| container.name);
                format!("container {container} of {}", self.object_name(id))
            }
            Node::HostVolume(id, place, _) => {
                let view = PodView::of(self.inventory.object(id));
                let path = view
                    .as_ref()
                    .and_then(|view| view.volumes().nth(usize::from(place))?.host_path())
                    .unwrap_or_default();
                format!("the node's {path} in {}", self.object_name(id))
            }
            Node::Claim(namespace, name) => format!("claim {namespace}/{name}"),
            Node::Host(SOMEWHERE) => "the node on which they land".into(),
            Node::Host(CONTROL_PLANE) => "a node of the control plane".into(),
            Node::Host(name) => format!("node {name}"),
            Node::ServiceAccount(namespace, name) => format!("ServiceAccount {namespace}/{name}"),
            Node::User(name) => format!("user {name}"),
            Node::Group(name) => format!("group {name}"),
            Node::Permissions(number) => permissions_name(self.permissions_of(number)),
            Node::Secret(namespace, name) => format!("Secret {namespace}/{name}"),
            Node::ConfigMap(namespace, name) => format!("ConfigMap {namespace}/{name}"),
            Node::Namespace(name) => format!("namespace {name}"),
            Node::Cloud(name) => name.into(),
            Node::ControlPlane => "the control plane".into(),
            Node::ClusterAdmin => "the whole cluster".into(),
            Node::Jewel(jewel) => jewel.one().into(),
            // Joints are passed through; a name helps whoever reads a dump.
            joint => format!("{joint:?}"),
        }
    }
}

/// `ClusterRole edit in namespace shop`.
fn permissions_name(permissions: Permissions<'_>) -> String {
    match permissions.scope {
        Scope::Namespace(namespace) if permissions.role.namespace.is_empty() => {
            format!("{} in namespace {namespace}", permissions.role)
        }
        _ => permissions.role.to_string(),
    }
}
