//! Which capabilities a container adds.

use catseye_model::{Container, FieldPath};

use crate::world::Pods;

/// Where all of these capabilities are added, alone or with `ALL`; `None` where one is missing, or where
/// the pod has a user namespace of its own, so that they say nothing about the node.
pub(super) fn adds(
    pods: &Pods<'_>,
    container: &Container<'_>,
    wanted: &[&str],
) -> Option<FieldPath> {
    if pods.view.own_user_namespace() {
        return None;
    }
    let has = |wanted: &str| {
        container.security.added_capabilities().position(|added| {
            // Runtimes take both spellings, in any case.
            let name = added
                .get(..4)
                .filter(|prefix| prefix.eq_ignore_ascii_case("CAP_"));
            let name = if name.is_some() { &added[4..] } else { added };
            name.eq_ignore_ascii_case(wanted) || name.eq_ignore_ascii_case("ALL")
        })
    };
    let places: Option<Vec<usize>> = wanted.iter().map(|wanted| has(wanted)).collect();
    let first = places?.into_iter().next()?;
    Some(
        container
            .path("securityContext.capabilities.add")
            .index(first),
    )
}
