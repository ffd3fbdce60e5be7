//! Monitoring: Prometheus scrapes the API server and, through it, the nodes; kube-state-metrics lists.

use crate::call::Expect;
use crate::cast::robot;
use crate::clock::{HOUR, MINUTE, Moment};
use crate::timetable::Timetable;

const LISTED: [&str; 14] = [
    "/api/v1/pods",
    "/api/v1/nodes",
    "/api/v1/namespaces",
    "/api/v1/services",
    "/api/v1/configmaps",
    // kube-state-metrics counts secrets by type; it is a list all the same.
    "/api/v1/secrets",
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/statefulsets",
    "/apis/apps/v1/daemonsets",
    "/apis/batch/v1/cronjobs",
    "/apis/batch/v1/jobs",
    "/apis/autoscaling/v2/horizontalpodautoscalers",
    "/apis/networking.k8s.io/v1/ingresses",
    "/apis/policy/v1/poddisruptionbudgets",
];

/// Scrapes every quarter of an hour, lists every six hours.
pub fn plan(table: &mut Timetable, days: i64, nodes: usize) {
    let prometheus = robot("monitoring", "prometheus", "Prometheus/3.7.1");
    for quarter in 0..days * 96 {
        let at = Moment(quarter * 15 * MINUTE + 7);
        let mut calls = vec![prometheus.get("/metrics")];
        if quarter % 4 == 0 {
            for node in 1..=nodes {
                calls.push(
                    prometheus
                        .get(format!("/api/v1/nodes/node-{node}/proxy/metrics/cadvisor"))
                        .expecting(Expect::Anything),
                );
            }
        }
        table.add(at, calls);
    }
    let state = robot(
        "monitoring",
        "kube-state-metrics",
        "kube-state-metrics/v2.17.0 (linux/amd64) kubernetes/client-go",
    );
    for turn in 0..days * 4 {
        let lists = LISTED
            .iter()
            .map(|path| state.get(format!("{path}?limit=500&resourceVersion=0")));
        table.add(Moment(turn * 6 * HOUR + 11 * MINUTE), lists.collect());
    }
}
