//! `SHARE_PS_NAMESPACE`: containers of a pod that share processes share everything.

use catseye_model::Fields;

use crate::build::{Builder, Effort};
use crate::world::World;

edge! {
    /// Containers of a pod that share processes share everything
    ///
    /// `shareProcessNamespace: true`: each container sees and enters the file systems of the others through `/proc`.
    ///
    /// **Fix:** Remove `shareProcessNamespace`, or debug with an ephemeral container.
    "SHARE_PS_NAMESPACE" {
        attack: "T1080",
        success: 85,
        says: "{from} shares its processes with {to}",
        trace: "nothing: reading /proc leaves no log",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  shareProcessNamespace: true
  containers: [{name: a, image: i}, {name: b, image: i}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: a, image: i}, {name: b, image: i}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        if pods.view.spec.flag("shareProcessNamespace") != Some(true) {
            continue;
        }
        let place = graph.at(pods.id, &pods.view.path("shareProcessNamespace"));
        let fix = graph.fix(place, "remove `shareProcessNamespace: true`", Effort::Low);
        for (from, _) in pods.containers() {
            for (to, _) in pods.containers() {
                graph.arc(from, to, place, fix);
            }
        }
    }
}
