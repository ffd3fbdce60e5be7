//! What an operator tells about a cluster: who delivers, who may break the glass, which addresses
//! are known. Everything is empty by default, and every rule works without it.

use catseye_event::Event;

use super::address::{NoPrefix, Prefixes, address};
use super::rule::{Given, Rule};

/// The configuration of the rules.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Addresses that threat intelligence or the operator calls malicious.
    pub malicious: Prefixes,
    /// Exit nodes of Tor and other anonymising proxies.
    pub anonymisers: Prefixes,
    /// The cluster's own nodes and NAT gateways, where they have public addresses.
    pub nodes: Prefixes,
    /// User names of what delivers: CI, Argo CD, Flux. `*` stands for any text.
    pub deployers: Vec<String>,
    /// User names for emergencies only. `*` stands for any text.
    pub break_glass: Vec<String>,
    /// Names that may join as nodes; any may when this is empty. `*` stands for any text.
    pub expected_nodes: Vec<String>,
}

impl Config {
    /// Reads the lists of addresses.
    pub fn with_addresses(
        mut self,
        malicious: &[&str],
        anonymisers: &[&str],
        nodes: &[&str],
    ) -> Result<Self, NoPrefix> {
        self.malicious = Prefixes::read(malicious.iter().copied())?;
        self.anonymisers = Prefixes::read(anonymisers.iter().copied())?;
        self.nodes = Prefixes::read(nodes.iter().copied())?;
        Ok(self)
    }

    /// True for a call from an address that the operator, or a list, calls malicious.
    pub fn is_malicious(&self, event: &Event<'_>) -> bool {
        !self.malicious.is_empty()
            && event
                .source_ips()
                .iter()
                .filter_map(|text| address(text))
                .any(|address| self.malicious.contain(address))
    }

    /// What the rule asks for and the configuration does not give.
    pub(super) fn lacks(&self, rule: &Rule) -> Option<Given> {
        rule.given.iter().copied().find(|given| match given {
            Given::Inventory => false,
            Given::MaliciousAddresses => self.malicious.is_empty(),
            Given::Anonymisers => self.anonymisers.is_empty(),
        })
    }

    /// True for a user name that the operator has named as one that delivers.
    pub fn is_deployer(&self, user: &str) -> bool {
        matches_any(&self.deployers, user)
    }

    pub(super) fn is_break_glass(&self, user: &str) -> bool {
        matches!(
            user,
            "kubernetes-admin" | "minikube-user" | "kubernetes-super-admin"
        ) || matches_any(&self.break_glass, user)
    }

    /// True when the name is expected, or nothing was said about names.
    pub(super) fn expects_node(&self, name: &str) -> bool {
        self.expected_nodes.is_empty() || matches_any(&self.expected_nodes, name)
    }
}

fn matches_any(patterns: &[String], text: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| catseye_policy::glob::matches(pattern, text))
}
