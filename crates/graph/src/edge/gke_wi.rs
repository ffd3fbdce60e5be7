//! `GKE_WI`: a service account is one of Google Cloud.

use catseye_model::Kind;

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A service account is one of Google Cloud
    ///
    /// The annotation `iam.gke.io/gcp-service-account`: whoever holds the token holds the cloud's account.
    ///
    /// **Fix:** Give the cloud's account the least rights, and this one to one workload alone.
    "GKE_WI" {
        attack: "T1078.004",
        success: 95,
        says: "{from} is {to} in Google Cloud",
        trace: "the cloud's audit log: GenerateAccessToken",
        has: [
            r"
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop, annotations: {iam.gke.io/gcp-service-account: 'shop@project.iam.gserviceaccount.com'}}
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
        let Some(identity) = account.annotation("iam.gke.io/gcp-service-account") else {
            continue;
        };
        let place = graph.at_text(Some(id), "metadata.annotations[iam.gke.io/gcp-service-account]");
        let fix = graph.fix(place, "give the cloud identity the least rights, or take it away", Effort::Medium);
        let from = Node::ServiceAccount(account.namespace(), account.name());
        graph.arc(from, Node::Cloud(identity), place, fix);
    }
}
