//! Random clusters and requests over few words, so that a good share of them meet.

use catseye_rbac::{Identity, Request};
use serde_json::{Value, json};

use crate::oracle::{What, Who};

/// A small generator of numbers: the same seed gives the same cluster for ever.
#[derive(Debug)]
pub(crate) struct Random(u64);

const API: &str = "rbac.authorization.k8s.io/v1";
const NAMESPACES: [&str; 3] = ["shop", "bank", "ops"];
const VERBS: [&str; 8] = [
    "get",
    "list",
    "create",
    "update",
    "deletecollection",
    "bind",
    "*",
    "odd",
];
const GROUPS: [&str; 4] = ["", "apps", "batch", "*"];
const RESOURCES: [&str; 12] = [
    "pods",
    "pods/log",
    "pods/exec",
    "pods/*",
    "secrets",
    "deployments",
    "deployments/scale",
    "*/scale",
    "*/log",
    "*",
    "nodes",
    "*/",
];
const NAMES: [&str; 4] = ["a", "b", "*", ""];
const URLS: [&str; 7] = [
    "/healthz",
    "/healthz/*",
    "/heal*",
    "*",
    "/metrics",
    "/api/*/x",
    "/logs/**",
];
const PATHS: [&str; 6] = [
    "/healthz",
    "/healthz/etcd",
    "/metrics",
    "/api/v1/x",
    "/logs/y",
    "/",
];
const LABELS: [&str; 3] = ["x", "y", "z"];
const USERS: [&str; 5] = [
    "ann",
    "bob",
    "system:serviceaccount:shop:web",
    "system:serviceaccount:bank:web",
    "system:anonymous",
];
const GROUP_NAMES: [&str; 6] = [
    "dev",
    "ops",
    "system:authenticated",
    "system:serviceaccounts",
    "system:serviceaccounts:shop",
    "system:unauthenticated",
];

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        // xorshift64*, by Vigna.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).unwrap_or_default() % limit
    }

    fn one<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    fn some<'a>(&mut self, words: &[&'a str], most: usize) -> Vec<&'a str> {
        (0..=self.below(most)).map(|_| self.one(words)).collect()
    }

    fn rule(&mut self) -> Value {
        if self.below(6) == 0 {
            return json!({"verbs": self.some(&VERBS, 2), "nonResourceURLs": self.some(&URLS, 2)});
        }
        let mut rule = json!({
            "verbs": self.some(&VERBS, 3),
            "apiGroups": self.some(&GROUPS, 2),
            "resources": self.some(&RESOURCES, 3),
        });
        if self.below(3) == 0 {
            rule["resourceNames"] = json!(self.some(&NAMES, 2));
        }
        rule
    }

    fn subject(&mut self) -> Value {
        match self.below(3) {
            0 => json!({"kind": "User", "name": self.one(&USERS)}),
            1 => json!({"kind": "Group", "name": self.one(&GROUP_NAMES)}),
            _ => {
                let mut account =
                    json!({"kind": "ServiceAccount", "name": self.one(&["web", "db"])});
                if self.below(4) > 0 {
                    account["namespace"] = json!(self.one(&NAMESPACES));
                }
                account
            }
        }
    }

    /// Roles, bindings and aggregation, all of distinct names.
    pub(crate) fn cluster(&mut self, roles: usize, bindings: usize) -> Vec<Value> {
        let mut objects = Vec::new();
        for number in 0..roles {
            let written: Vec<Value> = (0..=self.below(3)).map(|_| self.rule()).collect();
            let name = format!("r{number}");
            objects.push(match self.below(4) {
                0 => json!({
                    "apiVersion": API, "kind": "Role", "rules": written,
                    "metadata": {"name": name, "namespace": self.one(&NAMESPACES)},
                }),
                1 => json!({
                    "apiVersion": API, "kind": "ClusterRole",
                    "rules": written, // overwritten by the controller
                    "metadata": {"name": name, "labels": {self.one(&LABELS): "true"}},
                    "aggregationRule": {"clusterRoleSelectors": [
                        {"matchLabels": {self.one(&LABELS): "true"}},
                    ]},
                }),
                _ => json!({
                    "apiVersion": API, "kind": "ClusterRole", "rules": written,
                    "metadata": {"name": name, "labels": {self.one(&LABELS): "true"}},
                }),
            });
        }
        for number in 0..bindings {
            let subjects: Vec<Value> = (0..=self.below(2)).map(|_| self.subject()).collect();
            let role = format!("r{}", self.below(roles + 1));
            let reference =
                json!({"kind": self.one(&["ClusterRole", "ClusterRole", "Role"]), "name": role});
            objects.push(if self.below(3) == 0 {
                json!({
                    "apiVersion": API, "kind": "ClusterRoleBinding",
                    "metadata": {"name": format!("b{number}")},
                    "roleRef": reference, "subjects": subjects,
                })
            } else {
                json!({
                    "apiVersion": API, "kind": "RoleBinding",
                    "metadata": {"name": format!("b{number}"), "namespace": self.one(&NAMESPACES)},
                    "roleRef": reference, "subjects": subjects,
                })
            });
        }
        objects
    }

    pub(crate) fn who(&mut self) -> (Who, Identity) {
        let identity = match self.below(4) {
            0 => Identity::service_account(self.one(&NAMESPACES), self.one(&["web", "db"])),
            1 => Identity::anonymous(),
            _ => {
                let extra: &[&str] = if self.below(60) == 0 {
                    &["system:masters"]
                } else {
                    &[]
                };
                let groups = self.some(&["dev", "ops", "none"], 2);
                Identity::user(
                    self.one(&USERS),
                    groups.into_iter().chain(extra.iter().copied()),
                )
            }
        };
        let who = Who {
            user: identity.user_name().to_owned(),
            groups: identity.groups().map(str::to_owned).collect(),
        };
        (who, identity)
    }

    pub(crate) fn what(&mut self) -> (What, Request) {
        let verb = self.one(&VERBS).to_owned();
        if self.below(8) == 0 {
            let path = self.one(&PATHS).to_owned();
            let request = Request::path(&verb, &path);
            let what = What {
                verb,
                path,
                ..What::default()
            };
            return (what, request);
        }
        let what = What {
            verb,
            group: self.one(&["", "", "apps", "batch", "unheard"]).to_owned(),
            resource: self
                .one(&["pods", "secrets", "deployments", "nodes", "*", "unheard"])
                .to_owned(),
            subresource: self
                .one(&["", "", "", "log", "exec", "scale", "*", "unheard"])
                .to_owned(),
            name: self.one(&["", "", "a", "b", "*", "unheard"]).to_owned(),
            namespace: self.one(&["", "shop", "bank", "ops", "unheard"]).to_owned(),
            path: String::new(),
        };
        let resource = if what.subresource.is_empty() {
            what.resource.clone()
        } else {
            format!("{}/{}", what.resource, what.subresource)
        };
        let request = Request::resource(&what.verb, &what.group, &resource)
            .named(&what.name)
            .in_namespace(&what.namespace);
        (what, request)
    }
}
