//! What the rules are told beside the events.

use std::net::IpAddr;

use catseye_model::{Fields as _, Inventory, Kind};

use super::rule::{Needs, Rule};
use crate::intel::Intel;

/// What an operator knows and no event tells.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Lists of known bad addresses and domains.
    pub intel: Intel,
    /// The addresses of the API server, as pods call it.
    pub api_servers: Vec<IpAddr>,
    /// True when the cluster's objects are known.
    pub has_inventory: bool,
}

impl Config {
    /// The same, with what the cluster's objects tell: the address of the API server.
    #[must_use]
    pub fn with_inventory(mut self, inventory: &Inventory) -> Self {
        self.has_inventory = true;
        self.api_servers.clear();
        if let Some(service) = inventory.find(Kind::Service, "default", "kubernetes") {
            let value = service.value();
            let addresses = value
                .texts("spec.clusterIPs")
                .chain(value.text("spec.clusterIP"));
            let addresses = addresses.filter_map(|text| text.parse::<IpAddr>().ok());
            self.api_servers.extend(addresses);
            self.api_servers.sort_unstable();
            self.api_servers.dedup();
        }
        self
    }

    /// What the rule asks for and was not given.
    pub(super) fn lacks(&self, rule: &Rule) -> Option<Needs> {
        rule.needs.iter().copied().find(|need| match need {
            Needs::Inventory => !self.has_inventory,
            Needs::ListedAddresses => !self.intel.has_addresses(),
            Needs::ListedDomains => !self.intel.has_domains(),
        })
    }
}
