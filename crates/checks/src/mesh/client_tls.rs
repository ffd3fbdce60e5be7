//! The TLS settings of a `DestinationRule`, wherever they stand in it.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Object};

/// Every `tls` of the rule with its path.
pub(super) fn settings(rule: &Object) -> Vec<(FieldPath, &Value)> {
    let spec = rule.value().at("spec");
    let mut found = Vec::new();
    let root = || FieldPath::root().join("spec.trafficPolicy");
    collect(root, spec.at("trafficPolicy"), &mut found);
    for (index, subset) in spec.list("subsets").iter().enumerate() {
        let root = || {
            FieldPath::root()
                .join("spec.subsets")
                .index(index)
                .join("trafficPolicy")
        };
        collect(root, subset.at("trafficPolicy"), &mut found);
    }
    found
}

fn collect<'a>(
    root: impl Fn() -> FieldPath,
    policy: &'a Value,
    found: &mut Vec<(FieldPath, &'a Value)>,
) {
    if policy.has("tls") {
        found.push((root().join("tls"), policy.at("tls")));
    }
    for (index, port) in policy.list("portLevelSettings").iter().enumerate() {
        if port.has("tls") {
            let path = root().join("portLevelSettings").index(index).join("tls");
            found.push((path, port.at("tls")));
        }
    }
}
