//! `CLOUD_TO_K8S`: a cloud identity is a user of the cluster.

use catseye_model::{Fields, Kind};

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A cloud identity is a user of the cluster
    ///
    /// The ConfigMap `aws-auth` in `kube-system` maps roles and users of AWS to users and groups.
    ///
    /// **Fix:** Remove the mapping; use access entries with the least rights.
    "CLOUD_TO_K8S" {
        attack: "T1078.004",
        success: 95,
        says: "{from} is mapped to {to}",
        trace: "audit log: requests of the user that the cloud identity maps to",
        has: [
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/admin
      username: admin
      groups: ['system:masters']
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: shop}
data: {mapRoles: ''}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for (id, map) in world.inventory.named(Kind::ConfigMap, "kube-system", "aws-auth") {
        for (field, key) in [("mapRoles", "rolearn"), ("mapUsers", "userarn")] {
            let Some(text) = map.value().entry("data", field) else {
                continue;
            };
            let place = graph.at_text(Some(id), &format!("data.{field}"));
            let fix = graph.fix(place, "remove this mapping", Effort::Medium);
            for mapping in mappings(text, key) {
                for group in mapping.groups {
                    graph.arc(Node::Cloud(mapping.identity), Node::Group(group), place, fix);
                }
                if let Some(user) = mapping.user {
                    graph.arc(Node::Cloud(mapping.identity), Node::User(user), place, fix);
                }
            }
        }
    }
}

/// One mapping.
struct Mapping<'a> {
    identity: &'a str,
    user: Option<&'a str>,
    groups: Vec<&'a str>,
}

/// The mappings of the field's text, a list in block style as every tool writes it. It is read line
/// by line, because names are borrowed from the object that holds them.
fn mappings<'a>(text: &'a str, key: &str) -> Vec<Mapping<'a>> {
    let mut found: Vec<Mapping<'a>> = Vec::new();
    for line in text.lines() {
        let line = line.trim().trim_start_matches("- ").trim();
        let unquoted = |text: &'a str| text.trim().trim_matches(['"', '\'']);
        match line.split_once(": ") {
            Some((name, value)) if name == key => found.push(Mapping {
                identity: unquoted(value),
                user: None,
                groups: Vec::new(),
            }),
            Some(("username", value)) => {
                if let Some(last) = found.last_mut() {
                    // Templates such as {{SessionName}} stand for many users.
                    last.user = Some(unquoted(value)).filter(|user| !user.contains("{{"));
                }
            }
            Some(("groups", list)) => {
                if let Some(last) = found.last_mut() {
                    let list = list.trim().trim_start_matches('[').trim_end_matches(']');
                    last.groups = list.split(',').map(unquoted).collect();
                }
            }
            _ if line.starts_with("system:") || line.trim_matches(['"', '\'']).starts_with("system:") => {
                if let Some(last) = found.last_mut() {
                    last.groups.push(unquoted(line));
                }
            }
            _ => {}
        }
    }
    found
}
