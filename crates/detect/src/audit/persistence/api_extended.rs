//! A new part of the API.

use crate::audit::prelude::*;

detection! {
    /// API extended or taken over
    ///
    /// An APIService sends a whole API group, with the tokens of those who call it, to a service of one's
    /// own. A CustomResourceDefinition with a conversion webhook sees all objects of its kind.
    ///
    /// **Benign:** Installing operators and metrics servers.
    ///
    /// **Respond:** See where it points; delete it if nobody installed it.
    "AUD-143" {
        severity: Low,
        attack: Persistence "T1546",
        rows: ["143"],
        needs: [],
        on: [(WRITE, &["apiservices.apiregistration.k8s.io", "customresourcedefinitions.apiextensions.k8s.io"])],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: apiservices, apiGroup: apiregistration.k8s.io, name: v1.apps}, requestObject: {spec: {service: {name: s, namespace: shop}}}}",
            r"{verb: create, objectRef: {resource: customresourcedefinitions, apiGroup: apiextensions.k8s.io, name: things.shop.example}, requestObject: {spec: {}}}",
        ],
        quiet: [
            r"{verb: create, user: {username: 'system:apiserver'}, objectRef: {resource: apiservices, apiGroup: apiregistration.k8s.io, name: v1.apps}}",
            r"{verb: update, user: {username: 'system:apiserver'}, objectRef: {resource: apiservices, apiGroup: apiregistration.k8s.io, subresource: status, name: v1.apps}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_system() || call.is_deployer() {
        return;
    }
    found
        .say(call.did_what())
        .with("objectRef.name", call.name());
    let service = call.sent().text("spec.service.name");
    if call.resource() == "apiservices" && service.is_some() {
        found.at(Severity::Medium);
    }
}
