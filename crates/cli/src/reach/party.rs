//! Who is asked about: a workload by its names, addresses, or the internet.

use std::convert::Infallible;
use std::str::FromStr;

use anyhow::bail;
use catseye_netpol::{AddressSet, Name, Party, Reach, Workload};

/// Who is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Every address outside the cluster.
    Internet,
    /// Some addresses.
    Addresses(AddressSet),
    /// Workloads by name, and by namespace and kind where they are written.
    Workload {
        namespace: Option<String>,
        kind: Option<String>,
        name: String,
    },
}

impl FromStr for Wanted {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        if text == "internet" {
            return Ok(Wanted::Internet);
        }
        if let Ok(addresses) = text.parse() {
            return Ok(Wanted::Addresses(addresses));
        }
        let mut parts = text.splitn(3, '/').map(str::to_owned);
        let parts = [parts.next(), parts.next(), parts.next()];
        Ok(match parts {
            [Some(namespace), Some(kind), Some(name)] => Wanted::Workload {
                namespace: Some(namespace),
                kind: Some(kind),
                name,
            },
            [Some(namespace), Some(name), None] => Wanted::Workload {
                namespace: Some(namespace),
                kind: None,
                name,
            },
            _ => Wanted::Workload {
                namespace: None,
                kind: None,
                name: text.to_owned(),
            },
        })
    }
}

impl Wanted {
    /// Fails where no workload has the name, with the nearest ones.
    pub(super) fn check(&self, reach: &Reach) -> anyhow::Result<()> {
        let Wanted::Workload { name, .. } = self else {
            return Ok(());
        };
        if reach
            .workloads()
            .any(|(_, workload)| self.is_workload(workload))
        {
            return Ok(());
        }
        let similar: Vec<String> = reach
            .workloads()
            .filter(|(_, workload)| workload.name.contains(name.as_str()))
            .take(5)
            .map(|(_, workload)| format!("{}/{}", workload.namespace, workload.name))
            .collect();
        if similar.is_empty() {
            bail!("no workload is called {name:?}; write NAMESPACE/NAME, an address, or internet");
        }
        bail!(
            "no workload is called that; did you mean {}?",
            similar.join(", ")
        );
    }

    pub(super) fn is_workload(&self, workload: &Workload) -> bool {
        self.names(&workload.namespace, &workload.kind, &workload.name)
    }

    fn names(&self, in_namespace: &str, of_kind: &str, called: &str) -> bool {
        let Wanted::Workload {
            namespace,
            kind,
            name,
        } = self
        else {
            return false;
        };
        name == called
            && namespace
                .as_ref()
                .is_none_or(|wanted| wanted == in_namespace)
            && kind
                .as_ref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(of_kind))
    }

    /// The addresses that are asked about; `None` for a workload.
    pub(super) fn addresses(&self) -> Option<AddressSet> {
        match self {
            Wanted::Internet => Some(AddressSet::all()),
            Wanted::Addresses(addresses) => Some(addresses.clone()),
            Wanted::Workload { .. } => None,
        }
    }

    /// The part of a party that is asked about.
    pub(super) fn part_of(&self, reach: &Reach, party: &Party) -> Option<Party> {
        match party {
            Party::Workload(id) => self.is_workload(reach.workload(*id)).then(|| party.clone()),
            Party::Addresses(addresses) => {
                let part = addresses.intersection(&self.addresses()?);
                (!part.is_none()).then_some(Party::Addresses(part))
            }
        }
    }

    /// The part of a name that is asked about.
    pub(super) fn part_of_name(&self, name: &Name) -> Option<Name> {
        match name {
            Name::Workload {
                namespace,
                kind,
                name: called,
            } => self.names(namespace, kind, called).then(|| name.clone()),
            Name::Addresses(addresses) => {
                let part = addresses.intersection(&self.addresses()?);
                (!part.is_none()).then_some(Name::Addresses(part))
            }
        }
    }
}

/// A party as people read it.
pub(super) fn told(reach: &Reach, party: &Party) -> String {
    match party {
        Party::Addresses(addresses) => told_addresses(addresses),
        Party::Workload(id) => reach.workload(*id).to_string(),
    }
}

/// Addresses as people read them: all of them are the internet.
pub(super) fn told_addresses(addresses: &AddressSet) -> String {
    if *addresses == AddressSet::all() {
        "internet".to_owned()
    } else {
        addresses.to_string()
    }
}
