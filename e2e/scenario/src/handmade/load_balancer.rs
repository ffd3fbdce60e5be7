//! Somebody opens an inner service to the outside.

use serde_json::json;

use crate::cast::person;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Pace, Timetable, handmade};

/// By `kubectl expose`, and by turning a Service into a `LoadBalancer`.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let services = "/api/v1/namespaces/shop/services";
    let lena = person("lena");
    let exposed = json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "catalog-public", "namespace": "shop"},
        "spec": {"type": "LoadBalancer", "selector": {"app.kubernetes.io/name": "catalog"},
                 "ports": [{"port": 80, "targetPort": 8080}]}});
    let calls = vec![
        lena.get("/apis/apps/v1/namespaces/shop/deployments/catalog"),
        lena.post(format!("{services}?fieldManager=kubectl-expose"), exposed),
    ];
    let at = Moment::at(2, 15, dice.between(0, 60));
    table.add_marked(at, Pace::AtOnce, &handmade("load-balancer", "added"), calls);

    let calls = kubectl::change(
        &person("priya"),
        "/api/v1/namespaces/monitoring/services/grafana",
        "patch",
        json!({"spec": {"type": "LoadBalancer"}}),
    );
    let at = Moment::at(4, 12, dice.between(0, 60));
    table.add_marked(
        at,
        Pace::AtOnce,
        &handmade("load-balancer", "changed"),
        calls,
    );
}
