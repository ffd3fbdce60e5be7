//! An entrance without a lock.

use crate::audit::prelude::*;

detection! {
    /// Ingress without TLS
    ///
    /// What passes through it, cookies and passwords among it, is readable on its way.
    ///
    /// **Benign:** TLS that ends before the cluster, at a load balancer; controllers with a default
    /// certificate.
    ///
    /// **Respond:** Add `spec.tls`.
    "AUD-133" {
        severity: Low,
        attack: CredentialAccess "T1040",
        rows: ["133"],
        needs: [RequestBody],
        on: [(CREATE, INGRESSES)],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: ingresses, apiGroup: networking.k8s.io, namespace: shop, name: i}, requestObject: {spec: {rules: [{host: shop.example}]}}}"],
        quiet: [
            r"{verb: create, objectRef: {resource: ingresses, apiGroup: networking.k8s.io, namespace: shop, name: i}, requestObject: {spec: {tls: [{secretName: t}]}}}",
            r"{verb: update, objectRef: {resource: ingresses, apiGroup: networking.k8s.io, namespace: shop, name: i}, requestObject: {spec: {rules: []}}}",
            r"{verb: create, objectRef: {resource: ingresses, apiGroup: networking.k8s.io, namespace: kube-system, name: i}, requestObject: {spec: {rules: []}}}",
            r"# The load balancer has the certificate.
{verb: create, objectRef: {resource: ingresses, apiGroup: networking.k8s.io, namespace: shop, name: i}, requestObject: {metadata: {annotations: {alb.ingress.kubernetes.io/certificate-arn: 'arn:aws:acm:x'}}, spec: {rules: []}}}",
        ],
        run: Call(run),
    }
}

const CERTIFICATES: [&str; 4] = [
    "alb.ingress.kubernetes.io/certificate-arn",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "networking.gke.io/managed-certificates",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let sent = call.sent();
    let elsewhere = CERTIFICATES
        .iter()
        .any(|key| sent.entry("metadata.annotations", key).is_some());
    if sent.list("spec.tls").is_empty()
        && !elsewhere
        && !call.in_system_namespace()
        && !call.is_control_plane()
    {
        found
            .say(format!("made {} without TLS", call.what()))
            .body("spec.tls", "absent");
    }
}
