//! Nodes as people write them: `internet`, `shop/web`, `sa:shop/web`, `node:n1`, `cluster`.

use crate::graph::Graph;
use crate::node::{Jewel, Node};

/// Text that names no node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} names nothing in the graph: {hint}")]
pub struct NoSuchNode {
    text: String,
    hint: String,
}

/// What can be written.
const FORMS: &str = "write internet, cluster, NAMESPACE/WORKLOAD, KIND/NAMESPACE/NAME, \
    sa:NAMESPACE/NAME, user:NAME, group:NAME, node:NAME, secret:NAMESPACE/NAME, namespace:NAME or \
    cloud:NAME";

/// The node that a text names.
pub fn find(graph: &Graph<'_>, text: &str) -> Result<u32, NoSuchNode> {
    graph
        .nodes()
        .find(|(_, node)| is_named(graph, *node, text))
        .map(|(number, _)| number)
        .ok_or_else(|| NoSuchNode {
            text: text.to_owned(),
            hint: hint(graph, text),
        })
}

/// The node or the kind of jewel that a text names as a target.
pub fn find_target(graph: &Graph<'_>, text: &str) -> Result<u32, NoSuchNode> {
    let jewel = match text {
        "cluster" | "cluster-admin" => Some(Jewel::Cluster),
        "node" => Some(Jewel::Node),
        "secret" => Some(Jewel::Secret),
        "cloud" => Some(Jewel::Beyond),
        "workload" => Some(Jewel::Workload),
        "namespace" => Some(Jewel::Namespace),
        _ => None,
    };
    match jewel.and_then(|jewel| graph.number(Node::Jewel(jewel))) {
        Some(number) => Ok(number),
        None => find(graph, text),
    }
}

fn is_named(graph: &Graph<'_>, node: Node<'_>, text: &str) -> bool {
    let (prefix, rest) = text.split_once(':').unwrap_or(("", text));
    let pair = rest.split_once('/');
    match node {
        Node::Internet => text == "internet",
        Node::ClusterAdmin => matches!(text, "cluster" | "cluster-admin"),
        Node::ControlPlane => text == "control-plane",
        Node::ServiceAccount(namespace, name) => {
            let is_account = matches!(prefix, "sa" | "serviceaccount");
            (is_account && pair == Some((namespace, name)))
                || text
                    .strip_prefix("system:serviceaccount:")
                    .and_then(|rest| rest.split_once(':'))
                    == Some((namespace, name))
        }
        Node::User(name) => prefix == "user" && rest == name,
        Node::Group(name) => prefix == "group" && rest == name,
        Node::Host(name) => prefix == "node" && rest == name,
        Node::Namespace(name) => matches!(prefix, "namespace" | "ns") && rest == name,
        Node::Secret(namespace, name) => prefix == "secret" && pair == Some((namespace, name)),
        Node::Cloud(name) => prefix == "cloud" && rest == name,
        Node::Pod(id) | Node::Endpoint(id) => {
            let object = graph.inventory().object(id);
            let named =
                |text: &str| text.split_once('/') == Some((object.namespace(), object.name()));
            match text.split_once('/') {
                Some((kind, rest)) if rest.contains('/') => {
                    kind.eq_ignore_ascii_case(object.kind_name()) && named(rest)
                }
                _ => matches!(node, Node::Pod(_)) && named(text),
            }
        }
        _ => false,
    }
}

/// The objects of that name, if the text is one; else the forms.
fn hint(graph: &Graph<'_>, text: &str) -> String {
    let wanted = text.rsplit(['/', ':']).next().unwrap_or(text);
    let mut alike: Vec<String> = graph
        .nodes()
        .filter_map(|(_, node)| match node {
            Node::Pod(id) | Node::Endpoint(id) => {
                let object = graph.inventory().object(id);
                (object.name() == wanted).then(|| {
                    format!(
                        "{}/{}/{}",
                        object.kind_name(),
                        object.namespace(),
                        object.name()
                    )
                })
            }
            Node::ServiceAccount(namespace, name) if name == wanted => {
                Some(format!("sa:{namespace}/{name}"))
            }
            Node::Secret(namespace, name) if name == wanted => {
                Some(format!("secret:{namespace}/{name}"))
            }
            Node::User(name) if name == wanted => Some(format!("user:{name}")),
            Node::Group(name) if name == wanted => Some(format!("group:{name}")),
            Node::Host(name) if name == wanted => Some(format!("node:{name}")),
            _ => None,
        })
        .collect();
    alike.sort();
    alike.truncate(5);
    if alike.is_empty() {
        FORMS.to_owned()
    } else {
        format!("did you mean {}?", alike.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use catseye_netpol::Reach;
    use catseye_rbac::Rbac;

    use super::*;
    use crate::{Config, edge};

    #[test]
    fn nodes_are_found_as_people_write_them() {
        let inventory = edge::tests::inventory(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n\
             spec: {template: {spec: {nodeName: n1, containers: [{name: app, image: i}]}}}\n",
        );
        let (rbac, reach) = (Rbac::of(&inventory), Reach::of(&inventory));
        let graph = Graph::of(&inventory, &rbac, &reach, Config::default());
        for (text, name) in [
            ("internet", "the internet"),
            ("shop/web", "the pods of Deployment shop/web"),
            ("deployment/shop/web", "the pods of Deployment shop/web"),
            ("sa:shop/default", "ServiceAccount shop/default"),
            (
                "system:serviceaccount:shop:default",
                "ServiceAccount shop/default",
            ),
            ("node:n1", "node n1"),
            ("group:system:masters", "group system:masters"),
            ("cluster", "the whole cluster"),
        ] {
            let number = find(&graph, text).unwrap_or_else(|err| panic!("{err}"));
            assert_eq!(graph.name(number), name);
        }
        let error = find(&graph, "web").unwrap_err().to_string();
        assert!(
            error.contains("did you mean Deployment/shop/web?"),
            "{error}"
        );
        assert_eq!(graph.name(find_target(&graph, "node").unwrap()), "a node");
    }
}
