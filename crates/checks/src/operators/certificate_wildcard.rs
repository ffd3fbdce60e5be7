//! Wildcard certificates.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A certificate is valid for every name of a domain
    ///
    /// Its key lies in one namespace and impersonates every host of the domain: who reads that Secret, in
    /// whatever application is least guarded, can sit in front of all others.
    ///
    /// **Fix:** Name the hosts; cert-manager makes one certificate each without work:
    /// ```yaml
    /// spec:
    ///   dnsNames: [shop.example.com, api.example.com]
    /// ```
    "OPR-110" {
        severity: Low,
        rows: ["F10"],
        fails: [
            r"
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: a}
spec: {secretName: a, dnsNames: [example.com, '*.example.com']}
",
            r"
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: a}
spec: {secretName: a, commonName: '*.example.com'}
",
        ],
        passes: [
            r"
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: a}
spec: {secretName: a, commonName: shop.example.com, dnsNames: [shop.example.com]}
",
        ],
        run: Objects(&[Kind::Certificate], run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let spec = object.value().at("spec");
    let path = |field: &str| FieldPath::root().join("spec").join(field);
    for (index, name) in spec.list("dnsNames").iter().enumerate() {
        if let Some(name) = name.as_str().filter(|name| name.starts_with("*.")) {
            found.at(
                path("dnsNames").index(index),
                format!("is valid for {name}"),
            );
        }
    }
    if let Some(name) = spec
        .text("commonName")
        .filter(|name| name.starts_with("*."))
    {
        found.at(path("commonName"), format!("is valid for {name}"));
    }
}
