//! Roles and bindings of any shape: read, and asked in every way there is.

#![no_main]

use catseye_model::{Completeness, Inventory, Object, yaml};
use catseye_rbac::{Identity, Rbac, Request, Scope};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut objects = Vec::new();
    for document in yaml::documents(text) {
        if let Ok(value) = document.content {
            objects.extend(Object::read(value, None).0);
        }
    }
    if objects.is_empty() {
        return;
    }
    let completeness = match text.len() % 2 {
        0 => Completeness::Tree,
        _ => Completeness::Cluster,
    };
    let inventory = Inventory::new(objects, completeness);
    let rbac = Rbac::of(&inventory);
    // Ask about what the rules say, so that answers are not always no.
    let mut requests = vec![Request::path("get", "/healthz")];
    for (_, role) in rbac
        .roles()
        .filter(|(_, role)| role.object.is_some())
        .take(4)
    {
        for rule in role.rules.iter().take(4) {
            let first = |list: &[String]| list.first().cloned().unwrap_or_default();
            let rule = &rule.rule;
            let request = Request::resource(
                &first(&rule.verbs),
                &first(&rule.api_groups),
                &first(&rule.resources),
            );
            requests.push(
                request
                    .named(&first(&rule.resource_names))
                    .in_namespace("default"),
            );
            requests.push(Request::path(
                &first(&rule.verbs),
                &first(&rule.non_resource_urls),
            ));
        }
    }
    let subjects = rbac.subjects().map(|(_, subject)| subject);
    let named = subjects.take(8).map(Identity::of);
    let others = [Identity::anonymous(), Identity::node("n1")];
    for identity in named.chain(others) {
        let bound = rbac.bind(&identity);
        let effective = rbac.effective(&identity);
        for request in &requests {
            let asked = rbac.ask(request);
            let decided = rbac.decide(&identity, request);
            assert_eq!(rbac.may(&bound, &asked), decided);
            assert_eq!(!rbac.explain(&identity, request).is_empty(), decided);
            if let (Request::Resource(asked_of), None) = (request, identity.node_name()) {
                let names = effective.names(&asked, &Scope::namespace(&asked_of.namespace));
                assert_eq!(names.contain(&asked_of.name), decided);
            }
        }
        let _ = rbac.permissions(&identity);
    }
    for request in &requests {
        assert!(
            !rbac.who_can(request).is_empty(),
            "system:masters always can"
        );
    }
});
