//! Changed past the one who manages it.

use crate::audit::prelude::*;
use crate::hand;

detection! {
    /// Managed object edited by hand
    ///
    /// An object that Helm, Argo CD or Flux manages was changed with kubectl: what runs is no longer what
    /// was reviewed, until the next delivery. Who manages an object is told by its labels and annotations and by
    /// the field managers that the API server keeps. Where changes by hand are not usual, the baseline makes more
    /// of it.
    ///
    /// **Benign:** Emergencies.
    ///
    /// **Respond:** Put it back, or bring the change into the repository.
    "AUD-146" {
        severity: Low,
        attack: Persistence "T1565",
        rows: ["146"],
        needs: [UserAgent],
        on: [
            (CHANGE, CONTROLLERS),
            (CHANGE, &["services", "configmaps", "serviceaccounts", "ingresses.*", "networkpolicies.*"]),
            (CHANGE, &["poddisruptionbudgets.*", "horizontalpodautoscalers.*", "deployments.*/scale", "statefulsets.*/scale"]),
            (CHANGE, RBAC),
        ],
        when: Succeeded,
        fires: [
            r"{verb: patch, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: {spec: {replicas: 9}},
 responseObject: {metadata: {annotations: {argocd.argoproj.io/tracking-id: 'shop:apps/Deployment:shop/web'}}}}",
            r"{verb: patch, objectRef: {resource: services, namespace: shop, name: web}, requestObject: {spec: {type: NodePort}},
 responseObject: {metadata: {managedFields: [{manager: argocd-controller, operation: Apply}, {manager: kubectl-patch, operation: Update}]}}}",
        ],
        quiet: [
            r"{verb: patch, userAgent: argocd-application-controller/v2.9, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: {},
 responseObject: {metadata: {annotations: {argocd.argoproj.io/tracking-id: x}}}}",
            r"{verb: patch, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: {}, responseObject: {metadata: {labels: {app: web}}}}",
            r"# Whoever made it by hand may change it by hand.
{verb: patch, objectRef: {resource: services, namespace: shop, name: web}, requestObject: {spec: {type: NodePort}},
 responseObject: {metadata: {managedFields: [{manager: kubectl-create, operation: Update}]}}}",
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
    let known = known.map(catseye_model::Object::value);
    let Some(manager) = [call.response(), known]
        .into_iter()
        .flatten()
        .find_map(hand::manager_of)
    else {
        return;
    };
    found
        .say(format!(
            "{} by hand, which {} manages",
            call.did_what(),
            manager.name
        ))
        .with("userAgent", call.event.user_agent());
}
