//! The parameters that a binding gives its policy.

use catseye_model::{Fields as _, Value};

use crate::binding::Binding;
use crate::policy::ParamKind;
use crate::request::Request;
use crate::surroundings::Surroundings;

/// The parameters, each of which must pass; a null one where the policy takes none. The reason why the
/// request cannot be judged, where it cannot.
pub(crate) fn of(
    kind: Option<&ParamKind>,
    binding: &Binding,
    request: &Request,
    surroundings: &Surroundings,
) -> Result<Vec<Value>, String> {
    let (Some(kind), Some(wanted)) = (kind, &binding.param_ref) else {
        return Ok(vec![Value::Null]);
    };
    let candidates: Vec<&Value> = surroundings
        .of_kind(&kind.api_version, &kind.kind)
        .collect();
    let group = kind
        .api_version
        .split_once('/')
        .map_or("", |(group, _)| group);
    let defined = || surroundings.served.is_namespaced(group, &kind.kind);
    // Where no definition says it: a kind whose objects all lack a namespace is cluster-scoped, as far as can be seen.
    let namespaced = kind.namespaced.or_else(defined).unwrap_or_else(|| {
        wanted.namespace.is_some()
            || candidates
                .iter()
                .any(|value| value.text("metadata.namespace").is_some())
    });
    let namespace = match (&wanted.namespace, namespaced) {
        (Some(_), false) => {
            return Err(
                "paramRef.namespace must not be provided for a cluster-scoped `paramKind`"
                    .to_owned(),
            );
        }
        (Some(namespace), true) => Some(namespace.as_str()),
        (None, true) if request.namespace.is_empty() => {
            return Err("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources".to_owned());
        }
        (None, true) => Some(request.namespace.as_str()),
        (None, false) => None,
    };
    let found: Vec<Value> = candidates
        .into_iter()
        .filter(|value| {
            let place = value.text("metadata.namespace").unwrap_or("default");
            namespace.is_none_or(|namespace| namespace == place)
                && wanted
                    .name
                    .as_deref()
                    .is_none_or(|name| value.text("metadata.name") == Some(name))
                && wanted
                    .selector
                    .as_ref()
                    .is_none_or(|selector| selector.matches(value.at("metadata.labels")))
        })
        .cloned()
        .collect();
    if found.is_empty() && wanted.missing_denies {
        return Err(
            "no params found for policy binding with `Deny` parameterNotFoundAction".to_owned(),
        );
    }
    Ok(found)
}
