//! What delivery itself did: then the desired state at hand is older than what is deployed, and putting it back
//! would undo a release.
//!
//! A manager's name is anybody's to choose. So where a user is known, it must be a service account in whose
//! namespace or name the tool's own word stands; a person never is delivery.

use catseye_model::Object;

use crate::attribution::{Attribution, is_manager};
use crate::difference::Class;
use crate::ledger::Call;
use crate::owner::{Claim, Owners};
use crate::set::ObjectDrift;
use crate::trust::is_account_with;

/// How delivery tools sign what they apply, and the words in the names of the accounts under which they run.
const TOOLS: [(&str, &[&str]); 6] = [
    ("argocd", ARGO),
    ("argo-cd", ARGO),
    ("helm-controller", FLUX),
    ("kustomize-controller", FLUX),
    ("helm", &["helm", "tiller"]),
    (
        "fleet-agent",
        &["fleet", "cattle-fleet-system", "fleet-agent"],
    ),
];

const ARGO: &[&str] = &["argocd", "argo-cd", "argo"];
const FLUX: &[&str] = &[
    "flux",
    "flux-system",
    "kustomize-controller",
    "helm-controller",
];

/// True when delivery wrote all that differs, or took the object away. `by` are the authors of the
/// differences, in their order.
pub fn is_delivered(drift: &ObjectDrift, by: &[Attribution], live: Option<&Object>) -> bool {
    let Some(live) = live else {
        return is_taken_away(drift, by);
    };
    let owners = Owners::of(live.value());
    let Some(deployer) = owners.deployer() else {
        return false;
    };
    let tool = TOOLS
        .iter()
        .find(|(tool, _)| deployer.manager.starts_with(tool));
    let Some((_, words)) = tool else { return false };
    let mut differences = drift
        .differences
        .iter()
        .zip(by)
        .filter(|(difference, _)| difference.class.is_difference());
    differences.all(|(difference, by)| {
        let fits = by
            .user
            .as_ref()
            .is_none_or(|user| by.impersonated_by.is_none() && is_account_with(user, words));
        let is_deployer = |claim: &Claim| claim.manager == deployer.manager;
        let owners = &difference.owners;
        let by_deployer = owners.iter().any(is_deployer)
            && owners
                .iter()
                .all(|claim| is_deployer(claim) || !claim.subresource.is_empty());
        let is_taken = difference.class == Class::Removed && by.user.is_some();
        (by_deployer || is_taken) && fits
    })
}

/// True for a call by which the manager that deploys an object deployed it: what it does is a release. A tool
/// is believed under its own account only.
pub(crate) fn is_release(deployer: &str, call: &Call) -> bool {
    let tool = TOOLS.iter().find(|(tool, _)| deployer.starts_with(tool));
    match tool {
        Some((_, words)) => call.impersonated_by.is_none() && is_account_with(&call.user, words),
        None => is_manager(deployer, call),
    }
}

/// True when the account of some tool deleted it.
fn is_taken_away(drift: &ObjectDrift, by: &[Attribution]) -> bool {
    let is_missing = drift
        .differences
        .iter()
        .all(|it| it.class == Class::Missing);
    is_missing
        && !by.is_empty()
        && by.iter().all(|by| {
            let mut words = TOOLS.iter().map(|(_, words)| words);
            by.impersonated_by.is_none()
                && by
                    .user
                    .as_ref()
                    .is_some_and(|user| words.any(|words| is_account_with(user, words)))
        })
}

#[cfg(test)]
mod tests {
    use catseye_model::{Value, json};

    use super::*;
    use crate::difference::Difference;
    use crate::path::Path;
    use crate::{KnownBy, Source};

    fn live(manager: &str) -> Object {
        let value: Value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop",
            "managedFields": [{"manager": manager, "operation": "Update", "fieldsV1": {"f:data": {}}}]}});
        Object::new(value, None).unwrap()
    }

    #[test]
    fn delivery_is_believed_of_the_tools_own_account_and_of_nobody_else() {
        for (manager, user, expected) in [
            ("argocd-controller", None, true),
            (
                "argocd-controller",
                Some("system:serviceaccount:argocd:argocd-application-controller"),
                true,
            ),
            (
                "argocd-controller",
                Some("system:serviceaccount:shop:robot"),
                false,
            ),
            ("argocd-controller", Some("jane"), false),
            (
                "kustomize-controller",
                Some("system:serviceaccount:flux-system:kustomize-controller"),
                true,
            ),
            (
                "helm",
                Some("system:serviceaccount:flux-system:kustomize-controller"),
                false,
            ),
            ("kubectl-edit", None, false),
        ] {
            let live = live(manager);
            let claim = Claim {
                manager: manager.to_owned(),
                operation: "Update".to_owned(),
                subresource: String::new(),
                time: None,
            };
            let mut drift = ObjectDrift::whole(
                catseye_model::ObjectKey::of(&live),
                Class::Changed,
                &live,
                Some(Source::LastApplied),
            );
            drift.differences = vec![Difference {
                class: Class::Changed,
                path: Path::of("data"),
                desired: None,
                live: None,
                owners: vec![claim],
                note: None,
            }];
            let by = Attribution {
                known_by: KnownBy::Audit,
                user: user.map(str::to_owned),
                ..Attribution::unknown()
            };
            let told = is_delivered(&drift, std::slice::from_ref(&by), Some(&live));
            assert_eq!(told, expected, "{manager} {user:?}");
            drift.differences[0].class = Class::Missing;
            let is_tool = user.is_some_and(|user| user.contains("argocd") || user.contains("flux"));
            assert_eq!(is_delivered(&drift, &[by], None), is_tool, "{user:?}");
        }
    }
}
