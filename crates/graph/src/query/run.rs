//! Answering a query by walking the graph.

use std::collections::{BTreeMap, BTreeSet};

use crate::bits::Bits;
use crate::edge::EdgeKind;
use crate::graph::Graph;
use crate::node::{Label, Node};
use crate::path::Hop;
use crate::query::syntax::{
    Condition, Direction, Literal, NodePattern, Operator, Query, StepPattern, Term,
};

/// A value in an answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Nothing.
    Null,
    /// A truth.
    Truth(bool),
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// Rows under columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
}

/// A query that cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A word that no node is called.
    #[error("no node has the label {0:?}: write {known}", known = Label::ALL.map(Label::as_str).join(", "))]
    UnknownLabel(String),
    /// A word that no edge is called.
    #[error("no edge is of the kind {0:?}; `catseye query --kinds` lists them")]
    UnknownKind(String),
    /// A variable that no pattern binds.
    #[error("no pattern binds {0:?}")]
    UnknownVariable(String),
    /// A property that nothing has.
    #[error(
        "{0:?} is no property: write name, namespace, kind, label or text for a node, type, attack or success for an edge"
    )]
    UnknownProperty(String),
    /// More work than a question should be.
    #[error(
        "the query looks at too many combinations: name a label, a kind or a property in the first node"
    )]
    TooMuch,
}

/// How many nodes and edges one query may look at.
const BUDGET: u64 = 20_000_000;

/// What a variable stands for in one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Node(u32),
    Edge(&'static EdgeKind),
}

/// Answers a query.
pub fn run(graph: &Graph<'_>, query: &Query) -> Result<Answer, QueryError> {
    check(query)?;
    let open = graph.joints_from(|_| true);
    let mut walk = Walk {
        graph,
        query,
        open,
        budget: BUDGET,
        hops: BTreeMap::new(),
        rows: Vec::new(),
    };
    walk.pattern(0, &BTreeMap::new())?;
    let rows = std::mem::take(&mut walk.rows);
    Ok(answer(graph, query, &rows))
}

struct Walk<'q, 'a> {
    graph: &'q Graph<'a>,
    query: &'q Query,
    open: Bits,
    budget: u64,
    /// Steps of nodes that were asked for before, by way of the arrow.
    hops: BTreeMap<(u32, bool), Vec<Hop>>,
    rows: Vec<BTreeMap<String, Bound>>,
}

type Bindings = BTreeMap<String, Bound>;

impl Walk<'_, '_> {
    fn spend(&mut self, work: usize) -> Result<(), QueryError> {
        let work = u64::try_from(work).unwrap_or(u64::MAX);
        self.budget = self.budget.checked_sub(work).ok_or(QueryError::TooMuch)?;
        Ok(())
    }

    fn pattern(&mut self, number: usize, bound: &Bindings) -> Result<(), QueryError> {
        let query = self.query;
        let Some(pattern) = query.patterns.get(number) else {
            if holds(self.graph, query.condition.as_ref(), bound) {
                self.rows.push(bound.clone());
            }
            return Ok(());
        };
        let known = pattern
            .start
            .variable
            .as_ref()
            .and_then(|name| bound.get(name));
        let starts: Vec<u32> = match known {
            Some(Bound::Node(node)) => vec![*node],
            Some(Bound::Edge(_)) => Vec::new(),
            None => self.graph.nodes().map(|(number, _)| number).collect(),
        };
        self.spend(starts.len())?;
        for start in starts {
            if let Some(bound) = bind(self.graph, &pattern.start, start, bound) {
                self.step(number, 0, start, &bound)?;
            }
        }
        Ok(())
    }

    fn step(
        &mut self,
        pattern: usize,
        step: usize,
        at: u32,
        bound: &Bindings,
    ) -> Result<(), QueryError> {
        let query = self.query;
        let Some((edge, node)) = query.patterns[pattern].steps.get(step) else {
            return self.pattern(pattern + 1, bound);
        };
        for (kind, to) in self.ends(edge, at)? {
            let Some(mut bound) = bind(self.graph, node, to, bound) else {
                continue;
            };
            if let (Some(name), Some(kind)) = (&edge.variable, kind) {
                match bound.get(name) {
                    Some(known) if *known != Bound::Edge(kind) => continue,
                    _ => bound.insert(name.clone(), Bound::Edge(kind)),
                };
            }
            self.step(pattern, step + 1, to, &bound)?;
        }
        Ok(())
    }

    /// Where a step leads; the kind is `None` for steps of any length.
    fn ends(
        &mut self,
        edge: &StepPattern,
        at: u32,
    ) -> Result<Vec<(Option<&'static EdgeKind>, u32)>, QueryError> {
        let Some((low, high)) = edge.length else {
            return Ok(self
                .next(edge, at)?
                .into_iter()
                .map(|(kind, to)| (Some(kind), to))
                .collect());
        };
        let mut found = BTreeSet::new();
        let mut seen: BTreeSet<(u32, u32)> = BTreeSet::new();
        let mut frontier = vec![at];
        let mut length = 0;
        while !frontier.is_empty() && length <= high {
            if length >= low {
                found.extend(frontier.iter().copied());
            }
            let mut next = BTreeSet::new();
            for node in frontier {
                for (_, to) in self.next(edge, node)? {
                    // Beyond the lower bound, a node that was met before adds nothing.
                    if seen.insert((to, length.min(low))) {
                        next.insert(to);
                    }
                }
            }
            frontier = next.into_iter().collect();
            length += 1;
        }
        Ok(found.into_iter().map(|to| (None, to)).collect())
    }

    fn next(
        &mut self,
        edge: &StepPattern,
        at: u32,
    ) -> Result<Vec<(&'static EdgeKind, u32)>, QueryError> {
        let ways: &[bool] = match edge.direction {
            Direction::Out => &[true],
            Direction::In => &[false],
            Direction::Either => &[true, false],
        };
        let mut found = Vec::new();
        for forward in ways {
            if !self.hops.contains_key(&(at, *forward)) {
                let hops = if *forward {
                    self.graph.steps_from(at, &self.open)
                } else {
                    self.graph.steps_to(at, &self.open)
                };
                self.spend(hops.len())?;
                self.hops.insert((at, *forward), hops);
            }
            let hops = &self.hops[&(at, *forward)];
            found.extend(
                hops.iter()
                    .filter(|hop| is_of(edge, hop.kind))
                    .map(|hop| (hop.kind, hop.to)),
            );
        }
        self.spend(found.len() + 1)?;
        Ok(found)
    }
}

fn is_of(edge: &StepPattern, kind: &EdgeKind) -> bool {
    edge.kinds.is_empty()
        || edge
            .kinds
            .iter()
            .any(|wanted| kind.id.eq_ignore_ascii_case(wanted))
}

/// The bindings with a node added, if the node fits.
fn bind(graph: &Graph<'_>, pattern: &NodePattern, node: u32, bound: &Bindings) -> Option<Bindings> {
    let label = graph.node(node).label();
    let is_labelled = pattern.labels.is_empty()
        || pattern
            .labels
            .iter()
            .any(|wanted| label.as_str().eq_ignore_ascii_case(wanted));
    if label == Label::Joint || !is_labelled {
        return None;
    }
    for (name, wanted) in &pattern.properties {
        if property(graph, Bound::Node(node), name) != value(wanted) {
            return None;
        }
    }
    let mut bound = bound.clone();
    if let Some(name) = &pattern.variable {
        match bound.get(name) {
            Some(known) if *known != Bound::Node(node) => return None,
            _ => bound.insert(name.clone(), Bound::Node(node)),
        };
    }
    Some(bound)
}

/// Refuses words that mean nothing, before any work.
fn check(query: &Query) -> Result<(), QueryError> {
    let mut variables = BTreeSet::new();
    for pattern in &query.patterns {
        let nodes = pattern.steps.iter().map(|(_, node)| node);
        for node in std::iter::once(&pattern.start).chain(nodes) {
            for label in &node.labels {
                let is_known = Label::ALL
                    .iter()
                    .any(|known| known.as_str().eq_ignore_ascii_case(label));
                if !is_known {
                    return Err(QueryError::UnknownLabel(label.clone()));
                }
            }
            for (name, _) in &node.properties {
                check_property(name)?;
            }
            variables.extend(node.variable.as_deref());
        }
        for (edge, _) in &pattern.steps {
            for kind in &edge.kinds {
                if crate::edge::find(kind).is_none() {
                    return Err(QueryError::UnknownKind(kind.clone()));
                }
            }
            variables.extend(edge.variable.as_deref());
        }
    }
    let mut terms: Vec<&Term> = query.returns.iter().map(|item| &item.term).collect();
    terms.extend(query.order.iter().map(|(term, _)| term));
    let mut conditions: Vec<&Condition> = query.condition.iter().collect();
    while let Some(condition) = conditions.pop() {
        match condition {
            Condition::And(a, b) | Condition::Or(a, b) => conditions.extend([&**a, &**b]),
            Condition::Not(inner) => conditions.push(inner),
            Condition::Compare(a, _, b) => terms.extend([a, b]),
            Condition::In(term, _) | Condition::IsNull(term) => terms.push(term),
        }
    }
    for term in terms {
        let name = match term {
            Term::Variable(name) | Term::Type(name) => name,
            Term::Property(name, property) => {
                check_property(property)?;
                name
            }
            Term::Literal(_) | Term::Count => continue,
        };
        if !variables.contains(name.as_str()) {
            return Err(QueryError::UnknownVariable(name.clone()));
        }
    }
    Ok(())
}

fn check_property(name: &str) -> Result<(), QueryError> {
    let known = [
        "name",
        "namespace",
        "kind",
        "label",
        "text",
        "type",
        "attack",
        "success",
    ];
    if known.contains(&name) {
        Ok(())
    } else {
        Err(QueryError::UnknownProperty(name.to_owned()))
    }
}

fn holds(graph: &Graph<'_>, condition: Option<&Condition>, bound: &Bindings) -> bool {
    let Some(condition) = condition else {
        return true;
    };
    match condition {
        Condition::And(a, b) => holds(graph, Some(a), bound) && holds(graph, Some(b), bound),
        Condition::Or(a, b) => holds(graph, Some(a), bound) || holds(graph, Some(b), bound),
        Condition::Not(inner) => !holds(graph, Some(inner), bound),
        Condition::IsNull(term) => evaluate(graph, term, bound) == Value::Null,
        Condition::In(term, list) => {
            let left = evaluate(graph, term, bound);
            list.iter().any(|literal| value(literal) == left)
        }
        Condition::Compare(left, operator, right) => {
            let left = evaluate(graph, left, bound);
            let right = evaluate(graph, right, bound);
            compare(&left, *operator, &right)
        }
    }
}

/// As openCypher compares: nothing equals null, and texts and numbers are not ordered together.
fn compare(left: &Value, operator: Operator, right: &Value) -> bool {
    let texts = |test: fn(&str, &str) -> bool| match (left, right) {
        (Value::Text(left), Value::Text(right)) => test(left, right),
        _ => false,
    };
    if *left == Value::Null || *right == Value::Null {
        return false;
    }
    let is_alike = std::mem::discriminant(left) == std::mem::discriminant(right);
    match operator {
        Operator::Equal => left == right,
        Operator::Unequal => left != right,
        Operator::Less => is_alike && left < right,
        Operator::AtMost => is_alike && left <= right,
        Operator::More => is_alike && left > right,
        Operator::AtLeast => is_alike && left >= right,
        Operator::StartsWith => texts(|left, right| left.starts_with(right)),
        Operator::EndsWith => texts(|left, right| left.ends_with(right)),
        Operator::Contains => texts(|left, right| left.contains(right)),
    }
}

fn value(literal: &Literal) -> Value {
    match literal {
        Literal::Text(text) => Value::Text(text.clone()),
        Literal::Number(number) => Value::Number(*number),
        Literal::Truth(truth) => Value::Truth(*truth),
        Literal::Null => Value::Null,
    }
}

fn evaluate(graph: &Graph<'_>, term: &Term, bound: &Bindings) -> Value {
    let of = |name: &String, field: &str| {
        bound
            .get(name)
            .map_or(Value::Null, |bound| property(graph, *bound, field))
    };
    match term {
        Term::Literal(literal) => value(literal),
        Term::Variable(name) => of(name, "text"),
        Term::Type(name) => of(name, "type"),
        Term::Property(name, field) => of(name, field),
        Term::Count => Value::Null,
    }
}

fn property(graph: &Graph<'_>, bound: Bound, field: &str) -> Value {
    let text = |text: &str| Value::Text(text.to_owned());
    let node = match bound {
        Bound::Edge(kind) => {
            return match field {
                "type" | "text" => text(kind.id),
                "attack" => text(kind.attack),
                "success" => Value::Number(i64::from(kind.success)),
                _ => Value::Null,
            };
        }
        Bound::Node(node) => node,
    };
    let of_object = |id| {
        let object = graph.inventory().object(id);
        (
            object.kind_name().to_owned(),
            object.namespace().to_owned(),
            object.name().to_owned(),
        )
    };
    let named = |kind: &str, namespace: &str, name: &str| {
        (kind.to_owned(), namespace.to_owned(), name.to_owned())
    };
    let (kind, namespace, name) = match graph.node(node) {
        Node::Endpoint(id) | Node::Listener(id) | Node::Pod(id) => of_object(id),
        Node::Container(id, _) | Node::HostVolume(id, ..) => {
            let (kind, namespace, _) = of_object(id);
            let name = graph.name(node);
            let own = name
                .strip_prefix("container ")
                .and_then(|rest| rest.split_once(" of "))
                .map_or(name.as_str(), |(own, _)| own);
            (kind, namespace, own.to_owned())
        }
        Node::Claim(namespace, name) => named("PersistentVolumeClaim", namespace, name),
        Node::Host(name) => named("Node", "", name),
        Node::ServiceAccount(namespace, name) => named("ServiceAccount", namespace, name),
        Node::User(name) => named("User", "", name),
        Node::Group(name) => named("Group", "", name),
        Node::Permissions(_) => {
            let text = graph.name(node);
            let (kind, name) = text.split_once(' ').unwrap_or(("Role", &text));
            let (namespace, name) = name.split_once('/').unwrap_or(("", name));
            named(kind, namespace, name)
        }
        Node::Secret(namespace, name) => named("Secret", namespace, name),
        Node::ConfigMap(namespace, name) => named("ConfigMap", namespace, name),
        Node::Namespace(name) => named("Namespace", name, name),
        _ => named(graph.node(node).label().as_str(), "", &graph.name(node)),
    };
    match field {
        "name" => Value::Text(name),
        "namespace" if namespace.is_empty() => Value::Null,
        "namespace" => Value::Text(namespace),
        "kind" => Value::Text(kind),
        "label" => text(graph.node(node).label().as_str()),
        "text" => Value::Text(graph.name(node)),
        _ => Value::Null,
    }
}

/// Columns, grouped where something is counted, ordered and cut.
fn answer(graph: &Graph<'_>, query: &Query, rows: &[Bindings]) -> Answer {
    let counts = query.returns.iter().any(|item| item.term == Term::Count);
    let mut found: Vec<(Vec<Value>, Vec<Value>)> = rows
        .iter()
        .map(|bound| {
            let shown = query
                .returns
                .iter()
                .map(|item| evaluate(graph, &item.term, bound))
                .collect();
            let order = query
                .order
                .iter()
                .map(|(term, _)| evaluate(graph, term, bound))
                .collect();
            (shown, order)
        })
        .collect();
    if counts {
        let mut groups: BTreeMap<Vec<Value>, (i64, Vec<Value>)> = BTreeMap::new();
        for (shown, order) in found {
            groups.entry(shown).or_insert((0, order)).0 += 1;
        }
        found = groups
            .into_iter()
            .map(|(shown, (count, order))| {
                let filled = |terms: Vec<&Term>, values: Vec<Value>| {
                    terms
                        .into_iter()
                        .zip(values)
                        .map(|(term, value)| match term {
                            Term::Count => Value::Number(count),
                            _ => value,
                        })
                        .collect()
                };
                (
                    filled(query.returns.iter().map(|item| &item.term).collect(), shown),
                    filled(query.order.iter().map(|(term, _)| term).collect(), order),
                )
            })
            .collect();
    }
    // Without an order of its own, the answer is sorted: walks come in the order of files.
    found.sort_by(|(shown_a, order_a), (shown_b, order_b)| {
        let mut by = std::cmp::Ordering::Equal;
        for (place, (_, falls)) in query.order.iter().enumerate() {
            let next = order_a.get(place).cmp(&order_b.get(place));
            by = by.then(if *falls { next.reverse() } else { next });
        }
        by.then_with(|| shown_a.cmp(shown_b))
    });
    let mut rows: Vec<Vec<Value>> = found.into_iter().map(|(shown, _)| shown).collect();
    if query.distinct {
        let mut seen = BTreeSet::new();
        rows.retain(|row| seen.insert(row.clone()));
    }
    if let Some(limit) = query.limit {
        rows.truncate(limit);
    }
    Answer {
        columns: query.returns.iter().map(|item| item.name.clone()).collect(),
        rows,
    }
}

#[cfg(test)]
mod tests {
    use catseye_netpol::Reach;
    use catseye_rbac::Rbac;

    use super::*;
    use crate::{Config, edge};

    const SHOP: &str = r"
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {nodeName: n1, serviceAccountName: web, containers: [{name: app, image: i, securityContext: {privileged: true}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop}
spec: {nodeName: n1, automountServiceAccountToken: false, containers: [{name: db, image: postgres}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: debug, namespace: shop}
rules: [{apiGroups: [''], resources: [pods/exec], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: debug, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: debug}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
";

    fn ask(query: &str) -> Result<String, QueryError> {
        let inventory = edge::tests::inventory(SHOP);
        let (rbac, reach) = (Rbac::of(&inventory), Reach::of(&inventory));
        let graph = Graph::of(&inventory, &rbac, &reach, Config::default());
        let query: Query = query.parse().unwrap_or_else(|err| panic!("{err}"));
        let answer = run(&graph, &query)?;
        let rows: Vec<String> = answer
            .rows
            .iter()
            .map(|row| {
                let cells: Vec<String> = row
                    .iter()
                    .map(|value| match value {
                        Value::Text(text) => text.clone(),
                        Value::Number(number) => number.to_string(),
                        Value::Truth(truth) => truth.to_string(),
                        Value::Null => "null".to_owned(),
                    })
                    .collect();
                cells.join(" ")
            })
            .collect();
        Ok(rows.join("; "))
    }

    #[test]
    fn patterns_walk_steps_through_joints() {
        for (query, expected) in [
            (
                "MATCH (a:Identity)-[:HAS_PERMISSION]->(p)-[:POD_EXEC]->(b:Pod) WHERE a.namespace = 'shop' RETURN a.name, p.name, b.name",
                "web debug db; web debug web",
            ),
            (
                "MATCH (c:Container)-[:CE_PRIVILEGED]->(n:Node) RETURN c.name, n.name",
                "app n1",
            ),
            (
                "MATCH (n:Node)<-[r]-(c:Container) RETURN c.name, type(r), r.attack",
                "app CE_PRIVILEGED T1611",
            ),
            (
                "MATCH (:Container {name: 'app'})-[*2]->(b:Pod) RETURN b.name",
                "db; web",
            ),
            (
                "MATCH (p:Pod) WHERE p.name STARTS WITH 'd' OR p.name IN ['x'] RETURN p.kind, p.name",
                "Pod db",
            ),
            ("MATCH (:Node)-[:NODE_PODS]->(p:Pod) RETURN count(*)", "2"),
            (
                "MATCH (p:Pod) RETURN p.name ORDER BY p.name DESC LIMIT 1",
                "web",
            ),
            (
                "MATCH (a:Pod), (a)-[:CONTAINS]->(c) WHERE NOT c.name = 'app' RETURN a.name, c.name",
                "db db",
            ),
            (
                "MATCH (n:Node) WHERE n.namespace IS NULL RETURN DISTINCT n.kind",
                "Node",
            ),
        ] {
            assert_eq!(ask(query).as_deref(), Ok(expected), "{query}");
        }
    }

    #[test]
    fn words_that_mean_nothing_are_refused() {
        for (query, expected) in [
            (
                "MATCH (a:Banana) RETURN a",
                QueryError::UnknownLabel("Banana".into()),
            ),
            (
                "MATCH (a)-[:EATS]->(b) RETURN a",
                QueryError::UnknownKind("EATS".into()),
            ),
            (
                "MATCH (a) RETURN b.name",
                QueryError::UnknownVariable("b".into()),
            ),
            (
                "MATCH (a) RETURN a.colour",
                QueryError::UnknownProperty("colour".into()),
            ),
        ] {
            assert_eq!(ask(query), Err(expected), "{query}");
        }
    }
}
