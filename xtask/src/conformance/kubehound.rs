//! A cluster made to be broken into, with the edges that KubeHound's tests expect in it.
//!
//! `expected_edges.json` holds, for each test, the labels of the edges, what their ends must be
//! (`scope`), and the ends by name: as many as there are (`exact`), some of them (`subset`), or any
//! (`any`). Its names are put in ours: a permission set is called by its role. Where it contradicts
//! Kubernetes, the expected edges are dropped by a rule with a reason ([`REFUSED`]), and counted.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use catseye_graph::{Config, Graph, Node};
use catseye_model::{Completeness, Fields as _, Inventory, Kind, Object, PodView, yaml};
use catseye_netpol::Reach;
use catseye_rbac::Rbac;
use serde_json::{Value, json};

use super::{Outcome, entries, objects};

pub(super) fn judge(folder: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    if let Err(err) = judge_all(folder, &mut outcome) {
        outcome.count("(all)", Err(err));
    }
    outcome
}

fn judge_all(folder: &Path, outcome: &mut Outcome) -> Result<()> {
    let mut all = nodes(&folder.join("test-cluster/cluster.yaml"))?;
    for file in entries(&folder.join("test-cluster/attacks"))? {
        for object in objects(&file)? {
            all.push(placed(object)?);
        }
    }
    let inventory = Inventory::new(all, Completeness::Tree);
    let (rbac, reach) = (Rbac::of(&inventory), Reach::of(&inventory));
    let graph = Graph::of(&inventory, &rbac, &reach, Config::default());
    let text = std::fs::read_to_string(folder.join("expected_edges.json"))
        .context("reading expected_edges.json")?;
    let expected: Value = serde_json::from_str(&text).context("reading expected_edges.json")?;
    let cluster = Cluster {
        graph: &graph,
        rbac: &rbac,
    };
    let mut dropped = Vec::new();
    for (case, expected) in expected.entries("") {
        outcome.count(case, cluster.answers(expected, &mut dropped));
    }
    for (reason, _) in REFUSED {
        let count = dropped.iter().filter(|dropped| *dropped == reason).count();
        if count > 0 {
            outcome
                .notes
                .push(format!("{count} expected edges dropped: {reason}"));
        }
    }
    Ok(())
}

/// A pod as the scheduler would have placed it: KubeHound saw a cluster that ran.
fn placed(object: Object) -> Result<Object> {
    if object.kind() != Kind::Pod || object.value().has("spec.nodeName") {
        return Ok(object);
    }
    let mut value = Value::from(object.value());
    value["spec"]["nodeName"] = json!("kubehound.test.local-worker");
    Ok(Object::new(value, None)?)
}

/// The nodes of a kind cluster: the first worker has no number.
fn nodes(file: &Path) -> Result<Vec<Object>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let mut nodes = Vec::new();
    for document in yaml::documents(&text) {
        let cluster = document.content.context("reading the kind cluster")?;
        let name = cluster.text("name").unwrap_or("kind");
        let mut workers = 0;
        for node in cluster.list("nodes") {
            let role = node.text("role").unwrap_or("worker");
            let name = if role == "worker" {
                workers += 1;
                let number = if workers == 1 {
                    String::new()
                } else {
                    workers.to_string()
                };
                format!("{name}-worker{number}")
            } else {
                format!("{name}-{role}")
            };
            let mut labels = json!({});
            if role == "control-plane" {
                labels["node-role.kubernetes.io/control-plane"] = json!("");
            }
            let value = json!({"apiVersion": "v1", "kind": "Node",
                "metadata": {"name": name, "labels": labels}});
            nodes.push(Object::new(value, None)?);
        }
    }
    Ok(nodes)
}

/// One end of an edge: its name, its namespace, and what KubeHound calls its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct End {
    class: &'static str,
    namespace: String,
    name: String,
}

/// Our kinds of edges by the labels of KubeHound.
const KINDS: &[(&str, &[&str])] = &[
    ("CE_MODULE_LOAD", &["CE_PRIVILEGED", "CE_SYS_MODULE"]),
    ("CE_NSENTER", &["CE_PRIVILEGED"]),
    ("CE_PRIV_MOUNT", &["CE_PRIVILEGED"]),
    ("CE_SYS_PTRACE", &["CE_SYS_PTRACE"]),
    ("CE_UMH_CORE_PATTERN", &["CE_CORE_PATTERN"]),
    ("CE_VAR_LOG_SYMLINK", &["CE_VAR_LOG_SYMLINK"]),
    ("CONTAINER_ATTACH", &["CONTAINS"]),
    ("ENDPOINT_EXPLOIT", &["ENDPOINT_EXPLOIT"]),
    ("EXPLOIT_HOST_READ", &["HOST_READ"]),
    ("EXPLOIT_HOST_TRAVERSE", &["HOST_TRAVERSE_TOKEN"]),
    ("EXPLOIT_HOST_WRITE", &["HOST_WRITE"]),
    ("IDENTITY_ASSUME", &["IDENTITY_ASSUME", "NODE_IDENTITY"]),
    ("IDENTITY_IMPERSONATE", &["IMPERSONATE"]),
    ("PERMISSION_DISCOVER", &["HAS_PERMISSION"]),
    ("POD_ATTACH", &["NODE_PODS"]),
    ("POD_CREATE", &["POD_CREATE"]),
    ("POD_EXEC", &["POD_EXEC"]),
    ("POD_PATCH", &["POD_PATCH"]),
    ("ROLE_BIND", &["ROLE_BIND"]),
    ("SHARE_PS_NAMESPACE", &["SHARE_PS_NAMESPACE"]),
    ("TOKEN_BRUTEFORCE", &["SECRET_READ"]),
    ("TOKEN_LIST", &["SECRET_READ"]),
    ("TOKEN_STEAL", &["TOKEN_STEAL"]),
    ("VOLUME_ACCESS", &["TOKEN_STEAL", "VOLUME_ACCESS"]),
    ("VOLUME_DISCOVER", &["VOLUME_DISCOVER"]),
];

/// Tells whether an edge of this label, along these names, is one that Kubernetes does not have.
type Refuses = fn(&Cluster<'_, '_>, &str, &[String]) -> bool;

/// Expected edges that Kubernetes does not have: why, and which.
const REFUSED: &[(&str, Refuses)] = &[
    (
        "no secret holds a token of that account: since Kubernetes 1.24 none is made by itself",
        |cluster, label, path| {
            let is_token = matches!(label, "TOKEN_BRUTEFORCE" | "TOKEN_LIST");
            is_token
                && path
                    .last()
                    .is_some_and(|account| !cluster.has_lasting_token(account))
        },
    ),
    (
        "users and groups have no namespace, so a role in a namespace impersonates none",
        |cluster, label, path| {
            label == "IDENTITY_IMPERSONATE"
                && path
                    .first()
                    .is_some_and(|role| !cluster.is_cluster_wide(role))
        },
    ),
    (
        "a role binding gives a cluster role's rules in its namespace alone, so it takes the right to \
         make cluster role bindings to gain the whole",
        |cluster, label, path| {
            label == "ROLE_BIND"
                && path
                    .last()
                    .is_some_and(|target| cluster.is_cluster_wide(target))
                && path
                    .first()
                    .is_some_and(|role| !cluster.makes_cluster_bindings(role))
        },
    ),
];

struct Cluster<'g, 'a> {
    graph: &'g Graph<'a>,
    rbac: &'g Rbac,
}

impl Cluster<'_, '_> {
    fn answers(&self, expected: &Value, dropped: &mut Vec<&'static str>) -> Result<()> {
        let labels: Vec<&str> = expected.texts("labels").collect();
        let mut found = self.chains(&labels)?;
        found.retain(|chain| is_in_scope(chain, expected.list("scope")));
        let last = labels.last().copied().unwrap_or_default();
        let mut wanted: BTreeSet<Vec<String>> = BTreeSet::new();
        for path in expected.list("paths") {
            let path: Vec<String> = path.texts("").map(role_of).collect();
            let refused = REFUSED
                .iter()
                .find(|(_, applies)| applies(self, last, &path));
            match refused {
                Some((reason, _)) => dropped.push(reason),
                None => {
                    wanted.insert(path);
                }
            }
        }
        let length = wanted.iter().map(Vec::len).max().unwrap_or(2);
        let names: BTreeSet<Vec<String>> = found
            .iter()
            .map(|chain| {
                chain
                    .iter()
                    .take(length)
                    .map(|end| end.name.clone())
                    .collect()
            })
            .collect();
        let missing: Vec<&Vec<String>> = wanted.difference(&names).collect();
        ensure!(missing.is_empty(), "missing are {missing:?}");
        for value in expected.texts("values") {
            let is_there = names
                .iter()
                .any(|chain| chain.iter().any(|name| name == value))
                || self.is_port_or_service(value, &found);
            ensure!(is_there, "{value} has no such edge");
        }
        for container in expected.texts("any_of_containers") {
            let is_there = names.iter().any(|chain| chain[0] == container);
            ensure!(is_there, "container {container} has no such edge");
        }
        match expected.text("mode") {
            Some("exact") if expected.list("paths").is_empty() => {
                let values: BTreeSet<&str> = expected.texts("values").collect();
                let more: BTreeSet<&str> = names
                    .iter()
                    .filter_map(|chain| chain.last())
                    .map(String::as_str)
                    .filter(|name| !values.contains(name))
                    .collect();
                ensure!(more.is_empty(), "not expected are {more:?}");
            }
            Some("exact") => {
                let more: Vec<&Vec<String>> = names.difference(&wanted).collect();
                ensure!(more.is_empty(), "not expected are {more:?}");
            }
            Some("any") => ensure!(!names.is_empty(), "there is no such edge"),
            _ => {}
        }
        Ok(())
    }

    /// Chains of edges with these labels, one after the other.
    fn chains(&self, labels: &[&str]) -> Result<Vec<Vec<End>>> {
        let mut chains: Vec<Vec<End>> = Vec::new();
        for (place, label) in labels.iter().enumerate() {
            let edges = self.edges(label)?;
            chains = if place == 0 {
                edges.into_iter().map(|(from, to)| vec![from, to]).collect()
            } else {
                let longer = |chain: &Vec<End>| {
                    let chain = chain.clone();
                    let joined = edges
                        .iter()
                        .filter(move |(from, _)| chain.last() == Some(from));
                    joined.map(|(_, to)| to.clone()).collect::<Vec<_>>()
                };
                chains
                    .iter()
                    .flat_map(|chain| {
                        longer(chain).into_iter().map(|end| {
                            let mut chain = chain.clone();
                            chain.push(end);
                            chain
                        })
                    })
                    .collect()
            };
        }
        Ok(chains)
    }

    /// The edges of a label. A conjunction counts when its source holds all of it by itself, as a
    /// permission set of KubeHound must, apart from containers, which may use what their account may.
    fn edges(&self, label: &str) -> Result<BTreeSet<(End, End)>> {
        let (_, kinds) = KINDS
            .iter()
            .find(|(known, _)| *known == label)
            .with_context(|| format!("label {label} is not known"))?;
        let everything = self.graph.joints_from(|_| true);
        let mut edges = BTreeSet::new();
        for (number, node) in self.graph.nodes() {
            let Some(from) = self.end(number) else {
                continue;
            };
            let alone;
            let open = if matches!(node, Node::Permissions(_)) {
                alone = self.graph.joints_from(|other| other == number);
                &alone
            } else {
                &everything
            };
            for hop in self.graph.steps_from(number, open) {
                if !kinds.contains(&hop.kind.id) {
                    continue;
                }
                let Some(to) = self.end(hop.to) else { continue };
                match (label, node) {
                    // The container stands for its volume where KubeHound's edge begins at it.
                    ("CE_VAR_LOG_SYMLINK", Node::HostVolume(..)) => {
                        for hop in self.graph.steps_to(number, open) {
                            edges.extend(self.end(hop.to).map(|from| (from, to.clone())));
                        }
                    }
                    ("CE_VAR_LOG_SYMLINK", _) => {}
                    ("TOKEN_BRUTEFORCE" | "TOKEN_LIST", _) => {
                        for hop in self.graph.steps_from(hop.to, &everything) {
                            if hop.kind.id == "SECRET_TOKEN" {
                                edges.extend(self.end(hop.to).map(|to| (from.clone(), to)));
                            }
                        }
                    }
                    // The volume between, with the token in it, is part of the pod here.
                    ("TOKEN_STEAL", _) => {
                        edges.insert((token_volume(), to));
                    }
                    ("VOLUME_ACCESS", _) => {
                        edges.insert((from.clone(), token_volume()));
                    }
                    _ => {
                        edges.insert((from.clone(), to));
                    }
                }
            }
        }
        Ok(edges)
    }

    fn end(&self, number: u32) -> Option<End> {
        let object = |id| self.graph.inventory().object(id);
        let (class, namespace, name) = match self.graph.node(number) {
            Node::Container(id, place) => {
                let view = PodView::of(object(id))?;
                let name = view.containers.get(usize::from(place))?.name;
                ("Container", object(id).namespace(), name.to_owned())
            }
            Node::Pod(id) => ("Pod", object(id).namespace(), object(id).name().to_owned()),
            Node::Listener(id) => (
                "Endpoint",
                object(id).namespace(),
                object(id).name().to_owned(),
            ),
            Node::HostVolume(id, place, _) => {
                let view = PodView::of(object(id))?;
                let volume = view.volumes().nth(usize::from(place))?;
                ("Volume", object(id).namespace(), volume.name.to_owned())
            }
            // A node that is not there yet is none that KubeHound could have seen.
            Node::Host(name) => ("Node", "", name.to_owned()),
            // KubeHound knows the identities that bindings name, and no others.
            Node::ServiceAccount(namespace, name) if self.is_bound(namespace, name) => {
                ("Identity", namespace, name.to_owned())
            }
            Node::Secret(namespace, name) => ("Secret", namespace, name.to_owned()),
            Node::User(name) | Node::Group(name) => ("Identity", "", name.to_owned()),
            Node::Permissions(_) if self.is_held(number) => {
                let text = self.graph.name(number);
                let (text, namespace) = text.split_once(" in namespace ").unwrap_or((&text, ""));
                let (kind, name) = text.split_once(' ')?;
                let (own, name) = name.split_once('/').unwrap_or((namespace, name));
                let is_default = self.rbac.roles().any(|(_, role)| {
                    role.is_default && role.name == name && role.kind.to_string() == kind
                });
                if is_default {
                    return None;
                }
                return Some(End {
                    class: "PermissionSet",
                    namespace: own.to_owned(),
                    name: name.to_owned(),
                });
            }
            _ => return None,
        };
        Some(End {
            class,
            namespace: namespace.to_owned(),
            name,
        })
    }

    fn is_bound(&self, namespace: &str, name: &str) -> bool {
        let subject = catseye_rbac::Subject::service_account(namespace, name);
        self.rbac.find(&subject).is_some()
    }

    fn is_held(&self, permissions: u32) -> bool {
        self.graph.topology().entering(permissions).any(|(arc, _)| {
            self.graph
                .kind(arc)
                .is_some_and(|kind| kind.id == "HAS_PERMISSION")
        })
    }

    fn has_lasting_token(&self, account: &str) -> bool {
        self.graph
            .inventory()
            .of_kind(Kind::Secret)
            .any(|(_, secret)| {
                secret.value().text("type") == Some("kubernetes.io/service-account-token")
                    && secret.annotation("kubernetes.io/service-account.name") == Some(account)
            })
    }

    /// True when a cluster role binding names the role.
    fn is_cluster_wide(&self, role: &str) -> bool {
        self.rbac.bindings().any(|(_, binding)| {
            let names = binding
                .role_ref
                .as_ref()
                .is_some_and(|named| named.name == role);
            names && binding.scope == catseye_rbac::Scope::Cluster
        })
    }

    fn makes_cluster_bindings(&self, role: &str) -> bool {
        let has =
            |texts: &[String], wanted: &str| texts.iter().any(|text| text == "*" || text == wanted);
        self.is_cluster_wide(role)
            && self.rbac.roles().any(|(_, known)| {
                known.name == role
                    && known.rules.iter().any(|rule| {
                        has(&rule.rule.resources, "clusterrolebindings")
                            && has(&rule.rule.verbs, "create")
                    })
            })
    }

    /// Endpoints are called by the port's or the Service's name; here they are the workload's ports.
    fn is_port_or_service(&self, value: &str, found: &[Vec<End>]) -> bool {
        let is_exploited = |pod: &str| found.iter().any(|chain| chain[0].name == pod);
        self.graph.inventory().workloads().any(|(_, pod)| {
            let has_port = pod
                .containers
                .iter()
                .any(|container| container.ports().any(|port| port.name == Some(value)));
            has_port && is_exploited(pod.object.name())
        }) || self
            .graph
            .inventory()
            .of_kind(Kind::Service)
            .any(|(id, service)| {
                let listeners =
                    self.graph
                        .number(Node::Endpoint(id))
                        .into_iter()
                        .flat_map(|number| {
                            self.graph.topology().leaving(number).map(|(_, arc)| arc.to)
                        });
                service.name() == value
                    && listeners
                        .filter_map(|listener| self.end(listener))
                        .any(|end| is_exploited(&end.name))
            })
    }
}

/// The projected volume of a pod's token.
fn token_volume() -> End {
    End {
        class: "Volume",
        namespace: String::new(),
        name: "kube-api-access".to_owned(),
    }
}

/// `role::binding` is the role here.
fn role_of(name: &str) -> String {
    name.split("::").next().unwrap_or(name).to_owned()
}

/// True when the ends are what the test asks for: classes in order, each with what is said after it.
fn is_in_scope(chain: &[End], scope: &[Value]) -> bool {
    let is_class = |condition: &&Value| condition.texts("").next() == Some("class");
    // Where a query began further back than at the edge, the last classes are those of the ends.
    let before = scope
        .iter()
        .filter(is_class)
        .count()
        .saturating_sub(chain.len());
    let mut classes = 0_usize;
    for condition in scope {
        let parts: Vec<&str> = condition.texts("").collect();
        let [field, value] = parts[..] else { continue };
        let value = value.trim_matches('"');
        classes += usize::from(field == "class");
        let Some(place) = classes.checked_sub(before + 1) else {
            continue;
        };
        let Some(end) = chain.get(place) else {
            return false;
        };
        let holds = match field {
            "class" => end.class == value,
            "namespace" => end.namespace == value,
            "isNamespaced" => (end.namespace.is_empty()) == (value == "false"),
            "name" => match value.split_once("StartingWith(\"") {
                Some((_, prefix)) => end.name.starts_with(prefix.trim_end_matches(['"', ')'])),
                None => true,
            },
            // From where an endpoint is reached is another edge here.
            _ => true,
        };
        if !holds {
            return false;
        }
    }
    true
}
