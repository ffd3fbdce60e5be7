//! The ingress controllers renew their leadership and publish the address of the shop.

use serde_json::json;

use crate::cast::robot;
use crate::clock::{MINUTE, Moment};
use crate::timetable::Timetable;

/// The lease every half hour, the address once a day.
pub fn plan(table: &mut Timetable, days: i64) {
    let nginx = robot(
        "ingress-nginx",
        "ingress-nginx",
        "nginx-ingress-controller/v1.14.0 (linux/amd64) ingress-nginx/52c0a83",
    );
    let leases = "/apis/coordination.k8s.io/v1/namespaces/ingress-nginx/leases";
    let lease = format!("{leases}/ingress-nginx-leader");
    table.add(
        Moment(5 * MINUTE),
        vec![nginx.post(
            leases,
            json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                   "metadata": {"name": "ingress-nginx-leader", "namespace": "ingress-nginx"},
                   "spec": {"leaseDurationSeconds": 3600}}),
        )],
    );
    for turn in 1..days * 48 {
        let at = Moment(turn * 30 * MINUTE + 12);
        let change = json!({"metadata": {"annotations": {"renewed": "{now}"}}});
        table.add(
            at,
            vec![
                nginx.get(lease.clone()),
                nginx.rewrite(lease.clone(), change),
            ],
        );
    }
    let status = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/shop/status";
    for day in 0..days {
        let address = json!({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.10"}]}}});
        table.add(Moment::at(day, 0, 20), vec![nginx.rewrite(status, address)]);
    }
}
