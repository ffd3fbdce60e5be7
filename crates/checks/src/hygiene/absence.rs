//! Whether an object that something names is absent, and how sure that is.

use std::collections::{HashMap, HashSet};

use catseye_model::{Completeness, Fields, Inventory, Kind, Severity};

use crate::context::{Context, Index, Reads};

/// What can be said of an object that something names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// It is there, or the cluster makes it.
    There,
    /// It is not there; how bad that is.
    Absent(Severity),
    /// It may be somewhere that is not visible.
    Unknown,
}

/// Whether the object is among those that are visible.
pub(super) fn presence(context: &Context<'_>, kind: Kind, namespace: &str, name: &str) -> Presence {
    let inventory = context.inventory;
    if inventory.find(kind, namespace, name).is_some() || made_by_cluster(kind, name) {
        return Presence::There;
    }
    match inventory.completeness() {
        Completeness::Cluster => Presence::Absent(Severity::Medium),
        Completeness::Fragment => Presence::Unknown,
        // In a folder namespaces are often left to the tool that applies it, and Secrets have no
        // business there.
        Completeness::Tree => {
            if context.index::<Written>().holds(kind, name) {
                Presence::There
            } else if kind == Kind::Secret {
                Presence::Unknown
            } else {
                Presence::Absent(Severity::Low)
            }
        }
    }
}

fn made_by_cluster(kind: Kind, name: &str) -> bool {
    match kind {
        Kind::ServiceAccount => name == "default",
        Kind::ConfigMap => matches!(
            name,
            "kube-root-ca.crt"
                | "istio-ca-root-cert"
                | "linkerd-identity-trust-roots"
                | "openshift-service-ca.crt"
        ),
        _ => false,
    }
}

/// The names of objects in any namespace, those that Kustomize will generate included.
struct Written {
    names: HashMap<Kind, HashSet<Box<str>>>,
}

impl Written {
    fn holds(&self, kind: Kind, name: &str) -> bool {
        self.names
            .get(&kind)
            .is_some_and(|names| names.contains(name))
    }
}

impl Index for Written {
    const READS: Reads = Reads::Kinds(&[
        Kind::ConfigMap,
        Kind::Secret,
        Kind::ServiceAccount,
        Kind::PersistentVolumeClaim,
        Kind::Other,
    ]);

    fn build(inventory: &Inventory) -> Self {
        let mut names: HashMap<Kind, HashSet<Box<str>>> = HashMap::new();
        for kind in [
            Kind::ConfigMap,
            Kind::Secret,
            Kind::ServiceAccount,
            Kind::PersistentVolumeClaim,
        ] {
            let of_kind = inventory
                .of_kind(kind)
                .map(|(_, object)| object.name().into());
            names.entry(kind).or_default().extend(of_kind);
        }
        for (_, object) in inventory.of_kind(Kind::Other) {
            if object.kind_name() != "Kustomization" {
                continue;
            }
            for (field, kind) in [
                ("configMapGenerator", Kind::ConfigMap),
                ("secretGenerator", Kind::Secret),
            ] {
                let generated = object
                    .value()
                    .list(field)
                    .iter()
                    .filter_map(|generator| generator.text("name"))
                    .map(Into::into);
                names.entry(kind).or_default().extend(generated);
            }
        }
        Written { names }
    }
}
