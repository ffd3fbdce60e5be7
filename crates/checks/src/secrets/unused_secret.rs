//! Secrets that nothing refers to.

use std::collections::{HashMap, HashSet};

use catseye_model::{Completeness, FieldPath, Fields, Inventory, Kind, Object, ObjectId};
use serde_json::Value;

use crate::check::check;
use crate::context::{Context, Index};
use crate::findings::Findings;

check! {
    /// A Secret is used by nothing that can be seen
    ///
    /// A credential that nobody needs is still a credential: whoever reads Secrets in the namespace,
    /// or a backup of etcd, takes it, and nobody notices because nobody rotates it.
    ///
    /// Told in a whole cluster alone, where no other object names the Secret. Secrets of Helm, of
    /// controllers and of the system are passed over, and namespaces in which a Role reads any Secret
    /// are left open: a program may ask for it through the API.
    ///
    /// **Fix:** Revoke the credential where it is accepted, then delete the Secret.
    "SEC-106" {
        severity: Info,
        rows: ["B06"],
        fails: [
            r"
# completeness: cluster
apiVersion: v1
kind: Secret
metadata: {name: forgotten, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i, args: [--secret=shop/forgotten-too]}
",
        ],
        passes: [
            r"
# completeness: cluster
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: tls, namespace: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: sh.helm.release.v1.shop.v1, namespace: shop}
type: helm.sh/release.v1
---
apiVersion: v1
kind: Secret
metadata: {name: made, namespace: shop, ownerReferences: [{kind: Certificate, name: a}]}
---
apiVersion: example.com/v1
kind: Database
metadata: {name: a, namespace: shop}
spec: {credentials: {secretName: db}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: other}
data: {app.yaml: 'cert: shop/tls'}
",
            r"
# completeness: cluster
apiVersion: v1
kind: Secret
metadata: {name: read-by-a-program, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules:
- {apiGroups: [''], resources: [secrets], verbs: [get]}
",
            r"
apiVersion: v1
kind: Secret
metadata: {name: only-a-folder}
",
        ],
        run: Objects(&[Kind::Secret], run),
    }
}

struct UnusedSecrets {
    /// Secrets whose name stands nowhere else.
    unnamed: HashSet<ObjectId>,
    /// Namespaces with a role to read any Secret there: a program may ask for one by itself.
    read_by_api: HashSet<Box<str>>,
}

impl Index for UnusedSecrets {
    fn build(inventory: &Inventory) -> Self {
        let mut unseen: HashMap<&str, Vec<ObjectId>> = HashMap::new();
        let mut lengths = 0_u64;
        for (id, secret) in inventory.of_kind(Kind::Secret) {
            if is_kept_by_someone(secret) {
                continue;
            }
            unseen.entry(secret.name()).or_default().push(id);
            lengths |= length_bit(secret.name().len());
        }
        let mut search = Search { unseen, lengths };
        for (_, object) in inventory.objects() {
            // Schemas, events, leases and endpoints name no Secret, and there is much of them.
            let names_none = matches!(
                object.kind(),
                Kind::Secret
                    | Kind::CustomResourceDefinition
                    | Kind::Event
                    | Kind::Lease
                    | Kind::EndpointSlice
                    | Kind::Endpoints
            );
            if !names_none && !search.unseen.is_empty() {
                for (field, value) in object.value().entries("") {
                    match field {
                        "status" => {}
                        "metadata" => search.visit(value.at("annotations"), 0),
                        _ => search.visit(value, 0),
                    }
                }
            }
        }
        UnusedSecrets {
            unnamed: search.unseen.into_values().flatten().collect(),
            read_by_api: inventory
                .of_kind(Kind::Role)
                .filter(|(_, role)| role.value().list("rules").iter().any(reads_any_secret))
                .map(|(_, role)| role.namespace().into())
                .collect(),
        }
    }
}

fn reads_any_secret(rule: &Value) -> bool {
    rule.texts("resources")
        .any(|resource| matches!(resource, "secrets" | "*"))
        && rule
            .texts("apiGroups")
            .any(|group| matches!(group, "" | "*"))
        && rule
            .texts("verbs")
            .any(|verb| matches!(verb, "get" | "list" | "watch" | "*"))
        && rule.list("resourceNames").is_empty()
}

/// Names not met yet. A name met in any namespace counts as used: to which namespace a field of an
/// unknown kind points cannot be told.
struct Search<'a> {
    unseen: HashMap<&'a str, Vec<ObjectId>>,
    /// A bit for each length of a name, so that most words are passed over without a look-up.
    lengths: u64,
}

impl Search<'_> {
    fn visit(&mut self, value: &Value, depth: u32) {
        match value {
            Value::String(text) => self.meet(text),
            Value::Array(members) if depth < 64 => {
                for member in members {
                    self.visit(member, depth + 1);
                }
            }
            Value::Object(fields) if depth < 64 => {
                for (key, field) in fields {
                    if key != "managedFields" && key != LAST_APPLIED {
                        self.visit(field, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    fn meet(&mut self, text: &str) {
        // Names are ASCII, so bytes do, and a cut beside one never splits a character.
        let bytes = text.as_bytes();
        for word in bytes.split(|byte| !IS_PART_OF_NAME[usize::from(*byte)]) {
            let word = word.strip_suffix(b".").unwrap_or(word);
            if self.lengths & length_bit(word.len()) != 0
                && let Ok(word) = std::str::from_utf8(word)
            {
                self.unseen.remove(word);
            }
        }
    }
}

/// The bytes of which names of Secrets are made.
const IS_PART_OF_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] =
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
        byte += 1;
    }
    table
};

/// A copy of the object itself.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn length_bit(length: usize) -> u64 {
    1 << (length % 64)
}

fn is_kept_by_someone(secret: &Object) -> bool {
    let kind = secret.value().text("type").unwrap_or_default();
    let owned = !secret.value().list("metadata.ownerReferences").is_empty();
    // A type of its own, or a label meant for a controller, says that a controller looks for it.
    let by_type = !matches!(
        kind,
        "" | "Opaque"
            | "kubernetes.io/tls"
            | "kubernetes.io/basic-auth"
            | "kubernetes.io/ssh-auth"
            | "kubernetes.io/dockerconfigjson"
            | "kubernetes.io/dockercfg"
    );
    let by_label = secret.labels().entries("").any(|(key, _)| {
        !matches!(key, "app" | "chart" | "release" | "heritage" | "name")
            && !key.starts_with("app.kubernetes.io/")
            && !key.starts_with("helm.sh/")
    });
    owned || by_type || by_label
}

fn run(secret: &Object, context: &Context<'_>, found: &mut Findings) {
    let inventory = context.inventory;
    if inventory.completeness() != Completeness::Cluster
        || context.config.is_system(secret.namespace())
    {
        return;
    }
    let unused = context.index::<UnusedSecrets>();
    let is_unused = inventory
        .named(Kind::Secret, secret.namespace(), secret.name())
        .any(|(id, _)| unused.unnamed.contains(&id));
    if is_unused && unused.read_by_api.contains(secret.namespace()) {
        found.unknown("a role in the namespace reads any Secret, maybe this one");
    } else if is_unused {
        found.at(
            FieldPath::root().join("metadata.name"),
            "no object of the cluster names it",
        );
    }
}
