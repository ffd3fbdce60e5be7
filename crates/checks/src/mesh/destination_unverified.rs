//! A `DestinationRule` whose TLS verifies nobody.

use catseye_model::{Fields, Kind, Object, Severity};

use super::client_tls;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A DestinationRule does not verify the server
    ///
    /// TLS without a certificate authority to check against encrypts to whoever answers. Someone on
    /// the way presents any certificate, reads everything and passes it on. (Older releases of Istio
    /// verify nothing without `caCertificates`; newer ones fall back to the public authorities of
    /// the operating system.)
    ///
    /// **Fix:** Name the authority and the names that the server may carry:
    /// ```yaml
    /// tls:
    ///   mode: SIMPLE
    ///   caCertificates: /etc/ssl/certs/ca-certificates.crt
    ///   subjectAltNames: [api.example.com]
    /// ```
    "MESH-102" {
        severity: Medium,
        rows: ["E02"],
        fails: [
            r"
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a}
spec:
  host: api.example.com
  trafficPolicy:
    tls: {mode: SIMPLE}
    portLevelSettings: [{tls: {mode: SIMPLE, caCertificates: /a.pem, insecureSkipVerify: true}}]
",
        ],
        passes: [
            r"
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a}
spec: {host: a, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: b}
spec: {host: b, trafficPolicy: {tls: {mode: SIMPLE, caCertificates: /a.pem}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: c}
spec: {host: c, trafficPolicy: {tls: {mode: MUTUAL, credentialName: client}}}
",
        ],
        run: Objects(&[Kind::DestinationRule], run),
    }
}

fn run(rule: &Object, _: &Context<'_>, found: &mut Findings) {
    for (path, tls) in client_tls::settings(rule) {
        if !matches!(tls.text("mode"), Some("SIMPLE" | "MUTUAL")) {
            continue;
        }
        let names_authority = ["caCertificates", "credentialName"]
            .iter()
            .any(|field| tls.text(field).is_some_and(|value| !value.is_empty()));
        if tls.flag("insecureSkipVerify") == Some(true) {
            found.at_severity(
                Severity::High,
                path.join("insecureSkipVerify"),
                "takes any certificate",
            );
        } else if !names_authority {
            found.at_severity(
                Severity::Low,
                path.join("caCertificates"),
                "names no certificate authority to verify the server with",
            );
        }
    }
}
