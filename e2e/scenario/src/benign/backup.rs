//! The nightly backup lists everything in the cluster, secrets included.

use serde_json::json;

use crate::cast::robot;
use crate::clock::{HOUR, Moment};
use crate::timetable::Timetable;

const KEPT: [&str; 20] = [
    "/api/v1/namespaces",
    "/api/v1/pods",
    "/api/v1/services",
    "/api/v1/configmaps",
    "/api/v1/secrets",
    "/api/v1/serviceaccounts",
    "/api/v1/persistentvolumeclaims",
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/replicasets",
    "/apis/apps/v1/statefulsets",
    "/apis/apps/v1/daemonsets",
    "/apis/batch/v1/cronjobs",
    "/apis/batch/v1/jobs",
    "/apis/networking.k8s.io/v1/ingresses",
    "/apis/networking.k8s.io/v1/networkpolicies",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "/apis/rbac.authorization.k8s.io/v1/roles",
    "/apis/rbac.authorization.k8s.io/v1/rolebindings",
    "/apis/databases.shop.example/v1/postgresclusters",
];

/// A backup on every night of `days`.
pub fn plan(table: &mut Timetable, days: i64) {
    let velero = robot(
        "backup",
        "velero",
        "velero-server/v1.17.1 (linux/amd64) 1a4b2c7",
    );
    let backups = "/apis/velero.io/v1/namespaces/backup/backups";
    for day in 0..days {
        let name = format!("nightly-{}", day + 1);
        let mut calls = vec![velero.post(
            backups,
            json!({"apiVersion": "velero.io/v1", "kind": "Backup",
                   "metadata": {"name": name, "namespace": "backup"},
                   "spec": {"ttl": "720h", "includedNamespaces": ["*"]}}),
        )];
        calls.extend(
            KEPT.iter()
                .map(|path| velero.get(format!("{path}?limit=500"))),
        );
        table.add(Moment::at(day, 3, 0), calls);
        table.add(
            Moment::at(day, 3, 0).plus(HOUR / 2),
            vec![velero.merge(
                format!("{backups}/{name}/status"),
                json!({"status": {"phase": "Completed", "completionTimestamp": "{now}"}}),
            )],
        );
    }
}
