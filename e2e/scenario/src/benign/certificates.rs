//! cert-manager reads the certificates it looks after, and renews one.

use serde_json::json;

use crate::cast::robot;
use crate::clock::{HOUR, Moment};
use crate::timetable::Timetable;

/// A round every eight hours; the shop's certificate is renewed on the third day.
pub fn plan(table: &mut Timetable, days: i64) {
    let manager = robot(
        "cert-manager",
        "cert-manager",
        "cert-manager-certificates-readiness/v1.19.1 (linux/amd64) cert-manager/client-go",
    );
    for round in 0..days * 3 {
        for (namespace, name) in [("shop", "shop-tls"), ("monitoring", "grafana-tls")] {
            let secret = format!("/api/v1/namespaces/{namespace}/secrets/{name}");
            let certificate =
                format!("/apis/cert-manager.io/v1/namespaces/{namespace}/certificates/{name}");
            let mut calls = vec![manager.get(secret.clone())];
            if round == 7 && name == "shop-tls" {
                calls.push(manager.rewrite(
                    secret,
                    json!({"metadata": {"annotations": {"cert-manager.io/certificate-name": name}}}),
                ));
            }
            calls.push(manager.merge(
                format!("{certificate}/status"),
                json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
            ));
            table.add(Moment(round * 8 * HOUR + 1_700), calls);
        }
    }
}
