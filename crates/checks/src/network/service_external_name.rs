//! `type: ExternalName` to where a name should not lead.

use catseye_model::{FieldPath, Fields, Kind, Object, Severity};

use super::hosts;
use super::reach::is_private;
use super::services::is_external_name;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An ExternalName Service leads to a sensitive address
    ///
    /// Proxies and Ingress controllers follow the name. One that leads to the cloud's metadata
    /// service hands out the node's credentials, one to `localhost` opens the proxy's own admin port,
    /// and one into another namespace goes around the policies and permissions that keep tenants
    /// apart.
    ///
    /// **Fix:** Point `externalName` at the public name of the service that is meant, and reach
    /// Services of other namespaces by their own name. Ingress controllers can be told not to follow
    /// such names.
    "NET-026" {
        severity: High,
        rows: ["D26"],
        fails: [
            r"
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {type: ExternalName, externalName: metadata.google.internal}
",
            r"
apiVersion: v1
kind: Service
metadata: {name: b}
spec: {type: ExternalName, externalName: LOCALHOST.}
",
            r"
apiVersion: v1
kind: Service
metadata: {name: c, namespace: shop}
spec: {type: ExternalName, externalName: ledger.bank.svc.cluster.local}
",
            r"
apiVersion: v1
kind: Service
metadata: {name: d}
spec: {type: ExternalName, externalName: 169.254.169.254}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Service
metadata: {name: a, namespace: shop}
spec: {type: ExternalName, externalName: db.example.com}
---
apiVersion: v1
kind: Service
metadata: {name: b, namespace: shop}
spec: {type: ExternalName, externalName: web.shop.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: c}
spec: {type: ClusterIP, externalName: localhost}
",
        ],
        run: Objects(&[Kind::Service], run),
    }
}

fn run(service: &Object, _: &Context<'_>, found: &mut Findings) {
    if !is_external_name(service) {
        return;
    }
    let Some(name) = service.value().text("spec.externalName") else {
        return;
    };
    let path = || FieldPath::root().join("spec.externalName");
    let host = name.trim_end_matches('.').to_ascii_lowercase();
    if is_metadata_service(&host) {
        found.at_severity(
            Severity::Critical,
            path(),
            format!("leads to the cloud's metadata service at {name}"),
        );
    } else if host == "localhost"
        || host.ends_with(".localhost")
        || host.ends_with("localhost.localdomain")
        || host == "0.0.0.0"
        || is_private(&host)
    {
        found.at(path(), format!("leads to {name}"));
    } else if host.contains(".svc") {
        let other =
            hosts::service_of(&host, "").filter(|(_, namespace)| *namespace != service.namespace());
        match other {
            Some(("kubernetes", "default")) => found.at(path(), "leads to the API server"),
            Some((_, namespace)) => found.at_severity(
                Severity::Low,
                path(),
                format!("leads into namespace {namespace}"),
            ),
            None => {}
        }
    }
}

fn is_metadata_service(host: &str) -> bool {
    matches!(
        host,
        "169.254.169.254"
            | "fd00:ec2::254"
            | "fd20:ce::254"
            | "100.100.100.200"
            | "metadata"
            | "metadata.google.internal"
            | "metadata.goog"
            | "instance-data"
            | "instance-data.ec2.internal"
            | "metadata.azure.internal"
            | "metadata.tencentyun.com"
    )
}
