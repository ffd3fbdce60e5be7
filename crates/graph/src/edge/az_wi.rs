//! `AZ_WI`: a service account is an identity of Azure.

use catseye_model::Kind;

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A service account is an identity of Azure
    ///
    /// The annotation `azure.workload.identity/client-id`: whoever holds the token holds the identity.
    ///
    /// **Fix:** Give the identity the least rights, and the account to one workload alone.
    "AZ_WI" {
        attack: "T1078.004",
        success: 95,
        says: "{from} is {to} in Azure",
        trace: "the cloud's sign-in log: a federated credential",
        has: [
            r"
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop, annotations: {azure.workload.identity/client-id: '00000000-0000-0000-0000-000000000001'}}
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for (id, account) in world.inventory.of_kind(Kind::ServiceAccount) {
        let Some(identity) = account.annotation("azure.workload.identity/client-id") else {
            continue;
        };
        let place = graph.at_text(Some(id), "metadata.annotations[azure.workload.identity/client-id]");
        let fix = graph.fix(place, "give the cloud identity the least rights, or take it away", Effort::Medium);
        let from = Node::ServiceAccount(account.namespace(), account.name());
        graph.arc(from, Node::Cloud(identity), place, fix);
    }
}
