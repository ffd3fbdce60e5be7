//! `IRSA`: a service account is a role of AWS.

use catseye_model::Kind;

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A service account is a role of AWS
    ///
    /// The annotation `eks.amazonaws.com/role-arn`: whoever holds the token holds the role.
    ///
    /// **Fix:** Give the role the least rights, and the account to one workload alone.
    "IRSA" {
        attack: "T1078.004",
        success: 95,
        says: "{from} is {to} in AWS",
        trace: "the cloud's audit log: AssumeRoleWithWebIdentity",
        has: [
            r"
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop, annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/shop'}}
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
        let Some(identity) = account.annotation("eks.amazonaws.com/role-arn") else {
            continue;
        };
        let place = graph.at_text(Some(id), "metadata.annotations[eks.amazonaws.com/role-arn]");
        let fix = graph.fix(place, "give the cloud identity the least rights, or take it away", Effort::Medium);
        let from = Node::ServiceAccount(account.namespace(), account.name());
        graph.arc(from, Node::Cloud(identity), place, fix);
    }
}
