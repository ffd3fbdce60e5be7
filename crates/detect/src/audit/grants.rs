//! Roles and bindings, as rules about them read them.

use catseye_model::Value;
use catseye_model::{Fields as _, Inventory, Kind, Object};

/// One rule of a Role or `ClusterRole`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PolicyRule<'e> {
    value: &'e Value,
}

/// The rules that a call writes.
pub(crate) fn rules_of(sent: &Value) -> impl Iterator<Item = PolicyRule<'_>> {
    sent.list("rules").iter().map(|value| PolicyRule { value })
}

impl<'e> PolicyRule<'e> {
    pub(crate) fn verbs(self) -> impl Iterator<Item = &'e str> {
        self.value.texts("verbs")
    }

    pub(crate) fn resources(self) -> impl Iterator<Item = &'e str> {
        self.value.texts("resources")
    }

    pub(crate) fn groups(self) -> impl Iterator<Item = &'e str> {
        self.value.texts("apiGroups")
    }

    pub(crate) fn has_groups(self) -> bool {
        !self.value.list("apiGroups").is_empty()
    }

    /// Every resource of every group.
    pub(crate) fn covers_all(self) -> bool {
        self.groups().any(|group| group == "*") && self.resources().any(|it| it == "*")
    }

    /// True when a verb is named, by itself or by `*`.
    pub(crate) fn allows(self, verbs: &[&str]) -> bool {
        self.verbs()
            .any(|verb| verb == "*" || verbs.contains(&verb))
    }

    /// True when `resource` of `group` is named, by itself or by `*`. `nodes/*` is no form that RBAC
    /// knows, `*/proxy` is.
    pub(crate) fn covers(self, group: &str, resource: &str) -> bool {
        let groups = self.value.list("apiGroups");
        // Written without groups by mistake or by a patch: the core group is what was meant.
        let in_group = (groups.is_empty() && group.is_empty())
            || self
                .value
                .texts("apiGroups")
                .any(|it| it == "*" || it == group);
        let subresource = resource.split_once('/').map(|(_, sub)| sub);
        in_group
            && self.resources().any(|it| {
                it == "*"
                    || it == resource
                    || subresource.is_some_and(|sub| it.strip_prefix("*/") == Some(sub))
            })
    }

    /// True when the rule is confined to named objects.
    pub(crate) fn is_confined(self) -> bool {
        !self.value.list("resourceNames").is_empty()
    }

    /// The rule as people write it: `get, list on pods, services`.
    pub(crate) fn words(self) -> String {
        let verbs: Vec<&str> = self.verbs().collect();
        let mut resources: Vec<&str> = self.resources().collect();
        resources.extend(self.value.texts("nonResourceURLs"));
        format!("{} on {}", verbs.join(", "), resources.join(", "))
    }
}

/// One subject of a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject<'e> {
    pub(crate) kind: &'e str,
    pub(crate) namespace: &'e str,
    pub(crate) name: &'e str,
}

/// The subjects that a call writes.
pub(crate) fn subjects_of(sent: &Value) -> impl Iterator<Item = Subject<'_>> {
    sent.list("subjects").iter().map(|value| Subject {
        kind: value.text("kind").unwrap_or_default(),
        namespace: value.text("namespace").unwrap_or_default(),
        name: value.text("name").unwrap_or_default(),
    })
}

impl Subject<'_> {
    /// `service account shop/cart`, `group devs`, `user jane`.
    pub(crate) fn words(self) -> String {
        let Subject {
            kind,
            namespace,
            name,
        } = self;
        match kind {
            "ServiceAccount" => format!("service account {namespace}/{name}"),
            kind => format!("{} {name}", kind.to_lowercase()),
        }
    }
}

/// The binding that makes a service account an administrator of the cluster, if the Inventory has one:
/// directly, or through a group that every service account (of the namespace) is in.
pub(crate) fn admin_binding_of(
    inventory: &Inventory,
    namespace: &str,
    name: &str,
) -> Option<String> {
    let group_of_namespace = format!("system:serviceaccounts:{namespace}");
    inventory
        .of_kind(Kind::ClusterRoleBinding)
        .map(|(_, binding)| binding)
        .find(|binding| {
            grants_everything(inventory, binding)
                && subjects_of(binding.value()).any(|subject| match subject.kind {
                    "ServiceAccount" => subject.namespace == namespace && subject.name == name,
                    "Group" => {
                        subject.name == group_of_namespace
                            || matches!(
                                subject.name,
                                "system:serviceaccounts" | "system:authenticated"
                            )
                    }
                    _ => false,
                })
        })
        .map(|binding| format!("ClusterRoleBinding {}", binding.name()))
}

fn grants_everything(inventory: &Inventory, binding: &Object) -> bool {
    let role = binding.value().text("roleRef.name").unwrap_or_default();
    role == "cluster-admin"
        || inventory
            .find(Kind::ClusterRole, "", role)
            .is_some_and(|role| {
                rules_of(role.value()).any(|rule| rule.allows(&[]) && rule.covers_all())
            })
}

#[cfg(test)]
mod tests {
    use catseye_model::json;

    use super::*;

    #[test]
    fn a_rule_covers_what_rbac_says_it_covers() {
        let role = json!({"rules": [
            {"apiGroups": [""], "resources": ["pods", "*/proxy"], "verbs": ["get"]},
            {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
            {"apiGroups": ["apps"], "resources": ["nodes/*"], "verbs": ["get"]},
        ]});
        let rules: Vec<PolicyRule<'_>> = rules_of(&role).collect();
        assert!(rules[0].covers("", "nodes/proxy"));
        assert!(!rules[0].covers("", "pods/exec"));
        assert!(!rules[0].covers("apps", "pods"));
        assert!(rules[1].covers("anything", "at/all"));
        assert!(!rules[2].covers("apps", "nodes/proxy"));
    }
}
