//! The ConfigMaps, Secrets and claims that a pod spec names.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Kind};

/// One mention in a pod spec.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference<'a> {
    /// `ConfigMap`, `Secret` or `PersistentVolumeClaim`.
    pub(super) kind: Kind,
    /// The name of the object.
    pub(super) name: &'a str,
    /// The one key of it that is read.
    pub(super) key: Option<&'a str>,
    /// Whether the pod starts without it.
    pub(super) optional: bool,
    place: Place,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Env(&'static str, usize, usize, &'static str),
    EnvFrom(&'static str, usize, usize, &'static str),
    Volume(usize, &'static str),
    Projected(usize, usize, &'static str),
    PullSecret(usize),
}

impl Reference<'_> {
    /// The path of the name, below the pod spec.
    pub(super) fn path(&self) -> FieldPath {
        let root = FieldPath::root();
        match self.place {
            Place::Env(list, container, index, field) => root
                .join(list)
                .index(container)
                .join("env")
                .index(index)
                .join("valueFrom")
                .join(field)
                .join("name"),
            Place::EnvFrom(list, container, index, field) => root
                .join(list)
                .index(container)
                .join("envFrom")
                .index(index)
                .join(field)
                .join("name"),
            Place::Volume(index, field) => root.join("volumes").index(index).join(field),
            Place::Projected(volume, source, field) => root
                .join("volumes")
                .index(volume)
                .join("projected.sources")
                .index(source)
                .join(field),
            Place::PullSecret(index) => root.join("imagePullSecrets").index(index).join("name"),
        }
    }
}

/// Volume sources that name an object: the path of the name and the kind.
const VOLUME_SOURCES: [(&str, &str, Kind); 11] = [
    ("configMap", "configMap.name", Kind::ConfigMap),
    ("secret", "secret.secretName", Kind::Secret),
    (
        "persistentVolumeClaim",
        "persistentVolumeClaim.claimName",
        Kind::PersistentVolumeClaim,
    ),
    ("csi", "csi.nodePublishSecretRef.name", Kind::Secret),
    ("azureFile", "azureFile.secretName", Kind::Secret),
    ("cephfs", "cephfs.secretRef.name", Kind::Secret),
    ("cinder", "cinder.secretRef.name", Kind::Secret),
    ("flexVolume", "flexVolume.secretRef.name", Kind::Secret),
    ("iscsi", "iscsi.secretRef.name", Kind::Secret),
    ("rbd", "rbd.secretRef.name", Kind::Secret),
    ("scaleIO", "scaleIO.secretRef.name", Kind::Secret),
];

/// Calls `visit` for everything that the pod spec names.
pub(super) fn visit<'a>(spec: &'a Value, mut visit: impl FnMut(Reference<'a>)) {
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for (container, value) in spec.list(list).iter().enumerate() {
            in_container(list, container, value, &mut visit);
        }
    }
    for (index, volume) in spec.list("volumes").iter().enumerate() {
        in_volume(index, volume, &mut visit);
    }
    for (index, secret) in spec.list("imagePullSecrets").iter().enumerate() {
        if let Some(name) = named(secret, "name") {
            visit(Reference {
                kind: Kind::Secret,
                name,
                key: None,
                // The kubelet pulls without it where it is missing.
                optional: true,
                place: Place::PullSecret(index),
            });
        }
    }
}

fn in_container<'a>(
    list: &'static str,
    container: usize,
    value: &'a Value,
    visit: &mut impl FnMut(Reference<'a>),
) {
    for (index, env) in value.list("env").iter().enumerate() {
        let Some(source) = env.get("valueFrom") else {
            continue;
        };
        for (field, kind) in [
            ("configMapKeyRef", Kind::ConfigMap),
            ("secretKeyRef", Kind::Secret),
        ] {
            let reference = source.at(field);
            if let Some(name) = named(reference, "name") {
                visit(Reference {
                    kind,
                    name,
                    key: reference.text("key"),
                    optional: reference.flag("optional") == Some(true),
                    place: Place::Env(list, container, index, field),
                });
            }
        }
    }
    for (index, source) in value.list("envFrom").iter().enumerate() {
        for (field, kind) in [
            ("configMapRef", Kind::ConfigMap),
            ("secretRef", Kind::Secret),
        ] {
            let reference = source.at(field);
            if let Some(name) = named(reference, "name") {
                visit(Reference {
                    kind,
                    name,
                    key: None,
                    optional: reference.flag("optional") == Some(true),
                    place: Place::EnvFrom(list, container, index, field),
                });
            }
        }
    }
}

fn in_volume<'a>(index: usize, volume: &'a Value, visit: &mut impl FnMut(Reference<'a>)) {
    for (source, path, kind) in VOLUME_SOURCES {
        let Some(source) = volume.get(source) else {
            continue;
        };
        if let Some(name) = named(volume, path) {
            visit(Reference {
                kind,
                name,
                key: None,
                optional: source.flag("optional") == Some(true),
                place: Place::Volume(index, path),
            });
        }
    }
    let Some(projected) = volume.get("projected") else {
        return;
    };
    for (position, source) in projected.list("sources").iter().enumerate() {
        for (field, path, kind) in [
            ("configMap", "configMap.name", Kind::ConfigMap),
            ("secret", "secret.name", Kind::Secret),
        ] {
            if let Some(name) = named(source, path) {
                visit(Reference {
                    kind,
                    name,
                    key: None,
                    optional: source.at(field).flag("optional") == Some(true),
                    place: Place::Projected(index, position, path),
                });
            }
        }
    }
}

fn named<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.text(path).filter(|name| !name.is_empty())
}
