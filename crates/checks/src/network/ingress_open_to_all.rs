//! A public Ingress without source range.

use catseye_model::{Fields, Inventory, Kind, Object};

use super::ingress::{self, Controller, annotation_path};
use super::reach::is_everything;
use crate::check::check;
use crate::context::{Context, Index, Reads};
use crate::findings::Findings;

check! {
    /// A public Ingress takes requests from any address
    ///
    /// Nothing limits who may send requests. For a public site that is right; for what only the
    /// office, a partner or another network uses, a source range keeps strangers from trying.
    ///
    /// **Fix:** Name the addresses that may connect:
    /// ```yaml
    /// metadata:
    ///   annotations:
    ///     nginx.ingress.kubernetes.io/whitelist-source-range: 203.0.113.0/24
    ///     alb.ingress.kubernetes.io/inbound-cidrs: 203.0.113.0/24
    /// ```
    "NET-120" {
        severity: Info,
        rows: ["D20"],
        fails: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec: {ingressClassName: nginx}
",
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: a
  annotations:
    alb.ingress.kubernetes.io/scheme: internet-facing
    alb.ingress.kubernetes.io/inbound-cidrs: 203.0.113.0/24, 0.0.0.0/0
spec: {ingressClassName: alb}
",
        ],
        passes: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: a
  annotations: {nginx.ingress.kubernetes.io/whitelist-source-range: 203.0.113.0/24}
spec: {ingressClassName: nginx}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: b
  annotations:
    alb.ingress.kubernetes.io/scheme: internet-facing
    alb.ingress.kubernetes.io/security-groups: sg-1
spec: {ingressClassName: alb}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: c}
spec: {ingressClassName: alb}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: d
  annotations: {traefik.ingress.kubernetes.io/router.middlewares: shop-office@kubernetescrd}
spec: {ingressClassName: traefik}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: unknown-controller}
spec: {}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: login, annotations: {nginx.ingress.kubernetes.io/auth-url: 'https://sso.example.com/'}}
spec: {ingressClassName: nginx}
",
        ],
        run: Objects(&[Kind::Ingress], run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let inventory = context.inventory;
    if ingress::is_internal(inventory, object) {
        return;
    }
    let keys: &[&str] = match ingress::controller(inventory, object) {
        Controller::IngressNginx => &[
            "nginx.ingress.kubernetes.io/whitelist-source-range",
            "nginx.ingress.kubernetes.io/allowlist-source-range",
        ],
        Controller::Alb => &["alb.ingress.kubernetes.io/inbound-cidrs"],
        Controller::Gce | Controller::Other => {
            found.unknown("what limits the sources stands elsewhere");
            return;
        }
    };
    let ranges = keys
        .iter()
        .find_map(|key| Some((key, object.annotation(key)?)));
    if let Some((key, ranges)) = ranges {
        if ranges.split(',').any(is_everything) {
            found.at(annotation_path(key), "takes requests from any address");
        }
        return;
    }
    // A login, a list in the cloud or one for the whole controller does as well.
    let elsewhere = [
        "nginx.ingress.kubernetes.io/auth-url",
        "nginx.ingress.kubernetes.io/auth-type",
        "nginx.ingress.kubernetes.io/auth-tls-secret",
        "alb.ingress.kubernetes.io/security-groups",
        "alb.ingress.kubernetes.io/security-group-prefix-lists",
        "alb.ingress.kubernetes.io/auth-type",
        "alb.ingress.kubernetes.io/wafv2-acl-arn",
    ];
    if elsewhere.iter().any(|key| object.annotation(key).is_some())
        || context.index::<ControllerLimit>().0
    {
        return;
    }
    if let Some(key) = keys.first() {
        found.at(annotation_path(key), "takes requests from any address");
    }
}

/// Whether the controller's own ConfigMap limits the sources of every Ingress.
struct ControllerLimit(bool);

impl Index for ControllerLimit {
    const READS: Reads = Reads::Kinds(&[Kind::ConfigMap]);

    fn build(inventory: &Inventory) -> Self {
        let limits = inventory.of_kind(Kind::ConfigMap).any(|(_, config)| {
            matches!(
                config.name(),
                "ingress-nginx-controller" | "nginx-configuration"
            ) && config
                .value()
                .entry("data", "whitelist-source-range")
                .is_some_and(|ranges| !ranges.is_empty())
        });
        ControllerLimit(limits)
    }
}
