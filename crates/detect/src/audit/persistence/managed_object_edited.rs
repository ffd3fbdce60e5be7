//! Changed past the one who manages it.

use crate::audit::prelude::*;

detection! {
    /// Managed object edited by hand
    ///
    /// An object that Helm, Argo CD or Flux manages was changed with kubectl: what runs is no longer what
    /// was reviewed, until the next delivery.
    ///
    /// **Benign:** Emergencies.
    ///
    /// **Respond:** Put it back, or bring the change into the repository.
    "AUD-146" {
        severity: Low,
        attack: Persistence "T1565",
        rows: ["146"],
        needs: [UserAgent],
        on: [(CHANGE, CONTROLLERS), (CHANGE, &["services", "configmaps", "serviceaccounts", "ingresses.*", "networkpolicies.*"]), (CHANGE, RBAC)],
        when: Succeeded,
        fires: [r"{verb: patch, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: {spec: {replicas: 9}},
 responseObject: {metadata: {annotations: {argocd.argoproj.io/tracking-id: 'shop:apps/Deployment:shop/web'}}}}"],
        quiet: [
            r"{verb: patch, userAgent: argocd-application-controller/v2.9, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: {},
 responseObject: {metadata: {annotations: {argocd.argoproj.io/tracking-id: x}}}}",
            r"{verb: patch, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: {}, responseObject: {metadata: {labels: {app: web}}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if !call.is_human() || call.is_deployer() || !is_kubectl(call.event.user_agent()) {
        return;
    }
    let kind = call.kind();
    let known = call
        .inventory
        .zip(kind)
        .and_then(|(inventory, kind)| inventory.find(kind, call.namespace(), call.name()));
    let object = call.response().or(known.map(catseye_model::Object::value));
    let Some(manager) = object.and_then(manager_of) else {
        return;
    };
    found
        .say(format!(
            "{} by hand, which {manager} manages",
            call.did_what()
        ))
        .with("userAgent", call.event.user_agent());
}

fn manager_of(object: &Value) -> Option<&'static str> {
    let annotation = |key: &str| object.entry("metadata.annotations", key).is_some();
    let label = |key: &str| object.entry("metadata.labels", key);
    if annotation("argocd.argoproj.io/tracking-id") {
        Some("Argo CD")
    } else if label("kustomize.toolkit.fluxcd.io/name").is_some()
        || label("helm.toolkit.fluxcd.io/name").is_some()
    {
        Some("Flux")
    } else if annotation("meta.helm.sh/release-name")
        || label("app.kubernetes.io/managed-by") == Some("Helm")
    {
        Some("Helm")
    } else {
        None
    }
}
