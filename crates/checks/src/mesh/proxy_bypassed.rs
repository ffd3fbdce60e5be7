//! Annotations that lead traffic around the proxy.

use catseye_model::PodView;

use super::membership::{Membership, in_istio, in_linkerd};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Traffic goes around the mesh proxy
    ///
    /// Connections to the named ports or addresses pass by the proxy: in plain text, without
    /// identity, and past every policy. Whoever writes a pod template can so step out of the mesh's
    /// rules for egress.
    ///
    /// **Fix:** Remove the annotation; declare the protocol of a port that the proxy does not
    /// understand instead (`appProtocol: tcp`, or `config.linkerd.io/opaque-ports`).
    "MESH-008" {
        severity: Medium,
        rows: ["E08"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    metadata:
      annotations:
        traffic.sidecar.istio.io/excludeOutboundPorts: '443'
        traffic.sidecar.istio.io/includeOutboundIPRanges: ''
        config.linkerd.io/skip-inbound-ports: 4222,6222
    spec: {containers: [{name: a, image: i}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata:
  name: a
  annotations:
    traffic.sidecar.istio.io/includeInboundPorts: '*'
    traffic.sidecar.istio.io/excludeOutboundPorts: ''
    traffic.sidecar.istio.io/includeOutboundPorts: '8443'
    config.linkerd.io/opaque-ports: '3306'
spec: {containers: [{name: a, image: i}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: has-no-proxy
  labels: {sidecar.istio.io/inject: 'false'}
  annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: '443'}
spec: {containers: [{name: a, image: i}]}
",
        ],
        run: Pods(run),
    }
}

/// Annotations that name what is left out.
const EXCLUDING: &[&str] = &[
    "traffic.sidecar.istio.io/excludeInboundPorts",
    "traffic.sidecar.istio.io/excludeOutboundPorts",
    "traffic.sidecar.istio.io/excludeOutboundIPRanges",
    "traffic.sidecar.istio.io/excludeInterfaces",
];

/// Annotations that name all that is taken in; `*` is everything.
const INCLUDING: &[&str] = &[
    "traffic.sidecar.istio.io/includeInboundPorts",
    "traffic.sidecar.istio.io/includeOutboundIPRanges",
];

const LINKERD: &[&str] = &[
    "config.linkerd.io/skip-inbound-ports",
    "config.linkerd.io/skip-outbound-ports",
    "config.linkerd.io/skip-subnets",
];

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    if pod.metadata.get("annotations").is_none() {
        return;
    }
    let path = |key: &str| pod.metadata_path("annotations").key(key);
    if in_istio(context.inventory, pod) != Membership::Outside {
        for key in EXCLUDING {
            if let Some(value) = pod.annotation(key).filter(|value| !value.is_empty()) {
                found.at(path(key), format!("leaves out {value}"));
            }
        }
        for key in INCLUDING {
            if let Some(value) = pod.annotation(key).filter(|value| *value != "*") {
                let message = if value.is_empty() {
                    "takes in nothing".to_owned()
                } else {
                    format!("takes in {value} alone")
                };
                found.at(path(key), message);
            }
        }
        let key = "sidecar.istio.io/interceptionMode";
        if pod.annotation(key) == Some("NONE") {
            found.at(path(key), "takes in nothing");
        }
        let key = "ambient.istio.io/bypass-inbound-capture";
        if pod.annotation(key) == Some("true") {
            found.at(path(key), "leaves out what comes in");
        }
    }
    if in_linkerd(context.inventory, pod) != Membership::Outside {
        for key in LINKERD {
            if let Some(value) = pod.annotation(key).filter(|value| !value.is_empty()) {
                found.at(path(key), format!("leaves out {value}"));
            }
        }
    }
}
