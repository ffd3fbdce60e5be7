//! Capacity: the cluster autoscaler writes its status, and orders a node before the holiday.
//! Scaling of the services is done by the real autoscaler from the metrics that `metrics` serves.

use serde_json::json;

use crate::cast::{person, robot};
use crate::clock::{MINUTE, Moment};
use crate::kubectl;
use crate::timetable::{Deal, Timetable};

/// A status every quarter of an hour; a node joins on the eve of the holiday.
pub fn plan(table: &mut Timetable, days: i64, nodes: usize) {
    let autoscaler = robot(
        "operators",
        "cluster-autoscaler",
        "cluster-autoscaler/v1.36.0 (linux/amd64) kubernetes/client-go",
    );
    let status = "/api/v1/namespaces/operators/configmaps/cluster-autoscaler-status";
    for quarter in 0..days * 96 {
        let report = json!({"data": {"status": "Healthy", "time": "{now}"}});
        let calls = vec![autoscaler.get(status), autoscaler.rewrite(status, report)];
        table.add(Moment(quarter * 15 * MINUTE + 200), calls);
    }
    if days > 4 {
        let node = format!("node-{}", nodes + 1);
        table.push(Moment::at(3, 17, 0), Deal::Join(node.clone()));
        let maya = person("maya");
        let mut calls = kubectl::list(&maya, "/api/v1/nodes");
        calls.push(
            maya.get(format!("/api/v1/nodes/{node}"))
                .expecting(crate::call::Expect::Anything),
        );
        table.add(Moment::at(3, 18, 0), calls);
        // Somebody watches the surge.
        for hour in 6..23 {
            let mut calls = kubectl::list(
                &maya,
                "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers",
            );
            calls.extend(kubectl::top(&maya, "shop"));
            table.add(Moment::at(4, hour, 10), calls);
        }
    }
}
