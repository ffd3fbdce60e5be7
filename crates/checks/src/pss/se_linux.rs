//! SELinux.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, PodView, Version};

use super::{Control, Level, Revision, Violations};

/// The SELinux type is one of containers, user and role are the runtime's.
pub(crate) static CONTROL: Control = Control {
    id: "seLinuxOptions",
    title: "SELinux",
    level: Level::Baseline,
    revisions: &[
        Revision {
            since: Version::minor(0),
            find: |pod, violations| find(pod, violations, &TYPES_1_0),
        },
        Revision {
            since: Version::minor(31),
            find: |pod, violations| find(pod, violations, &TYPES_1_31),
        },
    ],
    overrides: None,
};

const TYPES_1_0: [&str; 4] = ["", "container_t", "container_init_t", "container_kvm_t"];
const TYPES_1_31: [&str; 5] = [
    "",
    "container_t",
    "container_init_t",
    "container_kvm_t",
    "container_engine_t",
];

fn find(pod: &PodView<'_>, violations: &mut Violations, types: &[&str]) {
    for (field, message) in forbidden(pod.security.value, types) {
        let path: FieldPath = pod.path("securityContext.seLinuxOptions").join(field);
        violations.pod(path, message);
    }
    for container in &pod.containers {
        for (field, message) in forbidden(container.security.value, types) {
            let path = container.path("securityContext.seLinuxOptions").join(field);
            violations.container_at(container, path, message);
        }
    }
}

fn forbidden<'a>(
    security_context: &'a Value,
    types: &'a [&str],
) -> impl Iterator<Item = (&'static str, String)> + use<'a> {
    let options = security_context.at("seLinuxOptions");
    ["type", "user", "role"]
        .into_iter()
        .filter_map(move |field| {
            let value = options.text(field)?;
            let allowed = match field {
                "type" => types.contains(&value),
                _ => value.is_empty(),
            };
            (!allowed).then(|| (field, format!("sets SELinux {field} {value}")))
        })
}
