//! The nodes: what an attacker can hold.
//!
//! "Reached" means: the attacker runs code there (container, node), speaks to it (endpoint, listener),
//! acts as it (identity), may do it (permissions), or reads it (secret). Replicas are one node: pods
//! stand under their workload. Names are borrowed from the Inventory, so a node is 24 bytes and no
//! name is kept twice.
//!
//! [`Node::Set`], [`Node::Ability`], [`Node::Both`] and some more are **joints**: they keep the graph small (two
//! thousand roles that may exec into ten thousand pods are twelve thousand arcs, not twenty million)
//! or say "and"; what is shown to people passes through them.

use std::fmt;

use catseye_model::ObjectId;

/// How far a permission reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope<'a> {
    /// Every namespace, and what has none.
    Cluster,
    /// One namespace.
    Namespace(&'a str),
}

/// Things of one kind in one scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Set {
    /// Pods.
    Pods,
    /// Service accounts.
    Accounts,
    /// Secrets.
    Secrets,
    /// Secrets that pods hold, and may print.
    Held,
    /// Nodes.
    Hosts,
    /// The ports on which pods listen.
    Listeners,
    /// The permission sets of roles.
    Roles,
    /// Users.
    Users,
    /// Groups, without `system:masters`.
    Groups,
    /// What kubelets are.
    Kubelets,
}

/// What an attacker is after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Jewel {
    /// All power over the cluster.
    Cluster,
    /// A node.
    Node,
    /// A cloud identity, or something else beyond the cluster.
    Beyond,
    /// A secret.
    Secret,
    /// A workload that is labelled a crown jewel, or a database.
    Workload,
    /// All power over a namespace.
    Namespace,
}

impl Jewel {
    /// All of them, the worst to lose first.
    pub const ALL: [Jewel; 6] = [
        Jewel::Cluster,
        Jewel::Node,
        Jewel::Beyond,
        Jewel::Workload,
        Jewel::Namespace,
        Jewel::Secret,
    ];

    /// What losing one costs, of a hundred.
    pub fn impact(self) -> u8 {
        match self {
            Jewel::Cluster => 100,
            Jewel::Node => 70,
            Jewel::Beyond | Jewel::Workload => 60,
            Jewel::Namespace => 50,
            // Most secrets are a program's own; those that are more lead on to something else.
            Jewel::Secret => 40,
        }
    }

    /// One of them, in words.
    pub fn one(self) -> &'static str {
        match self {
            Jewel::Cluster => "the whole cluster",
            Jewel::Node => "a node",
            Jewel::Beyond => "something beyond the cluster",
            Jewel::Secret => "a secret",
            Jewel::Workload => "a database or labelled workload",
            Jewel::Namespace => "a whole namespace",
        }
    }
}

/// A permission that is dangerous together with another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ability {
    /// Make pods, directly or by a controller.
    CreatePods,
    /// Change the labels of namespaces.
    LabelNamespaces,
    /// Make persistent volumes.
    CreateVolumes,
    /// Make secrets.
    CreateSecrets,
    /// Read secrets by name or in lists.
    ReadSecrets,
    /// Make certificate signing requests.
    CreateRequests,
    /// Approve certificate signing requests.
    ApproveRequests,
    /// Approve for the signer of client certificates.
    ApproveClients,
    /// Approve for the signer of kubelet certificates.
    ApproveKubelets,
    /// Make role bindings.
    CreateBindings,
    /// Make cluster role bindings.
    CreateClusterBindings,
    /// Bind any role.
    BindRoles,
    /// Bind any cluster role.
    BindClusterRoles,
    /// Change roles.
    ChangeRoles,
    /// Change cluster roles.
    ChangeClusterRoles,
    /// Give roles more than one holds.
    EscalateRoles,
    /// Give cluster roles more than one holds.
    EscalateClusterRoles,
    /// Act as any user, or as any service account.
    ImpersonateUsers,
    /// Act as a member of any group.
    ImpersonateGroups,
    /// Read the logs of pods.
    ReadLogs,
    /// Make nodes unschedulable.
    DisableNodes,
    /// Delete or evict pods.
    RemovePods,
    /// Change or except from the policies of admission.
    ChangePolicies,
    /// Except pods from AAD Pod Identity.
    ExceptIdentities,
}

/// A node of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node<'a> {
    /// Anyone on the internet.
    Internet,
    /// A Service, Ingress or route that can be spoken to.
    Endpoint(ObjectId),
    /// The ports of a workload's pods, spoken to.
    Listener(ObjectId),
    /// The pods of a workload.
    Pod(ObjectId),
    /// One container of a workload's pods.
    Container(ObjectId, u16),
    /// A part of the node's file system in a workload's pods: the volume's place, and whether it can
    /// be written to.
    HostVolume(ObjectId, u16, bool),
    /// A persistent volume claim: namespace and name.
    Claim(&'a str, &'a str),
    /// A node of the cluster; the empty name is the node on which pods land that are not placed yet.
    Host(&'a str),
    /// A service account: namespace and name.
    ServiceAccount(&'a str, &'a str),
    /// A user.
    User(&'a str),
    /// A member of a group.
    Group(&'a str),
    /// What a role permits in one scope, by number.
    Permissions(u32),
    /// The content of a secret: namespace and name.
    Secret(&'a str, &'a str),
    /// The content of a config map: namespace and name.
    ConfigMap(&'a str, &'a str),
    /// All power within a namespace.
    Namespace(&'a str),
    /// An identity of the cloud.
    Cloud(&'a str),
    /// The API server, etcd and the controllers.
    ControlPlane,
    /// All power over the cluster.
    ClusterAdmin,
    /// Where packets come from: pods that the same policies treat alike, by number.
    Network(u32),
    /// What can be spoken to alike, by number.
    Destinations(u32),
    /// One rule of a permission set, where it takes something else as well.
    Rule(u32, u16),
    /// Any of the jewels of a kind.
    Jewel(Jewel),
    /// A Service in whose place the attacker answers: namespace and name.
    Asked(&'a str, &'a str),
    /// The pods on a node.
    Neighbours(&'a str),
    /// The service accounts whose tokens a node holds.
    Tokens(&'a str),
    /// Things of one kind in one scope.
    Set(Set, Scope<'a>),
    /// A permission that matters with another one.
    Ability(Ability, Scope<'a>),
    /// All of several nodes, by number.
    Both(u32),
}

/// What a node is, in the words of queries and pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// The internet.
    Internet,
    /// Services and what leads to them.
    Endpoint,
    /// Ports.
    Listener,
    /// Pods.
    Pod,
    /// Containers.
    Container,
    /// Volumes.
    Volume,
    /// Nodes of the cluster.
    Node,
    /// Users, groups and service accounts.
    Identity,
    /// What roles permit.
    Permission,
    /// Secrets.
    Secret,
    /// Config maps.
    ConfigMap,
    /// Namespaces.
    Namespace,
    /// Cloud identities.
    CloudIdentity,
    /// The control plane.
    ControlPlane,
    /// Everything.
    ClusterAdmin,
    /// Joints, which no answer shows.
    Joint,
}

impl Label {
    /// Every label that answers show.
    pub const ALL: [Label; 15] = [
        Label::Internet,
        Label::Endpoint,
        Label::Listener,
        Label::Pod,
        Label::Container,
        Label::Volume,
        Label::Node,
        Label::Identity,
        Label::Permission,
        Label::Secret,
        Label::ConfigMap,
        Label::Namespace,
        Label::CloudIdentity,
        Label::ControlPlane,
        Label::ClusterAdmin,
    ];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Label::Internet => "Internet",
            Label::Endpoint => "Endpoint",
            Label::Listener => "Listener",
            Label::Pod => "Pod",
            Label::Container => "Container",
            Label::Volume => "Volume",
            Label::Node => "Node",
            Label::Identity => "Identity",
            Label::Permission => "Permission",
            Label::Secret => "Secret",
            Label::ConfigMap => "ConfigMap",
            Label::Namespace => "Namespace",
            Label::CloudIdentity => "CloudIdentity",
            Label::ControlPlane => "ControlPlane",
            Label::ClusterAdmin => "ClusterAdmin",
            Label::Joint => "Joint",
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Node<'_> {
    /// What the node is.
    pub fn label(&self) -> Label {
        match self {
            Node::Internet => Label::Internet,
            Node::Endpoint(_) => Label::Endpoint,
            Node::Listener(_) => Label::Listener,
            Node::Pod(_) => Label::Pod,
            Node::Container(..) => Label::Container,
            Node::HostVolume(..) | Node::Claim(..) => Label::Volume,
            Node::Host(_) => Label::Node,
            Node::ServiceAccount(..) | Node::User(_) | Node::Group(_) => Label::Identity,
            Node::Permissions(_) => Label::Permission,
            Node::Secret(..) => Label::Secret,
            Node::ConfigMap(..) => Label::ConfigMap,
            Node::Namespace(_) => Label::Namespace,
            Node::Cloud(_) => Label::CloudIdentity,
            Node::ControlPlane => Label::ControlPlane,
            Node::ClusterAdmin => Label::ClusterAdmin,
            Node::Network(_)
            | Node::Destinations(_)
            | Node::Rule(..)
            | Node::Jewel(_)
            | Node::Asked(..)
            | Node::Neighbours(_)
            | Node::Tokens(_)
            | Node::Set(..)
            | Node::Ability(..)
            | Node::Both(_) => Label::Joint,
        }
    }

    /// True for a node that only joins others.
    pub fn is_joint(&self) -> bool {
        self.label() == Label::Joint
    }
}
