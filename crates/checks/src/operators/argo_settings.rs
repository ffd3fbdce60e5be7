//! Where Argo CD's settings stand: in its ConfigMaps, or in the operator's `ArgoCD` resource.

use catseye_model::{FieldPath, Fields, Kind, Object};

/// True for objects that hold settings of Argo CD.
pub(super) fn has_settings(object: &Object) -> bool {
    match object.kind() {
        Kind::ArgoCd => true,
        Kind::ConfigMap => matches!(
            object.name(),
            "argocd-cm" | "argocd-rbac-cm" | "argocd-cmd-params-cm"
        ),
        _ => false,
    }
}

/// A setting with its path: `key` of the ConfigMap `config_map`, or of the operator's `extraConfig`.
pub(super) fn setting<'a>(
    object: &'a Object,
    config_map: &str,
    key: &str,
) -> Option<(FieldPath, &'a str)> {
    let field = match object.kind() {
        Kind::ConfigMap if object.name() == config_map => "data",
        // The operator copies these into argocd-cm.
        Kind::ArgoCd if config_map == "argocd-cm" => "spec.extraConfig",
        _ => return None,
    };
    let value = object.value().entry(field, key)?;
    Some((FieldPath::root().join(field).key(key), value))
}
