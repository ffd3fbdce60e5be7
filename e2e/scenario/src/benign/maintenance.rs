//! Maintenance: nodes are drained one after the other for a new kernel, and the monitoring is restarted.

use serde_json::json;

use crate::call::Expect;
use crate::cast::person;
use crate::clock::Moment;
use crate::kubectl;
use crate::timetable::Timetable;

/// On the night to Wednesday; node 1 to 3.
pub fn plan(table: &mut Timetable, days: i64) {
    if days < 3 {
        return;
    }
    let jonas = person("jonas");
    for (hour, node) in [(22, "node-1"), (23, "node-2")] {
        let path = format!("/api/v1/nodes/{node}");
        let mut calls = kubectl::change(
            &jonas,
            &path,
            "cordon",
            json!({"spec": {"unschedulable": true}}),
        );
        calls.push(jonas.get(format!(
            "/api/v1/pods?fieldSelector=spec.nodeName%3D{node}&limit=500"
        )));
        for number in 0..4 {
            let pod = format!("{{on:{node}/{number}}}");
            calls.push(
                jonas
                    .post(
                        format!("/api/v1/namespaces/{pod}/eviction"),
                        json!({"apiVersion": "policy/v1", "kind": "Eviction",
                               "metadata": {"name": format!("{{name-on:{node}/{number}}}")}}),
                    )
                    .expecting(Expect::Anything),
            );
        }
        table.add(Moment::at(1, hour, 10), calls);
        table.add(
            Moment::at(1, hour, 50),
            kubectl::change(
                &jonas,
                &path,
                "uncordon",
                json!({"spec": {"unschedulable": null}}),
            ),
        );
    }
    let exporter = "/apis/apps/v1/namespaces/monitoring/daemonsets/node-exporter";
    let restart = json!({"spec": {"template": {"metadata": {"annotations": {
        "kubectl.kubernetes.io/restartedAt": "{now}"}}}}});
    table.add(
        Moment::at(2, 0, 30),
        kubectl::change(&jonas, exporter, "rollout", restart),
    );
}
