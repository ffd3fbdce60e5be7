//! What a pod's service account token is: mounted or not, and with which rights.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use catseye_model::{Container, Fields, Inventory, Kind, Object, PodView};

use crate::context::{Index, Reads};

/// Where the admission controller mounts the token.
const TOKEN_FOLDER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// True when the kubelet puts the token of the pod's service account into one of its containers
/// without being asked: by the pod's word, else the account's, else by default.
pub(crate) fn is_token_mounted(pod: &PodView<'_>, inventory: &Inventory) -> bool {
    let by_pod = pod.spec.flag("automountServiceAccountToken");
    let automount = by_pod.unwrap_or_else(|| {
        // A folder may hold several variants of an account: the token is kept out when all say so.
        let mut accounts = inventory
            .named(
                Kind::ServiceAccount,
                pod.object.namespace(),
                pod.service_account(),
            )
            .map(|(_, account)| account.value().flag("automountServiceAccountToken"))
            .peekable();
        accounts.peek().is_none() || accounts.any(|automount| automount != Some(false))
    });
    automount
        && pod
            .containers
            .iter()
            .any(|container| receives_token(container))
}

/// The admission controller leaves a container alone that mounts something else over the folder; in
/// pods read from a cluster its own volume is mounted there.
fn receives_token(container: &Container<'_>) -> bool {
    container
        .mounts()
        .find(|mount| mount.path.trim_end_matches('/') == TOKEN_FOLDER)
        .is_none_or(|mount| {
            mount.volume.starts_with("kube-api-access-") || mount.volume.contains("-token-")
        })
}

/// A role that a binding grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GrantedRole {
    /// `Role` or `ClusterRole`, and its name.
    pub(super) role: Box<str>,
    /// `RoleBinding` or `ClusterRoleBinding`, and its name.
    pub(super) binding: Box<str>,
}

impl GrantedRole {
    /// Everything, in every namespace.
    pub(super) fn is_cluster_admin(&self) -> bool {
        &*self.role == "ClusterRole cluster-admin"
            && self.binding.starts_with("ClusterRoleBinding ")
    }
}

/// Namespace to name to the first role granted.
type ByAccount = HashMap<Box<str>, HashMap<Box<str>, GrantedRole>>;

/// The first role that each service account is granted by a binding among the objects.
#[derive(Debug, Default)]
pub(super) struct GrantedRoles {
    accounts: ByAccount,
    namespaces: HashMap<Box<str>, GrantedRole>,
    all: Option<GrantedRole>,
}

/// Roles that every account has from the start, and that give away nothing of the cluster's content.
const GIVEN_TO_ALL: [&str; 4] = [
    "system:basic-user",
    "system:discovery",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
];

impl Index for GrantedRoles {
    const READS: Reads = Reads::Kinds(&[Kind::RoleBinding, Kind::ClusterRoleBinding]);

    fn build(inventory: &Inventory) -> Self {
        let mut granted = GrantedRoles::default();
        let bindings = inventory
            .of_kind(Kind::ClusterRoleBinding)
            .chain(inventory.of_kind(Kind::RoleBinding));
        for (_, binding) in bindings {
            granted.add(binding);
        }
        granted
    }
}

impl GrantedRoles {
    /// The first role of an account.
    pub(super) fn of(&self, namespace: &str, account: &str) -> Option<&GrantedRole> {
        self.accounts
            .get(namespace)
            .and_then(|accounts| accounts.get(account))
            .or_else(|| self.namespaces.get(namespace))
            .or(self.all.as_ref())
    }

    fn add(&mut self, binding: &Object) {
        let role_name = binding.value().text("roleRef.name").unwrap_or_default();
        let role_kind = binding.value().text("roleRef.kind").unwrap_or_default();
        if role_name.is_empty() || GIVEN_TO_ALL.contains(&role_name) {
            return;
        }
        let role = || GrantedRole {
            role: format!("{role_kind} {role_name}").into(),
            binding: format!("{} {}", binding.kind_name(), binding.name()).into(),
        };
        for subject in binding.value().list("subjects") {
            let name = subject.text("name").unwrap_or_default();
            match subject.text("kind") {
                Some("ServiceAccount") => {
                    let namespace = subject.text("namespace").unwrap_or(binding.namespace());
                    self.add_account(namespace, name, role());
                }
                Some("User") => {
                    if let Some((namespace, account)) = name
                        .strip_prefix("system:serviceaccount:")
                        .and_then(|rest| rest.split_once(':'))
                    {
                        self.add_account(namespace, account, role());
                    }
                }
                Some("Group") if name == "system:serviceaccounts" => {
                    self.all.get_or_insert_with(role);
                }
                Some("Group") => {
                    if let Some(namespace) = name.strip_prefix("system:serviceaccounts:") {
                        self.namespaces.entry(namespace.into()).or_insert_with(role);
                    }
                }
                _ => {}
            }
        }
    }

    fn add_account(&mut self, namespace: &str, account: &str, role: GrantedRole) {
        let accounts = self.accounts.entry(namespace.into()).or_default();
        match accounts.entry(account.into()) {
            Entry::Vacant(vacant) => {
                vacant.insert(role);
            }
            // What makes an account master of the cluster is worth more than what came first.
            Entry::Occupied(mut first) if role.is_cluster_admin() => {
                first.insert(role);
            }
            Entry::Occupied(_) => {}
        }
    }
}
