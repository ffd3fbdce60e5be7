//! One registry login in many namespaces.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash, Hasher};

use catseye_model::{FieldPath, Fields, Inventory, Kind, Object};

use crate::check::check;
use crate::context::{Context, Index, Reads};
use crate::findings::Findings;

check! {
    /// One registry login is copied into many namespaces
    ///
    /// Anyone who reads Secrets in one of the namespaces has the login of all: the private images of
    /// every team and, where it may push, the means to replace them. It cannot be withdrawn from one
    /// namespace without breaking the others.
    ///
    /// Told where three or more namespaces hold the same login.
    ///
    /// **Fix:** Give each namespace or team a login of its own, read-only and for its repositories
    /// alone, or let the kubelet fetch short-lived ones with a credential provider of the cloud.
    "SEC-014" {
        severity: Low,
        rows: ["B14"],
        fails: [
            r#"
apiVersion: v1
kind: Secret
metadata: {name: pull, namespace: a}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: '{"auths":{"registry.example.com":{"auth":"YTpi"}}}'}
---
apiVersion: v1
kind: Secret
metadata: {name: registry, namespace: b}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: '{"auths":{"registry.example.com":{"auth":"YTpi"}}}'}
---
apiVersion: v1
kind: Secret
metadata: {name: pull, namespace: c}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: '{"auths":{"registry.example.com":{"auth":"YTpi"}}}'}
"#,
        ],
        passes: [
            r#"
apiVersion: v1
kind: Secret
metadata: {name: pull, namespace: a}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: '{"auths":{"registry.example.com":{"auth":"YTpi"}}}'}
---
apiVersion: v1
kind: Secret
metadata: {name: also, namespace: a}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: '{"auths":{"registry.example.com":{"auth":"YTpi"}}}'}
---
apiVersion: v1
kind: Secret
metadata: {name: pull, namespace: b}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: '{"auths":{"registry.example.com":{"auth":"Yjpj"}}}'}
---
apiVersion: v1
kind: Secret
metadata: {name: pull, namespace: c}
type: kubernetes.io/dockerconfigjson
data: {.dockerconfigjson: e30=}
"#,
        ],
        run: Objects(&[Kind::Secret], run),
    }
}

/// Fewer may be one application and its test.
const MANY: usize = 3;

/// The namespaces that hold each login, by a hash of its content.
struct LoginNamespaces(HashMap<u64, BTreeSet<Box<str>>>);

impl Index for LoginNamespaces {
    const READS: Reads = Reads::Kinds(&[Kind::Secret]);

    fn build(inventory: &Inventory) -> Self {
        let mut namespaces: HashMap<u64, BTreeSet<Box<str>>> = HashMap::new();
        for (_, secret) in inventory.of_kind(Kind::Secret) {
            if let Some((_, login)) = login_of(secret) {
                let holders = namespaces.entry(login).or_default();
                holders.insert(secret.namespace().into());
            }
        }
        LoginNamespaces(namespaces)
    }
}

/// The field that holds the login, and a hash of it.
fn login_of(secret: &Object) -> Option<(FieldPath, u64)> {
    let key = match secret.value().text("type")? {
        "kubernetes.io/dockerconfigjson" => ".dockerconfigjson",
        "kubernetes.io/dockercfg" => ".dockercfg",
        _ => return None,
    };
    ["data", "stringData"].into_iter().find_map(|field| {
        let content = secret.value().entry(field, key)?.trim();
        // `{}`, also in base64, and what a template left empty hold no login.
        if content.len() < 24 {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        Some((FieldPath::root().join(field).key(key), hasher.finish()))
    })
}

fn run(secret: &Object, context: &Context<'_>, found: &mut Findings) {
    let Some((path, login)) = login_of(secret) else {
        return;
    };
    let index = context.index::<LoginNamespaces>();
    let Some(namespaces) = index.0.get(&login) else {
        return;
    };
    if namespaces.len() >= MANY {
        let others: Vec<&str> = namespaces
            .iter()
            .map(AsRef::as_ref)
            .filter(|namespace| *namespace != secret.namespace())
            .take(3)
            .collect();
        found.at(
            path,
            format!(
                "the same login stands in {} namespaces, also in {}",
                namespaces.len(),
                others.join(", ")
            ),
        );
    }
}
