//! Admission webhooks as the API server reads them: defaults, scope and backend of each entry.

use catseye_model::{Completeness, FieldPath, Fields, Inventory, Kind, Object, Selector};
use catseye_model::{Value, json};

/// The kinds that register admission webhooks.
pub(super) const CONFIGURATIONS: &[Kind] = &[
    Kind::ValidatingWebhookConfiguration,
    Kind::MutatingWebhookConfiguration,
];

/// One entry of `webhooks`.
pub(super) struct Webhook<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a Value,
    object: &'a Object,
    index: usize,
}

/// The Service that a webhook is sent to.
#[derive(Clone, Copy)]
pub(super) struct Backend<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    pub(super) port: i64,
}

/// The webhooks of a configuration.
pub(super) fn webhooks(object: &Object) -> impl Iterator<Item = Webhook<'_>> {
    object
        .value()
        .list("webhooks")
        .iter()
        .enumerate()
        .map(move |(index, value)| Webhook {
            name: value.text("name").unwrap_or_default(),
            value,
            object,
            index,
        })
}

impl<'a> Webhook<'a> {
    pub(super) fn path(&self, field: &str) -> FieldPath {
        FieldPath::root()
            .join("webhooks")
            .index(self.index)
            .join(field)
    }

    /// A request that the backend does not answer is refused. `v1` refuses unless told otherwise,
    /// `v1beta1` admits.
    pub(super) fn fails_closed(&self) -> bool {
        match self.value.text("failurePolicy") {
            Some(policy) => policy == "Fail",
            None => self.object.version() == "v1",
        }
    }

    pub(super) fn mutates(&self) -> bool {
        self.object.kind() == Kind::MutatingWebhookConfiguration
    }

    pub(super) fn backend(&self) -> Option<Backend<'a>> {
        backend(self.value.at("clientConfig"))
    }

    /// The names by which a policy engine can be told: of the configuration, the webhook and the
    /// Service.
    pub(super) fn is_of_policy_engine(&self) -> bool {
        let service = self.backend().map_or("", |backend| backend.name);
        [self.object.name(), self.name, service]
            .into_iter()
            .any(names_policy_engine)
    }

    /// True when creating a pod asks this webhook, as far as its rules say.
    pub(super) fn intercepts_pod_creation(&self) -> bool {
        self.value.list("rules").iter().any(|rule| {
            let any_of =
                |field: &str, wanted: &[&str]| rule.texts(field).any(|word| wanted.contains(&word));
            any_of("operations", &["*", "CREATE"])
                && any_of("apiGroups", &["*", ""])
                && any_of("resources", &["*", "*/*", "pods"])
                && rule.text("scope") != Some("Cluster")
        })
    }

    /// Conditions in CEL decide further; what they say is not evaluated here.
    pub(super) fn has_match_conditions(&self) -> bool {
        !self.value.list("matchConditions").is_empty()
    }

    /// True when objects of the namespace are sent to the webhook; `None` where that hangs on labels
    /// of a namespace that is not among the objects.
    pub(super) fn selects_namespace(&self, namespace: &str, inventory: &Inventory) -> Option<bool> {
        let selector = match self.value.get("namespaceSelector") {
            None | Some(Value::Null) => return Some(true),
            Some(selector) => Selector::of(selector).ok()?,
        };
        if let Some(object) = inventory.find(Kind::Namespace, "", namespace) {
            let mut labels = object.labels().clone();
            if !labels.is_object() {
                labels = json!({});
            }
            // The API server sets this label on every namespace.
            labels.set(NAME_LABEL, namespace.into());
            return Some(selector.matches(&labels));
        }
        let by_name_only = selector
            .requirements()
            .iter()
            .all(|requirement| requirement.key == NAME_LABEL);
        by_name_only.then(|| selector.matches(&json!({NAME_LABEL: namespace})))
    }

    /// True when an object with these labels passes `objectSelector`.
    pub(super) fn selects_labels(&self, labels: &Value) -> bool {
        match self.value.get("objectSelector") {
            None | Some(Value::Null) => true,
            Some(selector) => Selector::of(selector).is_ok_and(|selector| selector.matches(labels)),
        }
    }
}

const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// The Service of a `clientConfig`, of a webhook or of a CRD's conversion.
pub(super) fn backend(client_config: &Value) -> Option<Backend<'_>> {
    Some(Backend {
        namespace: client_config.text("service.namespace")?,
        name: client_config.text("service.name")?,
        port: client_config.integer("service.port").unwrap_or(443),
    })
}

/// What is wrong with a backend, in words; `None` where nothing is, or where it cannot be seen.
pub(super) fn missing_backend(backend: Backend<'_>, inventory: &Inventory) -> Option<String> {
    let Backend {
        namespace,
        name,
        port,
    } = backend;
    let Some(service) = inventory.find(Kind::Service, namespace, name) else {
        let certain = inventory.completeness() == Completeness::Cluster;
        return certain.then(|| format!("Service {namespace}/{name} does not exist"));
    };
    let ports = service.value().list("spec.ports");
    let has_port = ports
        .iter()
        .any(|served| served.integer("port") == Some(port));
    (!ports.is_empty() && !has_port)
        .then(|| format!("Service {namespace}/{name} has no port {port}"))
}

/// The host of a webhook's URL when it is not the API server's own machine.
pub(super) fn outside_host(url: &str) -> Option<&str> {
    let authority = url
        .split_once("://")
        .map_or(url, |(_, rest)| rest)
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let local = host.is_empty() || host == "localhost" || host == "::1" || host.starts_with("127.");
    (!local).then_some(host)
}

/// Words in the names of webhooks whose purpose is to refuse what is unsafe.
fn names_policy_engine(name: &str) -> bool {
    const ENGINES: [&str; 17] = [
        "gatekeeper",
        "kyverno",
        "kubewarden",
        "jspolicy",
        "polaris",
        "opa-validating",
        "open-policy-agent",
        "validatingpolic",
        "policy-controller",
        "policy.sigstore",
        "connaisseur",
        "portieris",
        "cosigned",
        "neuvector",
        "stackrox",
        "pod-security",
        "podsecurity",
    ];
    ENGINES.iter().any(|engine| name.contains(engine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_servers_own_machine_is_no_outside_host() {
        assert_eq!(outside_host("https://127.0.0.1:23443/mutate"), None);
        assert_eq!(outside_host("https://localhost/x"), None);
        assert_eq!(outside_host("https://[::1]:8443/x"), None);
        assert_eq!(
            outside_host("https://hooks.example.com:8443/x"),
            Some("hooks.example.com")
        );
    }
}
