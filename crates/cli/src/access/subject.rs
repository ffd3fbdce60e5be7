//! How people write and read whom they ask about.

use anyhow::bail;
use catseye_rbac::{Identity, Subject};

/// Reads `sa:NAMESPACE/NAME`, `user:NAME`, `group:NAME`, `node:NAME`, `anonymous`, or a service
/// account's user name.
pub(super) fn identity(text: &str) -> anyhow::Result<Identity> {
    if let account @ Subject::ServiceAccount { .. } = Subject::user(text) {
        return Ok(Identity::of(&account));
    }
    if text == "anonymous" || text == "system:anonymous" {
        return Ok(Identity::anonymous());
    }
    match text.split_once(':') {
        Some(("sa" | "serviceaccount", name)) => match name.split_once(['/', ':']) {
            Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => {
                Ok(Identity::service_account(namespace, name))
            }
            _ => bail!("{text:?}: write sa:NAMESPACE/NAME"),
        },
        Some(("user", name)) if !name.is_empty() => Ok(Identity::of(&Subject::user(name))),
        Some(("group", name)) if !name.is_empty() => Ok(Identity::member_of(name)),
        Some(("node", name)) if !name.is_empty() => Ok(Identity::node(name)),
        _ => bail!(
            "{text:?} names nobody: write sa:NAMESPACE/NAME, user:NAME, group:NAME, node:NAME or anonymous"
        ),
    }
}

/// The user name in an audit log: of `sa:NAMESPACE/NAME`, `user:NAME`, `node:NAME`, or the text itself.
pub(crate) fn user_name(text: &str) -> anyhow::Result<String> {
    match text.split_once(':') {
        Some(("sa" | "serviceaccount" | "user" | "node", _)) => {
            Ok(identity(text)?.user_name().to_owned())
        }
        Some(("group", _)) => bail!("{text:?} is a group; calls are made by its members"),
        _ => Ok(text.to_owned()),
    }
}

/// Who is meant, for groups that Kubernetes itself fills.
pub(super) fn gloss(subject: &Subject) -> Option<String> {
    let Subject::Group(name) = subject else {
        return match subject {
            Subject::User(name) if name == "system:anonymous" => {
                Some("whoever sends no credentials".to_owned())
            }
            _ => None,
        };
    };
    Some(match name.as_str() {
        "system:authenticated" => "everyone with credentials, every service account too".to_owned(),
        "system:unauthenticated" => "whoever sends no credentials".to_owned(),
        "system:serviceaccounts" => "every service account".to_owned(),
        "system:masters" => "allowed everything; no role can take it away".to_owned(),
        "system:nodes" => "every kubelet".to_owned(),
        name => {
            let namespace = name.strip_prefix("system:serviceaccounts:")?;
            format!("every service account of {namespace}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_read_as_people_write_them() {
        for (text, user) in [
            ("sa:shop/web", "system:serviceaccount:shop:web"),
            ("sa:shop:web", "system:serviceaccount:shop:web"),
            (
                "system:serviceaccount:shop:web",
                "system:serviceaccount:shop:web",
            ),
            ("user:ann", "ann"),
            (
                "user:system:serviceaccount:shop:web",
                "system:serviceaccount:shop:web",
            ),
            ("group:dev", ""),
            ("node:n1", "system:node:n1"),
            ("anonymous", "system:anonymous"),
        ] {
            assert_eq!(identity(text).unwrap().user_name(), user, "{text}");
        }
        let account = identity("user:system:serviceaccount:shop:web").unwrap();
        assert!(account.is_in("system:serviceaccounts:shop"));
        for text in ["", "ann", "sa:web", "sa:/web", "user:", "robot:r2"] {
            assert!(identity(text).is_err(), "{text}");
        }
    }
}
