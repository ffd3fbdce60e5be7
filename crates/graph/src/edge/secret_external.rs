//! `SECRET_EXTERNAL`: a secret opens something beyond the cluster.

use catseye_model::{Fields, Kind};

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A secret opens something beyond the cluster
    ///
    /// The type of the secret or the names of its keys say so: a cloud's access key, a registry's or a repository's
    /// credentials, a kubeconfig, a database's address. Values are never looked at.
    ///
    /// **Fix:** Use workload identity instead of stored keys; give the key the least rights and a short life.
    "SECRET_EXTERNAL" {
        attack: "T1552",
        success: 80,
        says: "{from} opens {to}",
        trace: "the log of the other system, where the credentials are used",
        has: [
            r"
apiVersion: v1
kind: Secret
metadata: {name: s3, namespace: shop}
data: {AWS_SECRET_ACCESS_KEY: eA==}
",
            r"
apiVersion: v1
kind: Secret
type: kubernetes.io/dockerconfigjson
metadata: {name: pull, namespace: shop}
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Secret
metadata: {name: tls, namespace: shop}
type: kubernetes.io/tls
data: {tls.key: eA==}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for (id, secret) in world.inventory.of_kind(Kind::Secret) {
        let value = secret.value();
        let from = Node::Secret(secret.namespace(), secret.name());
        let kind = value.text("type").unwrap_or_default();
        let by_type = TYPES.iter().find(|(known, _)| *known == kind);
        let by_key = value
            .entries("data")
            .chain(value.entries("stringData"))
            .find_map(|(key, _)| KEYS.iter().find(|(known, _)| key.eq_ignore_ascii_case(known)));
        if let Some((_, what)) = by_type.or(by_key) {
            let place = graph.at_text(Some(id), if by_type.is_some() { "type" } else { "data" });
            let fix = graph.fix(place, "replace this stored key by workload identity", Effort::High);
            graph.arc(from, Node::Cloud(what), place, fix);
        }
    }
}

const TYPES: &[(&str, &str)] = &[
    ("kubernetes.io/dockercfg", "a container registry"),
    ("kubernetes.io/dockerconfigjson", "a container registry"),
    ("kubernetes.io/ssh-auth", "a server by SSH"),
];

const KEYS: &[(&str, &str)] = &[
    ("AWS_SECRET_ACCESS_KEY", "an AWS account"),
    ("aws_secret_access_key", "an AWS account"),
    ("secret-access-key", "an AWS account"),
    ("AZURE_CLIENT_SECRET", "an Azure tenant"),
    ("azure.json", "an Azure tenant"),
    ("service-account.json", "a Google Cloud project"),
    ("gcp-credentials.json", "a Google Cloud project"),
    ("credentials.json", "a Google Cloud project"),
    ("kubeconfig", "another cluster"),
    ("DATABASE_URL", "a database"),
    ("GITHUB_TOKEN", "a Git server"),
    ("GITLAB_TOKEN", "a Git server"),
    ("sshPrivateKey", "a Git server"),
    ("ssh-privatekey", "a server by SSH"),
    ("VAULT_TOKEN", "a vault"),
];
