//! Putting a graph together: edge kinds add arcs, nodes get their numbers when first named.

use std::collections::{HashMap, HashSet};

use catseye_model::{FieldPath, ObjectId};

use crate::ask::Ask;
use crate::bits::Bits;
use crate::edge::EdgeKind;
use crate::node::Node;
use crate::text::{TextId, Texts};
use crate::topology::{Arc, NO_FIX, Topology, cost_of};

/// Where an arc can be seen: an object and a field of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Evidence {
    /// The object; `None` for what Kubernetes itself brings.
    pub object: Option<ObjectId>,
    /// The field.
    pub path: TextId,
}

/// How much it costs people to make a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effort {
    /// One line, and nothing that works needs it.
    Low,
    /// A few lines, and somebody has to find out what is needed.
    Medium,
    /// The application or the cluster has to change.
    High,
}

impl Effort {
    /// By what the gain of a fix is divided.
    pub fn weight(self) -> u32 {
        match self {
            Effort::Low => 1,
            Effort::Medium => 2,
            Effort::High => 4,
        }
    }
}

/// One change of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fix {
    /// The object to change, and the field.
    pub place: Evidence,
    /// What to write instead.
    pub change: &'static str,
    /// How hard it is.
    pub effort: Effort,
}

/// The kind of an arc that only joins.
pub(crate) const JOIN: u16 = u16::MAX;

/// Numbers by what they stand for; names come from files, and a cluster has a million of them.
pub(crate) type Numbers<K> = HashMap<K, u32, foldhash::fast::RandomState>;

/// Takes nodes and arcs.
#[derive(Debug)]
pub struct Builder<'a> {
    nodes: Vec<Node<'a>>,
    numbers: Numbers<Node<'a>>,
    conjunctions: Bits,
    boths: HashMap<Vec<u32>, u32>,
    joined: HashSet<(u32, u32), foldhash::fast::RandomState>,
    arcs: Vec<Arc>,
    kinds: Vec<u16>,
    evidence: Vec<Evidence>,
    fixes: Vec<Fix>,
    fix_numbers: Numbers<Evidence>,
    texts: Texts,
    /// What each kind asks of rules, as far as any answered.
    asks: Vec<Vec<Ask>>,
    kind: u16,
    cost: u16,
}

/// What came of building, without the names.
#[derive(Debug)]
pub(crate) struct Built<'a> {
    pub(crate) nodes: Vec<Node<'a>>,
    pub(crate) numbers: Numbers<Node<'a>>,
    pub(crate) topology: Topology,
    pub(crate) kinds: Vec<u16>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) fixes: Vec<Fix>,
    pub(crate) texts: Texts,
    pub(crate) asks: Vec<Vec<Ask>>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new() -> Self {
        Builder {
            nodes: Vec::new(),
            numbers: Numbers::default(),
            conjunctions: Bits::default(),
            boths: HashMap::new(),
            joined: HashSet::default(),
            arcs: Vec::new(),
            kinds: Vec::new(),
            evidence: Vec::new(),
            fixes: Vec::new(),
            fix_numbers: Numbers::default(),
            texts: Texts::default(),
            asks: Vec::new(),
            kind: JOIN,
            cost: 0,
        }
    }

    /// From here on, arcs are of this kind.
    pub(crate) fn begin(&mut self, number: u16, kind: &EdgeKind) {
        self.kind = number;
        self.cost = cost_of(kind.success);
    }

    /// The current kind asks this of rules.
    pub(crate) fn asks_for(&mut self, ask: Ask) {
        let kind = usize::from(self.kind);
        if self.kind == JOIN {
            return;
        }
        if self.asks.len() <= kind {
            self.asks.resize_with(kind + 1, Vec::new);
        }
        if !self.asks[kind].contains(&ask) {
            self.asks[kind].push(ask);
        }
    }

    /// The number of a node, new or known.
    pub fn node(&mut self, node: Node<'a>) -> u32 {
        if let Some(number) = self.numbers.get(&node) {
            return *number;
        }
        let number = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(node);
        self.numbers.insert(node, number);
        number
    }

    /// True when a node was named before.
    pub fn knows(&self, node: &Node<'a>) -> bool {
        self.numbers.contains_key(node)
    }

    /// A place in an object.
    pub fn at(&mut self, object: ObjectId, path: &FieldPath) -> Evidence {
        self.at_text(Some(object), &path.to_string())
    }

    /// A place in an object by the text of its path.
    pub fn at_text(&mut self, object: Option<ObjectId>, path: &str) -> Evidence {
        Evidence {
            object,
            path: self.texts.intern(path),
        }
    }

    /// A fix; the same place is the same fix, whatever kind of arc names it.
    pub fn fix(&mut self, place: Evidence, change: &'static str, effort: Effort) -> u32 {
        if place.object.is_none() {
            return NO_FIX;
        }
        if let Some(number) = self.fix_numbers.get(&place) {
            return *number;
        }
        let number = u32::try_from(self.fixes.len()).unwrap_or(NO_FIX);
        self.fixes.push(Fix {
            place,
            change,
            effort,
        });
        self.fix_numbers.insert(place, number);
        number
    }

    /// An arc of the current kind, with what shows it and what removes it.
    pub fn arc(&mut self, from: Node<'a>, to: Node<'a>, evidence: Evidence, fix: u32) {
        let cost = self.cost;
        self.push(from, to, self.kind, cost, evidence, fix);
    }

    /// An arc of the current kind that works in `percent` of all cases rather than as usual.
    pub fn arc_likely(
        &mut self,
        percent: u8,
        from: Node<'a>,
        to: Node<'a>,
        evidence: Evidence,
        fix: u32,
    ) {
        self.push(from, to, self.kind, cost_of(percent), evidence, fix);
    }

    /// An arc of the current kind that costs nothing, because what it leads to is only half of a step.
    pub fn premise(&mut self, from: Node<'a>, to: Node<'a>, evidence: Evidence, fix: u32) {
        self.push(from, to, self.kind, 0, evidence, fix);
    }

    /// An arc that is no step of its own, but shows something or can be mended.
    pub fn carry(&mut self, from: Node<'a>, to: Node<'a>, evidence: Evidence, fix: u32) {
        self.push(from, to, JOIN, 0, evidence, fix);
    }

    /// An arc that only joins: a set to its members.
    pub fn join(&mut self, from: Node<'a>, to: Node<'a>) {
        self.push(from, to, JOIN, 0, Evidence::default(), NO_FIX);
    }

    /// The same, where the caller may ask for one arc many times.
    pub fn join_once(&mut self, from: Node<'a>, to: Node<'a>) {
        let ends = (self.node(from), self.node(to));
        if self.joined.insert(ends) {
            self.join(from, to);
        }
    }

    /// The node that is reached when all of these are.
    pub fn both(&mut self, premises: &[Node<'a>]) -> Node<'a> {
        let mut numbers: Vec<u32> = premises.iter().map(|node| self.node(*node)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        if let Some(number) = self.boths.get(&numbers) {
            return Node::Both(*number);
        }
        let both = u32::try_from(self.boths.len()).unwrap_or(u32::MAX);
        let node = Node::Both(both);
        let number = self.node(node);
        self.conjunctions.insert(number);
        for premise in &numbers {
            self.join(self.nodes[*premise as usize], node);
        }
        self.boths.insert(numbers, both);
        node
    }

    fn push(
        &mut self,
        from: Node<'a>,
        to: Node<'a>,
        kind: u16,
        cost: u16,
        evidence: Evidence,
        fix: u32,
    ) {
        let from = self.node(from);
        let to = self.node(to);
        if from == to {
            return;
        }
        self.arcs.push(Arc {
            from,
            to,
            cost,
            fix,
        });
        self.kinds.push(kind);
        self.evidence.push(evidence);
    }

    /// The nodes that have a number.
    pub(crate) fn named_so_far(&self) -> Vec<Node<'a>> {
        self.nodes.clone()
    }

    pub(crate) fn build(self) -> Built<'a> {
        let nodes = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let mut order = Vec::new();
        let topology = Topology::new(nodes, self.conjunctions, &self.arcs, &mut order);
        drop(self.arcs);
        let kinds = order.iter().map(|at| self.kinds[*at as usize]).collect();
        let evidence = order.iter().map(|at| self.evidence[*at as usize]).collect();
        Built {
            nodes: self.nodes,
            numbers: self.numbers,
            topology,
            kinds,
            evidence,
            fixes: self.fixes,
            texts: self.texts,
            asks: self.asks,
        }
    }
}
