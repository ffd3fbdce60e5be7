//! The database operator reconciles its two databases.

use serde_json::json;

use crate::cast::{Actor, robot};
use crate::clock::{MINUTE, Moment};
use crate::timetable::Timetable;

/// The identity of the operator.
pub fn controller() -> Actor {
    robot(
        "operators",
        "db-operator",
        "db-operator/0.21.0 (linux/amd64) kubernetes/client-go",
    )
}

/// A reconciliation of each database every forty minutes.
pub fn plan(table: &mut Timetable, days: i64) {
    let operator = controller();
    for turn in 0..days * 36 {
        for (place, name) in (0_i64..).zip(["shop-db", "orders-db"]) {
            let database =
                format!("/apis/databases.shop.example/v1/namespaces/data/postgresclusters/{name}");
            let at = Moment(turn * 40 * MINUTE + place * 5 * MINUTE + 90);
            let mut calls = vec![
                operator.get(format!("/apis/apps/v1/namespaces/data/statefulsets/{name}")),
                operator.merge(
                    format!("{database}/status"),
                    json!({"status": {"phase": "Healthy", "observedAt": "{now}"}}),
                ),
            ];
            if turn % 9 == 4 {
                calls.insert(
                    1,
                    operator.get(format!("/api/v1/namespaces/data/secrets/{name}-superuser")),
                );
            }
            table.add(at, calls);
        }
    }
}
