//! `VOLUME_ACCESS`: a node reads the volumes of its pods.

use catseye_model::Fields;

use crate::build::Builder;
use crate::node::Node;
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A node reads the volumes of its pods
    ///
    /// Claims that its pods mount are mounted by it.
    ///
    /// **Fix:** Encrypt data where it is made.
    "VOLUME_ACCESS" {
        attack: "T1613",
        success: 100,
        says: "{from} reads {to}, a volume of its pods",
        trace: "nothing: reading files on the node leaves no log",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  nodeName: n
  containers: [{name: app, image: i}]
  volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  nodeName: n
  containers: [{name: app, image: i}]
  volumes: [{name: v, emptyDir: {}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for volume in pods.view.volumes() {
            let Some(claim) = volume.value.text("persistentVolumeClaim.claimName") else {
                continue;
            };
            let place = graph.at(pods.id, &volume.path("persistentVolumeClaim.claimName"));
            for host in &pods.hosts {
                graph.arc(Node::Host(host), Node::Claim(pods.namespace(), claim), place, NO_FIX);
            }
        }
    }
}
