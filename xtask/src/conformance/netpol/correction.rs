//! Where Kubernetes and the other analyzer read a manifest differently, the manifest is corrected so that
//! both mean the same, and how often that was needed is told.

use catseye_model::{Fields, Kind, Object, PodView};
use serde_json::Value;

/// What was corrected.
#[derive(Debug, Default)]
pub(super) struct Corrected {
    /// Workloads with pods in the node's network.
    on_host: usize,
    /// Backends of Ingresses that name the pods' port.
    backends: usize,
}

impl Corrected {
    /// Counts a case.
    pub(super) fn add(&mut self, case: &Corrected) {
        self.on_host += usize::from(case.on_host > 0);
        self.backends += usize::from(case.backends > 0);
    }

    /// What was corrected, in how many cases.
    pub(super) fn notes(&self) -> Vec<String> {
        let Corrected { on_host, backends } = self;
        let mut notes = Vec::new();
        if *on_host > 0 {
            notes.push(format!(
                "{on_host} cases hold pods in the node's network, which policies do not select; the \
                 other analyzer takes them for ordinary pods, so hostNetwork was taken out"
            ));
        }
        if *backends > 0 {
            notes.push(format!(
                "{backends} cases hold Ingresses that name the port of the pods, where Kubernetes asks \
                 for the Service's; the other analyzer takes either, so the Service's was put in"
            ));
        }
        notes
    }
}

/// The objects as the other analyzer means them.
pub(super) fn corrected(objects: Vec<Object>) -> (Vec<Object>, Corrected) {
    let mut corrected = Corrected::default();
    let services: Vec<Object> = objects
        .iter()
        .filter(|object| object.kind() == Kind::Service)
        .cloned()
        .collect();
    let objects = objects
        .into_iter()
        .map(|object| without_host_network(object, &mut corrected.on_host))
        .map(|object| with_ports_of_services(object, &services, &mut corrected.backends))
        .collect();
    (objects, corrected)
}

/// The object with its pods in the pods' network.
fn without_host_network(object: Object, changed: &mut usize) -> Object {
    let on_host = PodView::of(&object).is_some_and(|pod| pod.host_network());
    let Some(template) = object.kind().pod_template_path().filter(|_| on_host) else {
        return object;
    };
    let mut value = Value::from(object.value());
    let fields = template.split('.').filter(|field| !field.is_empty());
    let pointer: Vec<&str> = std::iter::once("").chain(fields).chain(["spec"]).collect();
    if let Some(spec) = value.pointer_mut(&pointer.join("/")) {
        spec["hostNetwork"] = Value::Bool(false);
        *changed += 1;
    }
    Object::new(value, None).unwrap_or(object)
}

/// The Ingress with the ports of Services in place of those of pods.
fn with_ports_of_services(object: Object, services: &[Object], changed: &mut usize) -> Object {
    if object.kind() != Kind::Ingress {
        return object;
    }
    let mut value = Value::from(object.value());
    let namespace = object.namespace().to_owned();
    let rules = value
        .pointer_mut("/spec/rules")
        .and_then(Value::as_array_mut);
    let paths = rules.into_iter().flatten().filter_map(|rule| {
        rule.pointer_mut("/http/paths")
            .and_then(Value::as_array_mut)
    });
    for path in paths.flatten() {
        let Some(backend) = path.pointer_mut("/backend/service") else {
            continue;
        };
        let name = backend.text("name").unwrap_or_default().to_owned();
        let number = backend.at("port.number").clone();
        let named = services
            .iter()
            .find(|service| service.namespace() == namespace && service.name() == name);
        let Some(service) = named.filter(|_| number.is_number()) else {
            continue;
        };
        let ports = service.value().list("spec.ports");
        if ports.iter().any(|port| *port.at("port") == number) {
            continue;
        }
        if let Some(port) = ports.iter().find(|port| *port.at("targetPort") == number) {
            backend["port"]["number"] = port.at("port").into();
            *changed += 1;
        }
    }
    Object::new(value, None).unwrap_or(object)
}
