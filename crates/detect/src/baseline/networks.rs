//! Networks that have a name: whoever calls from two addresses of the office calls from one place.

use std::net::IpAddr;

use crate::audit::Prefixes;

/// Named networks, the first that fits counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<(String, Prefixes)>);

impl Networks {
    /// The name of the network that holds an address.
    pub fn of(&self, address: IpAddr) -> Option<&str> {
        let found = self.0.iter().find(|(_, network)| network.contain(address));
        found.map(|(name, _)| name.as_str())
    }
}

impl FromIterator<(String, Prefixes)> for Networks {
    fn from_iter<I: IntoIterator<Item = (String, Prefixes)>>(networks: I) -> Self {
        Networks(networks.into_iter().collect())
    }
}
