//! Metrics that Prometheus scrapes without TLS or credentials.

use catseye_model::{Fields, Object, Severity};

use super::scrape::{MONITORS, endpoints, has_credentials};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Prometheus scrapes an endpoint that anybody can read
    ///
    /// Metrics name users, tenants, hosts, queries and versions, and show an attacker which of his
    /// steps is noticed. An endpoint without credentials gives them to every pod that reaches
    /// the port; one without TLS to everybody on the way, together with the token that
    /// Prometheus sends; one whose certificate is not verified to whoever answers in its place.
    ///
    /// **Fix:** Put the endpoint behind TLS and authorization (kube-rbac-proxy, or the framework's own),
    /// and tell Prometheus:
    /// ```yaml
    /// endpoints:
    /// - port: https
    ///   scheme: https
    ///   authorization: {credentials: {name: scrape-token, key: token}}
    ///   tlsConfig: {ca: {secret: {name: metrics-ca, key: ca.crt}}, serverName: app.shop.svc}
    /// ```
    "OPR-007" {
        severity: Low,
        rows: ["F07"],
        fails: [
            r"
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: a}
spec:
  selector: {matchLabels: {app: a}}
  endpoints:
  - port: plain
  - {port: plain-with-token, bearerTokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token}
  - {port: open, scheme: https}
  - {port: unverified, scheme: https, tlsConfig: {insecureSkipVerify: true}, basicAuth: {username: {name: a, key: b}}}
",
            r"
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: a}
spec: {podMetricsEndpoints: [{port: metrics}]}
",
        ],
        passes: [
            r"
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: a}
spec:
  selector: {matchLabels: {app: a}}
  endpoints:
  - {port: a, scheme: https, authorization: {credentials: {name: a, key: b}}}
  - {port: b, scheme: HTTPS, tlsConfig: {cert: {secret: {name: a, key: b}}}}
  # The scheme comes from the Service.
  - {port: c, relabelings: [{sourceLabels: [__meta_a], targetLabel: __scheme__}], basicAuth: {username: {name: a, key: b}}}
",
        ],
        run: Objects(MONITORS, run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    for (path, endpoint) in endpoints(object) {
        let credentials = has_credentials(endpoint);
        let https = endpoint
            .text("scheme")
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
        let relabelled = endpoint
            .list("relabelings")
            .iter()
            .any(|relabeling| relabeling.text("targetLabel") == Some("__scheme__"));
        if !https && !relabelled {
            let scheme = path.join("scheme");
            if credentials {
                let message = "sends credentials over plain HTTP";
                found.at_severity(Severity::Medium, scheme, message);
            } else {
                found.at(scheme, "scrapes over plain HTTP, without credentials");
            }
        } else if endpoint.flag("tlsConfig.insecureSkipVerify") == Some(true) {
            found.at(
                path.join("tlsConfig.insecureSkipVerify"),
                "does not verify the certificate",
            );
        } else if !credentials {
            found.at(path.join("authorization"), "scrapes without credentials");
        }
    }
}
