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
    /// The domains below which the cluster's own names are, beside `cluster.local`.
    pub cluster_domains: Vec<String>,
    /// True when the cluster's objects are known.
    pub has_inventory: bool,
}

impl Config {
    /// The same, with what the cluster's objects tell: the address of the API server, and the domain that
    /// `CoreDNS` answers for.
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
        let corefile = inventory.find(Kind::ConfigMap, "kube-system", "coredns");
        let corefile = corefile.and_then(|map| map.value().entry("data", "Corefile"));
        for line in corefile.unwrap_or_default().lines() {
            let mut words = line.split_whitespace();
            if words.next() == Some("kubernetes") {
                let domains = words.take_while(|word| *word != "{");
                let domains = domains.map(|word| word.trim_end_matches('.').to_owned());
                self.cluster_domains.extend(domains);
            }
        }
        self.cluster_domains.sort_unstable();
        self.cluster_domains.dedup();
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
