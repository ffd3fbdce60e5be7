//! A new colleague gets a certificate: requested and approved by an engineer.

use serde_json::json;

use crate::call::{Call, Expect};
use crate::cast::{Actor, person};
use crate::clock::Moment;
use crate::timetable::Timetable;

/// On Tuesday.
pub fn plan(table: &mut Timetable, days: i64) {
    if days < 2 {
        return;
    }
    let priya = person("priya");
    let name = "noah-2026-11";
    let mut calls = vec![requested(&priya, name, "noah/noah/developers")];
    calls.push(approved(&priya, name));
    calls.push(priya.get(format!("{REQUESTS}/{{issued:{name}}}")));
    table.add(Moment::at(1, 9, 40), calls);
}

/// The collection of certificate requests.
pub const REQUESTS: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

/// `kubectl create` of a certificate request; `who` is `KEY/USER/GROUP`.
pub fn requested(actor: &Actor, name: &str, who: &str) -> Call {
    actor.post(
        REQUESTS,
        json!({"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
               "metadata": {"name": name},
               "spec": {"request": format!("{{request:{who}}}"),
                        "signerName": "kubernetes.io/kube-apiserver-client",
                        "expirationSeconds": 2_592_000, "usages": ["client auth"]}}),
    )
}

/// `kubectl certificate approve`
pub fn approved(actor: &Actor, name: &str) -> Call {
    actor
        .rewrite(
            format!("{REQUESTS}/{name}/approval"),
            json!({"status": {"conditions": [{"type": "Approved", "status": "True",
                "reason": "KubectlApprove", "message": "This CSR was approved by kubectl certificate approve."}]}}),
        )
        .expecting(Expect::Done)
}
