//! `POD_IDENTITY`: a service account is a role of AWS, by association.

use catseye_model::{Fields, Kind};

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A service account is a role of AWS, by association
    ///
    /// An EKS PodIdentityAssociation (of the ACK controller) names the account and the role.
    ///
    /// **Fix:** Give the role the least rights, and the account to one workload alone.
    "POD_IDENTITY" {
        attack: "T1078.004",
        success: 95,
        says: "{from} is {to} in AWS",
        trace: "the cloud's audit log: AssumeRoleForPodIdentity",
        has: [
            r"
apiVersion: eks.services.k8s.aws/v1alpha1
kind: PodIdentityAssociation
metadata: {name: p, namespace: ack}
spec: {namespace: shop, serviceAccount: robot, roleARN: 'arn:aws:iam::111122223333:role/shop'}
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
    for (id, object) in world.inventory.of_kind(Kind::Other) {
        if object.kind_name() != "PodIdentityAssociation" {
            continue;
        }
        let spec = object.value().at("spec");
        let fields = (spec.text("namespace"), spec.text("serviceAccount"), spec.text("roleARN"));
        let (Some(namespace), Some(account), Some(role)) = fields else {
            continue;
        };
        let place = graph.at_text(Some(id), "spec.roleARN");
        let fix = graph.fix(place, "give the role the least rights", Effort::Medium);
        graph.arc(Node::ServiceAccount(namespace, account), Node::Cloud(role), place, fix);
    }
}
