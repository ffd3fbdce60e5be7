//! `NET_REACH`: a pod speaks to another.



use catseye_netpol::{ClassId, Endpoint, PortSet, Protocol, WorkloadId};

use crate::build::{Builder, Effort, Evidence, Numbers};
use crate::node::Node;
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A pod speaks to another
    ///
    /// The policies of both ends allow it (NetworkPolicy, and those of administrators), on a port that the other declares; or on
    /// any port where it declares none.
    ///
    /// **Fix:** Select the pods by a NetworkPolicy that admits only who needs them.
    "NET_REACH" {
        attack: "T1046",
        success: 100,
        says: "{from} may speak to {to}",
        trace: "flow logs of the network plugin; nothing in the audit log",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, ports: [{containerPort: 80}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
        ],
        lacks: [
            r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, ports: [{containerPort: 80}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let mut joints = Joints::default();
    // A workload's pods may be of several classes; each is a place to send from.
    for class in world.reach.classes() {
        for (workload, _) in world.reach.members(class) {
            let Some(pods) = world.pods_of(world.reach.workload(*workload).object) else {
                continue;
            };
            for (container, _) in pods.containers() {
                graph.carry(container, Node::Network(class.0), Evidence::default(), NO_FIX);
            }
        }
    }
    world.reach.for_each_source(|source, destinations| {
        let Endpoint::Class(source) = source else {
            return;
        };
        for destination in destinations {
            let classes: Vec<u32> = destination.classes.iter().collect();
            let (joint, is_new) = joints.of(destination.ports, &classes);
            graph.arc(Node::Network(source.0), joint, Evidence::default(), NO_FIX);
            if !is_new {
                continue;
            }
            // Sets share classes, and classes have many workloads: each class has a joint of its own.
            for class in &classes {
                let (one, is_new) = joints.of(destination.ports, &[*class]);
                if classes.len() > 1 {
                    graph.join(joint, one);
                }
                if !is_new && classes.len() > 1 {
                    continue;
                }
                for (workload, _) in world.reach.members(ClassId(*class)) {
                    listener(world, graph, one, *workload, destination.ports);
                }
            }
        }
    });
}

/// From what may be spoken to on some ports to a workload that listens there.
fn listener<'a>(
    world: &World<'a>,
    graph: &mut Builder<'a>,
    joint: Node<'a>,
    workload: WorkloadId,
    ports: &PortSet,
) {
    let workload = world.reach.workload(workload);
    let listens =
        workload.declared.is_none() || !workload.declared.intersection(ports).is_none();
    if !listens {
        return;
    }
    let place = graph.at_text(Some(workload.object), "metadata.labels");
    let change = "select these pods by a NetworkPolicy that admits only who needs them";
    let fix = graph.fix(place, change, Effort::Medium);
    graph.premise(joint, Node::Listener(workload.object), place, fix);
}

/// Ports, as ranges of a protocol.
type Ranges = Vec<(Protocol, u16, u16)>;

/// Sets of destinations that sources share: most sources reach the same, so that a joint for each set
/// takes the place of an arc for each pair.
#[derive(Default)]
struct Joints {
    numbers: Numbers<(Vec<u32>, Ranges)>,
}

impl Joints {
    /// The joint of some classes on some ports, and whether it is new.
    fn of<'a>(&mut self, ports: &PortSet, classes: &[u32]) -> (Node<'a>, bool) {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        let ports: Ranges = ports.ranges().collect();
        let number = *self
            .numbers
            .entry((classes.to_vec(), ports))
            .or_insert(next);
        (Node::Destinations(number), number == next)
    }
}
