//! The index that network checks share: pods by label, Services and what stands behind them,
//! exposure, and policies. Built once for an Inventory.

use catseye_model::Inventory;

use super::exposure::Exposure;
use super::operators::Operators;
use super::pods::Pods;
use super::policies::Policies;
use super::services::Services;
use crate::context::{Changed, Index, Reads};

/// How the network of an Inventory hangs together.
#[derive(Debug)]
pub(crate) struct Topology {
    /// Workloads by label.
    pub(crate) pods: Pods,
    /// Services and the workloads behind them.
    pub(crate) services: Services,
    /// Ways in from the outside.
    pub(crate) exposure: Exposure,
    /// Isolation by network policies.
    pub(crate) policies: Policies,
    /// Custom resources whose operators make pods and Services.
    pub(crate) operators: Operators,
}

impl Index for Topology {
    const READS: Reads = Reads::Everything;

    fn build(inventory: &Inventory) -> Self {
        let pods = Pods::of(inventory);
        let services = Services::of(inventory, &pods);
        let exposure = Exposure::of(inventory, &services);
        let policies = Policies::of(inventory, &pods);
        Topology {
            pods,
            services,
            exposure,
            policies,
            operators: Operators::of(inventory),
        }
    }

    fn renewed(&self, inventory: &Inventory, changed: &Changed) -> Option<Self> {
        let namespaces = &changed.namespaces;
        let pods = self.pods.renewed(inventory, namespaces);
        let services = self.services.renewed(inventory, &pods, namespaces);
        let exposure = Exposure::of(inventory, &services);
        let policies = self
            .policies
            .renewed(inventory, &pods, namespaces)
            .unwrap_or_else(|| Policies::of(inventory, &pods));
        Some(Topology {
            pods,
            services,
            exposure,
            policies,
            operators: Operators::of(inventory),
        })
    }
}
